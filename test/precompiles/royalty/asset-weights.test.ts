import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AssetWeights, weightsOf } from '../../../src/precompiles/royalty/asset-weights.ts'

function sumDirect(weights: AssetWeights): bigint {
  const parents = weights.parents.reduce((sum, one) => sum + one.directPpm, 0n)
  const floors = weights.floors.reduce((sum, one) => sum + one.ppm, 0n)
  return weights.feePpm + parents + floors + weights.poolPpm + weights.ownerDirectPpm
}

function sumAll(weights: AssetWeights): bigint {
  return weights.parents.reduce((sum, one) => sum + one.relativePpm, 0n) + weights.poolPpm + weights.ownerAllPpm
}

const granted = fc
  .record({
    parents: fc.array(fc.record({ relative: fc.nat(14_000), more: fc.nat(5_000) }), { maxLength: 64 }),
    floors: fc.array(fc.nat(2_000), { maxLength: 32 }),
    pool: fc.nat(1_000_000),
  })
  .map(({ parents, floors, pool }) => {
    const slots = parents.map(({ relative, more }, asset) => ({
      ...{ asset, slots: 2, relativePpm: BigInt(relative) },
      directPpm: BigInt(relative + more),
    }))
    const floorSlots = floors.map((ppm, i) => ({ asset: 100 + i, slots: 2, ppm: BigInt(ppm) }))
    const used = [...slots.map((one) => one.directPpm), ...floorSlots.map((one) => one.ppm)]
    const room = 1_000_000n - used.reduce((sum, one) => sum + one, 0n)
    const poolPpm = room <= 0n ? 0n : BigInt(pool) % (room + 1n)
    return room < 0n ? undefined : { parents: slots, floors: floorSlots, poolPpm, pool: 200 }
  })

describe('the weights of an asset', () => {
  it('sum to exactly the whole at both nodes, at every fee', () => {
    fc.assert(
      fc.property(granted, fc.nat(10_000), (grants, fee) => {
        fc.pre(grants !== undefined)
        const weights = weightsOf(grants, BigInt(fee))
        expect(sumDirect(weights)).toBe(1_000_000n)
        expect(sumAll(weights)).toBe(1_000_000n)
      }),
    )
  })

  it('take the fee out of the owner’s part alone', () => {
    const parents = [{ asset: 1, slots: 2, relativePpm: 300_000n, directPpm: 400_000n }]
    const low = weightsOf({ parents, floors: [], poolPpm: 100_000n, pool: 2 }, 1_000n)
    const high = weightsOf({ parents, floors: [], poolPpm: 100_000n, pool: 2 }, 10_000n)
    expect(low.ownerDirectPpm - high.ownerDirectPpm).toBe(9_000n)
    expect(high.parents).toEqual(low.parents)
    expect(high.ownerAllPpm).toBe(600_000n)
  })

  it('cut a raised fee where the owner has less than it', () => {
    const weights = weightsOf({ parents: [], floors: [], poolPpm: 999_000n, pool: 1 }, 10_000n)
    expect(weights.feePpm).toBe(1_000n)
    expect(weights.ownerDirectPpm).toBe(0n)
    expect(weights.poolPpm).toBe(999_000n)
  })
})
