/**
 * Read threads see whole states of any height while the writer commits.
 */

import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { StateStore } from '../../src/state/state-store.ts'
import { WorldState } from '../../src/state/world-state.ts'
import { openLevelKv } from '../../src/storage/level-kv.ts'
import { blockOf, manyAddresses } from './support.ts'

describe('two threads on one database', () => {
  it('one committing, one reading: every state that is read is whole', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sahara-threads-'))
    const addresses = manyAddresses(300)
    const kv = await openLevelKv(folder)
    const store = new StateStore(kv, {
      historyBlocks: 30,
      branches: { perCommit: 0, blocks: 20, most: 1_000, cached: 1_000 },
    })
    const commitNext = async (height: number): Promise<void> => {
      const world = new WorldState(store.head())
      for (const address of addresses) world.setBalance(address, BigInt(height + 1))
      const state = store.seal(store.head(), world.changes())
      await store.commit(state, blockOf(state, height))
    }
    await commitNext(0)
    const worker = new Worker(new URL('./children/read-states.ts', import.meta.url), {
      workerData: { folder, addresses },
    })
    await once(worker, 'online')
    for (let height = 1; height <= 150; height++) await commitNext(height)
    const answer = once(worker, 'message')
    worker.postMessage('stop')
    const [report] = (await answer) as [{ read: number; wrong: number; newest: number }]
    expect(report.wrong).toBe(0)
    expect(report.read).toBeGreaterThan(0)
    await worker.terminate()
    await kv.close()
    rmSync(folder, { recursive: true, force: true })
  })
})
