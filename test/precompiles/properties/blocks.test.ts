/**
 * Random blocks through the executor against the exact model; the long run is `npm run test:royalty`.
 */

import { describe, expect, it } from 'vitest'
import { BlockWorld } from './block-world.ts'

const FIRST_SEED = 1
const SEEDS = 4
const BLOCKS = 60

async function run(seed: number): Promise<BlockWorld> {
  const world = await BlockWorld.open(seed)
  for (let block = 1; block <= BLOCKS; block++) {
    try {
      await world.advance()
    } catch (fault) {
      throw new Error(`npm run test:royalty -- --blocks ${block} --seed ${seed}`, { cause: fault })
    }
  }
  await world.catchUp()
  return world
}

describe(`${SEEDS} worlds of ${BLOCKS} random blocks from seed ${FIRST_SEED}`, () => {
  it('are the same built, validated at once with restarts, and synced in rows; every wei is where the model has it', async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const { figures } = await run(seed)
      expect(figures.blocks).toBe(BLOCKS)
      expect(figures.logs).toBeGreaterThan(100)
    }
  }, 120_000)

  it('are the same twice: one seed, one chain', async () => {
    const [first, second] = [await run(FIRST_SEED), await run(FIRST_SEED)]
    expect(second.headHash).toBe(first.headHash)
  }, 60_000)
})
