/**
 * A clock that a test moves.
 */

import type { Clock } from '../../src/lib/clock.ts'

export class ManualClock implements Clock {
  private ms: number

  constructor(startMs: number) {
    this.ms = startMs
  }

  nowMs(): number {
    return this.ms
  }

  monotonicMs(): number {
    return this.ms
  }

  advance(ms: number): void {
    this.ms += ms
  }
}

/** A clock on which a millisecond passes whenever someone looks. */
export class TickingClock extends ManualClock {
  constructor() {
    super(1_800_000_000_000)
  }

  override monotonicMs(): number {
    this.advance(1)
    return super.monotonicMs()
  }
}
