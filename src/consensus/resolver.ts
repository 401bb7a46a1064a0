/**
 * The resolver (docs/consensus.md 2.11, S3): fetches certificates for every view between the floor and the current one, so
 * that no leader is stuck for a hole that somebody else could fill. Peers take turns.
 */

import { MAX_CERTIFICATE_VIEWS } from '../lib/limits.ts'
import { isExecuted } from './execution-status.ts'
import type { CertificateRequest, PeerName } from './messages.ts'
import { certificatesOf } from './rounds.ts'
import type { ConsensusState } from './state.ts'
import { emit, send, setTimer, type Turn } from './turn.ts'

/** The resolve timer: every half retry interval. */
export function resolveOnTimer(turn: Turn): void {
  askForCertificates(turn)
  armResolver(turn)
}

export function armResolver(turn: Turn): void {
  setTimer(turn, 'resolve', turn.nowMs + Math.ceil(turn.state.config.retryIntervalMs / 2))
}

/** Asks the next peer for what is missing, if anything is. */
export function askForCertificates(turn: Turn): void {
  const { state } = turn
  const views = missingViews(state)
  if (views.length === 0 || state.mode !== 'running') return
  const others = state.set.validators.filter((_, index) => index !== state.selfIndex)
  const peer = others[(state.resolverTurn + Math.max(0, state.selfIndex)) % others.length]
  state.resolverTurn++
  if (peer === undefined) return
  send(turn, state.current, peer.peerId, { type: 'certificateRequest', epoch: state.epoch, views })
}

/** Views that could still stop a leader: neither nullified nor known to lead to an executed block. Newest first. */
export function missingViews(state: ConsensusState): number[] {
  const missing: number[] = []
  for (let view = state.current - 1; view > state.lastFinalized && missing.length < MAX_CERTIFICATE_VIEWS; view--) {
    const round = state.rounds.get(view)
    const notarized = round?.notarization?.subject.blockHash
    if (round?.nullification || (notarized !== undefined && isExecuted(state, notarized))) continue
    missing.push(view)
  }
  const isHeadUnproven =
    state.finalized.hash !== state.anchor.hash && certificatesOf(state.rounds.get(state.lastFinalized)).length === 0
  if (isHeadUnproven && missing.length < MAX_CERTIFICATE_VIEWS) missing.push(state.lastFinalized)
  return missing
}

/** Answers a peer's request with everything held of the views. */
export function answerCertificates(turn: Turn, from: PeerName, request: CertificateRequest): void {
  const { state } = turn
  if (request.views.length > MAX_CERTIFICATE_VIEWS) {
    emit(turn, { type: 'score', epoch: state.epoch, view: state.current, peer: from, fault: 'badRequest' })
    return
  }
  const certificates = request.views.flatMap((view) => certificatesOf(state.rounds.get(view)))
  if (certificates.length === 0) return
  send(turn, state.current, from, { type: 'certificateResponse', epoch: state.epoch, certificates })
}
