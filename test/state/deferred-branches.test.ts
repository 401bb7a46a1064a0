/**
 * Branches that wait to be written change nothing that can be seen: roots, proofs of the past, restarts, and in the end the
 * records themselves are those of a store that writes every branch at once.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { present } from '../../src/lib/assert.ts'
import { Prng } from '../../src/lib/prng.ts'
import { type BranchDeferral, deferredSince } from '../../src/state/deferred-branches.ts'
import { hashedKey } from '../../src/state/hashed-key.ts'
import { accountKey, nodeKey } from '../../src/state/state-keys.ts'
import { StateReader } from '../../src/state/state-reader.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { WorldState } from '../../src/state/world-state.ts'
import { BUCKET, pageKey } from '../../src/storage/buckets.ts'
import { MemoryKv } from '../../src/storage/memory-kv.ts'
import type { Address } from '../../src/types/primitives.ts'
import { ADDRESSES, blockOf, type Model, manyAddresses, randomChange, SLOTS } from './support.ts'

const AT_ONCE: BranchDeferral = { perCommit: Number.POSITIVE_INFINITY, blocks: 64, most: 64 }
const MANY = manyAddresses(700)

/** Two stores of one chain: one writes every branch at once, the other lets them wait. */
class Pair {
  readonly eagerKv = new MemoryKv()
  readonly lazyKv = new MemoryKv()
  eager: StateStore
  lazy: StateStore
  private readonly model: Model = new Map()

  constructor(deferral: BranchDeferral, historyBlocks: number) {
    this.eager = new StateStore(this.eagerKv, { historyBlocks, deferral: AT_ONCE })
    this.lazy = new StateStore(this.lazyKv, { historyBlocks, deferral })
  }

  get height(): number {
    return this.lazy.headRecord?.number ?? -1
  }

  reopen(deferral: BranchDeferral, historyBlocks: number): void {
    this.lazy = new StateStore(this.lazyKv, { historyBlocks, deferral })
  }

  /** Commits a block of `steps` random changes, and some transfers among many accounts. */
  async commit(prng: Prng, steps: number): Promise<void> {
    const world = new WorldState(this.eager.head())
    world.beginTransaction()
    for (let step = 0; step < steps; step++) randomChange(prng, world, this.model)
    for (let step = 0; step < 2 * steps; step++) world.setBalance(prng.pick(MANY), BigInt(1 + prng.below(1_000)))
    world.endTransaction()
    const changes = world.changes()
    const height = this.height + 1
    for (const store of [this.eager, this.lazy]) {
      const state = store.seal(store.head(), changes)
      await store.commit(state, blockOf(state, height))
    }
    expect(this.lazy.head().stateRoot).toBe(this.eager.head().stateRoot)
  }

  expectSameProofs(prng: Prng, height: number): void {
    for (const address of [prng.pick(ADDRESSES), prng.pick(MANY), `0x${'77'.repeat(20)}` as Address]) {
      const slots = [prng.pick(SLOTS), prng.pick(SLOTS)]
      const expected = new StateReader(this.eagerKv).prove(height, address, slots)
      expect(new StateReader(this.lazyKv).prove(height, address, slots)).toEqual(expected)
    }
  }
}

async function branchRecords(kv: MemoryKv): Promise<string[]> {
  const records: string[] = []
  const range = { start: Uint8Array.of(BUCKET.accountNode), end: Uint8Array.of(BUCKET.storageNode + 1) }
  for await (const { key, value } of kv.range(range)) records.push(`${Buffer.from(key).toString('hex')}=${value}`)
  return records
}

const anyDeferral = fc.record({ perCommit: fc.nat(6), blocks: fc.nat(12), most: fc.nat(60) })

describe('branches that wait to be written', () => {
  it('change no root and no proof of the past, whenever the store is opened again', async () => {
    let waits = 0
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        anyDeferral,
        fc.integer({ min: 1, max: 16 }),
        async (seed, deferral, historyBlocks) => {
          const prng = new Prng(seed)
          const pair = new Pair(deferral, historyBlocks)
          for (let block = 0; block < 24; block++) {
            await pair.commit(prng, prng.pick([0, 1, 5, 40]))
            if (deferredSince(pair.lazyKv) !== undefined) waits++
            // Opening brings the trie up and throws when its root is not the head's.
            const opened = new StateStore(pair.lazyKv, { historyBlocks, deferral })
            expect(opened.head().stateRoot).toBe(pair.eager.head().stateRoot)
            if (prng.chance(0.3)) pair.reopen(deferral, historyBlocks)
            for (let back = 0; back < 3; back++) pair.expectSameProofs(prng, Math.max(0, pair.height - prng.below(18)))
          }
        },
      ),
      { numRuns: 25 },
    )
    expect(waits).toBeGreaterThan(100)
  })

  it('end as the records of a store that writes at once', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const prng = new Prng(seed)
      const pair = new Pair({ perCommit: 3, blocks: 10, most: 1_000 }, 1_000)
      for (let block = 0; block < 30; block++) {
        await pair.commit(prng, 30)
        if (prng.chance(0.2)) pair.reopen({ perCommit: prng.below(4), blocks: 10, most: 1_000 }, 1_000)
      }
      expect(deferredSince(pair.lazyKv)).toBeGreaterThan(30 - 11)
      for (let block = 0; block < 10; block++) await pair.commit(prng, 0)
      expect(deferredSince(pair.lazyKv)).toBeUndefined()
      expect(await branchRecords(pair.lazyKv)).toEqual(await branchRecords(pair.eagerKv))
    }
  })

  it('are written before a shorter window forgets what they are brought up from', async () => {
    const prng = new Prng(8)
    const deferral = { perCommit: 0, blocks: 400, most: 10_000 }
    const pair = new Pair(deferral, 400)
    for (let block = 0; block < 40; block++) await pair.commit(prng, 20)
    const since = present(deferredSince(pair.lazyKv), 'branches wait')
    expect(since).toBeLessThan(20)
    pair.reopen(deferral, 4)
    for (let block = 0; block < 20; block++) {
      await pair.commit(prng, 20)
      expect(deferredSince(pair.lazyKv)).toBeGreaterThan(pair.height - 4)
      pair.reopen(deferral, 4)
    }
  })

  it('do not wait in small blocks', async () => {
    const prng = new Prng(9)
    const pair = new Pair({ perCommit: 512, blocks: 64, most: 10_000 }, 100)
    for (let block = 0; block < 20; block++) {
      await pair.commit(prng, 40)
      expect(deferredSince(pair.lazyKv)).toBeUndefined()
    }
    expect(await branchRecords(pair.lazyKv)).toEqual(await branchRecords(pair.eagerKv))
  })

  it('are as many as the bound allows and no more', async () => {
    const prng = new Prng(10)
    const pair = new Pair({ perCommit: 0, blocks: 1_000, most: 20 }, 1_000)
    for (let block = 0; block < 20; block++) {
      await pair.commit(prng, 40)
      const eager = new Set(await branchRecords(pair.eagerKv))
      const lagging = (await branchRecords(pair.lazyKv)).filter((record) => !eager.has(record))
      expect(lagging.length).toBeLessThanOrEqual(20)
    }
  })
})

describe('opening a database whose branches waited', () => {
  const deferral = { perCommit: 0, blocks: 100, most: 10_000 }

  async function laggingStore(): Promise<MemoryKv> {
    const prng = new Prng(11)
    const pair = new Pair(deferral, 100)
    for (let block = 0; block < 12; block++) await pair.commit(prng, 30)
    expect(deferredSince(pair.lazyKv)).toBeLessThan(9)
    return pair.lazyKv
  }

  /** Turns one bit of a record over. */
  async function damage(kv: MemoryKv, key: Uint8Array, at: number): Promise<void> {
    const value = present(kv.getSync(key), 'the record is stored')
    value[at] = (value[at] as number) ^ 1
    await kv.batch([{ type: 'put', key, value }])
  }

  function open(kv: MemoryKv): StateStore {
    return new StateStore(kv, { historyBlocks: 100, deferral })
  }

  it('succeeds as it is', async () => {
    expect(open(await laggingStore()).headRecord?.number).toBe(11)
  })

  it('stops at a hash that is not that of any state', async () => {
    const kv = await laggingStore()
    // Of the root's sixteen children and theirs all changed; below, most did not.
    const untouched = present(
      MANY.map((address) => hashedKey(address).slice(0, 2)).find((path) => kv.getSync(nodeKey(path)) !== undefined),
      'some branch lies two deep',
    )
    let stops = 0
    for (let at = 20; at < 60; at += 3) {
      await damage(kv, nodeKey(untouched), at)
      try {
        open(kv)
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'STATE_INCONSISTENT' })
        stops++
      }
      await damage(kv, nodeKey(untouched), at)
    }
    expect(stops).toBeGreaterThan(0)
    expect(open(kv).headRecord?.number).toBe(11)
  })

  it('stops at a value that is not the head’s', async () => {
    const kv = await laggingStore()
    const written = await firstChangedAccount(kv, 11)
    const record = present(kv.getSync(accountKey(written)), 'the account is stored')
    await damage(kv, accountKey(written), record.length - 1)
    expect(() => open(kv)).toThrow(expect.objectContaining({ code: 'STATE_INCONSISTENT' }))
  })

  it('stops when a change set that is needed is gone', async () => {
    const kv = await laggingStore()
    await kv.batch([{ type: 'del', key: pageKey(BUCKET.changeSet, 11, 0) }])
    expect(() => open(kv)).toThrow(expect.objectContaining({ code: 'STATE_INCONSISTENT' }))
  })
})

/** An account that block `height` wrote and that is there. */
async function firstChangedAccount(kv: MemoryKv, height: number): Promise<string> {
  const page = present(kv.getSync(pageKey(BUCKET.changeSet, height, 0)), 'the change set is stored')
  for (const address of MANY) {
    const key = hashedKey(address)
    if (Buffer.from(page).includes(Buffer.from(key, 'hex')) && kv.getSync(accountKey(key)) !== undefined) return key
  }
  throw new Error('no account was written')
}
