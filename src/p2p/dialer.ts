/**
 * Keeps connections up: every validator whose address is known (full mesh), the bootstrap peers, and enough others that a
 * node hears of the network from several sides. Failed attempts wait longer each time; validators wait three seconds at most,
 * so a restarted one is back in the mesh at once.
 */

import { BoundedMap } from '../lib/bounded-map.ts'
import { MAX_KNOWN_PEERS } from '../lib/limits.ts'

const FIRST_BACKOFF_MS = 250
const MAX_VALIDATOR_BACKOFF_MS = 3_000
const MAX_BACKOFF_MS = 60_000
/** Of two validators the one with the greater peer id leaves the first attempt to the other, so that one connection results. */
const COURTESY_MS = 1_500
/** Connections opened to peers that are neither validators nor bootstrap. */
const WANTED_OTHERS = 8
const MAX_PARALLEL_DIALS = 8

export type DialCandidate = {
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly role: 'validator' | 'bootstrap' | 'other'
}

export type DialerOptions = {
  readonly ownPeerId: string
  readonly isOwnValidator: () => boolean
  readonly candidates: () => readonly DialCandidate[]
  readonly isConnected: (peerId: string) => boolean
  readonly outboundCount: () => number
  readonly maxOutbound: number
  readonly dial: (candidate: DialCandidate) => Promise<boolean>
}

type Attempt = { readonly failures: number; readonly notBeforeMs: number }

export class Dialer {
  private readonly options: DialerOptions
  private readonly attempts = new BoundedMap<string, Attempt>(MAX_KNOWN_PEERS)
  private readonly dialing = new Set<string>()
  private isStopped = false

  constructor(options: DialerOptions) {
    this.options = options
  }

  stop(): void {
    this.isStopped = true
  }

  /** Starts the attempts that are due; `nowMs` is monotonic. */
  tick(nowMs: number): void {
    if (this.isStopped) return
    let others = 0
    for (const candidate of this.options.candidates()) {
      const { peerId, role } = candidate
      if (peerId === this.options.ownPeerId || candidate.addresses.length === 0) continue
      if (this.options.isConnected(peerId)) {
        if (role === 'other') others++
        continue
      }
      if (role === 'other' && ++others > WANTED_OTHERS) continue
      if (this.dialing.has(peerId) || this.dialing.size >= MAX_PARALLEL_DIALS) continue
      if (this.options.outboundCount() >= this.options.maxOutbound) return
      if (this.isDue(candidate, nowMs)) void this.attempt(candidate, nowMs)
    }
  }

  /** A connection to the peer stood: the next attempt after its end is prompt again. */
  succeeded(peerId: string): void {
    this.attempts.delete(peerId)
  }

  private isDue({ peerId, role }: DialCandidate, nowMs: number): boolean {
    const attempt = this.attempts.peek(peerId)
    if (attempt !== undefined) return nowMs >= attempt.notBeforeMs
    const isOthersTurn = role === 'validator' && this.options.isOwnValidator() && this.options.ownPeerId > peerId
    if (!isOthersTurn) return true
    this.attempts.set(peerId, { failures: 0, notBeforeMs: nowMs + COURTESY_MS })
    return false
  }

  private async attempt(candidate: DialCandidate, nowMs: number): Promise<void> {
    const { peerId, role } = candidate
    this.dialing.add(peerId)
    try {
      const isUp = await this.options.dial(candidate)
      const failures = isUp ? 0 : (this.attempts.peek(peerId)?.failures ?? 0) + 1
      const ceilingMs = role === 'validator' ? MAX_VALIDATOR_BACKOFF_MS : MAX_BACKOFF_MS
      const waitMs = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(failures, 16), ceilingMs)
      this.attempts.set(peerId, { failures, notBeforeMs: nowMs + waitMs })
    } finally {
      this.dialing.delete(peerId)
    }
  }
}
