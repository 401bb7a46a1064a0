/**
 * ERC-20s as their owners may write them, behind the port through which modules call: honest ones, ones that return nothing,
 * refuse, lie, take more, or come back into the module while they are called.
 */

import { bytesToBigint } from '../../../src/lib/bytes.ts'
import { encodeTuple, selectorOf } from '../../../src/precompiles/abi.ts'
import { tupleOf, uint256 } from '../../../src/precompiles/abi-types.ts'
import { ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import type { CallOut } from '../../../src/precompiles/frame.ts'
import { selectorNumber } from '../../../src/precompiles/module.ts'
import { type Address, addressFromBytes } from '../../../src/types/primitives.ts'

const BALANCE_OF = selectorNumber(selectorOf('balanceOf(address)'))
const TRANSFER = selectorNumber(selectorOf('transfer(address,uint256)'))
const TRANSFER_FROM = selectorNumber(selectorOf('transferFrom(address,address,uint256)'))
const WORD = tupleOf({ value: uint256 })

export type Manner = {
  /** What a transfer answers: true, nothing, false, or a revert. */
  readonly answer?: 'true' | 'nothing' | 'false' | 'revert'
  /** What really moves, of an amount. */
  readonly moves?: (amount: bigint) => bigint
  /** Whom it does not pay. */
  readonly blocked?: Address
  /** Called in the middle of a transfer. */
  readonly onTransfer?: () => Promise<void> | void
}

export class TokenDouble {
  readonly address: Address
  readonly balances = new Map<Address, bigint>()
  manner: Manner

  constructor(address: Address, manner: Manner = {}) {
    this.address = address
    this.manner = manner
  }

  balance(who: Address): bigint {
    return this.balances.get(who) ?? 0n
  }

  give(who: Address, amount: bigint): void {
    this.balances.set(who, this.balance(who) + amount)
  }

  /** The port for a call in which only this token is called. */
  readonly callOut: CallOut = async ({ to, data, gasLimit }, gas) => {
    if (to !== this.address) return { isSuccess: true, returnData: new Uint8Array(0), logs: [] }
    gas.charge(gasLimit !== undefined && gasLimit < 30_000n ? gasLimit : 30_000n)
    return { ...(await this.answer(data)), logs: [] }
  }

  private async answer(data: Uint8Array): Promise<{ isSuccess: boolean; returnData: Uint8Array }> {
    const method = selectorNumber(data)
    const argument = (index: number): Uint8Array => data.subarray(4 + 32 * index, 36 + 32 * index)
    const party = (index: number): Address => addressFromBytes(argument(index).subarray(12))
    if (method === BALANCE_OF) return word(this.balance(party(0)))
    if (method === TRANSFER) return this.transfer(ROYALTY_MODULE, party(0), bytesToBigint(argument(1)))
    if (method === TRANSFER_FROM) return this.transfer(party(0), party(1), bytesToBigint(argument(2)))
    return { isSuccess: false, returnData: new Uint8Array(0) }
  }

  private async transfer(from: Address, to: Address, amount: bigint) {
    const { answer = 'true', moves = (whole) => whole, blocked, onTransfer } = this.manner
    await onTransfer?.()
    const moved = moves(amount)
    const isRefused = answer === 'revert' || to === blocked || this.balance(from) < moved
    if (isRefused) return { isSuccess: false, returnData: new Uint8Array(0) }
    if (answer === 'false') return word(0n)
    this.give(from, -moved)
    this.give(to, moved)
    return answer === 'nothing' ? { isSuccess: true, returnData: new Uint8Array(0) } : word(1n)
  }
}

function word(value: bigint) {
  return { isSuccess: true, returnData: encodeTuple(WORD, { value }) }
}
