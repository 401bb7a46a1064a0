import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_BATCH_WEIGHT } from '../../../src/lib/limits.ts'
import {
  ACCRUAL_BITS,
  type Accrual,
  accrue,
  earnings,
  NO_ACCRUAL,
  shareOut,
  unitEarnings,
} from '../../../src/precompiles/pools/accrual.ts'

const weights = fc.bigInt({ min: 1n, max: MAX_BATCH_WEIGHT })
const amounts = fc.bigInt({ min: 0n, max: (1n << 110n) - 1n })

/** All that an accrual says came in under one weight, in 2^-64 units. */
function total({ acc, carry }: Accrual, weight: bigint): bigint {
  return acc * weight + carry
}

describe('an accumulator', () => {
  it('shares every unit: what it rose by and its carry are what came in', () => {
    fc.assert(
      fc.property(weights, fc.array(amounts, { maxLength: 30 }), (weight, inflow) => {
        let accrual = NO_ACCRUAL
        for (const amount of inflow) {
          accrual = accrue(accrual, weight, amount)
          expect(accrual.carry).toBeLessThan(weight)
        }
        const sum = inflow.reduce((all, one) => all + one, 0n)
        expect(total(accrual, weight)).toBe(sum << ACCRUAL_BITS)
      }),
    )
  })

  it('does not care how an inflow is split or ordered', () => {
    fc.assert(
      fc.property(weights, fc.array(amounts, { maxLength: 12 }), (weight, inflow) => {
        const add = (all: readonly bigint[]) => all.reduce((one, amount) => accrue(one, weight, amount), NO_ACCRUAL)
        const sum = inflow.reduce((all, one) => all + one, 0n)
        expect(add([...inflow].reverse())).toEqual(add(inflow))
        expect(add([sum])).toEqual(add(inflow))
      }),
    )
  })

  it('never falls, so no entitlement falls', () => {
    fc.assert(
      fc.property(weights, weights, amounts, amounts, (weight, later, first, second) => {
        const before = accrue(NO_ACCRUAL, weight, first)
        const after = accrue(before, later, second)
        expect(after.acc).toBeGreaterThanOrEqual(before.acc)
        expect(shareOut(after, later).acc).toBe(after.acc)
      }),
    )
  })

  it('gives the positions together no more than came in, and all but a unit for each of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 1n, max: 1n << 64n }), { minLength: 1, maxLength: 20 }),
        amounts,
        (positions, amount) => {
          const weight = positions.reduce((sum, one) => sum + one, 0n)
          const { acc } = accrue(NO_ACCRUAL, weight, amount)
          const unit = unitEarnings(acc, 0n, undefined)
          const paid = positions.reduce((sum, one) => sum + earnings(unit, one), 0n)
          expect(paid).toBeLessThanOrEqual(amount)
          const lost = BigInt(positions.length) + (weight >> ACCRUAL_BITS) + 1n
          expect(amount - paid).toBeLessThanOrEqual(lost)
        },
      ),
    )
  })

  it('gives a position only what came in between its entry and its exit', () => {
    const entered = accrue(NO_ACCRUAL, 10n, 1_000n)
    const left = accrue(entered, 10n, 500n)
    const now = accrue(left, 5n, 9_999n)
    expect(earnings(unitEarnings(now.acc, entered.acc, left.acc), 5n)).toBe(250n)
    expect(unitEarnings(now.acc, left.acc, entered.acc)).toBe(0n)
    expect(unitEarnings(entered.acc, entered.acc, undefined)).toBe(0n)
  })

  it('counts 2^120 units into a weight of one', () => {
    const { acc, carry } = accrue(NO_ACCRUAL, 1n, (1n << 120n) - 1n)
    expect(carry).toBe(0n)
    expect(earnings(acc, 1n)).toBe((1n << 120n) - 1n)
  })
})
