/**
 * Leading a view (docs/consensus.md 2.4, R1 to R4): choose the parent, wait for something to put in a block or for the idle
 * interval, build, sign, and push the whole block. At the closing height, and with MAX_UNFINALIZED blocks pending, the
 * parent itself is proposed again.
 */

import { MAX_JUSTIFICATION, MAX_UNFINALIZED } from '../lib/limits.ts'
import type { BlockSummary } from '../types/block-summary.ts'
import { NOTARIZE, type Subject } from '../types/vote.ts'
import { forget } from './blocks.ts'
import { closingHeight } from './execution-status.ts'
import type { BuiltInput } from './input.ts'
import { nullifyCurrent } from './nullify.ts'
import { adoptOwnProposal } from './own-votes.ts'
import { findParent } from './parent.ts'
import { askForCertificates } from './resolver.ts'
import { roundAt } from './rounds.ts'
import { leaderOf } from './schedule.ts'
import type { ParentChoice, Round } from './state.ts'
import { emit, isVoting, requestSignature, send, setTimer, type Turn } from './turn.ts'

/** On entry as leader. A proposal that the log remembers is sent again, byte for byte; another one would be a fault. */
export function beginLeading(turn: Turn): void {
  const { state } = turn
  if (!isVoting(state)) return
  const round = roundAt(state, state.current)
  if (round.ownProposal !== null) {
    adoptOwnProposal(round, round.ownProposal)
    round.leading = { stage: 'done' }
    send(turn, round.view, 'all', round.ownProposal)
    return
  }
  const hasSpoken = round.notarized !== null || round.nullified || round.finalizeSent !== null
  round.leading = { stage: hasSpoken ? 'done' : 'parent' }
}

/** Moves our own proposal on, as far as facts allow. */
export function proposeRule(turn: Turn): void {
  const { state } = turn
  if (leaderOf(state.schedule, state.current) !== state.selfIndex || !isVoting(state)) return
  const round = roundAt(state, state.current)
  const { leading } = round
  if (round.nullified && (leading.stage === 'parent' || leading.stage === 'pool')) round.leading = { stage: 'done' }
  else if (leading.stage === 'parent') chooseParent(turn, round)
  else if (leading.stage === 'pool') buildWhenDue(turn, round, leading.choice, leading.timerMs)
}

function chooseParent(turn: Turn, round: Round): void {
  const { state } = turn
  const search = findParent(state, round.view)
  if (search.found === 'pending') return
  if (search.found === 'hole' || search.choice.justification.length > MAX_JUSTIFICATION) {
    round.leading = { stage: 'done' }
    askForCertificates(turn)
    nullifyCurrent(turn)
    return
  }
  const { choice } = search
  const isClosed = choice.parent.height >= closingHeight(state)
  const isFull = choice.parent.height - state.finalized.height >= (state.config.maxUnfinalizedBlocks ?? MAX_UNFINALIZED)
  if ((isClosed || isFull) && choice.parentView > 0) draft(turn, round, choice, null)
  else buildWhenDue(turn, round, choice, null)
}

/** R2: not before the least interval; with an idle pool, not before the idle interval. */
function buildWhenDue(turn: Turn, round: Round, choice: ParentChoice, timerMs: number | null): void {
  const { state, nowMs } = turn
  const { config } = state
  const notBeforeMs = choice.parent.timestampMs + config.minBlockIntervalMs
  const dueMs = state.isPoolReady ? notBeforeMs : choice.parent.timestampMs + config.idleIntervalMs
  if (nowMs < dueMs) {
    if (timerMs !== dueMs) setTimer(turn, 'build', dueMs)
    round.leading = { stage: 'pool', choice, timerMs: dueMs }
    return
  }
  round.leading = { stage: 'building', choice }
  emit(turn, {
    type: 'build',
    epoch: state.epoch,
    view: round.view,
    parent: choice.parent,
    parentView: choice.parentView,
    parentCertificate: choice.parentView === 0 ? state.anchorCertificate : (choice.justification[0] ?? null),
    notBeforeMs,
    isClosing: choice.parent.height + 1 === closingHeight(state),
  })
}

/** The build timer: the time is looked at again, for a machine's timer may run out a moment early. */
export function buildTimerExpired(turn: Turn): void {
  const { state } = turn
  const round = roundAt(state, state.current)
  if (round.leading.stage === 'pool') round.leading = { ...round.leading, timerMs: null }
  state.isDirty = true
}

/** The shell's answer to `build`. A block that comes after its view was given up is of no use. */
export function blockBuilt(turn: Turn, input: BuiltInput): void {
  const { state } = turn
  const { block } = input
  const round = input.epoch === state.epoch ? state.rounds.get(input.view) : undefined
  const isWanted = round?.leading.stage === 'building' && input.view === state.current && !round.nullified
  if (round === undefined || round.leading.stage !== 'building' || !isWanted || !isVoting(state)) {
    forget(turn, [block.hash])
    return
  }
  state.blocks.set(block.hash, { summary: block, execution: 'ok', check: 'ok', isLogged: false })
  draft(turn, round, round.leading.choice, block)
}

export function buildFailed(turn: Turn, epoch: number, view: number): void {
  const { state } = turn
  const round = epoch === state.epoch ? state.rounds.get(view) : undefined
  if (round?.leading.stage !== 'building') return
  round.leading = { stage: 'done' }
  if (view === state.current) nullifyCurrent(turn)
}

function draft(turn: Turn, round: Round, choice: ParentChoice, block: BlockSummary | null): void {
  const { state } = turn
  const { justification, parentView } = choice
  const subject: Subject = {
    kind: NOTARIZE,
    epoch: state.epoch,
    view: round.view,
    parentView,
    blockHash: (block ?? choice.parent).hash,
    justHash: state.config.hashJustification(justification),
  }
  round.leading = { stage: 'signing', draft: { block, justification, subject } }
  round.notarized = subject
  state.isDirty = true
  requestSignature(turn, subject)
}
