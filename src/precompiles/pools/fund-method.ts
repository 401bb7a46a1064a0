/**
 * Funding: anybody may pay into a pool, and the batches that count share it at once.
 */

import { ZERO_ADDRESS } from '../../types/primitives.ts'
import { address, uint64, uint256 } from '../abi-types.ts'
import { ROYALTY_MODULE } from '../addresses.ts'
import { refuse } from '../context.ts'
import { method } from '../module.ts'
import { receiveNative, receiveToken } from '../royalty/custody.ts'
import { withLockAsync } from '../royalty/lock.ts'
import { WrongValue, ZeroAmount } from '../royalty/royalty-errors.ts'
import { demandPayableToken } from '../royalty/tokens.ts'
import { creditPool } from './accumulator.ts'
import { Funded } from './events.ts'
import { demandPool, poolCells } from './guards.ts'

export const fund = method({
  name: 'fund',
  params: { pool: uint64, token: address, amount: uint256 },
  returns: {},
  access: 'payable',
  callsOut: true,
  notes:
    'Pays into a pool. For the native coin (token 0) the value is the amount; of a token the amount is in its own units and the royalty module must be allowed to take it.',
  gas: 'five slot reads, four slot writes, one log, and one payment or the calls of the token',
  run: (context, { pool, token: tokenAddress, amount }) =>
    withLockAsync(context, async () => {
      demandPool(context, pool)
      if (amount === 0n) refuse(ZeroAmount, {})
      const token = demandPayableToken(context, tokenAddress)
      const { value, caller } = context
      const expected = tokenAddress === ZERO_ADDRESS ? amount : 0n
      if (value !== expected) refuse(WrongValue, { value, expected })
      const credit = (credited: bigint): void => creditPool(poolCells(context), pool, token.index, credited)
      if (tokenAddress === ZERO_ADDRESS) {
        context.moveBalance(context.module, ROYALTY_MODULE, value)
        receiveNative(context, value)
        credit(value)
      } else {
        await receiveToken(context, token, caller, amount, credit)
      }
      context.emit(Funded, { pool, funder: caller, token: tokenAddress, amount })
    }),
})
