/**
 * The accumulator: shares what comes in among weights without touching any of them.
 *
 * `acc` is what one unit of weight has earned since the beginning, in 2^-64 units of the ledger (2^-64 wei for the native
 * coin); `carry` is what did not divide, in the same measure, and is shared with the next inflow. A position that entered
 * at `entry` has earned weight * (acc - entry), rounded down to whole units; it remembers how much it was paid in all, so
 * that what one claim rounds away the next one pays. Nothing is created or lost: over any run of credits
 * inflow * 2^64 = weight * (rise of acc) + rise of carry, exactly.
 *
 * Contributors' batches in Merkle-sum trees and positions held on chain (shares of a validator, of an asset) are two fronts
 * of this one rule: they differ in who proves a weight, not in what it earns.
 */

import { assert } from '../../lib/assert.ts'
import { MAX_BATCH_WEIGHT } from '../../lib/limits.ts'

/** Bits of `acc` behind the point. */
export const ACCRUAL_BITS = 64n
export type Accrual = { readonly acc: bigint; readonly carry: bigint }

export const NO_ACCRUAL: Accrual = { acc: 0n, carry: 0n }

/** What `amount` more units make of an accrual that `weight` shares; the division rounds down into the carry. */
export function accrue(accrual: Accrual, weight: bigint, amount: bigint): Accrual {
  return shareOut({ acc: accrual.acc, carry: (amount << ACCRUAL_BITS) + accrual.carry }, weight)
}

/** Shares out a carry that the weight has reached: after a weight fell, or when something was given back into the carry. */
export function shareOut({ acc, carry }: Accrual, weight: bigint): Accrual {
  assert(weight > 0n && weight <= MAX_BATCH_WEIGHT, 'something is shared among a weight within the bound')
  return { acc: acc + carry / weight, carry: carry % weight }
}

/** What a unit of weight earned between entering and now, or leaving; an exit before the entry earned nothing. */
export function unitEarnings(acc: bigint, entry: bigint, exit: bigint | undefined): bigint {
  const end = exit !== undefined && exit < acc ? exit : acc
  return end > entry ? end - entry : 0n
}

/** Whole units that `weight` earned, rounded down; `unit` comes from `unitEarnings`. */
export function earnings(unit: bigint, weight: bigint): bigint {
  return (unit * weight) >> ACCRUAL_BITS
}
