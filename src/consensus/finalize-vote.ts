/**
 * The finalize rule (docs/consensus.md 2.4): in the current view, once its notarized block is executed, unless we nullified
 * the view or notarized something else in it. The last clause is stricter than the textbook and makes
 * notarize(p) + finalize(p') a provable fault.
 */

import { FINALIZE, type Subject, sameSubject, subjectOfKind } from '../types/vote.ts'
import { hasFailed, isExecuted } from './execution-status.ts'
import { nullifyCurrent } from './nullify.ts'
import { roundAt } from './rounds.ts'
import type { ConsensusState, Round } from './state.ts'
import { isVoting, requestSignature, type Turn } from './turn.ts'

/** Casts our finalize vote, or gives up a view whose notarized block we found invalid. */
export function finalizeVoteRule(turn: Turn): void {
  const { state } = turn
  const round = roundAt(state, state.current)
  const notarized = round.notarization?.subject
  if (notarized === undefined || !isVoting(state)) return
  if (hasFailed(state, notarized.blockHash)) {
    nullifyCurrent(turn)
    return
  }
  if (!isExecuted(state, notarized.blockHash) || !mayFinalize(state, round, notarized)) return
  const subject = subjectOfKind(notarized, FINALIZE)
  round.finalizeSent = subject
  requestSignature(turn, subject)
}

function mayFinalize(state: ConsensusState, round: Round, notarized: Subject): boolean {
  if (round.finalizeSent !== null) return false
  if (round.nullified && state.config.mutant !== 'finalize-after-nullify') return false
  if (round.notarized === null || state.config.mutant === 'finalize-mismatch') return true
  return sameSubject(round.notarized, notarized)
}
