import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  readFlushWeights,
  readShape,
  readWeights,
  writeLoweredEdge,
} from '../../../src/precompiles/royalty/node-vectors.ts'
import { floorSlots, parentSlots, weightsHead } from '../../../src/precompiles/royalty/royalty-cells.ts'
import { Ledger } from './support.ts'

const shares = fc.record({
  parents: fc.uniqueArray(fc.integer({ min: 1, max: 70 }), { maxLength: 64 }),
  floors: fc.uniqueArray(fc.integer({ min: 71, max: 110 }), { maxLength: 32 }),
  ppm: fc.integer({ min: 0, max: 10_000 }),
})

describe('the slots of an asset', () => {
  it('come back from the cells as they were granted, whoever had the same id on another branch', () => {
    fc.assert(
      fc.property(shares, ({ parents, floors, ppm }) => {
        const ledger = new Ledger()
        for (let i = 0; i < 110; i++) ledger.asset()
        const asset = ledger.asset({
          parents: parents.map((parent) => ({ parent, relative: ppm, direct: ppm + parent })),
          floors: floors.map((ancestor) => ({ ancestor, ppm: ancestor })),
        })
        const weights = readWeights(ledger.royalty, asset)
        expect(weights?.parents).toEqual(
          parents.map((parent) => ({
            ...{ asset: parent, slots: 2 },
            ...{ relativePpm: BigInt(ppm), directPpm: BigInt(ppm + parent) },
          })),
        )
        expect(weights?.floors).toEqual(floors.map((id) => ({ asset: id, slots: 2, ppm: BigInt(id) })))
        expect(readShape(ledger.royalty, asset)).toMatchObject({ parents: parents.length, floors: floors.length })
      }),
      { numRuns: 50 },
    )
  })

  it('are in the words that the layout says, lane 0 first', () => {
    const ledger = new Ledger()
    for (let i = 0; i < 8; i++) ledger.asset()
    const withParent = ledger.asset({ parents: [{ parent: 1, relative: 5 }] })
    const asset = ledger.asset({
      parents: [2, 3, 4, withParent].map((parent) => ({ parent, relative: 10 * parent, direct: 20 * parent })),
      floors: [5, 6].map((ancestor) => ({ ancestor, ppm: 7 * ancestor })),
    })
    const word = parentSlots.read(ledger.royalty, { asset, word: 1 })
    expect(word).toMatchObject({ asset0: 9n, slots0: 3n, relative0: 90n, direct0: 180n, asset1: 0n })
    const floors = floorSlots.read(ledger.royalty, { asset, word: 0 })
    expect(floors).toMatchObject({ asset0: 5n, ppm0: 35n, asset1: 6n, slots1: 2n, ppm1: 42n, asset2: 0n })
    expect(parentSlots.read(ledger.royalty, { asset, word: 0 })).toMatchObject({ asset0: 2n, asset1: 3n, asset2: 4n })
  })

  it('are not remembered for others out of a state that somebody made up', () => {
    const open = () => {
      const ledger = new Ledger()
      const parent = ledger.asset()
      return { ledger, asset: ledger.asset({ parents: [{ parent, relative: 654_321 }] }) }
    }
    const { ledger, asset } = open()
    const word = parentSlots.read(ledger.royalty, { asset, word: 0 })
    parentSlots.write(ledger.royalty, { asset, word: 0 }, { ...word, relative0: 1n, direct0: 1n })
    expect(ledger.call('quote', { asset: BigInt(asset), amount: 9n, maxNodes: 2n }).refusal).toBeUndefined()
    expect(readFlushWeights(ledger.royalty, asset)?.lanes.parents[3]).toBe(1)
    const genuine = open()
    expect(readFlushWeights(genuine.ledger.royalty, genuine.asset)?.lanes.parents[3]).toBe(654_321)
  })

  it('have another print after an edge was lowered', () => {
    const ledger = new Ledger()
    const parent = ledger.asset()
    const asset = ledger.asset({ parents: [{ parent, relative: 500 }] })
    const before = weightsHead.read(ledger.royalty, { asset }).print
    writeLoweredEdge(ledger.royalty, asset, { parent, relativePpm: 400n, directPpm: 400n })
    expect(weightsHead.read(ledger.royalty, { asset }).print).not.toBe(before)
    expect(readWeights(ledger.royalty, asset)?.parents[0]?.relativePpm).toBe(400n)
  })
})
