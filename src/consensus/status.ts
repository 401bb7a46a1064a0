/**
 * Status: a heartbeat that tells where we are and proves it with the newest finalization (docs/consensus.md 2.2, 2.11 S1).
 */

import { MAX_LAG_BLOCKS } from '../lib/limits.ts'
import { addCertificate } from './certificates.ts'
import type { PeerName, StatusMessage } from './messages.ts'
import { emit, send, setTimer, type Turn } from './turn.ts'

/** Without new finality for this long, any peer that is ahead calls for block sync. */
const STALL_MS = 2_000
/** Block sync is called for at most this often. */
const BEHIND_INTERVAL_MS = 1_000

/** The status timer. */
export function statusOnTimer(turn: Turn): void {
  send(turn, turn.state.current, 'all', ownStatus(turn))
  setTimer(turn, 'status', turn.nowMs + turn.state.config.statusIntervalMs)
}

/** What we tell of ourselves. */
export function ownStatus({ state }: Turn): StatusMessage {
  return {
    type: 'status',
    epoch: state.epoch,
    view: state.current,
    finalizedHeight: state.finalized.height,
    finalizedHash: state.finalized.hash,
    bestCertificate: state.bestFinalization,
  }
}

/** A peer's status of our epoch. */
export function statusReceived(turn: Turn, from: PeerName, message: StatusMessage): void {
  if (message.bestCertificate !== null) addCertificate(turn, message.bestCertificate)
  noteAhead(turn, from, message.finalizedHeight)
}

/** Calls for block sync when a peer's finalized head is too far ahead for consensus to repair, or we are stuck. */
export function noteAhead(turn: Turn, from: PeerName, height: number): void {
  const { state, nowMs } = turn
  const lag = height - state.finalized.height
  const isStuck = lag > 0 && nowMs - state.finalizedAtMs > STALL_MS
  if (lag <= MAX_LAG_BLOCKS && !isStuck) return
  if (nowMs - state.behindReportedAtMs < BEHIND_INTERVAL_MS) return
  state.behindReportedAtMs = nowMs
  emit(turn, { type: 'behind', epoch: state.epoch, view: state.current, peer: from, height })
}
