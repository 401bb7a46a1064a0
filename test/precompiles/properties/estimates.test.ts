/**
 * A gas estimate still holds when a hundred transactions of others came first: the price of a touch follows from the shape
 * of the work, never from what the cells hold. The transaction may be refused by then, as when the leaf was claimed; it
 * never runs out of gas.
 */

import { describe, expect, it } from 'vitest'
import { present } from '../../../src/lib/assert.ts'
import { BlockWorld } from './block-world.ts'

const SEEDS = [1, 2]
const ESTIMATES = 6
/** Blocks until the assets, pools and terms are there. */
const FIRST_BLOCKS = 60
const INTERLEAVED = 100

describe('the estimate of any action', () => {
  it(`holds after ${INTERLEAVED} transactions`, async () => {
    for (const seed of SEEDS) {
      const world = await BlockWorld.open(seed)
      while (world.nextNumber <= FIRST_BLOCKS) await world.advance()
      let succeeded = 0
      for (let at = 0; at < ESTIMATES; at++) {
        const estimated = await world.estimate()
        if (estimated === undefined) continue
        const until = world.figures.transactions + INTERLEAVED
        while (world.figures.transactions < until) await world.advance()
        const receipts = await world.advance(estimated)
        const system = receipts.at(-1)?.gasUsed === 0n ? 1 : 0
        const receipt = present(receipts.at(-1 - system), 'the transaction is in the block')
        const { kind } = estimated.action
        const hint = `seed ${seed}, block ${world.nextNumber - 1}, ${kind}`
        if (receipt.status === 1) succeeded++
        else expect(receipt.gasUsed, hint).toBeLessThan(estimated.gasLimit)
      }
      expect(succeeded, `seed ${seed}`).toBeGreaterThan(1)
    }
  }, 180_000)
})
