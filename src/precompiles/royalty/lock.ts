/**
 * One lock over every entry of N02, N03 and N04 that moves coins or tokens: while a token is being called, no other one may
 * begin. It is a transient word, so that it ends with the transaction, and falls with a revert.
 */

import { type Hash, ZERO_HASH } from '../../types/primitives.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { Reentered } from './royalty-errors.ts'

const LOCK_SLOT: Hash = ZERO_HASH

/** Refuses a call from within a locked one. Enough for an entry that itself calls nobody. */
export function demandUnlocked(context: ModuleContext): void {
  if (context.transient(LOCK_SLOT) !== 0n) refuse(Reentered, {})
}

/** Runs a synchronous entry that moves coins. It calls nobody, so nothing can enter while it runs. */
export function withLock<T>(context: ModuleContext, run: () => T): T {
  demandUnlocked(context)
  return run()
}

/** Runs an entry that calls tokens; what enters meanwhile is refused. */
export async function withLockAsync<T>(context: ModuleContext, run: () => Promise<T>): Promise<T> {
  demandUnlocked(context)
  context.setTransient(LOCK_SLOT, 1n)
  const result = await run()
  context.setTransient(LOCK_SLOT, 0n)
  return result
}
