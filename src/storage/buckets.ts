/**
 * The key prefixes of the chain's database, one byte each, and the keys under them. Numbers in keys are big-endian, so that
 * the order of keys is the order of heights.
 */

import type { Hash } from '../types/primitives.ts'

export const BUCKET = {
  /** Names: schema, genesis, head, the oldest heights of the history, the oldest wait of a branch. */
  meta: 0x01,
  /** height -> header RLP. */
  header: 0x10,
  /** height -> the transactions' bytes. */
  body: 0x11,
  /** height -> the consensus body. */
  consensusBody: 0x12,
  /** height -> the finalization certificate. */
  certificate: 0x13,
  /** height -> receipts. */
  receipts: 0x14,
  /** block hash -> height. */
  blockNumber: 0x15,
  /** transaction hash -> height, index. */
  transaction: 0x16,
  /** keccak(address) -> account. */
  account: 0x20,
  /** keccak(address), keccak(slot) -> value. */
  storage: 0x21,
  /** code hash -> code. */
  code: 0x22,
  /** path -> branch of the account trie. */
  accountNode: 0x30,
  /** keccak(address), path -> branch of a storage trie. */
  storageNode: 0x31,
  /** height, page -> previous values of accounts and slots. */
  changeSet: 0x40,
  /** height, page -> previous branches, and hashes before and after. */
  nodeChangeSet: 0x41,
} as const

export type Bucket = (typeof BUCKET)[keyof typeof BUCKET]

/** A key of the meta bucket. */
export function metaKey(name: 'schema' | 'genesis' | 'head' | 'history' | 'nodeHistory' | 'deferred'): Uint8Array {
  return keyOf(BUCKET.meta, new TextEncoder().encode(name))
}

/** prefix, then bytes. */
export function keyOf(bucket: Bucket, rest: Uint8Array): Uint8Array {
  const key = new Uint8Array(1 + rest.length)
  key[0] = bucket
  key.set(rest, 1)
  return key
}

/** prefix, then a height in six bytes. */
export function heightKey(bucket: Bucket, height: number): Uint8Array {
  const key = new Uint8Array(7)
  key[0] = bucket
  writeHeight(key, 1, height)
  return key
}

/** prefix, height in six bytes, page in two. */
export function pageKey(bucket: Bucket, height: number, page: number): Uint8Array {
  const key = new Uint8Array(9)
  key[0] = bucket
  writeHeight(key, 1, height)
  key[7] = page >>> 8
  key[8] = page & 0xff
  return key
}

/** prefix, then a hash. */
export function hashKey(bucket: Bucket, hash: Hash): Uint8Array {
  const key = Buffer.allocUnsafe(33)
  key[0] = bucket
  key.write(hash.slice(2), 1, 'hex')
  return key
}

function writeHeight(key: Uint8Array, at: number, height: number): void {
  let rest = height
  for (let i = at + 5; i >= at; i--) {
    key[i] = rest & 0xff
    rest = Math.floor(rest / 256)
  }
}
