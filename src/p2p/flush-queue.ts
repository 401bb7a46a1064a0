/**
 * Flushes outboxes once a turn of the event loop, so that everything queued for a peer in one turn leaves in one write; all
 * votes of all peers ahead of all blocks, and those ahead of the rest.
 */

import type { Clock } from '../lib/clock.ts'
import { STREAM_CLASSES, type StreamClass } from './messages.ts'
import type { Outbox } from './outbox.ts'

export class FlushQueue {
  private readonly due: Readonly<Record<StreamClass, Set<Outbox>>> = {
    consensus: new Set(),
    block: new Set(),
    sync: new Set(),
  }
  private readonly clock: Clock
  private timer: NodeJS.Immediate | undefined

  constructor(clock: Clock) {
    this.clock = clock
  }

  schedule(streamClass: StreamClass, outbox: Outbox): void {
    this.due[streamClass].add(outbox)
    this.timer ??= setImmediate(() => this.flush())
  }

  stop(): void {
    clearImmediate(this.timer)
    this.timer = undefined
    for (const streamClass of STREAM_CLASSES) this.due[streamClass].clear()
  }

  private flush(): void {
    this.timer = undefined
    const nowMs = this.clock.monotonicMs()
    for (const streamClass of STREAM_CLASSES) {
      const outboxes = [...this.due[streamClass]]
      this.due[streamClass].clear()
      for (const outbox of outboxes) outbox.flush(nowMs)
    }
  }
}
