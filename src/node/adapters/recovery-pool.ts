/**
 * The recovery workers as one: a question goes to the worker with the fewest in hand, a long one is split among all.
 */

import { present } from '../../lib/assert.ts'
import { MAX_RECOVERY_CALLS } from '../../lib/limits.ts'
import type { SenderRecovery } from '../../mempool/ports.ts'
import type { Address } from '../../types/primitives.ts'
import type { RecoveryMethods } from '../workers/recovery.ts'
import { startWorker, type WorkerThread } from '../workers/worker-thread.ts'

/** Splitting less than this costs more than it saves. */
const MIN_SPLIT = 64
/** Megabytes: the thread holds one batch of transactions at a time. */
const HEAP = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 } as const

export class RecoveryPool implements SenderRecovery {
  private readonly threads: readonly WorkerThread<RecoveryMethods>[]

  constructor(count: number, onCrash: (worker: string, reason: string) => void) {
    this.threads = Array.from({ length: count }, (_, i) => {
      const name = `recovery-${i}`
      return startWorker<RecoveryMethods>({
        name,
        entry: 'recovery',
        data: undefined,
        maxInFlight: MAX_RECOVERY_CALLS,
        limits: HEAP,
        onCrash: (reason) => onCrash(name, reason),
      })
    })
  }

  async senders(raws: readonly Uint8Array[]): Promise<readonly (Address | undefined)[]> {
    const parts = raws.length < MIN_SPLIT * this.threads.length ? 1 : this.threads.length
    if (parts === 1) return this.idlest().calls.call('senders', raws)
    const size = Math.ceil(raws.length / parts)
    const answers = this.threads.map((thread, i) => thread.calls.call('senders', raws.slice(i * size, (i + 1) * size)))
    return (await Promise.all(answers)).flat()
  }

  authorities(raw: Uint8Array): Promise<readonly (Address | undefined)[]> {
    return this.idlest().calls.call('authorities', raw)
  }

  async stop(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.stop()))
  }

  private idlest(): WorkerThread<RecoveryMethods> {
    const sorted = [...this.threads].sort((a, b) => a.calls.inFlight - b.calls.inFlight)
    return present(sorted[0], 'there is at least one recovery worker')
  }
}
