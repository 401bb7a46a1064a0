/**
 * Reading one state: the finalized head, an unfinalized block's state, or the state after a past block. All synchronous.
 */

import type { Address, Hash } from '../types/primitives.ts'
import type { Account } from './account.ts'

export interface StateSource {
  /** The account, or undefined when the trie holds none. */
  getAccount(address: Address): Account | undefined
  /** The slot's value, below 2^256; 0 when never written. */
  getStorage(address: Address, slot: Hash): bigint
  /** Code by its hash; undefined only when no account ever had it. Callers must not write into it. */
  getCode(codeHash: Hash): Uint8Array | undefined
}
