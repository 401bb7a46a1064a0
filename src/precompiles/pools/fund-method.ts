/**
 * Funding: anybody may pay into a pool, and the batches that count share it at once.
 */

import { type Address, ZERO_ADDRESS } from '../../types/primitives.ts'
import { address, uint64, uint256 } from '../abi-types.ts'
import { ROYALTY_MODULE } from '../addresses.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { method } from '../module.ts'
import { NATIVE_TOKEN } from '../parameters.ts'
import { receiveNative, receiveToken, TOKEN_MOVE_GAS } from '../royalty/custody.ts'
import { withLock, withLockAsync } from '../royalty/lock.ts'
import { WrongValue, ZeroAmount } from '../royalty/royalty-errors.ts'
import { demandPayableToken } from '../royalty/tokens.ts'
import { creditPool } from './accumulator.ts'
import { Funded } from './events.ts'
import { demandPool, poolCells } from './guards.ts'

/** Whether the token that is paid in, the second word, is the native coin. */
function isNativeFund(data: Uint8Array): boolean {
  const [start, end] = [4 + 32, 4 + 64]
  return data.length >= end && data.subarray(start, end).every((byte) => byte === 0)
}

export const fund = method({
  name: 'fund',
  params: { pool: uint64, token: address, amount: uint256 },
  returns: {},
  access: 'payable',
  callsOut: true,
  isDirect: isNativeFund,
  notes:
    'Pays into a pool. For the native coin (token 0) the value is the amount; of a token the amount is in its own units and the royalty module must be allowed to take it.',
  gas: `five slot reads, four slot writes, one log, and one payment or at least ${TOKEN_MOVE_GAS} for the calls of a token`,
  run: (context, { pool, token, amount }) =>
    token === ZERO_ADDRESS
      ? withLock(context, () => fundNative(context, pool, amount))
      : withLockAsync(context, () => fundToken(context, pool, token, amount)),
})

function fundNative(context: ModuleContext, pool: bigint, amount: bigint): void {
  demandFund(context, pool, amount, amount)
  context.moveBalance(context.module, ROYALTY_MODULE, amount)
  receiveNative(context, amount)
  creditPool(poolCells(context), pool, NATIVE_TOKEN, amount)
  context.emit(Funded, { pool, funder: context.caller, token: ZERO_ADDRESS, amount })
}

async function fundToken(context: ModuleContext, pool: bigint, token: Address, amount: bigint): Promise<void> {
  demandFund(context, pool, amount, 0n)
  const listed = demandPayableToken(context, token)
  const credit = (credited: bigint): void => creditPool(poolCells(context), pool, listed.index, credited)
  await receiveToken(context, listed, context.caller, amount, credit)
  context.emit(Funded, { pool, funder: context.caller, token, amount })
}

/** Refuses a pool that does not exist, an amount of nothing, and another value than the expected one. */
function demandFund(context: ModuleContext, pool: bigint, amount: bigint, expected: bigint): void {
  demandPool(context, pool)
  if (amount === 0n) refuse(ZeroAmount, {})
  if (context.value !== expected) refuse(WrongValue, { value: context.value, expected })
}
