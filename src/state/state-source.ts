/**
 * Reading one state: the finalized head, an unfinalized block's state, or the state after a past block. All synchronous.
 */

import type { Address, Hash } from '../types/primitives.ts'
import type { Account } from './account.ts'

/** What a state holds an account in; it may know more of it (head-state.ts, sealed-state.ts). */
export type HeldAccount = { readonly account: Account | undefined }

export interface StateSource {
  /** The account, or undefined when the trie holds none. */
  getAccount(address: Address): Account | undefined
  /** The same with what holds it, of a state that blocks are sealed upon: sealing then need not look for it again. */
  heldAccount?(address: Address): HeldAccount
  /** The slot's value, below 2^256; 0 when never written. */
  getStorage(address: Address, slot: Hash): bigint
  /** Code by its hash; undefined only when no account ever had it. Callers must not write into it. */
  getCode(codeHash: Hash): Uint8Array | undefined
}
