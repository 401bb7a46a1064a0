/**
 * A token bucket for each client address: methods cost tokens (docs/rpc.md section 4), time gives them back.
 */

import { BoundedMap } from '../lib/bounded-map.ts'
import { MAX_RPC_CLIENTS } from '../lib/limits.ts'

export type RateLimitTerms = {
  /** Tokens that may be spent at once. */
  readonly burst: number
  /** Tokens given back each second. */
  readonly perSecond: number
}

export type RateLimitOptions = RateLimitTerms & { readonly monotonicMs: () => number }

/** What a setting may be: the terms, none, or undefined for the default terms where others than this machine can connect. */
export type RateLimitSetting = RateLimitTerms | 'off' | undefined

/** `auto`, `off` or `BURST/PER_SECOND`, as the option `rpc.rateLimit` accepts them. */
export const RATE_LIMIT_PATTERN = /^(?:auto|off|[1-9]\d{0,8}\/[1-9]\d{0,8})$/

/** The setting that a text of RATE_LIMIT_PATTERN means. */
export function parseRateLimit(text: string): RateLimitSetting {
  if (text === 'auto') return undefined
  if (text === 'off') return 'off'
  const [burst, perSecond] = text.split('/').map(Number)
  return { burst: burst ?? 1, perSecond: perSecond ?? 1 }
}

type Bucket = { tokens: number; atMs: number }

export class RateLimit {
  private readonly options: RateLimitOptions
  private readonly buckets = new BoundedMap<string, Bucket>(MAX_RPC_CLIENTS)

  constructor(options: RateLimitOptions) {
    this.options = options
  }

  /** Spends `cost` tokens: 0 when they were there, else the whole seconds after which they are. */
  spend(address: string, cost: number): number {
    const { burst, perSecond, monotonicMs } = this.options
    const now = monotonicMs()
    let bucket = this.buckets.get(address)
    if (bucket === undefined) {
      bucket = { tokens: burst, atMs: now }
      this.buckets.set(address, bucket)
    }
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.atMs) / 1000) * perSecond)
    bucket.atMs = now
    // What costs more than a whole bucket passes when the bucket is full, or it never could.
    const needed = Math.min(cost, burst)
    if (bucket.tokens < needed) return Math.max(1, Math.ceil((needed - bucket.tokens) / perSecond))
    bucket.tokens -= cost
    return 0
  }
}

/** The bucket's key: an IPv4 address as it is, the /64 of an IPv6 address, which one client owns whole. */
export function clientKey(remoteAddress: string): string {
  const mapped = remoteAddress.startsWith('::ffff:') ? remoteAddress.slice(7) : remoteAddress
  if (!mapped.includes(':')) return mapped
  const [head = '', tail = ''] = mapped.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = mapped.includes('::') ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0') : []
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}

/** True for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
