/**
 * Our own votes once they are signed: first the log, then the network (docs/consensus.md 2.9, P1).
 *
 * With a notarize vote the whole block goes into the log under the same sync, whoever built it: otherwise a blackout of all
 * nodes could leave a certificate whose block nobody has.
 */

import { NOTARIZE, NULLIFY, type Subject, sameSubject, type Vote } from '../types/vote.ts'
import type { ProposalMessage } from './messages.ts'
import { nullifyCurrent } from './nullify.ts'
import { roundAt } from './rounds.ts'
import type { Round } from './state.ts'
import { persistSynced, send, type Turn } from './turn.ts'
import { addVote } from './votes.ts'

/** The signer's answer: log, send, count. */
export function voteSigned(turn: Turn, vote: Vote): void {
  const { state } = turn
  const { subject } = vote
  if (subject.epoch !== state.epoch) return
  const round = roundAt(state, subject.view)
  if (round.ownVotes.some((held) => held.subject.kind === subject.kind)) return
  round.ownVotes.push(vote)
  const proposal = subject.kind === NOTARIZE ? completeProposal(round, vote) : null
  const isKept = subject.kind !== NOTARIZE || logBlock(turn, subject)
  if (proposal !== null) persistSynced(turn, subject.view, { type: 'ownProposal', proposal })
  persistSynced(turn, subject.view, { type: 'ownVote', vote })
  // A block that finality outdated while we signed is gone; so is the use of the vote.
  if (isKept) send(turn, subject.view, 'all', proposal ?? { type: 'vote', vote })
  addVote(turn, vote, true)
  state.isDirty = true
}

/** Logs the block of our notarize vote; false when it is held no more. The finalized head is in the database. */
function logBlock(turn: Turn, subject: Subject): boolean {
  const { state } = turn
  const entry = state.blocks.get(subject.blockHash)
  if (entry === undefined) return subject.blockHash === state.finalized.hash
  if (entry.isLogged || state.config.mutant === 'block-not-durable') return true
  entry.isLogged = true
  persistSynced(turn, subject.view, { type: 'block', block: entry.summary })
  return true
}

/** Joins our draft of this view with its signature. */
function completeProposal(round: Round, vote: Vote): ProposalMessage | null {
  if (round.leading.stage !== 'signing') return null
  const { draft } = round.leading
  if (!sameSubject(draft.subject, vote.subject)) return null
  const { block, justification } = draft
  const proposal: ProposalMessage = { type: 'proposal', block, justification, leaderVote: vote }
  round.leading = { stage: 'done' }
  round.ownProposal = proposal
  adoptOwnProposal(round, proposal)
  return proposal
}

/** Makes our own proposal the view's. */
export function adoptOwnProposal(round: Round, message: ProposalMessage): void {
  const parentHash = message.block === null ? message.leaderVote.subject.blockHash : message.block.parentHash
  round.proposal ??= { message, from: null, parentHash, isInvalid: false }
}

/**
 * The signer refused: there is no vote of ours in this step, so the flag that we set when asking is taken back. Its guard
 * knows what was signed in earlier lives and stays the authority. A leader that may not propose gives its view up.
 */
export function voteRefused(turn: Turn, subject: Subject): void {
  const { state } = turn
  const round = subject.epoch === state.epoch ? state.rounds.get(subject.view) : undefined
  // What was signed stays said, whatever comes afterwards.
  if (round === undefined || round.ownVotes.some((held) => held.subject.kind === subject.kind)) return
  if (subject.kind === NULLIFY) {
    round.nullified = false
    round.isNullifyRefused = true
    if (state.signedView === subject.view)
      state.signedStep = round.notarized !== null || round.isNotarizeRefused ? 1 : 0
  }
  if (subject.kind !== NOTARIZE || round.notarized === null || !sameSubject(round.notarized, subject)) return
  round.notarized = null
  round.isNotarizeRefused = true
  if (round.leading.stage !== 'signing') return
  round.leading = { stage: 'done' }
  if (subject.view === state.current) nullifyCurrent(turn)
}

/** Sends again what we said in a view. */
export function resendOwnVotes(turn: Turn, round: Round): void {
  for (const vote of round.ownVotes) send(turn, round.view, 'all', { type: 'vote', vote })
}
