/**
 * An account of the state: immutable, so that a value once read can be kept by anyone.
 */

import type { Hash } from '../types/primitives.ts'

/** keccak256 of nothing. */
export const EMPTY_CODE_HASH = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470' as Hash
/** Root of a trie without entries: keccak256(RLP of the empty string). */
export const EMPTY_TRIE_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421' as Hash

export type Account = {
  readonly nonce: bigint
  /** Wei. */
  readonly balance: bigint
  readonly codeHash: Hash
  /**
   * Root of the account's storage at the end of the last sealed block. While a block executes it does not follow the
   * slots written; sealing computes it.
   */
  readonly storageRoot: Hash
}

/** What an address holds that nobody has touched. */
export const EMPTY_ACCOUNT: Account = {
  nonce: 0n,
  balance: 0n,
  codeHash: EMPTY_CODE_HASH,
  storageRoot: EMPTY_TRIE_ROOT,
}

/** Empty as EIP-161 means it: no nonce, no balance, no code. Storage does not count. */
export function isEmptyAccount(account: Account): boolean {
  return account.nonce === 0n && account.balance === 0n && account.codeHash === EMPTY_CODE_HASH
}
