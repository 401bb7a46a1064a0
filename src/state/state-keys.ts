/**
 * Where accounts, slots, code and branches are in the database.
 */

import { hexToBytes } from '../lib/bytes.ts'
import { BUCKET, keyOf } from '../storage/buckets.ts'
import type { Hash } from '../types/primitives.ts'

/** The flat account whose hashed address is `key`. */
export function accountKey(key: Uint8Array): Uint8Array {
  return keyOf(BUCKET.account, key)
}

/** The flat slot whose hashed address and hashed slot are the two halves of `key`. */
export function slotKey(key: Uint8Array): Uint8Array {
  return keyOf(BUCKET.storage, key)
}

export function codeKey(codeHash: Hash): Uint8Array {
  return keyOf(BUCKET.code, hexToBytes(codeHash))
}

/** The two halves of a slot's key in one array. */
export function joinKeys(account: Uint8Array, slot: Uint8Array): Uint8Array {
  const key = new Uint8Array(64)
  key.set(account)
  key.set(slot, 32)
  return key
}

/**
 * The branch at `path`: of the account trie when the path is shorter than 64 characters, else of the storage trie of the
 * account whose hashed address is the path's first 64.
 */
export function nodeKey(path: string): Uint8Array {
  if (path.length < 64) return keyOf(BUCKET.accountNode, Buffer.from(path, 'latin1'))
  const key = new Uint8Array(1 + 32 + path.length - 64)
  key[0] = BUCKET.storageNode
  key.set(Buffer.from(path.slice(0, 64), 'hex'), 1)
  for (let i = 64; i < path.length; i++) key[i - 31] = path.charCodeAt(i)
  return key
}
