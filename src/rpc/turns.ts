/**
 * Lets long work on the main thread give way: consensus runs on the same thread and must not wait for an answer.
 */

import { setImmediate as nextTurn } from 'node:timers/promises'
import { RPC_SLICE_MS } from '../lib/limits.ts'

export class Turns {
  private readonly monotonicMs: () => number
  private startedMs: number

  constructor(monotonicMs: () => number) {
    this.monotonicMs = monotonicMs
    this.startedMs = monotonicMs()
  }

  /** True when this piece of work has held the thread long enough. */
  get isOver(): boolean {
    return this.monotonicMs() - this.startedMs >= RPC_SLICE_MS
  }

  /** Lets everything else that waits have its turn; the next slice starts then. */
  async next(): Promise<void> {
    await nextTurn()
    this.startedMs = this.monotonicMs()
  }
}
