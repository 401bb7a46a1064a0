import { describe, expect, it } from 'vitest'
import { BlockCache } from '../../src/engine/block-cache.ts'
import { MAX_UNFINALIZED_BYTES } from '../../src/lib/limits.ts'
import type { SealedBlock } from '../../src/types/block.ts'
import type { Hash } from '../../src/types/primitives.ts'
import { payloadGenesis } from '../support/payload-execution.ts'
import { testHash } from '../support/votes.ts'

const QUARTER = new Uint8Array(MAX_UNFINALIZED_BYTES / 4)

function block(at: number): SealedBlock {
  return { ...payloadGenesis(testHash(9), 1_000), hash: testHash(at) }
}

describe('blocks above the finalized head', () => {
  it('make room, the oldest first, unless the core holds them', () => {
    const held = new Set<Hash>([testHash(1)])
    const cache = new BlockCache((hash) => held.has(hash))
    for (const at of [1, 2, 3, 4, 5]) expect(cache.offer(block(at), QUARTER)).toBe(true)
    const kept = [1, 2, 3, 4, 5].filter((at) => cache.get(testHash(at)) !== undefined)
    expect(kept).toEqual([1, 3, 4, 5])
  })

  it('are refused when pushed into a cache full of what the core holds, but never when we asked for them', () => {
    const cache = new BlockCache(() => true)
    for (const at of [1, 2, 3, 4]) cache.add(block(at), QUARTER)
    expect(cache.offer(block(5), QUARTER)).toBe(false)
    expect(cache.get(testHash(5))).toBeUndefined()
    cache.add(block(6), QUARTER)
    expect(cache.get(testHash(6))?.bytes).toBe(QUARTER)
    for (const at of [1, 2, 3, 4, 6]) cache.delete(testHash(at))
    expect(cache.offer(block(5), new Uint8Array(MAX_UNFINALIZED_BYTES))).toBe(true)
  })
})
