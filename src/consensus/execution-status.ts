/**
 * What is known of a block's execution. The finalized head counts as executed, everything below it as gone.
 */

import type { BlockSummary } from '../types/block-summary.ts'
import type { Hash } from '../types/primitives.ts'
import type { ConsensusState } from './state.ts'

/** Whether we executed the block ourselves and it was valid, or it is the finalized head. */
export function isExecuted(state: ConsensusState, hash: Hash): boolean {
  return hash === state.finalized.hash || state.blocks.get(hash)?.execution === 'ok'
}

/** Whether we executed the block and it broke a rule. */
export function hasFailed(state: ConsensusState, hash: Hash): boolean {
  return state.blocks.get(hash)?.execution === 'failed'
}

/** The summary of the finalized head, the anchor or a held block. */
export function summaryOf(state: ConsensusState, hash: Hash): BlockSummary | null {
  if (hash === state.finalized.hash) return state.finalized
  if (hash === state.anchor.hash) return state.anchor
  return state.blocks.get(hash)?.summary ?? null
}

/** The height of the block that closes the state's epoch. */
export function closingHeight(state: ConsensusState): number {
  return (state.epoch + 1) * state.config.epochLength
}

/** The executed, notarized block of the highest view, or the finalized head: what the next leader most likely builds on. */
export function tipOf(state: ConsensusState): { readonly view: number; readonly block: BlockSummary } {
  for (let view = state.current - 1; view > state.lastFinalized; view--) {
    const hash = state.rounds.get(view)?.notarization?.subject.blockHash
    if (hash === undefined || !isExecuted(state, hash)) continue
    const block = summaryOf(state, hash)
    if (block !== null) return { view, block }
  }
  return { view: state.lastFinalized, block: state.finalized }
}
