/**
 * SHA-256 from the platform: what validators sign and how justifications are named (docs/consensus.md 2.2).
 */

import { createHash } from 'node:crypto'

/** Structurally the Hash of types/primitives.ts, which this layer may not import. */
type HashText = `0x${string}` & { readonly __brand: 'Hash' }

/** The 32-byte SHA-256 of `bytes`. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}

/** The SHA-256 of `bytes` as a Hash. */
export function sha256Hash(bytes: Uint8Array): HashText {
  return `0x${createHash('sha256').update(bytes).digest('hex')}` as HashText
}
