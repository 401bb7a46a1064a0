/**
 * Asks a contract that receives an asset whether it knows what that is (ERC-721).
 *
 * An account without code is not asked. A call that fails, returns nothing or returns anything but the selector refuses the
 * transfer; what the receiver does meanwhile sees the transfer as done.
 */

import { EMPTY_CODE_HASH } from '../../state/account.ts'
import type { Address } from '../../types/primitives.ts'
import { decodeValues, encodeTuple, selectorOf } from '../abi.ts'
import { address, bytes, bytes4, tupleOf, uint256 } from '../abi-types.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { COLD_ACCOUNT_GAS } from '../gas.ts'
import { ERC721InvalidReceiver } from './errors.ts'

const SELECTOR = selectorOf('onERC721Received(address,address,uint256,bytes)')
const ACCEPTED = '0x150b7a02'
const ARGUMENTS = tupleOf({ operator: address, from: address, tokenId: uint256, data: bytes })

export type Handover = {
  readonly from: Address
  readonly to: Address
  readonly tokenId: bigint
  readonly data: Uint8Array
}

export async function callReceiver(context: ModuleContext, { from, to, tokenId, data }: Handover): Promise<void> {
  context.gas.charge(COLD_ACCOUNT_GAS)
  if (context.state.getCodeHash(to) === EMPTY_CODE_HASH) return
  const input = encodeTuple(ARGUMENTS, { operator: context.caller, from, tokenId, data }, SELECTOR)
  const { isSuccess, returnData } = await context.call({ to, data: input })
  const answer = decodeValues({ selector: bytes4 }, returnData)
  if (!isSuccess || !answer.ok || answer.value.selector !== ACCEPTED) refuse(ERC721InvalidReceiver, { receiver: to })
}
