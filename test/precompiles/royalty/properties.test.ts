/**
 * The ledger's invariants over random graphs and payments; the numbers are those of section 4 of the design.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { oldestQueuedBlock } from '../../../src/precompiles/royalty/generations.ts'
import { pendingOf, WHOLE_PPM } from '../../../src/precompiles/royalty/node-ledger.ts'
import { readWeights } from '../../../src/precompiles/royalty/node-vectors.ts'
import { allNode, assetOf, directNode } from '../../../src/precompiles/royalty/nodes.ts'
import { Flushed } from '../../../src/precompiles/royalty/royalty-events.ts'
import { ZERO_ADDRESS } from '../../../src/types/primitives.ts'
import { account, FEE_COLLECTOR, Ledger, type NewAsset } from './support.ts'

type Payment = { readonly asset: number; readonly wei: bigint }

const graph: fc.Arbitrary<NewAsset[]> = fc
  .array(
    fc.record({
      parents: fc.array(fc.record({ pick: fc.nat(), relative: fc.nat(120_000), more: fc.nat(20_000) }), {
        maxLength: 5,
      }),
      floors: fc.array(fc.record({ pick: fc.nat(), ppm: fc.nat(20_000) }), { maxLength: 3 }),
      poolPpm: fc.nat(150_000),
    }),
    { minLength: 2, maxLength: 25 },
  )
  .map((assets) =>
    assets.map(({ parents, floors, poolPpm }, index): NewAsset => {
      if (index === 0) return { poolPpm }
      const chosen = new Map(parents.map((one) => [1 + (one.pick % index), one]))
      const further = new Map(floors.map((one) => [1 + (one.pick % index), one.ppm]))
      for (const parent of chosen.keys()) further.delete(parent)
      return {
        poolPpm,
        parents: [...chosen].map(([parent, one]) => {
          return { parent, relative: one.relative, direct: one.relative + one.more }
        }),
        floors: [...further].map(([ancestor, ppm]) => ({ ancestor, ppm })),
      }
    }),
  )

const amounts = fc.oneof(fc.bigInt(1n, 3n), fc.bigInt(1n, 10n ** 7n), fc.bigInt(1n, 10n ** 24n))
const payments = fc.array(fc.record({ pick: fc.nat(), wei: amounts, endsBlock: fc.boolean() }), {
  minLength: 1,
  maxLength: 40,
})

function open(assets: readonly NewAsset[], rules = {}): Ledger {
  const ledger = new Ledger(rules)
  for (const asset of assets) ledger.asset(asset)
  return ledger
}

function settleAll(ledger: Ledger, count: number): void {
  const nodes: bigint[] = []
  for (let asset = count; asset > 0; asset--) nodes.push(BigInt(directNode(asset)), BigInt(allNode(asset)))
  for (let at = 0; at < nodes.length; at += 64) {
    const { refusal } = ledger.call('flush', { token: ZERO_ADDRESS, nodesDescending: nodes.slice(at, at + 64) })
    expect(refusal).toBeUndefined()
  }
}

/** Everything that anybody is entitled to, once all is flushed. */
function entitlements(ledger: Ledger, count: number): bigint[] {
  const all = [ledger.owed(FEE_COLLECTOR)]
  for (let asset = 1; asset <= count; asset++) all.push(ledger.owed(account(999 + asset)), ledger.pool(asset))
  return all
}

describe('over random graphs and payments', () => {
  it('nothing is made or lost at any block, carries stay below a unit of weight, acc never falls (1, 3, 5)', () => {
    fc.assert(
      fc.property(graph, payments, fc.integer({ min: 1, max: 60 }), (assets, list, sweepUnits) => {
        const ledger = open(assets, { sweepUnits })
        const accs = new Map<number, bigint>()
        let paid = 0n
        for (const { pick, wei, endsBlock } of list) {
          const asset = 1 + (pick % assets.length)
          ledger.pay(asset, wei)
          paid += wei
          if (!endsBlock) continue
          ledger.sweep()
          expect(ledger.sumOfClaims()).toBe(paid)
          expect(ledger.custody()).toEqual({ totalIn: paid, booked: paid })
          expect(pendingOf(ledger.node(directNode(asset)))).toBeLessThan(WHOLE_PPM)
          for (let node = 2; node < 2 * assets.length + 2; node++) {
            const { acc } = ledger.node(node)
            expect(acc).toBeGreaterThanOrEqual(accs.get(node) ?? 0n)
            accs.set(node, acc)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('every slot has received exactly its weight times acc (2)', () => {
    fc.assert(
      fc.property(graph, payments, (assets, list) => {
        const ledger = open(assets)
        for (const { pick, wei } of list) ledger.pay(1 + (pick % assets.length), wei)
        ledger.sweep()
        const relayed = new Map<number, bigint>()
        for (let asset = 1; asset <= assets.length; asset++) {
          const weights = readWeights(ledger.royalty, asset)
          const [direct, all] = [ledger.node(directNode(asset)).acc, ledger.node(allNode(asset)).acc]
          for (const one of weights?.parents ?? []) {
            const sent = direct * one.directPpm + all * one.relativePpm
            relayed.set(one.asset, (relayed.get(one.asset) ?? 0n) + sent)
          }
          for (const one of weights?.floors ?? [])
            relayed.set(one.asset, (relayed.get(one.asset) ?? 0n) + direct * one.ppm)
          expect(ledger.pool(asset)).toBe((direct + all) * (weights?.poolPpm ?? 0n))
          const owner = direct * (weights?.ownerDirectPpm ?? 0n) + all * (weights?.ownerAllPpm ?? 0n)
          expect(ledger.owed(account(999 + asset))).toBe(owner)
        }
        for (let asset = 1; asset <= assets.length; asset++) {
          expect(ledger.node(allNode(asset)).inflow).toBe(relayed.get(asset) ?? 0n)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('entitlements depend only on what each asset was paid: not on order, splitting, blocks, budget or thresholds (4)', () => {
    fc.assert(
      fc.property(graph, payments, fc.integer({ min: 1, max: 60 }), (assets, list, sweepUnits) => {
        const made: Payment[] = list.map(({ pick, wei }) => ({ asset: 1 + (pick % assets.length), wei }))
        const one = open(assets, { sweepUnits })
        for (const [i, { asset, wei }] of made.entries()) {
          one.pay(asset, wei)
          if (list[i]?.endsBlock === true) one.sweep()
        }
        one.sweep()
        const other = open(assets, { sweepUnits: 1_000_000, flushMinWei: 10n ** 20n })
        for (const { asset, wei } of [...made].reverse()) {
          const part = wei / 3n
          if (part > 0n) other.pay(asset, part)
          other.pay(asset, wei - part)
        }
        other.sweep()
        for (const ledger of [one, other]) settleAll(ledger, assets.length)
        expect(entitlements(one, assets.length)).toEqual(entitlements(other, assets.length))
      }),
      { numRuns: 60 },
    )
  })

  it('what waits outside the queues is below each node’s threshold, and later payments release it (8)', () => {
    fc.assert(
      fc.property(graph, payments, (assets, list) => {
        const flushMinWei = 5_000_000n
        const ledger = open(assets, { flushMinWei })
        for (const { pick, wei } of list) ledger.pay(1 + (pick % assets.length), wei)
        ledger.sweep()
        expect(oldestQueuedBlock(ledger.royalty)).toBeUndefined()
        for (let asset = 1; asset <= assets.length; asset++) {
          expect(pendingOf(ledger.node(allNode(asset)))).toBeLessThan(flushMinWei)
          ledger.pay(asset, 1n)
        }
        ledger.sweep()
        for (let asset = 1; asset <= assets.length; asset++) {
          expect(pendingOf(ledger.node(directNode(asset)))).toBeLessThan(WHOLE_PPM)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('one sweep flushes each node at most once and by falling keys, and queues empty in the end (9)', () => {
    const topic = Flushed.encode({ asset: 0n, direct: false, token: ZERO_ADDRESS, inflow: 0n, acc: 0n }).topics[0]
    fc.assert(
      fc.property(graph, payments, fc.integer({ min: 1, max: 60 }), (assets, list, sweepUnits) => {
        const ledger = open(assets, { sweepUnits })
        for (const { pick, wei } of list) ledger.pay(1 + (pick % assets.length), wei)
        for (let block = 0; block === 0 || oldestQueuedBlock(ledger.royalty) !== undefined; block++) {
          expect(block).toBeLessThan(2 * assets.length)
          const nodes = ledger.sweep().map((log) => {
            expect(log.topics[0]).toBe(topic)
            return 2 * Number(BigInt(log.topics[1] ?? '0x0')) + (log.data[31] ?? 0)
          })
          expect(nodes).toEqual([...new Set(nodes)].sort((a, b) => b - a))
          expect(nodes.every((node) => assetOf(node) <= assets.length)).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })
})
