/**
 * The cache never holds more than its capacity and forgets what came first.
 */

import { describe, expect, it } from 'vitest'
import { Prng } from '../../src/lib/prng.ts'
import { FifoCache } from '../../src/state/fifo-cache.ts'

describe('the cache of the state', () => {
  it('forgets the oldest entry when it is full', () => {
    const cache = new FifoCache<number, number>(3)
    for (let i = 0; i < 5; i++) cache.set(i, i * 10)
    expect([0, 1, 2, 3, 4].map((key) => cache.get(key))).toEqual([undefined, undefined, 20, 30, 40])
  })

  it('holds the last insertions, whatever is replaced in between', () => {
    const prng = new Prng(4)
    const cache = new FifoCache<number, number>(50)
    const inserted: number[] = []
    for (let i = 0; i < 20_000; i++) {
      const key = prng.below(200)
      if (cache.get(key) === undefined) inserted.push(key)
      cache.set(key, i)
      expect(cache.get(key)).toBe(i)
      expect(cache.size).toBe(Math.min(50, inserted.length))
    }
    for (const key of inserted.slice(-50)) expect(cache.get(key)).toBeDefined()
  })
})
