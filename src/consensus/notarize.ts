/**
 * The notarize rule (docs/consensus.md 2.4): the first proposal of the current view's leader, statically valid, on a parent
 * that we executed, unless we notarized, nullified or finalized in this view before. Execution of the block itself overlaps
 * the vote; its failure nullifies the view.
 */

import { MAX_NOTARIZE_DISTANCE } from '../lib/limits.ts'
import type { BlockSummary } from '../types/block-summary.ts'
import type { Hash } from '../types/primitives.ts'
import { needBlock } from './certificates.ts'
import { closingHeight, hasFailed, isExecuted, summaryOf } from './execution-status.ts'
import { nullifyCurrent } from './nullify.ts'
import { roundAt } from './rounds.ts'
import type { AcceptedProposal, ConsensusState, Round } from './state.ts'
import { emit, isVoting, requestSignature, setTimer, stop, type Turn } from './turn.ts'

/** Ahead of our clock by more than this, a proposal's vote is held. */
const CLOCK_TOLERANCE_MS = 500
/** Ahead of our clock by more than this, a proposal gets no vote of ours. */
const CLOCK_REJECT_MS = 10_000

type Verdict = 'vote' | 'wait' | 'invalid'

/** Votes for, waits with, or gives up the current view's proposal. */
export function notarizeRule(turn: Turn): void {
  const { state } = turn
  const round = roundAt(state, state.current)
  const { proposal } = round
  if (proposal === null || !isVoting(state)) return
  if (hasFailed(state, proposal.message.leaderVote.subject.blockHash)) proposal.isInvalid = true
  if (proposal.isInvalid) {
    nullifyCurrent(turn)
    return
  }
  if (!mayNotarize(state, round)) return
  const verdict = judge(turn, proposal)
  if (verdict === 'invalid') {
    proposal.isInvalid = true
    nullifyCurrent(turn)
  }
  if (verdict !== 'vote') return
  if (!isExecuted(state, proposal.parentHash) && state.config.mutant === undefined) {
    stop(turn, round.view, 'PARENT_NOT_CERTIFIED', `parent ${proposal.parentHash} of view ${round.view}`)
    return
  }
  round.notarized = proposal.message.leaderVote.subject
  state.isDirty = true
  requestSignature(turn, proposal.message.leaderVote.subject)
}

function mayNotarize(state: ConsensusState, round: Round): boolean {
  const { subject } = round.proposal?.message.leaderVote ?? {}
  if (round.nullified || round.finalizeSent !== null || round.isNotarizeRefused) return false
  if (state.config.mutant === 'double-notarize') return subject !== round.notarized
  return round.notarized === null
}

function judge(turn: Turn, proposal: AcceptedProposal): Verdict {
  const { state } = turn
  const { block } = proposal.message
  if (hasFailed(state, proposal.parentHash) && state.config.mutant !== 'uncertified-parent') return 'invalid'
  if (!isExecuted(state, proposal.parentHash)) {
    if (state.config.mutant !== 'uncertified-parent' || summaryOf(state, proposal.parentHash) === null) return 'wait'
  }
  // R3: a re-proposal of the certified parent is always acceptable.
  if (block === null) return 'vote'
  const parent = summaryOf(state, proposal.parentHash)
  if (parent === null || !followsParent(state, block, parent)) return 'invalid'
  if (block.height > state.finalized.height + MAX_NOTARIZE_DISTANCE) return 'wait'
  const clock = judgeClock(turn, block)
  return clock === 'vote' ? judgeContent(turn, block.hash) : clock
}

/** V4 and V5 as far as they bind every validator. */
function followsParent(state: ConsensusState, block: BlockSummary, parent: BlockSummary): boolean {
  const isAfterClosing = parent.height >= closingHeight(state)
  return (
    !isAfterClosing &&
    block.height === parent.height + 1 &&
    block.timestampMs >= parent.timestampMs + state.config.minBlockIntervalMs
  )
}

/** V5 as far as it binds only our own vote: a clock ahead of ours makes a block late, not invalid. */
function judgeClock(turn: Turn, block: BlockSummary): Verdict {
  const aheadMs = block.timestampMs - turn.nowMs
  if (aheadMs > CLOCK_REJECT_MS) return 'invalid'
  if (aheadMs <= CLOCK_TOLERANCE_MS) return 'vote'
  setTimer(turn, 'clock', block.timestampMs - CLOCK_TOLERANCE_MS)
  return 'wait'
}

/** V4 to V8 by the shell; execution starts at the same time. */
function judgeContent(turn: Turn, hash: Hash): Verdict {
  const { state } = turn
  const entry = state.blocks.get(hash)
  if (entry === undefined) return 'wait'
  if (entry.check === 'none') {
    entry.check = 'running'
    emit(turn, { type: 'check', epoch: state.epoch, view: state.current, hash })
    needBlock(state, hash, state.current, [])
  }
  if (entry.check === 'failed') return 'invalid'
  return entry.check === 'ok' ? 'vote' : 'wait'
}
