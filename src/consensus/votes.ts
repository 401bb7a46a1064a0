/**
 * Votes: at most one of each kind per signer and view is stored, a conflicting one is evidence, and a quorum on one subject
 * is verified together and becomes a certificate (docs/consensus.md 2.4, 2.8, 2.11).
 */

import { VOTE_WINDOW } from '../lib/limits.ts'
import { FINALIZE, NOTARIZE, NULLIFY, type Subject, sameSubject, type Vote } from '../types/vote.ts'
import { addCertificate, wantsCertificate } from './certificates.ts'
import { evidenceOf } from './evidence.ts'
import type { VotesVerifiedInput } from './input.ts'
import { roundAt } from './rounds.ts'
import type { ConsensusState, Round, StoredVote, Tally, VoteBook } from './state.ts'
import { emit, type Turn } from './turn.ts'

/** Where a signer's vote of a kind is kept in a book. */
export function voteSlot(kind: number, signerIndex: number): number {
  return kind * 256 + signerIndex
}

/** Power that makes a certificate. */
export function quorumOf(state: ConsensusState): number {
  return state.config.mutant === 'quorum' ? Math.floor(state.set.totalPower / 2) + 1 : state.set.quorum
}

/** Whether a vote would be news: who sends on what another signer said is not worth a verification otherwise. */
export function wantsVote(state: ConsensusState, { subject, signerIndex }: Vote): boolean {
  if (!isInWindow(state, subject.view)) return false
  const held = state.rounds.get(subject.view)?.votes?.first.get(voteSlot(subject.kind, signerIndex))
  return held === undefined || !sameSubject(held.vote.subject, subject)
}

/** Takes a vote of the live set; votes of other views than the window's and of unknown signers are ignored. */
export function addVote(turn: Turn, vote: Vote, isVerified: boolean): void {
  const { state } = turn
  const { subject, signerIndex } = vote
  const power = state.set.validators[signerIndex]?.power
  if (power === undefined || subject.view < 1) return
  // While the log is fed back there is no current view yet; what it holds is ours or was taken before.
  if (!isInWindow(state, subject.view) && state.mode !== 'recovering') return
  const round = roundAt(state, subject.view)
  round.votes ??= { first: new Map(), tallies: [], rejected: new Set(), reported: new Set() }
  const slot = voteSlot(subject.kind, signerIndex)
  if (round.votes.rejected.has(slot) && !isVerified) return
  const held = round.votes.first.get(slot)
  if (held !== undefined) {
    if (isVerified) held.isVerified = held.isVerified || sameSubject(held.vote.subject, subject)
    if (!sameSubject(held.vote.subject, subject)) reportConflicts(turn, round.votes, vote)
    return
  }
  reportConflicts(turn, round.votes, vote)
  round.votes.first.set(slot, { vote, isVerified, isBeingVerified: false })
  if (wantsCertificate(state, subject)) count(turn, round.votes, vote, power)
  if (subject.kind === NULLIFY) state.isDirty = true
}

function isInWindow(state: ConsensusState, view: number): boolean {
  return view >= state.current - VOTE_WINDOW && view <= state.current + 1
}

function count(turn: Turn, book: VoteBook, vote: Vote, power: number): void {
  let tally = book.tallies.find((one) => sameSubject(one.subject, vote.subject))
  if (tally === undefined) {
    tally = { subject: vote.subject, votes: new Map(), power: 0, isVerifying: false }
    book.tallies.push(tally)
  }
  tally.votes.set(vote.signerIndex, vote)
  tally.power += power
  verifyWhenQuorate(turn, tally)
}

/** Has the quorums verified that the log gave back: whose own vote is one would wait for another vote for ever. */
export function verifyRecovered(turn: Turn): void {
  const { state } = turn
  for (const { votes } of state.rounds.values()) {
    for (const tally of votes?.tallies ?? []) if (wantsCertificate(state, tally.subject)) verifyWhenQuorate(turn, tally)
  }
}

function verifyWhenQuorate(turn: Turn, tally: Tally): void {
  const { state } = turn
  if (tally.isVerifying || tally.power < quorumOf(state) || state.mode === 'recovering') return
  tally.isVerifying = true
  const votes = [...tally.votes.values()].sort((a, b) => a.signerIndex - b.signerIndex)
  emit(turn, {
    type: 'verifyVotes',
    epoch: state.epoch,
    view: tally.subject.view,
    subject: tally.subject,
    votes,
    purpose: 'certificate',
  })
}

function reportConflicts(turn: Turn, book: VoteBook, vote: Vote): void {
  for (const kind of [NOTARIZE, NULLIFY, FINALIZE]) {
    const held = book.first.get(voteSlot(kind, vote.signerIndex))
    const evidence = held === undefined ? null : evidenceOf(held.vote, vote)
    if (evidence === null) continue
    const fault = evidence.type * 256 + vote.signerIndex
    if (book.reported.has(fault)) continue
    book.reported.add(fault)
    const { epoch, view } = vote.subject
    emit(turn, { type: 'evidence', epoch, view, evidence })
  }
}

/** Asks for the single verification of a stored vote, once; true when it is verified already. */
export function demandVerified(turn: Turn, stored: StoredVote): boolean {
  if (stored.isVerified) return true
  if (stored.isBeingVerified) return false
  stored.isBeingVerified = true
  const { subject } = stored.vote
  const { epoch, view } = subject
  emit(turn, { type: 'verifyVotes', epoch, view, subject, votes: [stored.vote], purpose: 'single' })
  return false
}

/** The answer to `verifyVotes`. */
export function votesVerified(turn: Turn, input: VotesVerifiedInput): void {
  const { state } = turn
  const { subject } = input
  if (subject.epoch !== state.epoch) return
  const book = state.rounds.get(subject.view)?.votes
  if (book) {
    for (const signer of input.goodSigners) markVerified(book, subject, signer)
    for (const signer of input.badSigners) rejectVote(turn, book, subject, signer)
  }
  if (input.certificate !== null) addCertificate(turn, input.certificate)
  const tally = book?.tallies.find((one) => sameSubject(one.subject, subject))
  if (tally !== undefined && input.purpose === 'certificate') {
    tally.isVerifying = false
    if (input.certificate === null) verifyWhenQuorate(turn, tally)
  }
  state.isDirty = true
}

function markVerified(book: VoteBook, subject: Subject, signer: number): void {
  const held = book.first.get(voteSlot(subject.kind, signer))
  if (held !== undefined && sameSubject(held.vote.subject, subject)) held.isVerified = true
}

function rejectVote(turn: Turn, book: VoteBook, subject: Subject, signer: number): void {
  const { state } = turn
  const slot = voteSlot(subject.kind, signer)
  const held = book.first.get(slot)
  if (held === undefined || held.isVerified || !sameSubject(held.vote.subject, subject)) return
  book.first.delete(slot)
  book.rejected.add(slot)
  const tally = book.tallies.find((one) => sameSubject(one.subject, subject))
  if (tally?.votes.delete(signer)) tally.power -= state.set.validators[signer]?.power ?? 0
  const peer = state.set.validators[signer]?.peerId
  if (peer !== undefined)
    emit(turn, { type: 'score', epoch: subject.epoch, view: subject.view, peer, fault: 'badVote' })
}

/** The stored nullification vote of a signer in a round. */
export function storedNullify(round: Round, signerIndex: number): StoredVote | undefined {
  return round.votes?.first.get(voteSlot(NULLIFY, signerIndex))
}
