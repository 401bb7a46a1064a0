/**
 * Keccak-256, synchronous, from WebAssembly: about a microsecond for a short input against 7 to 30 for plain JavaScript.
 * The module is compiled once when this file is first imported. @noble/hashes is the reference in the tests.
 */

import { createKeccak } from 'hash-wasm'

/** Structurally the Hash of types/primitives.ts, which this layer may not import. */
type HashText = `0x${string}` & { readonly __brand: 'Hash' }

const hasher = await createKeccak(256)

/** The 32-byte Keccak-256 of `bytes`, in an array of its own. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(bytes).digest('binary')
}

/** The Keccak-256 of `bytes` as a Hash. */
export function keccak256Hash(bytes: Uint8Array): HashText {
  return `0x${hasher.init().update(bytes).digest('hex')}` as HashText
}
