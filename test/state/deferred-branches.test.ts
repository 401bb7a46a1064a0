/**
 * Branches that wait to be written change nothing that can be seen: roots, proofs of the past, restarts, and in the end the
 * records themselves are those of a store that writes every branch at once.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keccak256Hash } from '../../src/crypto/keccak.ts'
import { present } from '../../src/lib/assert.ts'
import { concatBytes } from '../../src/lib/bytes.ts'
import { BRANCH_DEFERRAL_BLOCKS, PROOF_HISTORY_BLOCKS, PRUNED_HISTORY_BLOCKS } from '../../src/lib/limits.ts'
import { Prng } from '../../src/lib/prng.ts'
import { type BranchBounds, deferredSince } from '../../src/state/deferred-branches.ts'
import { hashedKey } from '../../src/state/hashed-key.ts'
import type { SealedState } from '../../src/state/sealed-state.ts'
import { accountKey, nodeKey } from '../../src/state/state-keys.ts'
import { StateReader } from '../../src/state/state-reader.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { WorldState } from '../../src/state/world-state.ts'
import { BUCKET, pageKey } from '../../src/storage/buckets.ts'
import { MemoryKv } from '../../src/storage/memory-kv.ts'
import type { Address } from '../../src/types/primitives.ts'
import { ADDRESSES, blockOf, type Model, manyAddresses, randomChange, SLOTS } from './support.ts'

const CACHED = 10_000
const AT_ONCE: BranchBounds = { perCommit: Number.POSITIVE_INFINITY, blocks: 64, most: 64, cached: CACHED }
const MANY = manyAddresses(700)

/** The states after one block in both stores. */
type Tip = readonly [SealedState, SealedState]

/** Two stores of one chain: one writes every branch at once, the other lets them wait. */
class Pair {
  readonly eagerKv = new MemoryKv()
  readonly lazyKv = new MemoryKv()
  eager: StateStore
  lazy: StateStore
  private readonly model: Model = new Map()
  private readonly pending: Tip[] = []

  constructor(bounds: BranchBounds, historyBlocks: number) {
    this.eager = new StateStore(this.eagerKv, { historyBlocks, branches: AT_ONCE })
    this.lazy = new StateStore(this.lazyKv, { historyBlocks, branches: bounds })
  }

  get height(): number {
    return this.lazy.headRecord?.number ?? -1
  }

  async reopen(bounds: BranchBounds, historyBlocks: number): Promise<void> {
    await this.commitAbove(0)
    this.lazy = new StateStore(this.lazyKv, { historyBlocks, branches: bounds })
  }

  /** Makes a block of `steps` random changes, and some transfers among many accounts; `depth` blocks stay uncommitted. */
  async commit(prng: Prng, steps: number, depth = 0): Promise<void> {
    const tip = this.pending.at(-1) ?? [this.eager.head(), this.lazy.head()]
    const world = new WorldState(tip[0])
    world.beginTransaction()
    for (let step = 0; step < steps; step++) randomChange(prng, world, this.model)
    for (let step = 0; step < 2 * steps; step++) world.setBalance(prng.pick(MANY), BigInt(1 + prng.below(1_000)))
    world.endTransaction()
    const changes = world.changes()
    const next: Tip = [this.eager.seal(tip[0], changes), this.lazy.seal(tip[1], changes)]
    expect(next[1].stateRoot).toBe(next[0].stateRoot)
    // A sibling that loses leaves no trace.
    if (depth > 0) this.lazy.seal(tip[1], new WorldState(tip[1]).changes())
    this.pending.push(next)
    await this.commitAbove(depth)
  }

  private async commitAbove(depth: number): Promise<void> {
    while (this.pending.length > depth) {
      const height = this.height + 1
      const [eager, lazy] = present(this.pending.shift(), 'a block waits')
      await this.eager.commit(eager, blockOf(eager, height))
      await this.lazy.commit(lazy, blockOf(lazy, height))
    }
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

const anyBounds = fc.record({
  perCommit: fc.nat(6),
  blocks: fc.nat(12),
  most: fc.nat(60),
  cached: fc.integer({ min: 1, max: 40 }),
})

describe('branches that wait to be written', () => {
  it('change no root and no proof of the past, whenever the store is opened again', async () => {
    let waits = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(), anyBounds, fc.integer({ min: 1, max: 16 }), async (seed, bounds, historyBlocks) => {
        const prng = new Prng(seed)
        const pair = new Pair(bounds, historyBlocks)
        for (let block = 0; block < 24; block++) {
          await pair.commit(prng, prng.pick([0, 1, 5, 40]), prng.below(4))
          if (pair.height < 0) continue
          if (deferredSince(pair.lazyKv) !== undefined) waits++
          // Opening brings the trie up and throws when its root is not the head's.
          const opened = new StateStore(pair.lazyKv, { historyBlocks, branches: bounds })
          expect(opened.head().stateRoot).toBe(pair.eager.head().stateRoot)
          if (prng.chance(0.3)) await pair.reopen(bounds, historyBlocks)
          for (let back = 0; back < 3; back++) pair.expectSameProofs(prng, Math.max(0, pair.height - prng.below(18)))
        }
      }),
      { numRuns: 25 },
    )
    expect(waits).toBeGreaterThan(10)
  })

  it('end as the records of a store that writes at once', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const prng = new Prng(seed)
      const pair = new Pair({ perCommit: 3, blocks: 10, most: 1_000, cached: CACHED }, 1_000)
      for (let block = 0; block < 30; block++) {
        await pair.commit(prng, 30)
        if (prng.chance(0.2))
          await pair.reopen({ perCommit: prng.below(4), blocks: 10, most: 1_000, cached: CACHED }, 1_000)
      }
      expect(deferredSince(pair.lazyKv)).toBeGreaterThan(30 - 11)
      for (let block = 0; block < 10; block++) await pair.commit(prng, 0)
      expect(deferredSince(pair.lazyKv)).toBeUndefined()
      expect(await branchRecords(pair.lazyKv)).toEqual(await branchRecords(pair.eagerKv))
    }
  })

  it('are written before a shorter window forgets what they are brought up from', async () => {
    const prng = new Prng(8)
    const bounds = { perCommit: 0, blocks: 400, most: 10_000, cached: CACHED }
    const pair = new Pair(bounds, 400)
    for (let block = 0; block < 40; block++) await pair.commit(prng, 20)
    const since = present(deferredSince(pair.lazyKv), 'branches wait')
    expect(since).toBeLessThan(20)
    await pair.reopen(bounds, 4)
    for (let block = 0; block < 20; block++) {
      await pair.commit(prng, 20)
      expect(deferredSince(pair.lazyKv)).toBeGreaterThan(pair.height - 4)
      await pair.reopen(bounds, 4)
    }
  })

  it('do not wait in small blocks', async () => {
    const prng = new Prng(9)
    const pair = new Pair({ perCommit: 512, blocks: 64, most: 10_000, cached: CACHED }, 100)
    for (let block = 0; block < 20; block++) {
      await pair.commit(prng, 40)
      expect(deferredSince(pair.lazyKv)).toBeUndefined()
    }
    expect(await branchRecords(pair.lazyKv)).toEqual(await branchRecords(pair.eagerKv))
  })

  it('wait no longer than what they are brought up from is kept', () => {
    expect(BRANCH_DEFERRAL_BLOCKS).toBeLessThanOrEqual(Math.min(PROOF_HISTORY_BLOCKS, PRUNED_HISTORY_BLOCKS))
  })

  it('are as many as the bound allows and no more', async () => {
    const prng = new Prng(10)
    const pair = new Pair({ perCommit: 0, blocks: 1_000, most: 20, cached: CACHED }, 1_000)
    for (let block = 0; block < 20; block++) {
      await pair.commit(prng, 40)
      const eager = new Set(await branchRecords(pair.eagerKv))
      const lagging = (await branchRecords(pair.lazyKv)).filter((record) => !eager.has(record))
      expect(lagging.length).toBeLessThanOrEqual(20)
    }
  })
})

describe('the records of branches and of what leads them back', () => {
  it('are the bytes they have always been', async () => {
    const kv = new MemoryKv()
    const branches = { perCommit: 2, blocks: 40, most: 100, cached: CACHED }
    const store = new StateStore(kv, { historyBlocks: 100, branches })
    for (let height = 0; height < 8; height++) {
      const world = new WorldState(store.head())
      for (const [at, address] of MANY.slice(0, 100 + height).entries()) {
        if (height === 0 || at % 5 === height % 5) world.setBalance(address, BigInt(1 + at + height))
      }
      world.setNonce(ADDRESSES[0] as Address, 1n)
      for (const [at, slot] of SLOTS.entries()) world.setStorage(ADDRESSES[0] as Address, slot, BigInt(at * height))
      const state = store.seal(store.head(), world.changes())
      await store.commit(state, blockOf(state, height))
    }
    expect(deferredSince(kv)).toBeLessThan(7)
    const all: Uint8Array[] = []
    for await (const { key, value } of kv.range({ start: Uint8Array.of(0), end: Uint8Array.of(255) }))
      all.push(key, value)
    expect(keccak256Hash(concatBytes(...all))).toBe(
      '0x64e65a5749a56639a9880e8a0abd575c029c953a4569f05f1c1872bbc703514a',
    )
  })
})

describe('opening a database whose branches waited', () => {
  const bounds = { perCommit: 0, blocks: 100, most: 10_000, cached: CACHED }

  async function laggingStore(): Promise<MemoryKv> {
    const prng = new Prng(11)
    const pair = new Pair(bounds, 100)
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
    return new StateStore(kv, { historyBlocks: 100, branches: bounds })
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
