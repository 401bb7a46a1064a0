/**
 * What we think of peers: faults cost points, time gives them back (half-life ten minutes), -20 disconnects and -50 bans.
 *
 * Faults that a slow or restarting honest node commits too have a floor of their own: a late answer never ends a connection,
 * a stalled one ends it for less than a minute. Otherwise validators on one busy machine would lock each other out.
 */

import { BoundedMap } from '../lib/bounded-map.ts'
import { MAX_KNOWN_PEERS } from '../lib/limits.ts'
import { FAULT_POINTS, type Fault } from './outcomes.ts'

export const DISCONNECT_SCORE = -20
export const BAN_SCORE = -50
export const SCORE_HALF_LIFE_MS = 10 * 60 * 1000
export const BAN_MS = 60 * 60 * 1000
/** The lowest score that a fault by itself can lead to. */
const FLOORS: Readonly<Partial<Record<Fault, number>>> = {
  'request-timeout': -15,
  'truncated-frame': -15,
  // A node that lags an epoch does not know the newest validators yet; their messages are dropped, not their connections.
  'not-validator': -15,
  'slow-peer': -21,
  flood: -21,
}

/** What follows from a charge. */
export type ScoreVerdict = 'tolerated' | 'disconnect' | 'ban'

type Entry = { readonly score: number; readonly atMs: number }

export class PeerScores {
  private readonly entries = new BoundedMap<string, Entry>(MAX_KNOWN_PEERS)
  private readonly bans = new BoundedMap<string, number>(MAX_KNOWN_PEERS)

  /** The decayed score: 0 is blameless, negative is not. */
  scoreOf(peerId: string, nowMs: number): number {
    const entry = this.entries.peek(peerId)
    if (entry === undefined) return 0
    const score = entry.score * 2 ** (-(nowMs - entry.atMs) / SCORE_HALF_LIFE_MS)
    return score > -0.01 ? 0 : score
  }

  /** Charges a fault; on `ban` the ban is already recorded. */
  charge(peerId: string, fault: Fault, nowMs: number): ScoreVerdict {
    const before = this.scoreOf(peerId, nowMs)
    const floor = FLOORS[fault] ?? Number.NEGATIVE_INFINITY
    const score = Math.min(before, Math.max(before - FAULT_POINTS[fault], floor))
    this.entries.set(peerId, { score, atMs: nowMs })
    if (score <= BAN_SCORE) {
      this.ban(peerId, nowMs + BAN_MS)
      return 'ban'
    }
    return score <= DISCONNECT_SCORE ? 'disconnect' : 'tolerated'
  }

  /** Refuses the peer until the given Unix time; its score starts anew afterwards. */
  ban(peerId: string, untilMs: number): void {
    this.bans.set(peerId, untilMs)
    this.entries.delete(peerId)
  }

  /** Unix ms until which the peer is refused, or 0. */
  bannedUntilMs(peerId: string, nowMs: number): number {
    const until = this.bans.peek(peerId) ?? 0
    if (until > nowMs) return until
    if (until !== 0) this.bans.delete(peerId)
    return 0
  }

  /** True when a connection to the peer may stand. */
  isWelcome(peerId: string, nowMs: number): boolean {
    return this.bannedUntilMs(peerId, nowMs) === 0 && this.scoreOf(peerId, nowMs) > DISCONNECT_SCORE
  }

  /** Bans that still hold, for the address book. */
  currentBans(nowMs: number): { readonly peerId: string; readonly untilMs: number }[] {
    return [...this.bans.keys()].flatMap((peerId) => {
      const untilMs = this.bannedUntilMs(peerId, nowMs)
      return untilMs === 0 ? [] : [{ peerId, untilMs }]
    })
  }
}
