/**
 * Certificates: a quorum's word on a view, built by us or received, verified either way (docs/consensus.md 2.4).
 *
 * A new one is logged, told to all once, and opens views: a nullification or finalization the next one, a notarization its
 * own (E1, E2). Two certificates of a kind for one view that differ, or a finalized and nullified view, stop the node (A2, A3).
 */

import type { Certificate } from '../types/certificate.ts'
import type { Hash } from '../types/primitives.ts'
import { FINALIZE, NOTARIZE, NULLIFY, type Subject, sameSubject } from '../types/vote.ts'
import { isExecuted } from './execution-status.ts'
import type { PeerName } from './messages.ts'
import { dropOldRounds, retentionFloor, roundAt } from './rounds.ts'
import { leaderOf } from './schedule.ts'
import type { ConsensusState, Round } from './state.ts'
import { persistLazily, send, stop, type Turn } from './turn.ts'

/** Whether a certificate on `subject` would be news: otherwise the shell need not verify it. */
export function wantsCertificate(state: ConsensusState, subject: Subject): boolean {
  if (subject.epoch !== state.epoch || subject.view < 1 || subject.view < retentionFloor(state)) return false
  const round = state.rounds.get(subject.view)
  const held = round === undefined ? null : heldOfKind(round, subject)
  return held === null || !sameSubject(held.subject, subject)
}

/** Takes a verified certificate. */
export function addCertificate(turn: Turn, certificate: Certificate): void {
  const { state } = turn
  const { subject } = certificate
  if (!wantsCertificate(state, subject)) return
  const round = roundAt(state, subject.view)
  const conflict = conflictOf(round, subject)
  if (conflict !== null) {
    stop(turn, subject.view, conflict, `view ${subject.view} of epoch ${subject.epoch}`)
    return
  }
  store(state, round, certificate)
  persistLazily(turn, subject.view, { type: 'certificate', certificate })
  send(turn, subject.view, 'all', { type: 'certificate', certificate })
  if (subject.kind !== NULLIFY && subject.view >= state.lastFinalized) {
    needBlock(state, subject.blockHash, subject.view, sourcesOf(state, certificate))
  }
  state.isDirty = true
}

function store(state: ConsensusState, round: Round, certificate: Certificate): void {
  const { view } = round
  switch (certificate.subject.kind) {
    case NOTARIZE:
      round.notarization = certificate
      state.reachable = Math.max(state.reachable, view)
      return
    case NULLIFY:
      round.nullification = certificate
      state.reachable = Math.max(state.reachable, view + 1)
      return
    case FINALIZE:
      round.finalization = certificate
      state.reachable = Math.max(state.reachable, view + 1)
      // A finalization below the floor (an old record of the log) says nothing new.
      if (view >= state.lastFinalized) state.bestFinalization = certificate
      state.lastFinalized = Math.max(state.lastFinalized, view)
      dropOldRounds(state)
  }
}

function conflictOf(round: Round, subject: Subject): 'CONFLICTING_CERTIFICATES' | 'FINALIZED_AND_NULLIFIED' | null {
  if (heldOfKind(round, subject) !== null) return 'CONFLICTING_CERTIFICATES'
  if (subject.kind === NULLIFY && round.finalization !== null) return 'FINALIZED_AND_NULLIFIED'
  if (subject.kind === FINALIZE && round.nullification !== null) return 'FINALIZED_AND_NULLIFIED'
  const other = subject.kind === NOTARIZE ? round.finalization : subject.kind === FINALIZE ? round.notarization : null
  const isSame = other === null || sameSubject({ ...other.subject, kind: subject.kind }, subject)
  return isSame ? null : 'CONFLICTING_CERTIFICATES'
}

function heldOfKind(round: Round, subject: Subject): Certificate | null {
  if (subject.kind === NOTARIZE) return round.notarization
  return subject.kind === NULLIFY ? round.nullification : round.finalization
}

/** Notes that a block must be fetched, with its ancestors, and executed. */
export function needBlock(state: ConsensusState, hash: Hash, view: number, sources: readonly PeerName[]): void {
  if (isExecuted(state, hash)) return
  const held = state.needed.get(hash)
  if (held !== undefined && held.sources.length >= sources.length) return
  state.needed.set(hash, { view, sources })
  state.isDirty = true
}

/** Who has a certified block: its proposer first, then the certificate's signers; never we ourselves. */
export function sourcesOf(state: ConsensusState, certificate: Certificate): PeerName[] {
  const leader = leaderOf(state.schedule, certificate.subject.view)
  const signers: number[] = [leader]
  for (let index = 0; index < state.set.validators.length; index++) {
    const isSigner = (((certificate.bitmap[index >> 3] ?? 0) >> (index & 7)) & 1) === 1
    if (isSigner && index !== leader) signers.push(index)
  }
  return signers
    .filter((index) => index !== state.selfIndex)
    .map((index) => state.set.validators[index]?.peerId)
    .filter((peer) => peer !== undefined)
}
