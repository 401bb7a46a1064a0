/**
 * The genesis block of a chainspec, computed in memory: its state root needs the state, but no database.
 */

import type { ChainSpec } from '../chainspec/chain-spec.ts'
import { writeGenesis } from '../execution/genesis-state.ts'
import { StateStore } from '../state/state-store.ts'
import { MemoryKv } from '../storage/memory-kv.ts'
import type { SealedBlock } from '../types/block.ts'

/** Block 0. About a second for 100,000 accounts. */
export function computeGenesis(spec: ChainSpec): Promise<SealedBlock> {
  return writeGenesis(spec, new StateStore(new MemoryKv(), { historyBlocks: 1 }))
}
