/**
 * Starts one worker thread with a small heap, says when it is ready, and reports when it ends without having been asked to.
 */

import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { type ResourceLimits, Worker } from 'node:worker_threads'
import { errorMessage } from '../../lib/errors.ts'
import { WorkerCalls, type WorkerMethods } from './worker-rpc.ts'

export type WorkerStart = {
  /** For messages: `execution`. */
  readonly name: string
  /** Module beside this file, without suffix. */
  readonly entry: 'execution' | 'read' | 'recovery'
  readonly data: unknown
  readonly maxInFlight: number
  readonly limits: ResourceLimits
  /** Called at most once, when the thread ends before `stop`. */
  readonly onCrash: (reason: string) => void
}

export type WorkerThread<M extends WorkerMethods> = {
  readonly calls: WorkerCalls<M>
  /** Asks the thread to finish, then ends it. */
  stop(): Promise<void>
}

/** The source runs as TypeScript, the build as JavaScript: the suffix is that of this very file. */
const SUFFIX = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

/** A thread takes the compile cache from its environment alone; the folder that the process uses is named after the version. */
function environment(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir()
  return folder === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(folder) }
}

/** Starts the thread; its first call waits until the module has loaded. */
export function startWorker<M extends WorkerMethods>(options: WorkerStart): WorkerThread<M> {
  const worker = new Worker(new URL(`./${options.entry}.${SUFFIX}`, import.meta.url), {
    workerData: options.data,
    name: options.name,
    resourceLimits: options.limits,
    env: environment(),
  })
  const calls = new WorkerCalls<M>(worker, options.name, options.maxInFlight)
  let isStopping = false
  let hasCrashed = false
  const crash = (reason: string) => {
    calls.stop(reason)
    if (isStopping || hasCrashed) return
    hasCrashed = true
    options.onCrash(reason)
  }
  worker.on('error', (error) => crash(errorMessage(error)))
  worker.on('exit', (code) => crash(`it ended with code ${code}`))
  return {
    calls,
    stop: async () => {
      isStopping = true
      calls.stop('the node is stopping')
      await worker.terminate()
    },
  }
}
