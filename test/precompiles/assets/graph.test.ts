/**
 * Random derivation graphs through the module against a plain recursive model: what every asset owes is what the rules say,
 * whatever the shape, and registering costs the same whatever the state looks like.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import { assets } from '../../../src/precompiles/assets/assets.ts'
import * as errors from '../../../src/precompiles/assets/errors.ts'
import * as events from '../../../src/precompiles/assets/events.ts'
import type { Edge } from '../../../src/precompiles/assets/terms.ts'
import { readWeights } from '../../../src/precompiles/royalty/node-vectors.ts'
import { ALICE, BOB, edge, hashOf, Registry } from './support.ts'

type Owed = { ppm: bigint; gens: bigint }
type ModelAsset = { readonly edges: readonly Edge[]; readonly floors: Map<bigint, Owed> }

/** All floors of an asset, towards parents and further ancestors, as section 2 says them. */
function floorsOf(model: ReadonlyMap<bigint, ModelAsset>, edges: readonly Edge[]): Map<bigint, Owed> {
  const floors = new Map<bigint, Owed>()
  const add = (ancestor: bigint, ppm: bigint, gens: bigint): void => {
    if (ppm === 0n || gens === 0n) return
    const known = floors.get(ancestor) ?? { ppm: 0n, gens: 0n }
    floors.set(ancestor, { ppm: ppm > known.ppm ? ppm : known.ppm, gens: gens > known.gens ? gens : known.gens })
  }
  for (const { parent, floorPpm, floorGens } of edges) add(parent, floorPpm, floorGens)
  for (const { parent } of edges) {
    for (const [ancestor, { ppm, gens }] of model.get(parent)?.floors ?? []) {
      add(ancestor, ppm, gens === 255n ? 255n : gens - 1n)
    }
  }
  return floors
}

function obligationsOf({ edges, floors }: ModelAsset): { ancestor: bigint; ppm: bigint; gens: bigint }[] {
  const direct = edges.map(({ parent, relativePpm }) => {
    const { ppm, gens } = floors.get(parent) ?? { ppm: 0n, gens: 0n }
    return { ancestor: parent, ppm: relativePpm > ppm ? relativePpm : ppm, gens }
  })
  const parents = new Set(edges.map((one) => one.parent))
  const further = [...floors].filter(([ancestor]) => !parents.has(ancestor))
  const rest = further.map(([ancestor, floor]) => ({ ancestor, ...floor }))
  return [...direct, ...rest.sort((a, b) => Number(a.ancestor - b.ancestor))].filter((one) => one.ppm > 0n)
}

const someEdge = fc.record({
  back: fc.integer({ min: 1, max: 12 }),
  relativePpm: fc.bigInt(0n, 60_000n),
  floorPpm: fc.oneof(fc.constant(0n), fc.bigInt(1n, 30_000n)),
  floorGens: fc.constantFrom(1n, 2n, 3n, 255n),
})

describe('a random graph', () => {
  it('owes to every ancestor what the model says, in the registry and in the ledger', () => {
    const graph = fc.array(fc.array(someEdge, { maxLength: 4 }), { minLength: 5, maxLength: 25 })
    fc.assert(
      fc.property(graph, (shape) => {
        const chain = new Registry()
        const model = new Map<bigint, ModelAsset>()
        for (const wanted of shape) {
          const next = BigInt(model.size + 1)
          const parents = new Map(wanted.map(({ back, ...values }) => [next - BigInt(back), values]))
          const ascending = [...parents].sort(([a], [b]) => Number(a - b)).filter(([parent]) => parent > 0n)
          const edges = ascending.map(([parent, values]) => edge(parent, values))
          const { refusal } = chain.tryRegister({ parents: edges })
          const asset = { edges, floors: floorsOf(model, edges) }
          const sum = obligationsOf(asset).reduce((total, one) => total + one.ppm, 1_000n)
          expect(refusal === undefined).toBe(sum <= 900_000n)
          if (refusal !== undefined) continue
          chain.openTerms(next, ALICE)
          model.set(next, asset)
          expect(chain.read('obligations', { id: next })).toEqual(obligationsOf(asset))
          const weights = readWeights(chain.cells(ROYALTY_MODULE), Number(next))
          const lanes = weights?.parents.map((one) => [BigInt(one.asset), one.relativePpm])
          expect(lanes).toEqual(edges.map((one) => [one.parent, one.relativePpm]))
          expect(weights?.feePpm).toBe(1_000n)
          const inLedger = [
            ...(weights?.parents ?? []).map((one) => ({ ancestor: BigInt(one.asset), ppm: one.directPpm })),
            ...(weights?.floors ?? []).map((one) => ({ ancestor: BigInt(one.asset), ppm: one.ppm })),
          ].filter((one) => one.ppm > 0n)
          expect(inLedger).toEqual(obligationsOf(asset).map(({ ancestor, ppm }) => ({ ancestor, ppm })))
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('the gas of a registration', () => {
  it('is the same by terms and by approval, and whoever registered meanwhile', () => {
    const cost = (prepare: (chain: Registry, parent: bigint) => void): bigint => {
      const chain = new Registry()
      const parent = chain.register({ by: ALICE })
      prepare(chain, parent)
      const { refusal, gasUsed } = chain.tryRegister({ by: BOB, name: 'child', parents: [edge(parent)] })
      expect(refusal).toBeUndefined()
      return gasUsed
    }
    const open = cost((chain, parent) => chain.openTerms(parent, ALICE))
    const approved = cost((chain, parent) => {
      const { parent: _parent, ...terms } = edge(parent)
      const approval = { parent, contentHash: hashOf('child'), registrant: BOB, terms }
      chain.must('approve(uint64,bytes32,address,(uint8,uint32,uint32,uint8,bytes32))', approval, { from: ALICE })
    })
    const busy = cost((chain, parent) => {
      chain.openTerms(parent, ALICE)
      for (let i = 0; i < 5; i++) chain.register({ by: i % 2 === 0 ? BOB : ALICE, parents: [edge(parent)] })
    })
    expect([approved, busy]).toEqual([open, open])
  })

  it('is charged before the work: without enough of it nothing is left behind', () => {
    const chain = new Registry()
    chain.commit({ name: 'content' })
    chain.block += 2
    const { refusal } = chain.reveal({ name: 'content', gasLimit: 200_000n })
    expect(refusal).toEqual({ name: 'out of gas' })
    expect(chain.read('assetCount')).toBe(0n)
    expect(chain.reveal({ name: 'content' }).refusal).toBeUndefined()
  })
})

describe('the module', () => {
  it('declares every error and every event that it has', () => {
    const named = (all: object) => Object.values(all).filter((one) => !Array.isArray(one))
    expect(new Set(assets.errors)).toEqual(new Set(named(errors)))
    expect(new Set(assets.events)).toEqual(new Set(named(events)))
  })

  it('has the signatures of its standards and of the specification', () => {
    const signatures = new Set(assets.methods.map((one) => one.signature))
    const edges = '(uint64,uint8,uint32,uint32,uint8,bytes32)[]'
    for (const one of [
      'commit(bytes32)',
      `register(uint8,bytes32,bytes32,string,${edges},uint32,uint16)`,
      `register(uint8,bytes32,bytes32,string,${edges},uint32,uint16,bytes32)`,
      `addVersion(uint64,bytes32,bytes32,string,${edges})`,
      'setTerms(uint64,uint32,uint32,uint32,uint8,bool)',
      'get(uint64)',
      'byContent(bytes32)',
      'parents(uint64)',
      'obligations(uint64)',
      'verifyPath(uint64[])',
      'setStatus(uint64,uint8)',
      'setOperator(uint64,address)',
      'anchorUsage(uint64,bytes32,uint64)',
      'ownerOf(uint256)',
      'balanceOf(address)',
      'transferFrom(address,address,uint256)',
      'safeTransferFrom(address,address,uint256)',
      'safeTransferFrom(address,address,uint256,bytes)',
      'approve(address,uint256)',
      'getApproved(uint256)',
      'setApprovalForAll(address,bool)',
      'isApprovedForAll(address,address)',
      'name()',
      'symbol()',
      'tokenURI(uint256)',
      'supportsInterface(bytes4)',
      'royaltyInfo(uint256,uint256)',
    ]) {
      expect(signatures).toContain(one)
    }
  })
})
