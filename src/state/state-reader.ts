/**
 * States and proofs by height, for threads that only read. Give it a snapshot of the database for proofs and for whatever
 * must see one head throughout; single reads of a state may go to the database itself.
 */

import { err, ok, type Result } from '../lib/result.ts'
import { BlockStore } from '../storage/block-store.ts'
import type { KvReader } from '../storage/kv.ts'
import type { Address, Hash } from '../types/primitives.ts'
import { oldestChangeSet } from './history.ts'
import { PastState } from './past-state.ts'
import { type AccountProof, proveAccount } from './proof.ts'

/** Why a state cannot be read; `oldest` and `newest` are the heights that can. */
export type StateUnavailable =
  /** The history window no longer holds it. */
  | { readonly code: 'STATE_PRUNED'; readonly height: number; readonly oldest: number; readonly newest: number }
  /** There is no such block yet. */
  | { readonly code: 'BLOCK_UNKNOWN'; readonly height: number; readonly oldest: number; readonly newest: number }

export class StateReader {
  private readonly kv: KvReader
  private readonly blocks: BlockStore

  constructor(kv: KvReader) {
    this.kv = kv
    this.blocks = new BlockStore(kv)
  }

  /** Height of the finalized head; undefined in an empty database. */
  headNumber(): number | undefined {
    return this.blocks.head()?.number
  }

  /** The state after block `height`. */
  at(height: number): Result<PastState, StateUnavailable> {
    return this.within(height, oldestChangeSet(this.kv, 'history'))
  }

  /** The account at `height` and the slots, each with its proof against that block's state root. */
  prove(height: number, address: Address, slots: readonly Hash[]): Result<AccountProof, StateUnavailable> {
    const oldest = Math.max(oldestChangeSet(this.kv, 'history'), oldestChangeSet(this.kv, 'nodeHistory'))
    const state = this.within(height, oldest)
    if (!state.ok) return state
    return ok(proveAccount(this.kv, state.value, this.headNumber() ?? height, address, slots))
  }

  /** The state before block n is known as long as the change set of n is. */
  private within(height: number, oldestKept: number): Result<PastState, StateUnavailable> {
    const newest = this.headNumber() ?? -1
    const oldest = oldestKept - 1
    if (height > newest) return err({ code: 'BLOCK_UNKNOWN', height, oldest, newest })
    if (height < oldest) return err({ code: 'STATE_PRUNED', height, oldest, newest })
    return ok(new PastState(this.kv, height))
  }
}
