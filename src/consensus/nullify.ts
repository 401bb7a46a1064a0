/**
 * The nullify rule: our word that a view may be skipped (docs/consensus.md 2.4).
 *
 * Only in the current view, and never after our finalize vote in it. It may follow our own notarize vote.
 */

import { nullifySubject } from '../types/vote.ts'
import { roundAt } from './rounds.ts'
import { isVoting, requestSignature, type Turn } from './turn.ts'

/** Nullifies the current view if the rule allows. */
export function nullifyCurrent(turn: Turn): void {
  const { state } = turn
  if (!isVoting(state)) return
  const round = roundAt(state, state.current)
  if (round.nullified || round.isNullifyRefused || round.finalizeSent !== null) return
  round.nullified = true
  state.isDirty = true
  requestSignature(turn, nullifySubject(state.epoch, state.current))
}
