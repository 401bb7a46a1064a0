/**
 * A token bucket: so many messages a second on average, so many at once. Time is an argument.
 */

export type Rate = { readonly perSecond: number; readonly burst: number }

export class TokenBucket {
  private readonly rate: Rate
  private tokens: number
  private lastMs: number

  constructor(rate: Rate, nowMs: number) {
    this.rate = rate
    this.tokens = rate.burst
    this.lastMs = nowMs
  }

  /** Takes one token; false when there is none. */
  take(nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.lastMs)
    this.lastMs = nowMs
    this.tokens = Math.min(this.rate.burst, this.tokens + (elapsedMs * this.rate.perSecond) / 1000)
    if (this.tokens < 1) return false
    this.tokens -= 1
    return true
  }
}
