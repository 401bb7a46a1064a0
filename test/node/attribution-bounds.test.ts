/**
 * The bounds of the readings of attribution, each met.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SumTree } from '../../src/crypto/merkle-sum-tree.ts'
import { sha256Hash } from '../../src/crypto/sha256.ts'
import {
  MAX_EARNINGS_BLOCKS,
  MAX_EARNINGS_FLUSHES,
  MAX_ENTITLED_LEAVES,
  MAX_LINEAGE_WALK,
  MAX_SERVED_LEAF_FILES,
  MAX_WAITING_BATCHES_SHOWN,
} from '../../src/lib/limits.ts'
import { assetView, lineagePage } from '../../src/node/adapters/attribution-assets.ts'
import { entitlements } from '../../src/node/adapters/attribution-claims.ts'
import { earningsOf } from '../../src/node/adapters/attribution-earnings.ts'
import type { AttributionEvent } from '../../src/node/adapters/attribution-events.ts'
import { sweepView } from '../../src/node/adapters/attribution-ledger.ts'
import { type ModuleCells, moduleCells } from '../../src/node/adapters/attribution-state.ts'
import { encodeLeafFile } from '../../src/node/leaf-files/leaf-file.ts'
import { LeafStore } from '../../src/node/leaf-files/leaf-store.ts'
import { asset, edgeCell, parentFloors } from '../../src/precompiles/assets/asset-cells.ts'
import { enqueueTurn } from '../../src/precompiles/pools/batch-queue.ts'
import { batchData, batchHead, batchRoot } from '../../src/precompiles/pools/pool-cells.ts'
import { BATCH } from '../../src/precompiles/pools/pool-store.ts'
import { PastState } from '../../src/state/past-state.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'
import { ZERO_ADDRESS } from '../../src/types/primitives.ts'
import { account } from '../execution/support.ts'
import { MemoryChain } from '../support/memory-chain.ts'
import { RpcHarness } from '../support/rpc-harness.ts'
import { AttributionChain } from './attribution-chain.ts'

/** Cells of a chain at its beginning, to write into. */
async function emptyCells(): Promise<ModuleCells> {
  const world = await AttributionChain.open()
  return moduleCells(new PastState(world.chain.kv, 0))
}

describe('an ancestry', () => {
  it('is walked no further than the bound', async () => {
    const cells = await emptyCells()
    const record = { owner: 1n, status: 1n, kind: 0n, parents: 1n, floors: 0n, poolPpm: 0n, pool: 0n }
    const edge = { relation: 0n, relativePpm: 1n, floorPpm: 0n, floorGens: 0n, inheritedPpm: 0n, inheritedGens: 0n }
    const nobody = { ancestor: 0n, ppm: 0n, gens: 0n }
    const last = BigInt(MAX_LINEAGE_WALK) + 2n
    for (let id = 1n; id <= last; id++) {
      asset.write(cells.assets, { id }, { ...record, parents: id === 1n ? 0n : 1n })
      if (id === 1n) continue
      edgeCell.write(cells.assets, { child: id, parent: id - 1n }, { order: 1n, ...edge })
      const empty = Object.fromEntries(
        [1, 2, 3].flatMap((n) => Object.entries(nobody).map(([name, value]) => [`${name}${n}`, value])),
      )
      const floors = { ancestor0: id - 1n, ppm0: 0n, gens0: 0n, ...empty }
      parentFloors.write(cells.assets, { id, word: 0 }, floors as Parameters<typeof parentFloors.write>[2])
    }
    expect(assetView(cells, last)?.parents).toHaveLength(1)
    const page = (id: bigint) => lineagePage(cells, { id, below: 5n, limit: 10 })
    expect(page(last)).toEqual({ ok: false, error: { code: 'LINEAGE_TOO_LARGE', limit: MAX_LINEAGE_WALK } })
    expect(page(last - 1n)).toMatchObject({
      ok: true,
      value: { entries: [{ id: 4n }, { id: 3n }, { id: 2n }, { id: 1n }] },
    })
  })
})

describe('waiting batches', () => {
  it('are counted, and the first of them shown', async () => {
    const cells = await emptyCells()
    const turn = { pool: 1n, readyAt: 9n, mark: 1n, isForfeit: 0n }
    for (let batch = 0n; batch < MAX_WAITING_BATCHES_SHOWN + 5; batch++)
      enqueueTurn(cells.pools, 'arrival', { ...turn, batch })
    enqueueTurn(cells.pools, 'departure', { ...turn, batch: 999n })
    const view = sweepView(cells)
    expect(view.waitingBatches).toBe(BigInt(MAX_WAITING_BATCHES_SHOWN) + 6n)
    expect(view.batches).toHaveLength(MAX_WAITING_BATCHES_SHOWN)
    expect(view.batches[0]).toEqual({ pool: 1n, batch: 999n, change: 'leave', readyAtBlock: 9n })
  })
})

describe('a statement', () => {
  it('counts flushes up to the bound', async () => {
    const world = await AttributionChain.open()
    await world.register([{}])
    world.pay(3, 1n, 10n ** 18n)
    await world.block()
    const height = world.height
    const flush = { kind: 'flushed', node: 3, token: ZERO_ADDRESS, acc: 10n ** 12n, blockNumber: height } as const
    async function* events(count: number): AsyncGenerator<AttributionEvent> {
      for (let i = 0; i < count; i++) yield flush
    }
    const stateAfter = () => moduleCells(new PastState(world.chain.kv, height))
    const of = (count: number) =>
      earningsOf(
        account(0).address,
        { from: 1, to: height },
        { events: events(count), received: new Set(), stateAfter },
      )
    expect(await of(MAX_EARNINGS_FLUSHES + 1)).toEqual({
      ok: false,
      error: { code: 'TOO_MANY_FLUSHES', limit: MAX_EARNINGS_FLUSHES, block: height },
    })
  })

  it('spans no more blocks than the bound', async () => {
    const { ports } = new MemoryChain()
    const head = ports.chain.head()
    const chain = Object.create(ports.chain, {
      head: { value: () => ({ ...head, header: { ...head.header, number: MAX_EARNINGS_BLOCKS } }) },
    })
    const world = await AttributionChain.open()
    const attribution = {
      earnings: (of: Address, from: number, to: number) => world.reads.earnings({ account: of, from, to }),
    }
    const rpc = new RpcHarness({ ports: { ...ports, chain, attribution: attribution as never } })
    const to = `0x${MAX_EARNINGS_BLOCKS.toString(16)}`
    expect(await rpc.error('sahara_earnings', account(0).address, '0x0', to)).toEqual({
      code: -32005,
      message: `exceed maximum block range: ${MAX_EARNINGS_BLOCKS}`,
    })
  })
})

describe('the leaf files of a node', () => {
  it('are so many at most, and an account gets so many leaves of them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sahara-bounds-'))
    const who = account(5).address
    const count = Math.ceil(MAX_ENTITLED_LEAVES / 2) + 1
    const accounts = Buffer.concat(new Array(count).fill(Buffer.from(who.slice(2), 'hex')))
    const columns = { count, accounts, weights: new Uint8Array(16 * count).map((_, i) => (i % 16 === 15 ? 1 : 0)) }
    const tree = SumTree.build(columns)
    const file = tree.ok ? encodeLeafFile(columns, tree.value.root) : undefined
    if (!tree.ok || file?.ok !== true) throw new Error('it builds')
    const { root } = tree.value
    const dataHash = sha256Hash(file.value)
    const cells = await emptyCells()
    const store = new LeafStore(folder, 1e9)
    for (const batch of [0n, 1n]) {
      const head = { isFrozen: 0n, depth: BigInt(root.depth), relayFeePpm: 0n, entered: 0n, weight: root.total }
      batchHead.write(cells.pools, { pool: 1n, batch }, { ...head, status: BATCH.pending, readyAt: 0n, frozenAt: 0n })
      batchRoot.write(cells.pools, { pool: 1n, batch }, { root: BigInt(root.hash) })
      batchData.write(cells.pools, { pool: 1n, batch }, { dataHash: BigInt(dataHash) })
      expect(store.add(file.value, { pool: 1n, batch, root, dataHash }).ok).toBe(true)
    }
    const found = entitlements(cells, store, who)
    expect(found.leaves).toHaveLength(MAX_ENTITLED_LEAVES)
    expect(found.isComplete).toBe(false)
    for (let i = 1; i < 3 * MAX_SERVED_LEAF_FILES; i++) writeFileSync(join(folder, `filler-${i}`), '')
    const others = { ...columns, weights: columns.weights.with(15, 2) }
    const other = SumTree.build(others)
    const bytes = other.ok ? encodeLeafFile(others, other.value.root) : undefined
    if (!other.ok || bytes?.ok !== true) throw new Error('it builds')
    const wanted = { pool: 1n, batch: 2n, root: other.value.root, dataHash: sha256Hash(bytes.value) as Hash }
    expect(store.add(bytes.value, wanted)).toEqual({
      ok: false,
      error: { code: 'LEAF_STORE_CROWDED', limit: MAX_SERVED_LEAF_FILES },
    })
    rmSync(folder, { recursive: true, force: true })
  })
})
