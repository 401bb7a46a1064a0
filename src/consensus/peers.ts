/**
 * Who of the validators was heard when: decides whether a silent leader's view is skipped at once (docs/consensus.md 2.5).
 */

import type { PeerName } from './messages.ts'
import { leaderOf } from './schedule.ts'
import type { ConsensusState, PeerRecord } from './state.ts'
import type { Turn } from './turn.ts'
import { quorumOf } from './votes.ts'

/** A closed stream counts as silence after this. */
const CLOSED_GRACE_MS = 1_000

/** Notes a sign of life; peers that are not validators of the epoch are not remembered. */
export function noteHeard(turn: Turn, peer: PeerName): void {
  const record = recordOf(turn, peer)
  if (record === null) return
  record.heardAtMs = turn.nowMs
  record.closedAtMs = null
}

export function noteClosed(turn: Turn, peer: PeerName): void {
  const record = recordOf(turn, peer)
  if (record !== null) record.closedAtMs ??= turn.nowMs
}

/** The record of a validator's peer, or null for anybody else: so the map is as small as the set. */
export function recordOf(turn: Turn, peer: PeerName): PeerRecord | null {
  const { state } = turn
  if (!state.indexByPeer.has(peer)) return null
  const held = state.peers.get(peer)
  if (held !== undefined) return held
  const record: PeerRecord = { heardAtMs: state.startedAtMs, closedAtMs: null, answeredAtMs: Number.NEGATIVE_INFINITY }
  state.peers.set(peer, record)
  return record
}

/**
 * Whether the current view may be skipped without waiting: its leader is silent, a quorum is not, and no more than n views
 * passed since the last finalized one (so that views never churn at network speed while finality stalls).
 */
export function mayFastSkip(state: ConsensusState, nowMs: number): boolean {
  const leader = leaderOf(state.schedule, state.current)
  if (leader === state.selfIndex || state.current - state.lastFinalized > state.set.validators.length) return false
  const peer = state.set.validators[leader]?.peerId
  if (peer === undefined || !isSilent(state, peer, nowMs)) return false
  return heardPower(state, nowMs) >= quorumOf(state)
}

function isSilent(state: ConsensusState, peer: PeerName, nowMs: number): boolean {
  const record = state.peers.get(peer)
  const closedAtMs = record?.closedAtMs ?? null
  if (closedAtMs !== null && nowMs - closedAtMs >= CLOSED_GRACE_MS) return true
  return nowMs - (record?.heardAtMs ?? state.startedAtMs) >= state.config.skipTimeoutMs
}

/** Power of ourselves and of those heard within the skip timeout. */
function heardPower(state: ConsensusState, nowMs: number): number {
  let power = 0
  for (let index = 0; index < state.set.validators.length; index++) {
    const validator = state.set.validators[index]
    if (validator === undefined) continue
    const heardAtMs = state.peers.get(validator.peerId)?.heardAtMs
    const isHeard = heardAtMs !== undefined && nowMs - heardAtMs < state.config.skipTimeoutMs
    if (index === state.selfIndex || isHeard) power += validator.power
  }
  return power
}
