/**
 * A node that is killed with signal 9 while sweeps leave work behind, and started again, goes on where it was: it reaches the
 * roots of those who were never stopped, because all that a sweep leaves is in the state.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { present } from '../../../src/lib/assert.ts'
import { Prng } from '../../../src/lib/prng.ts'
import { StateStore } from '../../../src/state/state-store.ts'
import { WorldState } from '../../../src/state/world-state.ts'
import { openLevelKv } from '../../../src/storage/level-kv.ts'
import { encodeSealedBlock } from '../../../src/types/sealed-block-codec.ts'
import { auditState } from '../model/state-audit.ts'
import { BlockWorld } from './block-world.ts'

const BLOCKS = 60
const KILLS = 4

const folder = mkdtempSync(join(tmpdir(), 'sahara-sweep-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The first world whose sweeps cannot keep up with what is queued. */
async function worldWithLeftovers(): Promise<{ readonly seed: number; readonly world: BlockWorld }> {
  for (let seed = 1; ; seed++) {
    const world = await BlockWorld.open(seed)
    if (world.sweepUnits > 120) continue
    while (world.figures.blocks < BLOCKS) await world.advance()
    if (world.figures.leftovers >= KILLS) return { seed, world }
  }
}

function start(seed: number): ChildProcess {
  const script = join(import.meta.dirname, 'children', 'import-blocks.ts')
  return fork(script, [join(folder, 'chain'), join(folder, 'blocks.json'), String(seed)])
}

/** Runs the child until it has reported `reports` blocks and then kills it, or until it ends. */
async function runChild(seed: number, reports: number): Promise<void> {
  const child = start(seed)
  const exited = once(child, 'exit')
  let seen = 0
  child.on('message', () => {
    seen++
    if (seen === reports) child.kill('SIGKILL')
  })
  const [code] = await exited
  expect(code === 0 || code === null, `the child ends with ${code}`).toBe(true)
}

describe('a node killed in mid-sweep', () => {
  it('comes back to the same roots, with every wei in its place', async () => {
    const { seed, world } = await worldWithLeftovers()
    const texts = world.built.map(({ block }) => Buffer.from(encodeSealedBlock(block)).toString('hex'))
    writeFileSync(join(folder, 'blocks.json'), JSON.stringify(texts))
    const prng = new Prng(seed)
    for (let kill = 0; kill < KILLS; kill++) await runChild(seed, 1 + prng.below(Math.floor(BLOCKS / KILLS) - 2))
    await runChild(seed, Number.POSITIVE_INFINITY)
    const kv = await openLevelKv(join(folder, 'chain'))
    try {
      const store = new StateStore(kv, { historyBlocks: 16 })
      expect(store.headRecord?.number).toBe(BLOCKS)
      expect(store.head().stateRoot).toBe(present(world.built.at(-1), 'there are blocks').block.header.stateRoot)
      const pools = [...world.auditor.pools.keys()].filter((id) => id >= 1n << 63n)
      const bonds = [...world.auditor.demands.values()].reduce((sum, { bond }) => sum + bond, 0n)
      for (const token of [0, 1]) {
        const deposits = token === 0 ? bonds : 0n
        expect(auditState(new WorldState(store.head()), token, { pools, deposits }).difference).toBe(0n)
      }
    } finally {
      await kv.close()
    }
  }, 180_000)
})
