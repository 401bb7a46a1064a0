/**
 * Hooks at the end of a block.
 */

import { expect, it } from 'vitest'
import { type EndOfBlockHook, runHooks } from '../../src/execution/hooks.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { WorldState } from '../../src/state/world-state.ts'
import { MemoryKv } from '../../src/storage/memory-kv.ts'
import { ZERO_ADDRESS } from '../../src/types/primitives.ts'
import type { Log } from '../../src/types/receipt.ts'

it('may log more than the engine takes as arguments of one call', () => {
  const log: Log = { address: ZERO_ADDRESS, topics: [], data: new Uint8Array(0) }
  const logs = new Array<Log>(300_000).fill(log)
  const hook: EndOfBlockHook = { name: 'talkative', run: () => logs }
  const state = new WorldState(new StateStore(new MemoryKv(), { historyBlocks: 1 }).head())
  expect(runHooks([hook], state, {} as never)).toHaveLength(logs.length)
})
