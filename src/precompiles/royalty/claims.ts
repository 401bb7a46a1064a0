/**
 * Claims: what an account is owed, paid to the account by whoever asks.
 */

import { MAX_CLAIMED_ACCOUNTS, MAX_TOKENS } from '../../lib/limits.ts'
import type { Address } from '../../types/primitives.ts'
import { address, array, uint256 } from '../abi-types.ts'
import { ROYALTY_MODULE } from '../addresses.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { logGas, MOVE_BALANCE_GAS, STEADY_WRITE_GAS, WARM_SLOT_GAS } from '../gas.ts'
import { method } from '../module.ts'
import { NATIVE_TOKEN } from '../parameters.ts'
import { type ClaimOf, payOut, TOKEN_MOVE_GAS } from './custody.ts'
import { withLockAsync } from './lock.ts'
import { owedOf, takeOwed } from './owed.ts'
import { NothingOwed } from './royalty-errors.ts'
import { Claimed } from './royalty-events.ts'
import { BOOKING_GAS } from './royalty-gas.ts'
import { demandToken, type Token } from './tokens.ts'

const TOKENS = array(address, MAX_TOKENS + 1)
/** What paying costs beyond reading what is owed. */
const CLAIM_GAS = WARM_SLOT_GAS + STEADY_WRITE_GAS + logGas(3, 32)
const NATIVE_CLAIM_GAS = CLAIM_GAS + BOOKING_GAS + MOVE_BALANCE_GAS

export const claim = method({
  name: 'claim',
  params: { account: address, tokens: TOKENS },
  returns: { amounts: array(uint256, MAX_TOKENS + 1) },
  access: 'write',
  callsOut: true,
  notes:
    'Pays an account what it is owed in each token; the zero address is the native coin. Anyone may call it, the account is paid. What is less than a unit of a token, and what a token refuses to pay, stays owed. Returns what was paid, in units of the token.',
  gas: `for each token two cells and one log, and a balance move with its totals or at least ${TOKEN_MOVE_GAS} for the totals and calls of a token; the same when nothing is owed`,
  run: (context, { account, tokens }) =>
    withLockAsync(context, async () => {
      const listed = tokens.map((one) => demandToken(context, one))
      const cells = context.cells(ROYALTY_MODULE)
      // All are read, so that asking has one price.
      const due = listed.filter((token) => owedOf(cells, account, token.index) >= token.unit)
      if (due.length === 0) refuse(NothingOwed, { account })
      const amounts: bigint[] = []
      for (const token of listed) amounts.push(await claimOne(context, account, token, 'one'))
      return { amounts }
    }),
})

export const claimMany = method({
  name: 'claimMany',
  params: { accounts: array(address, MAX_CLAIMED_ACCOUNTS), tokens: TOKENS },
  returns: { amounts: array(uint256, MAX_TOKENS + 1) },
  access: 'write',
  callsOut: true,
  notes:
    'Pays many accounts what each is owed; an account that is owed nothing or that a token refuses does not fail the others. Returns what was paid of each token in all, in units of the token.',
  gas: 'as claim for each account',
  run: (context, { accounts, tokens }) =>
    withLockAsync(context, async () => {
      const amounts: bigint[] = []
      for (const token of tokens.map((one) => demandToken(context, one))) {
        let paid = 0n
        for (const account of accounts) paid += await claimOne(context, account, token, 'many')
        amounts.push(paid)
      }
      return { amounts }
    }),
})

export const claimable = method({
  name: 'claimable',
  params: { account: address, token: address },
  returns: { amount: uint256 },
  access: 'view',
  notes: 'What claim would pay the account now, in units of the token.',
  gas: 'three slot reads',
  run: (context, { account, token }) => {
    const { index, unit } = demandToken(context, token)
    // Rounded down: less than a unit stays owed.
    return { amount: owedOf(context.cells(ROYALTY_MODULE), account, index) / unit }
  },
})

/**
 * Pays one account one token; returns what was paid in units of the token. It has one price, whether something is owed or
 * not; a token whose calls cost more than those of a plain one adds what they do.
 */
async function claimOne(context: ModuleContext, account: Address, token: Token, claimOf: ClaimOf): Promise<bigint> {
  const cells = context.cells(ROYALTY_MODULE)
  if (owedOf(cells, account, token.index) < token.unit) {
    context.gas.charge(token.index === NATIVE_TOKEN ? NATIVE_CLAIM_GAS : CLAIM_GAS)
    if (token.index !== NATIVE_TOKEN) await payOut(context, account, token, 0n, claimOf)
    return 0n
  }
  const paid = await payOut(context, account, token, takeOwed(cells, account, token.index), claimOf)
  if (paid === 0n) {
    context.gas.charge(logGas(3, 32))
    return 0n
  }
  const amount = paid / token.unit
  context.emit(Claimed, { account, token: token.address, amount })
  return amount
}
