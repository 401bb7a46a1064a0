/**
 * Loaded before a node: once it has written for a while, every further write to its consensus log fails as on a full disk.
 */

import { open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

const WRITES_THAT_FIT = 12

if (isMainThread) {
  const handle = await open(fileURLToPath(import.meta.url), 'r')
  const prototype = Object.getPrototypeOf(handle) as { write(...args: unknown[]): Promise<unknown> }
  await handle.close()
  const write = prototype.write
  let writes = 0
  prototype.write = function (this: unknown, ...args: unknown[]) {
    writes++
    if (writes <= WRITES_THAT_FIT) return write.apply(this, args)
    return Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }))
  }
}
