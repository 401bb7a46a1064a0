/**
 * The memory that one core may hold (docs/consensus.md 2.11).
 */

import type { ConsensusState } from '../../src/consensus/state.ts'
import {
  MAX_EARLY_MESSAGES_PER_PEER,
  MAX_NOTARIZE_DISTANCE,
  MAX_VIEWS_IN_MEMORY,
  MAX_WANTED_BLOCKS,
  RETAINED_VIEWS,
  VOTE_WINDOW,
} from '../../src/lib/limits.ts'

/** What is too big, or null. */
export function boundsBroken(state: ConsensusState): string | null {
  const size = state.set.validators.length
  const viewsAllowed = Math.min(MAX_VIEWS_IN_MEMORY, state.reachable - state.lastFinalized + RETAINED_VIEWS + 4)
  if (state.rounds.size > viewsAllowed) return `${state.rounds.size} rounds are held, ${viewsAllowed} are allowed`
  let books = 0
  for (const round of state.rounds.values()) {
    if (round.votes === null) continue
    books++
    if (round.votes.first.size > 3 * size) return `${round.votes.first.size} votes of view ${round.view}`
  }
  if (books > VOTE_WINDOW + 4) return `votes of ${books} views are held`
  if (state.wanted.size > MAX_WANTED_BLOCKS) return `${state.wanted.size} blocks are wanted`
  if (state.blocks.size > MAX_NOTARIZE_DISTANCE + viewsAllowed) return `${state.blocks.size} blocks are held`
  if (state.peers.size > size) return `${state.peers.size} peers are remembered`
  if (state.earlyMessages.size > MAX_EARLY_MESSAGES_PER_PEER * size) return `${state.earlyMessages.size} early messages`
  return null
}
