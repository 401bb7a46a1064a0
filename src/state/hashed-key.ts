/**
 * Keys of the secure trie: keccak256 of an address or a slot, as text for maps and as bytes for the database. They are
 * remembered, for the same few are asked again in every block.
 */

import { keccak256 } from '../crypto/keccak.ts'
import { hexToBytes } from '../lib/bytes.ts'
import { HASHED_KEY_CACHE } from '../lib/limits.ts'
import type { Address, Hash } from '../types/primitives.ts'
import { GenerationalCache } from './generational-cache.ts'

/** 32 bytes and the same as 64 hexadecimal digits without 0x. */
export type HashedKey = { readonly text: string; readonly bytes: Uint8Array }

/** The first six bytes as a number: a cheap first comparison when keys are sorted. */
export function leadOf(key: Uint8Array): number {
  const high = ((key[0] as number) << 16) | ((key[1] as number) << 8) | (key[2] as number)
  const low = ((key[3] as number) << 16) | ((key[4] as number) << 8) | (key[5] as number)
  return high * 0x1000000 + low
}

const known = new GenerationalCache<Address | Hash, HashedKey>(HASHED_KEY_CACHE)

/** keccak256 of the bytes that `plain` writes. */
export function hashedKey(plain: Address | Hash): HashedKey {
  const remembered = known.get(plain)
  if (remembered !== undefined) return remembered
  const bytes = keccak256(hexToBytes(plain))
  const key = { text: keyText(bytes), bytes }
  known.set(plain, key)
  return key
}

/** A hashed key as text. */
export function keyText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
