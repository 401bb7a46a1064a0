/**
 * Receiving proposals (docs/consensus.md 2.4, 2.11): only the view's leader's, only its first, only for the current view or
 * the next. The certificates inside may themselves bring us into the view.
 */

import { NOTARIZE, sameSubject } from '../types/vote.ts'
import { holdBlock } from './blocks.ts'
import { addCertificate, needBlock, sourcesOf } from './certificates.ts'
import type { MessageInput } from './input.ts'
import { isAsSigned, isJustified, proposedParentHash } from './justification.ts'
import type { ProposalMessage } from './messages.ts'
import { nullifyCurrent } from './nullify.ts'
import { mayFastSkip } from './peers.ts'
import { roundAt } from './rounds.ts'
import { leaderOf } from './schedule.ts'
import type { ConsensusState } from './state.ts'
import { emit, persistLazily, type Turn } from './turn.ts'
import { addVote, demandVerified, storedNullify } from './votes.ts'

/** A verified proposal of our epoch. */
export function proposalReceived(turn: Turn, input: MessageInput, message: ProposalMessage): void {
  const { state } = turn
  const { leaderVote, justification } = message
  const { subject } = leaderVote
  if (subject.kind !== NOTARIZE || subject.view < 1) return
  if (leaderVote.signerIndex !== leaderOf(state.schedule, subject.view)) {
    emit(turn, { type: 'score', epoch: state.epoch, view: subject.view, peer: input.from, fault: 'badProposal' })
    return
  }
  addVote(turn, leaderVote, true)
  if (input.isJustificationVerified !== false) for (const one of justification) addCertificate(turn, one)
  if (state.mode === 'stopped') return
  // The view stays open for what the leader really sent.
  if (!isAsSigned(state, message)) {
    emit(turn, { type: 'score', epoch: state.epoch, view: subject.view, peer: input.from, fault: 'badProposal' })
    return
  }
  preferProposer(state, input, message)
  if (subject.view < state.current || subject.view > Math.max(state.current, state.reachable) + 1) return
  const round = roundAt(state, subject.view)
  const seen = round.proposal?.message ?? (round.early?.message.type === 'proposal' ? round.early.message : null)
  if (seen !== null) {
    const isSecond = !sameSubject(seen.leaderVote.subject, subject)
    if (!isSecond || state.config.mutant !== 'double-notarize') return
    round.proposal = null
  }
  round.early = input
  state.isDirty = true
}

/** Whoever proposes on a block has it: a missing parent is asked from the proposer before those who certified it. */
function preferProposer(state: ConsensusState, input: MessageInput, message: ProposalMessage): void {
  const need = state.needed.get(proposedParentHash(message))
  if (need === undefined) return
  const sources = [input.from, ...need.sources.filter((peer) => peer !== input.from)]
  state.needed.set(proposedParentHash(message), { view: need.view, sources })
}

/** Takes up the current view's proposal once the view is entered: V1 to V3, and where to find its parent. */
export function proposalRule(turn: Turn): void {
  const { state } = turn
  if (state.mode !== 'running') return
  const round = roundAt(state, state.current)
  const input = round.early
  if (input === null || round.proposal !== null || input.message.type !== 'proposal') return
  const { message } = input
  round.early = null
  persistLazily(turn, round.view, { type: 'seenProposal', leaderVote: message.leaderVote })
  const isInvalid = !isWellFormed(state, message, input.isJustificationVerified !== false) || !holds(turn, message)
  const parentHash = proposedParentHash(message)
  round.proposal = { message, from: input.from, parentHash, isInvalid }
  if (!isInvalid) needParent(state, message, input)
  state.isDirty = true
}

function isWellFormed(state: ConsensusState, message: ProposalMessage, isJustificationVerified: boolean): boolean {
  const { block } = message
  const { subject } = message.leaderVote
  if (block !== null) {
    const isOfRound =
      block.epoch === subject.epoch && block.view === subject.view && block.parentView === subject.parentView
    if (!isOfRound) return false
  }
  if (state.config.mutant === 'no-justification-check') return true
  return isJustificationVerified && isJustified(state, message)
}

/** Whether the block proposed is held now; a block at or below the finalized head cannot be. */
function holds(turn: Turn, message: ProposalMessage): boolean {
  return message.block === null || holdBlock(turn, message.block)
}

function needParent(state: ConsensusState, message: ProposalMessage, input: MessageInput): void {
  const parentHash = proposedParentHash(message)
  const certificate = message.justification[0]
  const { parentView } = message.leaderVote.subject
  if (parentView === 0 || certificate === undefined || parentView < state.lastFinalized) return
  const sources = sourcesOf(state, certificate).filter((peer) => peer !== input.from)
  needBlock(state, parentHash, parentView, [input.from, ...sources])
}

/** The leader's own nullification ends the wait for its proposal; it is verified singly first. */
export function leaderNullifyRule(turn: Turn): void {
  const { state } = turn
  if (state.mode !== 'running') return
  const round = roundAt(state, state.current)
  if (round.nullified || round.finalizeSent !== null) return
  const stored = storedNullify(round, leaderOf(state.schedule, state.current))
  if (stored !== undefined && demandVerified(turn, stored)) nullifyCurrent(turn)
}

/** Looks again whether the leader went silent after the view was entered. */
export function skipSilentLeader(turn: Turn): void {
  const { state, nowMs } = turn
  if (state.mode !== 'running' || roundAt(state, state.current).proposal !== null) return
  if (mayFastSkip(state, nowMs)) nullifyCurrent(turn)
}
