/**
 * The consensus core: one function from what happened to what is to be done. This header is the protocol in short; the
 * whole specification is docs/consensus.md, section 2.
 *
 * Simplex with stake-weighted leaders. An epoch has numbered views, each with one leader. The leader proposes one block on
 * the highest certified block it knows, and proves with nullifications that no view between can have been finalized.
 * Validators notarize the first valid proposal of a view, or nullify the view when its time is over or its block is bad.
 * A quorum (more than two thirds of the power) of notarize votes is a notarization: it opens the next view as soon as its
 * block is executed, and then everyone who did not nullify the view votes to finalize it. A quorum of those makes the block
 * and all before it final. A quorum of nullify votes opens the next view too.
 *
 * Safety: two quorums share an honest validator, who notarizes once a view and never both nullifies and finalizes one.
 * So a view has one notarized proposal at most, a finalized view is never nullified, and a later proposal that skipped it
 * could not be justified. Nothing is locked across views: every violation is a pair of votes of one view, and provable.
 *
 * A step records facts (handlers), then lets the rules act on all facts, in a fixed order, until nothing changes. A handler
 * never calls a rule. The rules, in the order in which they act:
 *   pursue         fetch and execute the blocks that certificates and proposals name     blocks.ts
 *   finalization   commit what a finalized view covers                                  finalization.ts
 *   finalize vote  for the executed notarization of the current view                     finalize-vote.ts
 *   advance        E1, E2, E3                                                            enter.ts
 *   leader nullify the leader gave its view up                                           proposals.ts
 *   proposal       take up the first proposal of the current view, V1 to V3              proposals.ts
 *   notarize       V4 to V9 and the parent's execution                                   notarize.ts
 *   propose        R1 to R4                                                              propose.ts
 */

import { assert, unreachable } from '../lib/assert.ts'
import { MAX_RULE_PASSES } from '../lib/limits.ts'
import { blockArrived, blockCertified, blockChecked, fetchAgain, pursueRule } from './blocks.ts'
import { addCertificate } from './certificates.ts'
import type { Effect } from './effect.ts'
import { advanceRule, enterView, leaderExpired, withdrawIdleTerm } from './enter.ts'
import { earlyMessage, lateMessage, openEpoch } from './epochs.ts'
import { finalizationRule } from './finalization.ts'
import { finalizeVoteRule } from './finalize-vote.ts'
import type { EpochOpenedInput, Input, MessageInput, TimerInput } from './input.ts'
import { epochOfMessage } from './messages.ts'
import { notarizeRule } from './notarize.ts'
import { voteRefused, voteSigned } from './own-votes.ts'
import { noteClosed, noteHeard } from './peers.ts'
import { leaderNullifyRule, proposalReceived, proposalRule, skipSilentLeader } from './proposals.ts'
import { blockBuilt, buildFailed, buildTimerExpired, proposeRule } from './propose.ts'
import { recordRecovered, start } from './recovery.ts'
import { answerCertificates, armResolver, resolveOnTimer } from './resolver.ts'
import { certificationExpired, retry } from './retry.ts'
import type { ConsensusState } from './state.ts'
import { statusOnTimer, statusReceived } from './status.ts'
import { headSynced } from './sync-input.ts'
import { setTimer, type Turn } from './turn.ts'
import { addVote, votesVerified } from './votes.ts'

/**
 * Feeds one input. Mutates `state`, returns what the shell must do (effect.ts says how). Synchronous and deterministic.
 *
 * @param nowMs milliseconds since the Unix epoch on the node's clock, never falling between calls
 */
export function step(state: ConsensusState, input: Input, nowMs: number): Effect[] {
  if (state.mode === 'stopped') return []
  const turn: Turn = { state, nowMs, effects: [] }
  handle(turn, input)
  settle(turn)
  return turn.effects
}

/** Lets the rules act until no fact changes. */
function settle(turn: Turn): void {
  const { state } = turn
  if (state.mode === 'recovering') return
  for (let pass = 0; state.isDirty; pass++) {
    assert(pass < MAX_RULE_PASSES, 'the rules come to rest')
    state.isDirty = false
    for (const rule of RULES) {
      rule(turn)
      if (hasStopped(state)) return
    }
  }
}

const RULES = [
  pursueRule,
  finalizationRule,
  finalizeVoteRule,
  advanceRule,
  leaderNullifyRule,
  proposalRule,
  notarizeRule,
  proposeRule,
] as const

function hasStopped(state: ConsensusState): boolean {
  return state.mode === 'stopped'
}

function handle(turn: Turn, input: Input): void {
  switch (input.type) {
    case 'message':
      messageReceived(turn, input)
      return
    case 'signed':
      voteSigned(turn, input.vote)
      return
    case 'signRefused':
      voteRefused(turn, input.subject)
      return
    case 'votesVerified':
      votesVerified(turn, input)
      return
    case 'timer':
      timerExpired(turn, input)
      return
    case 'built':
      blockBuilt(turn, input)
      return
    case 'buildFailed':
      buildFailed(turn, input.epoch, input.view)
      return
    case 'checked':
      blockChecked(turn, input.hash, input.isValid)
      return
    case 'certified':
      blockCertified(turn, input.hash, input.isValid)
      return
    case 'blockArrived':
      blockArrived(turn, input.block)
      return
    case 'synced':
      headSynced(turn, input)
      return
    case 'epochOpened':
      epochOpened(turn, input)
      return
    case 'poolReady':
      poolChanged(turn, input.isReady)
      return
    case 'peerActivity':
      if (input.activity === 'closed') noteClosed(turn, input.peer)
      else noteHeard(turn, input.peer)
      return
    case 'recovered':
      recordRecovered(turn, input.record)
      return
    case 'start':
      start(turn)
      return
    default:
      unreachable(input)
  }
}

function messageReceived(turn: Turn, input: MessageInput): void {
  const { state } = turn
  const { message, from } = input
  noteHeard(turn, from)
  const epoch = epochOfMessage(message)
  if (epoch < state.epoch) lateMessage(turn, from, message)
  else if (epoch > state.epoch) earlyMessage(turn, input)
  else if (input.isVerified) liveMessage(turn, input)
}

function liveMessage(turn: Turn, input: MessageInput): void {
  const { message, from } = input
  switch (message.type) {
    case 'proposal':
      proposalReceived(turn, input, message)
      return
    case 'vote':
      addVote(turn, message.vote, input.isVoteVerified === true)
      return
    case 'certificate':
      addCertificate(turn, message.certificate)
      return
    case 'certificateRequest':
      answerCertificates(turn, from, message)
      return
    case 'certificateResponse':
      for (const certificate of message.certificates) addCertificate(turn, certificate)
      return
    case 'status':
      statusReceived(turn, from, message)
      return
    default:
      unreachable(message)
  }
}

/** Periodic timers run in every mode; those of a view only while it is the current one. */
function timerExpired(turn: Turn, { name, epoch, view }: TimerInput): void {
  const { state } = turn
  if (name === 'status') statusOnTimer(turn)
  if (name === 'fetch') fetchAgain(turn)
  if (name === 'resolve' && state.mode === 'running') {
    skipSilentLeader(turn)
    resolveOnTimer(turn)
  }
  if (epoch !== state.epoch || view !== state.current || state.mode !== 'running') return
  if (name === 'leader') atDeadline(turn, name, state.leaderDeadlineMs, leaderExpired)
  if (name === 'certification') atDeadline(turn, name, state.certificationDeadlineMs, certificationExpired)
  if (name === 'retry') retry(turn)
  if (name === 'build') buildTimerExpired(turn)
  if (name === 'clock') state.isDirty = true
}

/** A machine's timer may run out a moment before its time: then it is set again, or nothing would ever end the view. */
function atDeadline(turn: Turn, name: 'leader' | 'certification', deadlineMs: number, run: (turn: Turn) => void): void {
  if (turn.nowMs >= deadlineMs) run(turn)
  else setTimer(turn, name, deadlineMs)
}

function epochOpened(turn: Turn, input: EpochOpenedInput): void {
  if (!openEpoch(turn, input) || turn.state.mode !== 'running') return
  enterView(turn, turn.state.reachable)
  armResolver(turn)
}

function poolChanged(turn: Turn, isReady: boolean): void {
  const { state } = turn
  if (isReady === state.isPoolReady) return
  state.isPoolReady = isReady
  if (!isReady) state.poolIdleSinceMs = turn.nowMs
  else withdrawIdleTerm(turn)
  state.isDirty = true
}
