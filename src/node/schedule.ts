/**
 * Timers of the system, as the layers below ask for them.
 */

/** Calls back once after a delay in milliseconds; the returned function cancels it. */
export function schedule(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs)
  return () => clearTimeout(timer)
}
