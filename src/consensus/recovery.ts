/**
 * Recovery (docs/consensus.md 2.9): the log's records go through the same functions as live inputs, so there is no second
 * idea of which view to resume in. A notarization of view w puts us in w, our own vote in the view it was cast in, and only
 * re-execution makes a block certified again.
 */

import { FINALIZE, NOTARIZE, NULLIFY, type Vote } from '../types/vote.ts'
import { addCertificate } from './certificates.ts'
import { enterView } from './enter.ts'
import { resendOwnVotes } from './own-votes.ts'
import { roundOfRecord, type WalRecord } from './record.ts'
import { armResolver } from './resolver.ts'
import { roundAt } from './rounds.ts'
import { statusOnTimer } from './status.ts'
import type { Turn } from './turn.ts'
import { addVote, verifyRecovered } from './votes.ts'

/** Takes one record of the log; those of other epochs say nothing. */
export function recordRecovered(turn: Turn, record: WalRecord): void {
  const { state } = turn
  if (roundOfRecord(record).epoch !== state.epoch) return
  switch (record.type) {
    case 'certificate':
      addCertificate(turn, record.certificate)
      return
    case 'ownVote':
      recoverVote(turn, record.vote)
      return
    case 'ownProposal':
      // The proposal holds our vote: it counts even if the vote's own record was torn off.
      roundAt(state, record.proposal.leaderVote.subject.view).ownProposal = record.proposal
      recoverVote(turn, record.proposal.leaderVote)
      return
    case 'seenProposal':
      addVote(turn, record.leaderVote, true)
      return
    case 'block':
      recoverBlock(turn, record)
      return
    default:
      // certified is a hint, for overlays die with the process; of epochs and finality the database is the authority.
      return
  }
}

function recoverBlock({ state }: Turn, { block }: Extract<WalRecord, { type: 'block' }>): void {
  if (block.height <= state.finalized.height || state.blocks.has(block.hash)) return
  state.blocks.set(block.hash, { summary: block, execution: 'none', check: 'none', isLogged: true })
}

function recoverVote(turn: Turn, vote: Vote): void {
  const { state } = turn
  const { subject } = vote
  const round = roundAt(state, subject.view)
  if (round.ownVotes.some((held) => held.subject.kind === subject.kind)) return
  if (subject.kind === NOTARIZE) round.notarized = subject
  if (subject.kind === NULLIFY) round.nullified = true
  if (subject.kind === FINALIZE) round.finalizeSent = subject
  round.ownVotes.push(vote)
  state.reachable = Math.max(state.reachable, subject.view)
  const signingStep = subject.kind === NOTARIZE ? 1 : 2
  if (subject.view > state.signedView) state.signedStep = signingStep
  else if (subject.view === state.signedView) state.signedStep = Math.max(state.signedStep, signingStep)
  state.signedView = Math.max(state.signedView, subject.view)
  addVote(turn, vote, true)
}

/** Ends recovery: enters the view, says again what was said in it. */
export function start(turn: Turn): void {
  const { state } = turn
  if (state.mode !== 'recovering') return
  state.mode = 'running'
  state.startedAtMs = turn.nowMs
  enterView(turn, state.reachable)
  resendOwnVotes(turn, roundAt(state, state.current))
  verifyRecovered(turn)
  armResolver(turn)
  statusOnTimer(turn)
}
