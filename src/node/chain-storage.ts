/**
 * The chain's storage and execution: the worker that writes, and the reads of this thread.
 */

import type { ChainSpec } from '../chainspec/chain-spec.ts'
import type { ExecutedHead } from '../execution/chain-types.ts'
import { MAX_EXECUTION_CALLS } from '../lib/limits.ts'
import { StateReader } from '../state/state-reader.ts'
import { BlockStore } from '../storage/block-store.ts'
import type { Kv } from '../storage/kv.ts'
import { openLevelKv } from '../storage/level-kv.ts'
import type { Hash } from '../types/primitives.ts'
import { EngineStore } from './adapters/engine-store.ts'
import type { ExecutionMethods, ExecutionWorkerData } from './workers/execution-methods.ts'
import { startWorker, type WorkerThread } from './workers/worker-thread.ts'

export type ChainStorage = {
  readonly worker: WorkerThread<ExecutionMethods>
  /** The finalized head when the chain was opened. */
  readonly head: ExecutedHead
  readonly kv: Kv
  readonly blocks: BlockStore
  readonly states: StateReader
  readonly store: EngineStore
  close(): Promise<void>
}

export type StorageOptions = {
  readonly spec: ChainSpec
  readonly genesisHash: Hash
  readonly folder: string
  readonly historyBlocks: number
  readonly acceptReexecution: boolean
  readonly onCrash: (reason: string) => void
}

/** Megabytes of the execution worker's heap: the full caches of the state take 140, the rest keeps the collector idle. */
const HEAP = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 16 } as const

/**
 * Opens the chain: the database here, then the worker that writes to it. Throws StorageError, StateError, GENESIS_MISMATCH.
 *
 * All threads share one LevelDB, and the cache in it belongs to whoever opened it first: closing that handle frees the cache
 * under the others. So this thread opens before the workers do, and closes after them.
 */
export async function openChainStorage(options: StorageOptions): Promise<ChainStorage> {
  const { onCrash, ...data } = options
  const kv = await openLevelKv(options.folder)
  const worker = startWorker<ExecutionMethods>({
    name: 'execution',
    entry: 'execution',
    data: data satisfies ExecutionWorkerData,
    maxInFlight: MAX_EXECUTION_CALLS,
    limits: HEAP,
    onCrash,
  })
  try {
    const head = await worker.calls.call('open', null)
    const blocks = new BlockStore(kv)
    return {
      worker,
      head,
      kv,
      blocks,
      states: new StateReader(kv),
      store: new EngineStore(blocks),
      close: async () => {
        // A worker that crashed cannot be asked; ending it releases the database all the same.
        await worker.calls.call('close', null).catch(() => {})
        await worker.stop()
        await kv.close()
      },
    }
  } catch (thrown) {
    await worker.stop()
    await kv.close()
    throw thrown
  }
}
