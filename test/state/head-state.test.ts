/**
 * The cells of the head state: one account, one cell, until the cache lets it go.
 */

import { describe, expect, it } from 'vitest'
import { ACCOUNT_CACHE } from '../../src/lib/limits.ts'
import { DeferredBranches } from '../../src/state/deferred-branches.ts'
import { HeadState } from '../../src/state/head-state.ts'
import { MemoryKv } from '../../src/storage/memory-kv.ts'
import type { Address } from '../../src/types/primitives.ts'

const NOTHING_WAITS = new DeferredBranches({ perCommit: 1, blocks: 1, most: 1 }, undefined)
const addressOf = (at: number) => `0x${at.toString(16).padStart(40, '0')}` as Address

describe('the cache of accounts', () => {
  it('marks a cell that it lets go, so that a commit no longer writes to it', () => {
    const head = new HeadState(new MemoryKv(), NOTHING_WAITS)
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
