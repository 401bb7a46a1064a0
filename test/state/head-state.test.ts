/**
 * The cells of the head state: one account or branch, one cell, until the cache lets it go.
 */

import { describe, expect, it } from 'vitest'
import { ACCOUNT_CACHE } from '../../src/lib/limits.ts'
import { loneLeaf } from '../../src/state/branch.ts'
import { DeferredBranches } from '../../src/state/deferred-branches.ts'
import { hashedKey } from '../../src/state/hashed-key.ts'
import { HeadState } from '../../src/state/head-state.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { WorldState } from '../../src/state/world-state.ts'
import { MemoryKv } from '../../src/storage/memory-kv.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'
import { blockOf } from './support.ts'

const NOTHING_WAITS = new DeferredBranches({ perCommit: 1, blocks: 1, most: 1, cached: 1 }, undefined)
const addressOf = (at: number) => `0x${at.toString(16).padStart(40, '0')}` as Address

describe('the cache of accounts', () => {
  it('marks a cell that it lets go, so that a commit no longer writes to it', () => {
    const head = new HeadState(new MemoryKv(), NOTHING_WAITS, 1)
    const first = head.account(addressOf(0))
    expect(head.accountAt(first.key)).toBe(first)
    for (let at = 1; at <= ACCOUNT_CACHE; at++) head.account(addressOf(at))
    expect(first.isCached).toBe(false)
    expect(head.accountAt(first.key)).not.toBe(first)
    const again = head.account(addressOf(0))
    expect(again).not.toBe(first)
    expect(head.accountAt(first.key)).toBe(again)
  })
})

/** The first address whose hashed key starts with `digits` and is not among `others`. */
function addressUnder(digits: string, others: readonly Address[] = []): Address {
  for (let at = 0; ; at++) {
    const address = addressOf(at)
    if (hashedKey(address).startsWith(digits) && !others.includes(address)) return address
  }
}

describe('the cells of branches', () => {
  it('are reached the right way when a branch gets a shorter prefix', async () => {
    const first = addressUnder('1aa')
    const second = addressUnder('1aa', [first])
    const third = addressUnder('1ab')
    const fourth = addressUnder('1b')
    const store = new StateStore(new MemoryKv(), { historyBlocks: 10 })
    const balances: (readonly [Address, bigint])[][] = [
      [first, second, third].map((address) => [address, 1n]),
      // The root branch leads on through `1a` to the branch of the first two.
      [[first, 2n]],
      // Now it forks after `1`, and `a` leads to the branch that it was.
      [[fourth, 1n]],
      [
        [first, 3n],
        [third, 3n],
      ],
      [[second, 4n]],
    ]
    const all = new Map<Address, bigint>()
    for (const [height, changes] of balances.entries()) {
      const world = new WorldState(store.head())
      for (const [address, balance] of changes) world.setBalance(address, balance)
      for (const [address, balance] of changes) all.set(address, balance)
      const state = store.seal(store.head(), world.changes())
      expect(state.stateRoot).toBe(rootOf(all))
      await store.commit(state, blockOf(state, height))
    }
  })

  it('that wait are found again after the cache let them go', () => {
    const deferred = new DeferredBranches({ perCommit: 1, blocks: 9, most: 9, cached: 2 }, 1)
    const head = new HeadState(new MemoryKv(), deferred, 2)
    head.bringUp('1', loneLeaf('00'.repeat(32)))
    const cell = head.branchAt('1')
    const root = head.branchAt('')
    expect(head.held('1', root, 1)).toBe(cell)
    for (const path of ['2', '3', '4']) head.branchAt(path)
    expect(cell.isCached).toBe(false)
    expect(head.held('1', root, 1)).toBe(cell)
    expect(cell.isCached).toBe(true)
  })
})

/** The root of a state built at once. */
function rootOf(balances: ReadonlyMap<Address, bigint>): Hash {
  const store = new StateStore(new MemoryKv(), { historyBlocks: 1 })
  const world = new WorldState(store.head())
  for (const [address, balance] of balances) world.setBalance(address, balance)
  return store.seal(store.head(), world.changes()).stateRoot
}
