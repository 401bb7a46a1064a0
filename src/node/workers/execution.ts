/**
 * The execution worker: the ChainExecutor behind calls. It alone writes the chain's database.
 */

import { parentPort, workerData } from 'node:worker_threads'
import { ChainExecutor } from '../../execution/chain-executor.ts'
import { assert, present } from '../../lib/assert.ts'
import { systemClock } from '../../lib/clock.ts'
import { err, ok } from '../../lib/result.ts'
import { BlockStore } from '../../storage/block-store.ts'
import type { Kv } from '../../storage/kv.ts'
import { openLevelKv } from '../../storage/level-kv.ts'
import { claimDatabase } from '../../storage/schema.ts'
import type { ExecutionMethods, ExecutionWorkerData } from './execution-methods.ts'
import { serveCalls } from './worker-rpc.ts'

const data = workerData as ExecutionWorkerData
let kv: Kv | undefined
let executor: ChainExecutor | undefined

const methods: ExecutionMethods = {
  open: async () => {
    assert(executor === undefined, 'the chain is opened once')
    kv = await openLevelKv(data.folder)
    await claimDatabase(kv, data.genesisHash, data.folder)
    const { spec, historyBlocks, acceptReexecution } = data
    executor = await ChainExecutor.open({
      spec,
      kv,
      blocks: new BlockStore(kv),
      historyBlocks,
      clock: systemClock,
      acceptReexecution,
    })
    return executor.head()
  },
  check: async ({ block }) => {
    const failure = opened().check(block)
    return failure === undefined ? ok(null) : err(failure)
  },
  certify: ({ block, senders }) => opened().certify(block, senders),
  build: (request) => opened().build(request),
  finalize: ({ hash, certificate }) => opened().finalize(hash, certificate),
  forget: (hashes) => opened().forget(hashes),
  close: async () => {
    await executor?.close()
    await kv?.close()
  },
}

serveCalls(present(parentPort, 'this module runs in a worker thread'), methods)

function opened(): ChainExecutor {
  return present(executor, 'the chain is opened before it is used')
}
