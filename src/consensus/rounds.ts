/**
 * Rounds: looking one up, making one, and letting old ones go (docs/consensus.md 2.3, 2.11).
 */

import { MAX_VIEWS_IN_MEMORY, RETAINED_VIEWS, VOTE_WINDOW } from '../lib/limits.ts'
import type { Certificate } from '../types/certificate.ts'
import type { ConsensusState, Round } from './state.ts'

/** The round of `view`, made when it is the first time that anything is known of it. */
export function roundAt(state: ConsensusState, view: number): Round {
  const held = state.rounds.get(view)
  if (held !== undefined) return held
  const round: Round = {
    view,
    notarized: null,
    nullified: false,
    finalizeSent: null,
    isNotarizeRefused: false,
    isNullifyRefused: false,
    ownVotes: [],
    ownProposal: null,
    leading: { stage: 'none' },
    proposal: null,
    early: null,
    notarization: null,
    nullification: null,
    finalization: null,
    votes: null,
  }
  state.rounds.set(view, round)
  return round
}

/** The lowest view of which anything is kept. */
export function retentionFloor(state: ConsensusState): number {
  return state.lastFinalized - RETAINED_VIEWS
}

/** Drops rounds below the retention floor, and votes that only certificates may still replace. */
export function dropOldRounds(state: ConsensusState): void {
  const floor = retentionFloor(state)
  for (const [view, round] of state.rounds) {
    if (view < floor) state.rounds.delete(view)
    else if (view < state.current - VOTE_WINDOW) {
      round.votes = null
      round.proposal = null
      round.early = null
    }
  }
  if (state.rounds.size > MAX_VIEWS_IN_MEMORY) dropLowestRounds(state)
}

/** Past this bound no proposal could carry the justification; the lowest skipped views above the floor leave first. */
function dropLowestRounds(state: ConsensusState): void {
  const views = [...state.rounds.keys()].sort((a, b) => a - b)
  const excess = state.rounds.size - MAX_VIEWS_IN_MEMORY
  const droppable = views.filter((view) => view !== state.lastFinalized && view < state.current - VOTE_WINDOW)
  for (const view of droppable.slice(0, excess)) state.rounds.delete(view)
}

/** The strongest certificate held for a view: finalization, nullification, notarization in this order. */
export function bestCertificate(round: Round | undefined): Certificate | null {
  if (round === undefined) return null
  return round.finalization ?? round.nullification ?? round.notarization
}

/** Every certificate held for a view. */
export function certificatesOf(round: Round | undefined): Certificate[] {
  if (round === undefined) return []
  return [round.finalization, round.nullification, round.notarization].filter((one) => one !== null)
}
