/**
 * What accounts may claim: one cell for each account and token, and the list of all that ever had one.
 *
 * The list makes the books auditable: whoever holds the state can add up everything that the chain owes. Its numbers only
 * grow, so an account that was listed once stays, at amount 0 between a claim and the next income.
 */

import { assert } from '../../lib/assert.ts'
import type { Cells } from '../../state/cells.ts'
import type { Address } from '../../types/primitives.ts'
import { holderAt, holderCount, owed } from './royalty-cells.ts'

/** Adds to what `account` may claim; an account's first credit in a token makes three cells. */
export function creditOwed(cells: Cells, account: Address, token: number, amount: bigint): void {
  assert(amount >= 0n, 'a credit is never negative')
  const slot = owed.slot({ account, token })
  const known = owed.unpack(cells.get(slot))
  if (known.holder > 0n) {
    cells.set(slot, owed.pack({ amount: known.amount + amount, holder: known.holder }), owed.growth)
    return
  }
  const holder = holderCount.read(cells, {}).count + 1n
  holderCount.write(cells, {}, { count: holder })
  holderAt.write(cells, { holder }, { account: BigInt(account), token: BigInt(token) })
  cells.set(slot, owed.pack({ amount, holder }), 'fresh')
}

/** What `account` may claim. */
export function owedOf(cells: Cells, account: Address, token: number): bigint {
  return owed.read(cells, { account, token }).amount
}

/** Takes out all that `account` may claim. */
export function takeOwed(cells: Cells, account: Address, token: number): bigint {
  const { amount, holder } = owed.read(cells, { account, token })
  if (amount > 0n) owed.write(cells, { account, token }, { amount: 0n, holder })
  return amount
}
