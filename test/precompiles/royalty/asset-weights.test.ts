import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AssetWeights,
  boundFee,
  flushWeights,
  listWeights,
} from '../../../src/precompiles/royalty/asset-weights.ts'
import { FLOOR_LANE, lanesOf, PARENT_LANE } from '../../../src/precompiles/royalty/slot-lanes.ts'

function sumDirect(weights: AssetWeights): bigint {
  const parents = weights.parents.reduce((sum, one) => sum + one.directPpm, 0n)
  const floors = weights.floors.reduce((sum, one) => sum + one.ppm, 0n)
  return weights.feePpm + parents + floors + weights.poolPpm + weights.ownerDirectPpm
}

function sumAll(weights: AssetWeights): bigint {
  return weights.parents.reduce((sum, one) => sum + one.relativePpm, 0n) + weights.poolPpm + weights.ownerAllPpm
}

type Grants = { readonly parents: readonly number[][]; readonly floors: readonly number[][]; readonly poolPpm: number }

function weightsOf({ parents, floors, poolPpm: pool }: Grants, chainFee: number): AssetWeights {
  const lanes = lanesOf(Uint32Array.from(parents.flat()), Uint32Array.from(floors.flat()))
  expect(lanes.parents.length / PARENT_LANE).toBe(parents.length)
  expect(lanes.floors.length / FLOOR_LANE).toBe(floors.length)
  const poolPpm = BigInt(pool)
  const feePpm = boundFee({ lanes, poolPpm }, BigInt(chainFee))
  return listWeights(flushWeights(lanes, { poolPpm, pool: 200, feePpm }))
}

const granted: fc.Arbitrary<Grants | undefined> = fc
  .record({
    parents: fc.array(fc.record({ relative: fc.nat(14_000), more: fc.nat(5_000) }), { maxLength: 64 }),
    floors: fc.array(fc.nat(2_000), { maxLength: 32 }),
    pool: fc.nat(1_000_000),
  })
  .map(({ parents, floors, pool }) => {
    const room =
      1_000_000 -
      parents.reduce(
        (sum, one) => sum + one.relative + one.more,
        floors.reduce((a, b) => a + b, 0),
      )
    if (room < 0) return undefined
    return {
      parents: parents.map(({ relative, more }, asset) => [asset, 2, relative, relative + more]),
      floors: floors.map((ppm, i) => [100 + i, 2, ppm]),
      poolPpm: pool % (room + 1),
    }
  })

describe('the weights of an asset', () => {
  it('sum to exactly the whole at both nodes, at every fee', () => {
    fc.assert(
      fc.property(granted, fc.nat(10_000), (grants, fee) => {
        fc.pre(grants !== undefined)
        const weights = weightsOf(grants, fee)
        expect(sumDirect(weights)).toBe(1_000_000n)
        expect(sumAll(weights)).toBe(1_000_000n)
      }),
    )
  })

  it('take the fee out of the owner’s part alone', () => {
    const grants = { parents: [[1, 2, 300_000, 400_000]], floors: [], poolPpm: 100_000 }
    const low = weightsOf(grants, 1_000)
    const high = weightsOf(grants, 10_000)
    expect(low.ownerDirectPpm - high.ownerDirectPpm).toBe(9_000n)
    expect(high.parents).toEqual(low.parents)
    expect(high.ownerAllPpm).toBe(600_000n)
  })

  it('cut a raised fee where the owner has less than it', () => {
    const weights = weightsOf({ parents: [], floors: [], poolPpm: 999_000 }, 10_000)
    expect(weights.feePpm).toBe(1_000n)
    expect(weights.ownerDirectPpm).toBe(0n)
    expect(weights.poolPpm).toBe(999_000n)
  })
})
