/**
 * Gathers transactions whose sender is unknown and asks the recovery workers in batches.
 *
 * Everything that arrives in one turn of the event loop travels together, so a burst costs few messages and a single
 * transaction waits for nobody. Answers are released in the order of arrival although batches may finish out of order:
 * a sender's later nonces never overtake its earlier ones.
 */

import { BoundedQueue } from '../lib/bounded-queue.ts'
import {
  MAX_POOL_BYTES,
  MAX_POOL_RECOVERY_BACKLOG,
  MAX_POOL_RECOVERY_BATCH,
  MAX_POOL_RECOVERY_IN_FLIGHT,
} from '../lib/limits.ts'
import type { Address } from '../types/primitives.ts'
import type { SenderRecovery } from './ports.ts'

type Waiting = {
  readonly raw: Uint8Array
  readonly resolve: (sender: Address | undefined) => void
  readonly reject: (reason: unknown) => void
}

export class RecoveryQueue {
  private readonly recovery: SenderRecovery
  private readonly waiting = new BoundedQueue<Waiting>(MAX_POOL_RECOVERY_BACKLOG)
  private waitingBytes = 0
  private inFlight = 0
  private isFlushScheduled = false
  private released: Promise<unknown> = Promise.resolve()

  constructor(recovery: SenderRecovery) {
    this.recovery = recovery
  }

  /** The sender of canonical bytes, undefined for an invalid signature; `full` when too many are waiting already. */
  sender(raw: Uint8Array): Promise<Address | undefined> | 'full' {
    if (this.waiting.size >= MAX_POOL_RECOVERY_BACKLOG || this.waitingBytes + raw.length > MAX_POOL_BYTES) return 'full'
    return new Promise((resolve, reject) => {
      this.waiting.push({ raw, resolve, reject })
      this.waitingBytes += raw.length
      if (this.isFlushScheduled) return
      this.isFlushScheduled = true
      setImmediate(() => {
        this.isFlushScheduled = false
        this.flush()
      })
    })
  }

  private flush(): void {
    while (this.inFlight < MAX_POOL_RECOVERY_IN_FLIGHT && this.waiting.size > 0) this.ask(this.takeBatch())
  }

  private takeBatch(): Waiting[] {
    const batch: Waiting[] = []
    while (batch.length < MAX_POOL_RECOVERY_BATCH) {
      const next = this.waiting.shift()
      if (next === undefined) break
      this.waitingBytes -= next.raw.length
      batch.push(next)
    }
    return batch
  }

  private ask(batch: readonly Waiting[]): void {
    this.inFlight++
    const before = this.released
    const answer = this.recovery.senders(batch.map((one) => one.raw))
    this.released = answer
      .then(
        async (senders) => {
          await before
          batch.forEach((one, at) => {
            one.resolve(senders[at])
          })
        },
        async (thrown: unknown) => {
          await before
          for (const one of batch) one.reject(thrown)
        },
      )
      .finally(() => {
        this.inFlight--
        this.flush()
      })
  }
}
