/**
 * Keys of the secure trie: keccak256 of an address or a slot, written as 64 hexadecimal digits without 0x. Text is half the
 * memory of an array, is a map's key as it is, and its characters are the nibbles of the trie's paths. They are remembered,
 * for the same few are asked again in every block.
 */

import { keccak256 } from '../crypto/keccak.ts'
import { hexToBytes } from '../lib/bytes.ts'
import { HASHED_KEY_CACHE } from '../lib/limits.ts'
import type { Address, Hash } from '../types/primitives.ts'
import { FifoCache } from './fifo-cache.ts'

const known = new FifoCache<Address | Hash, string>(HASHED_KEY_CACHE)

/** keccak256 of the bytes that `plain` writes, as text. */
export function hashedKey(plain: Address | Hash): string {
  const remembered = known.get(plain)
  if (remembered !== undefined) return remembered
  const key = hashKey(plain)
  known.set(plain, key)
  return key
}

/** The same for who remembers it. */
export function hashKey(plain: Address | Hash): string {
  return keyText(keccak256(hexToBytes(plain)))
}

/** A key's 32 bytes as text. */
export function keyText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
