/**
 * What runs at the end of every block, in a fixed order that is part of the chain's rules (docs/execution.md section 3):
 * royalty sweep, reward distribution, next validator set. Proposer, validator, replay and sync run the same.
 */

import type { WorldState } from '../state/world-state.ts'
import type { Log } from '../types/receipt.ts'
import type { BlockContext } from './evm.ts'

export type EndOfBlockHook = {
  readonly name: string
  /** Changes the state and returns the logs that the system transaction carries. */
  readonly run: (state: WorldState, block: BlockContext) => readonly Log[]
}

/** Runs all hooks in order and returns their logs. */
export function runHooks(hooks: readonly EndOfBlockHook[], state: WorldState, block: BlockContext): Log[] {
  const logs: Log[] = []
  for (const hook of hooks) {
    state.beginTransaction()
    // One by one: the engine takes no more than some hundred thousand arguments.
    for (const log of hook.run(state, block)) logs.push(log)
    state.endTransaction()
  }
  return logs
}
