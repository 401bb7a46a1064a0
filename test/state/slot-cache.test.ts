/**
 * The cache of slots never holds more than its capacity, forgets what came first, and mixes up no two accounts.
 */

import { describe, expect, it } from 'vitest'
import { Prng } from '../../src/lib/prng.ts'
import { SlotCache } from '../../src/state/slot-cache.ts'

describe('the cache of slots', () => {
  it('holds the last additions of all accounts together, each under its own account', () => {
    const prng = new Prng(5)
    for (const capacity of [1, 2, 50]) {
      const cache = new SlotCache(capacity)
      const added: { account: string; slot: string; value: bigint }[] = []
      for (let i = 0; i < 10_000; i++) {
        const [account, slot] = [`a${prng.below(7)}`, `s${prng.below(40)}`]
        const held = added.slice(-capacity).findLast((one) => one.account === account && one.slot === slot)
        expect(cache.get(account, slot)?.value).toBe(held?.value)
        if (held !== undefined) continue
        added.push({ account, slot, value: BigInt(i) })
        cache.add(account, slot, { value: BigInt(i), record: undefined })
        expect(cache.size).toBe(Math.min(capacity, added.length))
      }
    }
  })
})
