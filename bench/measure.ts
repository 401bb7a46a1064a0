/**
 * Samples and what is said of them.
 */

import { systemClock } from '../src/lib/clock.ts'

export type Summary = { readonly median: number; readonly p99: number; readonly samples: number }

/** Milliseconds that `run` takes. */
export async function timeMs(run: () => unknown): Promise<number> {
  const start = systemClock.monotonicMs()
  await run()
  return systemClock.monotonicMs() - start
}

/** Nearest-rank percentile of a non-empty list. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length))
  return sorted[rank - 1] ?? Number.NaN
}

/** Median, p99 and number of samples. */
export function summarize(samples: readonly number[]): Summary {
  return { median: percentile(samples, 50), p99: percentile(samples, 99), samples: samples.length }
}
