/**
 * Floors that meet in one asset, and the limits of what may burden a payment to it.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_FLOORS, MAX_LISTED_OBLIGATIONS } from '../../../src/lib/limits.ts'
import {
  checkShares,
  type FloorTo,
  inheritedFloor,
  listObligations,
  mergeFloors,
  mergeShares,
  NO_FLOOR,
  parentShare,
  type Shares,
} from '../../../src/precompiles/assets/shares.ts'
import type { Edge } from '../../../src/precompiles/assets/terms.ts'
import { ZERO_HASH } from '../../../src/types/primitives.ts'

const FEE = 1_000n

function edge(parent: bigint, relativePpm: bigint, floorPpm = 0n, floorGens = 255n): Edge {
  return { parent, relation: 0n, relativePpm, floorPpm, floorGens, licenceId: ZERO_HASH }
}

/** What a child of the asset with these shares finds there. */
function floorsOf(shares: Shares): FloorTo[] {
  const own = shares.parents.map(({ parent, floor }) => ({ ancestor: parent, ...floor }))
  return [...own, ...shares.floors].filter((one) => one.ppm > 0n)
}

describe('a floor', () => {
  it('binds the child and as many generations as it says', () => {
    expect(inheritedFloor({ ppm: 5n, gens: 3n })).toEqual({ ppm: 5n, gens: 2n })
    expect(inheritedFloor({ ppm: 5n, gens: 1n })).toEqual(NO_FLOOR)
  })

  it('of 255 generations never ends', () => {
    expect(inheritedFloor({ ppm: 5n, gens: 255n })).toEqual({ ppm: 5n, gens: 255n })
    expect(inheritedFloor({ ppm: 5n, gens: 254n })).toEqual({ ppm: 5n, gens: 253n })
  })

  it('makes the slot of a direct payment where it is greater than the relative share', () => {
    expect(parentShare(edge(1n, 20n, 50n), NO_FLOOR).directPpm).toBe(50n)
    expect(parentShare(edge(1n, 70n, 50n), NO_FLOOR).directPpm).toBe(70n)
    expect(parentShare(edge(1n, 70n, 50n), { ppm: 90n, gens: 1n })).toMatchObject({
      directPpm: 90n,
      floor: { ppm: 90n, gens: 255n },
    })
  })
})

describe('floors of one ancestor over several paths', () => {
  it('count once, at the greatest share and the most generations', () => {
    expect(mergeFloors({ ppm: 10n, gens: 2n }, { ppm: 7n, gens: 9n })).toEqual({ ppm: 10n, gens: 9n })
  })

  it('merge in any order and any number to the same', () => {
    const floor = fc.record({ ppm: fc.bigInt(0n, 200_000n), gens: fc.bigInt(1n, 255n) })
    fc.assert(
      fc.property(fc.array(floor, { minLength: 1, maxLength: 8 }), (floors) => {
        const forward = floors.reduce(mergeFloors, NO_FLOOR)
        const back = [...floors].reverse().reduce(mergeFloors, NO_FLOOR)
        expect(forward).toEqual(back)
        expect([...floors, ...floors].reduce(mergeFloors, NO_FLOOR)).toEqual(forward)
      }),
    )
  })

  it('do not inflate in a diamond, however wide and deep it is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 20 }),
        fc.bigInt(1n, 200_000n),
        (width, depth, ppm) => {
          let layer: Shares[] = Array.from({ length: width }, () => mergeShares([edge(1n, 0n, ppm)], [[]]))
          for (let level = 1; level <= depth; level++) {
            const edges = layer.map((_, index) => edge(BigInt(1 + level * 100 + index), 0n))
            const next = mergeShares(edges, layer.map(floorsOf))
            expect(next.floors).toEqual([{ ancestor: 1n, ppm, gens: 255n }])
            layer = Array.from({ length: width }, () => next)
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  it('that reach a direct parent join its own floor and leave the further ones', () => {
    const shares = mergeShares([edge(1n, 10n, 20n, 2n), edge(2n, 30n)], [[], [{ ancestor: 1n, ppm: 25n, gens: 9n }]])
    expect(shares.floors).toEqual([])
    expect(shares.parents[0]).toMatchObject({
      directPpm: 25n,
      own: { ppm: 20n, gens: 2n },
      inherited: { ppm: 25n, gens: 8n },
      floor: { ppm: 25n, gens: 8n },
    })
  })

  it('never fall below what any path asks and never exceed the greatest of them', () => {
    const floors = fc.uniqueArray(
      fc.record({ ancestor: fc.bigInt(1n, 9n), ppm: fc.bigInt(1n, 200_000n), gens: fc.bigInt(1n, 255n) }),
      { selector: (one) => one.ancestor, maxLength: 9 },
    )
    fc.assert(
      fc.property(fc.array(floors, { minLength: 1, maxLength: 6 }), (perParent) => {
        const edges = perParent.map((_, index) => edge(BigInt(100 + index), 1n))
        const { floors: merged } = mergeShares(edges, perParent)
        for (const one of merged) {
          const paths = perParent.flat().filter((path) => path.ancestor === one.ancestor && path.gens > 1n)
          const greatest = paths.reduce((most, path) => (path.ppm > most ? path.ppm : most), 0n)
          expect(one.ppm).toBe(greatest)
        }
        const bound = perParent.flat().filter((path) => path.gens > 1n)
        expect(new Set(merged.map((one) => one.ancestor))).toEqual(new Set(bound.map((one) => one.ancestor)))
      }),
    )
  })

  it('come out in the order of the ancestors', () => {
    const lists = [
      [
        { ancestor: 30n, ppm: 1n, gens: 9n },
        { ancestor: 4n, ppm: 1n, gens: 9n },
      ],
      [{ ancestor: 5n, ppm: 1n, gens: 9n }],
    ]
    const { floors } = mergeShares([edge(100n, 1n), edge(101n, 1n)], lists)
    expect(floors.map((one) => one.ancestor)).toEqual([4n, 5n, 30n])
  })
})

describe('the shares of an asset', () => {
  it('may use the limits to the last part per million', () => {
    const full = mergeShares([edge(1n, 899_000n)], [[]])
    expect(checkShares(full, FEE, 100_000n).ok).toBe(true)
    expect(checkShares(full, 0n, 101_000n).ok).toBe(true)
    const relatives = mergeShares([edge(1n, 900_000n)], [[]])
    expect(checkShares(relatives, 0n, 100_000n).ok).toBe(true)
  })

  it('are refused where relative shares pass 900,000', () => {
    const shares = mergeShares([edge(1n, 500_000n), edge(2n, 400_001n)], [[], []])
    const result = checkShares(shares, 0n, 0n)
    expect(result.ok === false && result.error.error.name).toBe('RelativesExceeded')
    expect(result.ok === false && result.error.values).toMatchObject({ sumPpm: 900_001n, limitPpm: 900_000n })
  })

  it('are refused where fee, parents and floors pass 900,000, with every ancestor named', () => {
    const floors = [{ ancestor: 1n, ppm: 200_000n, gens: 4n }]
    const shares = mergeShares([edge(2n, 600_000n), edge(3n, 0n, 100_000n)], [floors, []])
    const result = checkShares(shares, FEE, 0n)
    expect(result).toMatchObject({
      ok: false,
      error: {
        error: { name: 'ObligationsExceeded' },
        values: {
          sumPpm: 901_000n,
          limitPpm: 900_000n,
          obligations: [
            { ancestor: 2n, ppm: 600_000n, gens: 0n },
            { ancestor: 3n, ppm: 100_000n, gens: 255n },
            { ancestor: 1n, ppm: 200_000n, gens: 3n },
          ],
        },
      },
    })
  })

  it('are refused where the pool takes more than is left', () => {
    const shares = mergeShares([edge(1n, 899_000n)], [[]])
    expect(checkShares(shares, FEE, 100_001n)).toMatchObject({
      ok: false,
      error: { error: { name: 'SharesExceeded' }, values: { sumPpm: 1_000_001n, limitPpm: 1_000_000n } },
    })
  })

  it('hold floors towards 32 further ancestors and no more', () => {
    const floors = (count: number): FloorTo[] =>
      Array.from({ length: count }, (_, index) => ({ ancestor: BigInt(index + 1), ppm: 1n, gens: 255n }))
    expect(checkShares(mergeShares([edge(100n, 1n)], [floors(MAX_FLOORS)]), FEE, 0n).ok).toBe(true)
    const result = checkShares(mergeShares([edge(100n, 1n)], [floors(MAX_FLOORS + 1)]), FEE, 0n)
    expect(result.ok === false && result.error.error.name).toBe('TooManyFloors')
    expect(result.ok === false && result.error.values).toMatchObject({ count: 33n, limit: 32n })
  })

  it('that are refused list a bounded number of ancestors', () => {
    const floors = Array.from({ length: 1_000 }, (_, index) => ({ ancestor: BigInt(index + 1), ppm: 1n, gens: 255n }))
    const shares = mergeShares([edge(2_000n, 1n)], [floors])
    expect(listObligations(shares)).toHaveLength(MAX_LISTED_OBLIGATIONS)
  })

  it('sum to at most the whole whenever they are accepted', () => {
    const edges = fc.array(
      fc.record({ relativePpm: fc.bigInt(0n, 300_000n), floorPpm: fc.bigInt(0n, 200_000n), gens: fc.bigInt(1n, 255n) }),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(edges, fc.bigInt(0n, 10_000n), fc.bigInt(0n, 1_000_000n), (list, fee, poolPpm) => {
        const given = list.map((one, index) => edge(BigInt(index + 1), one.relativePpm, one.floorPpm, one.gens))
        const shares = mergeShares(
          given,
          given.map(() => []),
        )
        const direct = shares.parents.reduce((total, one) => total + one.directPpm, 0n)
        const relative = shares.parents.reduce((total, one) => total + one.relativePpm, 0n)
        const isWithin = relative <= 900_000n && fee + direct <= 900_000n && fee + direct + poolPpm <= 1_000_000n
        expect(checkShares(shares, fee, poolPpm).ok).toBe(isWithin)
        if (isWithin) expect(relative + poolPpm).toBeLessThanOrEqual(1_000_000n)
      }),
    )
  })
})
