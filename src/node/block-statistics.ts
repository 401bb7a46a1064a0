/**
 * The pace of the chain as this node sees it: interval, time to finality and transactions over the last blocks.
 */

/** Blocks looked back at. */
const WINDOW_BLOCKS = 120
/** Blocks that became final this long after they were made were caught up with, and say nothing of finality. */
const CATCH_UP_MS = 5_000
/** Transactions a second are counted over this time. */
const RATE_WINDOW_MS = 10_000

type Sample = {
  readonly timestampMs: number
  readonly finalizedAtMs: number
  readonly transactions: number
}

export type Pace = {
  readonly blockIntervalMs: number | null
  readonly finalityP50Ms: number | null
  readonly finalityP99Ms: number | null
  readonly transactionsPerSecond: number
}

export class BlockStatistics {
  private readonly samples: Sample[] = []

  /** Notes a block that became final now. */
  note(timestampMs: number, nowMs: number, transactions: number): void {
    this.samples.push({ timestampMs, finalizedAtMs: nowMs, transactions })
    if (this.samples.length > WINDOW_BLOCKS) this.samples.shift()
  }

  pace(nowMs: number): Pace {
    const fresh = this.samples.filter((one) => one.finalizedAtMs - one.timestampMs < CATCH_UP_MS)
    const finality = fresh.map((one) => one.finalizedAtMs - one.timestampMs).sort((a, b) => a - b)
    const recent = fresh.filter((one) => one.finalizedAtMs > nowMs - RATE_WINDOW_MS)
    const transactions = recent.reduce((sum, one) => sum + one.transactions, 0)
    const first = fresh[0]
    const last = fresh.at(-1)
    const hasInterval = first !== undefined && last !== undefined && fresh.length > 1
    return {
      blockIntervalMs: hasInterval ? (last.timestampMs - first.timestampMs) / (fresh.length - 1) : null,
      finalityP50Ms: percentile(finality, 0.5),
      finalityP99Ms: percentile(finality, 0.99),
      transactionsPerSecond: (transactions * 1_000) / RATE_WINDOW_MS,
    }
  }
}

/** The value below which `share` of the ascending `values` lie; null when there are none. */
export function percentile(values: readonly number[], share: number): number | null {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? null
}
