/**
 * Measures how late the event loop runs: the one sign of life that a process can give of itself.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks'

export type LoopLag = {
  /** Milliseconds by which the loop is late now, or was at worst in the last interval. */
  currentMs(): number
  stop(): void
}

const TICK_MS = 500

/** Starts measuring; `monotonicMs` is the node's clock. */
export function measureLoopLag(monotonicMs: () => number): LoopLag {
  const histogram = monitorEventLoopDelay({ resolution: 20 })
  histogram.enable()
  let worstMs = 0
  let lastTickMs = monotonicMs()
  const timer = setInterval(() => {
    const now = monotonicMs()
    worstMs = Math.max(now - lastTickMs - TICK_MS, histogram.max / 1e6 - 20, 0)
    histogram.reset()
    lastTickMs = now
  }, TICK_MS)
  timer.unref()
  return {
    currentMs: () => Math.max(worstMs, monotonicMs() - lastTickMs - TICK_MS, 0),
    stop: () => {
      clearInterval(timer)
      histogram.disable()
    },
  }
}
