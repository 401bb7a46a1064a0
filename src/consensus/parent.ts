/**
 * Rule R1: which block a leader builds on, and the proof that nothing between was finalized.
 */

import type { Certificate } from '../types/certificate.ts'
import { hasFailed, isExecuted, summaryOf } from './execution-status.ts'
import type { ConsensusState, ParentChoice } from './state.ts'

export type ParentSearch =
  | { readonly found: 'parent'; readonly choice: ParentChoice }
  /** A notarized block is still being fetched or executed: wait for it until t_l. */
  | { readonly found: 'pending' }
  /** A view of which we hold neither certificate: ask for them, and give the view up. */
  | { readonly found: 'hole'; readonly view: number }

/**
 * Scans down from the view before `view` for the highest one that is the anchor or has a certificate of a block that we
 * executed. Every view passed over must be nullified.
 */
export function findParent(state: ConsensusState, view: number): ParentSearch {
  const nullifications: Certificate[] = []
  for (let u = view - 1; u > 0; u--) {
    const round = state.rounds.get(u)
    const certificate = round?.notarization ?? round?.finalization ?? null
    if (certificate !== null && isExecuted(state, certificate.subject.blockHash)) {
      const parent = summaryOf(state, certificate.subject.blockHash)
      if (parent === null) return { found: 'hole', view: u }
      return parentFound(u, parent, [certificate], nullifications)
    }
    if (round?.nullification) nullifications.push(round.nullification)
    else if (certificate !== null && !hasFailed(state, certificate.subject.blockHash)) return { found: 'pending' }
    else return { found: 'hole', view: u }
  }
  if (state.finalized.hash !== state.anchor.hash) return { found: 'hole', view: state.lastFinalized }
  return parentFound(0, state.anchor, [], nullifications)
}

function parentFound(
  parentView: number,
  parent: ParentChoice['parent'],
  parentCertificate: readonly Certificate[],
  nullifications: readonly Certificate[],
): ParentSearch {
  const justification = [...parentCertificate, ...nullifications.toReversed()]
  return { found: 'parent', choice: { parentView, parent, justification } }
}
