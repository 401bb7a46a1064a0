/**
 * Wall-clock time that never falls and never stands still: what the core's deadlines and the blocks' timestamps run on.
 *
 * When the machine's clock is set forward, so is this one. When it is set back, this one goes on at half speed until both
 * agree: frozen time would freeze every timeout of consensus with it.
 */

import type { Clock } from '../lib/clock.ts'

/** The part of real time that passes while the machine's clock is behind. */
const SLOW_SHARE = 0.5

export class SteadyClock implements Clock {
  private readonly source: Clock
  private lastMs: number
  private lastMonotonicMs: number

  constructor(source: Clock) {
    this.source = source
    this.lastMs = source.nowMs()
    this.lastMonotonicMs = source.monotonicMs()
  }

  /** Whole milliseconds since the Unix epoch. */
  nowMs(): number {
    const monotonicMs = this.source.monotonicMs()
    const slowMs = this.lastMs + (monotonicMs - this.lastMonotonicMs) * SLOW_SHARE
    this.lastMonotonicMs = monotonicMs
    this.lastMs = Math.max(slowMs, this.source.nowMs())
    return Math.floor(this.lastMs)
  }

  monotonicMs(): number {
    return this.source.monotonicMs()
  }
}
