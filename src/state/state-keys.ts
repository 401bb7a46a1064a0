/**
 * Where accounts, slots, code and branches are in the database. Accounts and slots are named by hashed-key.ts.
 */

import { hexToBytes } from '../lib/bytes.ts'
import { BUCKET, keyOf } from '../storage/buckets.ts'
import type { Hash } from '../types/primitives.ts'

const HASH_BYTES = 32

/** The flat account with this hashed address; `key` is room for it that may be used again. */
export function accountKey(account: string, key: Buffer = Buffer.allocUnsafe(1 + HASH_BYTES)): Uint8Array {
  key[0] = BUCKET.account
  key.write(account, 1, 'hex')
  return key
}

/** The flat slot with this hashed address and hashed slot. */
export function slotKey(
  account: string,
  slot: string,
  key: Buffer = Buffer.allocUnsafe(1 + 2 * HASH_BYTES),
): Uint8Array {
  key[0] = BUCKET.storage
  key.write(account, 1, 'hex')
  key.write(slot, 1 + HASH_BYTES, 'hex')
  return key
}

export function codeKey(codeHash: Hash): Uint8Array {
  return keyOf(BUCKET.code, hexToBytes(codeHash))
}

/**
 * The branch at `path`: of the account trie when the path is shorter than 64 characters, else of the storage trie of the
 * account whose hashed address is the path's first 64.
 */
export function nodeKey(path: string): Uint8Array {
  if (path.length < 64) {
    const key = Buffer.allocUnsafe(1 + path.length)
    key[0] = BUCKET.accountNode
    for (let i = 0; i < path.length; i++) key[1 + i] = path.charCodeAt(i)
    return key
  }
  const key = Buffer.allocUnsafe(1 + HASH_BYTES + path.length - 64)
  key[0] = BUCKET.storageNode
  key.write(path.slice(0, 64), 1, 'hex')
  for (let i = 64; i < path.length; i++) key[i - 31] = path.charCodeAt(i)
  return key
}
