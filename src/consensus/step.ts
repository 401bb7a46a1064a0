/**
 * The consensus core: one function from what happened to what is to be done.
 */

import type { Effect } from './effect.ts'
import type { Input } from './input.ts'
import type { ConsensusState } from './state.ts'

/**
 * Feeds one input. Mutates `state`, returns what the shell must do (effect.ts says how). Synchronous and deterministic.
 *
 * @param nowMs milliseconds since the Unix epoch on the node's clock, never falling between calls
 */
export function step(state: ConsensusState, input: Input, nowMs: number): Effect[] {
  void state
  void input
  void nowMs
  return []
}
