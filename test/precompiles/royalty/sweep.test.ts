import { describe, expect, it } from 'vitest'
import { oldestQueuedBlock } from '../../../src/precompiles/royalty/generations.ts'
import { pendingOf } from '../../../src/precompiles/royalty/node-ledger.ts'
import { allNode, assetOf, directNode } from '../../../src/precompiles/royalty/nodes.ts'
import { Flushed } from '../../../src/precompiles/royalty/royalty-events.ts'
import type { Log } from '../../../src/types/receipt.ts'
import { account, Ledger } from './support.ts'

const ETHER = 10n ** 18n
const HALF = 500_000

/** The nodes that logs say were flushed, in order. */
function flushedNodes(logs: readonly Log[]): number[] {
  const topic = Flushed.encode({ asset: 0n, direct: false, token: account(0), inflow: 0n, acc: 0n }).topics[0]
  return logs
    .filter((log) => log.topics[0] === topic)
    .map((log) => {
      const asset = Number(BigInt(log.topics[1] ?? '0x0'))
      return log.data[31] === 1 ? directNode(asset) : allNode(asset)
    })
}

/** A line of assets, each the child of the one before it. */
function chain(ledger: Ledger, length: number, relative = HALF): number[] {
  const ids: number[] = []
  for (let i = 0; i < length; i++) {
    const parent = ids.at(-1)
    ids.push(ledger.asset({ parents: parent === undefined ? [] : [{ parent, relative }] }))
  }
  return ids
}

describe('the sweep', () => {
  it('does nothing in a block without payments', () => {
    const ledger = new Ledger()
    ledger.asset()
    const before = ledger.state.changes().storage.get(ledger.royalty.address)?.slots
    expect(ledger.sweep()).toEqual([])
    expect(ledger.state.changes().storage.get(ledger.royalty.address)?.slots).toEqual(before)
  })

  it('flushes by falling keys, so that income runs down the whole chain in one block', () => {
    const ledger = new Ledger()
    const ids = chain(ledger, 20)
    ledger.pay(ids.at(-1) as number, 1_000_000n << 30n)
    const nodes = flushedNodes(ledger.sweep())
    expect(nodes).toEqual([...nodes].sort((a, b) => b - a))
    expect(nodes.map(assetOf)).toEqual([...ids].reverse())
    expect(ledger.owed(account(1_000))).toBe(1_000_000n << 11n)
    expect(ledger.sumOfClaims()).toBe(1_000_000n << 30n)
  })

  it('flushes a node once a block, however many children credit it', () => {
    const ledger = new Ledger()
    const parent = ledger.asset()
    const children = Array.from({ length: 50 }, () => ledger.asset({ parents: [{ parent, relative: HALF }] }))
    for (const child of children) ledger.pay(child, ETHER)
    const nodes = flushedNodes(ledger.sweep())
    expect(nodes.filter((node) => node === allNode(parent))).toHaveLength(1)
    expect(ledger.node(allNode(parent)).inflow).toBe(25n * ETHER)
  })

  it('parks a deeper node below its threshold, and flushes the paid asset whatever the amount', () => {
    const ledger = new Ledger({ flushMinWei: ETHER, slotMinWei: 0n })
    const [parent, child] = chain(ledger, 2) as [number, number]
    ledger.pay(child, 2_000_000n)
    expect(flushedNodes(ledger.sweep())).toEqual([directNode(child)])
    expect(pendingOf(ledger.node(allNode(parent)))).toBe(1_000_000n)
    expect(oldestQueuedBlock(ledger.royalty)).toBeUndefined()
  })

  it('flushes a parked node in the block in which its asset is paid', () => {
    const ledger = new Ledger({ flushMinWei: ETHER })
    const [parent, child] = chain(ledger, 2) as [number, number]
    ledger.pay(child, 2_000_000n)
    ledger.sweep()
    ledger.pay(parent, 1_000_000n)
    expect(flushedNodes(ledger.sweep())).toEqual([directNode(parent), allNode(parent)])
  })

  it('counts a threshold by slots where that is more', () => {
    const ledger = new Ledger({ flushMinWei: 1n, slotMinWei: 1_000_000n })
    const [, parent, child] = chain(ledger, 3) as [number, number, number]
    // The parent has three slots: its own parent, pool and owner.
    ledger.pay(child, 5_999_998n)
    expect(flushedNodes(ledger.sweep())).not.toContain(allNode(parent))
    ledger.pay(child, 2n)
    expect(flushedNodes(ledger.sweep())).toContain(allNode(parent))
  })

  it('compares a parked node again after the threshold was lowered', () => {
    const ledger = new Ledger({ flushMinWei: ETHER })
    const [parent, child] = chain(ledger, 2) as [number, number]
    ledger.pay(child, 20_000_000n)
    ledger.sweep()
    const minimum = { token: `0x${'00'.repeat(20)}`, flushMin: 1n, slotMin: 0n }
    ledger.call('setThreshold', minimum, { from: account(3) })
    ledger.pay(child, 1_000_000n)
    expect(flushedNodes(ledger.sweep())).toContain(allNode(parent))
  })
})

describe('a sweep with more queued than its budget', () => {
  const budget = { sweepUnits: 40 }

  it('leaves the rest in the state and goes on in the next block, until all is handed on', () => {
    const ledger = new Ledger(budget)
    const ids = chain(ledger, 100)
    ledger.pay(ids.at(-1) as number, 10n ** 36n)
    const perBlock: number[] = []
    for (let i = 0; i < 100 && (i === 0 || oldestQueuedBlock(ledger.royalty) !== undefined); i++) {
      perBlock.push(flushedNodes(ledger.sweep()).length)
      expect(ledger.sumOfClaims()).toBe(10n ** 36n)
    }
    expect(perBlock.reduce((sum, one) => sum + one, 0)).toBe(100)
    expect(Math.max(...perBlock)).toBeLessThan(10)
    expect(ledger.call('queued', { token: `0x${'00'.repeat(20)}` }).value).toEqual({ draining: 0n, collecting: 0n })
  })

  it('still flushes every paid asset of the block', () => {
    const ledger = new Ledger(budget)
    const ids = chain(ledger, 50)
    for (const id of ids) ledger.pay(id, ETHER)
    const nodes = flushedNodes(ledger.sweep())
    expect(ids.every((id) => nodes.includes(directNode(id)))).toBe(true)
  })

  it('flushes a node at most once a generation', () => {
    const ledger = new Ledger(budget)
    const ids = chain(ledger, 60)
    ledger.pay(ids.at(-1) as number, 10n ** 36n)
    const seen = flushedNodes(ledger.sweep())
    while (oldestQueuedBlock(ledger.royalty) !== undefined) seen.push(...flushedNodes(ledger.sweep()))
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('collects for the next generation what reaches a node that this one has passed', () => {
    const ledger = new Ledger(budget)
    const ids = chain(ledger, 60)
    const [last, before] = [ids.at(-1) as number, ids.at(-2) as number]
    ledger.pay(last, 10n ** 36n)
    ledger.sweep()
    const side = ledger.asset({ parents: [{ parent: before, relative: HALF }] })
    ledger.pay(side, 10n ** 30n)
    expect(flushedNodes(ledger.sweep())).not.toContain(allNode(before))
    const { value } = ledger.call('queued', { token: `0x${'00'.repeat(20)}` })
    expect(value['collecting']).toBe(1n)
    const later: number[] = []
    while (oldestQueuedBlock(ledger.royalty) !== undefined) later.push(...flushedNodes(ledger.sweep()))
    expect(later).toContain(allNode(before))
    expect(ledger.sumOfClaims()).toBe(10n ** 36n + 10n ** 30n)
  })

  it('tells until when a generation of a past block was queued', () => {
    const ledger = new Ledger(budget)
    const ids = chain(ledger, 40)
    ledger.pay(ids.at(-1) as number, 10n ** 36n)
    const paidIn = ledger.block
    ledger.sweep()
    expect(oldestQueuedBlock(ledger.royalty)).toBeLessThan(paidIn)
    while ((oldestQueuedBlock(ledger.royalty) ?? paidIn) < paidIn) ledger.sweep()
    expect(ledger.sumOfClaims()).toBe(10n ** 36n)
  })
})

describe('payments that would game the ledger', () => {
  it('as dust to many assets leave every wei where it was paid, and cost the sweep no flush', () => {
    const ledger = new Ledger()
    const ids = Array.from({ length: 500 }, () => ledger.asset())
    for (const id of ids) ledger.pay(id, 1n)
    expect(ledger.sweep()).toEqual([])
    expect(oldestQueuedBlock(ledger.royalty)).toBeUndefined()
    expect(ledger.sumOfClaims()).toBe(500n)
  })

  it('through parents and intermediates of the same owner take nothing from honest parents and floors', () => {
    const ledger = new Ledger()
    const [sybil, honest, root] = [account(7), account(8), account(9)]
    const rootId = ledger.asset({ owner: root })
    const honestId = ledger.asset({ owner: honest, parents: [{ parent: rootId, relative: 0, direct: 50_000 }] })
    const ownId = ledger.asset({
      owner: sybil,
      parents: [{ parent: honestId, relative: 100_000 }],
      floors: [{ ancestor: rootId, ppm: 50_000 }],
    })
    const agent = ledger.asset({
      owner: sybil,
      parents: [
        { parent: honestId, relative: 100_000 },
        { parent: ownId, relative: 700_000 },
      ],
      floors: [{ ancestor: rootId, ppm: 50_000 }],
    })
    ledger.pay(agent, 1_000_000_000n)
    ledger.sweep()
    expect(ledger.owed(honest)).toBe(100_000_000n + 70_000_000n)
    expect(ledger.owed(root)).toBe(50_000_000n)
    expect(ledger.owed(sybil)).toBe(1_000_000_000n - 1_000_000n - 220_000_000n)
  })
})

describe('long and dense graphs', () => {
  it('a chain of 2,000 assets paid 1 wei over and over loses none', () => {
    const ledger = new Ledger()
    const ids = chain(ledger, 2_000, 900_000)
    const last = ids.at(-1) as number
    for (let block = 0; block < 3; block++) {
      for (let i = 0; i < 100; i++) ledger.pay(last, 1n)
      expect(ledger.sweep()).toEqual([])
    }
    expect(pendingOf(ledger.node(directNode(last)))).toBe(300n)
    expect(ledger.sumOfClaims()).toBe(300n)
  })

  it('diamonds of 64 parents, 20 layers deep, flush each node once', () => {
    const ledger = new Ledger({ sweepUnits: 10_000_000 })
    const width = 64
    let layer = Array.from({ length: width }, () => ledger.asset())
    for (let depth = 1; depth < 20; depth++) {
      const parents = layer.map((parent) => ({ parent, relative: 14_000 }))
      layer = Array.from({ length: width }, () => ledger.asset({ parents }))
    }
    ledger.pay(layer[0] as number, 10n ** 30n)
    const nodes = flushedNodes(ledger.sweep())
    expect(new Set(nodes).size).toBe(nodes.length)
    expect(nodes).toHaveLength(1 + 19 * width)
    expect(ledger.sumOfClaims()).toBe(10n ** 30n)
  })
})
