/**
 * Time as an argument. Nothing below the composition root reads the system clock on its own.
 */

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number
  /** Milliseconds that never run backwards, for durations. */
  monotonicMs(): number
}

/** The machine's own clock; only the composition root, the command line and benchmarks use it. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}
