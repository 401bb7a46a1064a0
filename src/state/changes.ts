/**
 * What a block changed, by plain address and slot: the net effect against its parent's state.
 */

import type { Address, Hash } from '../types/primitives.ts'
import type { Account } from './account.ts'
import type { HeldAccount } from './state-source.ts'

/** Changed slots of one account. */
export type StorageChanges = {
  /** True when every slot of the parent's state that is not in `slots` became zero. */
  readonly isCleared: boolean
  /** New values; 0 removes the slot. */
  readonly slots: ReadonlyMap<Hash, bigint>
}

export type BlockChanges = {
  /** New accounts; undefined removes one. Their storage roots are those of the parent, or empty after clearing. */
  readonly accounts: ReadonlyMap<Address, Account | undefined>
  /** Beside the accounts, in their order: what the parent's state holds them in, where it is known. */
  readonly held: readonly (HeldAccount | undefined)[]
  readonly storage: ReadonlyMap<Address, StorageChanges>
  /** Code that the changed accounts name and that this block created. */
  readonly codes: ReadonlyMap<Hash, Uint8Array>
}
