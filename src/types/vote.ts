/**
 * A validator's signed word on one view (consensus.md 2.2). The subject is what is signed; a nullification names no block.
 */

import type { Hash } from './primitives.ts'

export const NOTARIZE = 1
export const NULLIFY = 2
export const FINALIZE = 3
export type VoteKind = typeof NOTARIZE | typeof NULLIFY | typeof FINALIZE

/** What a vote or certificate is about. For NULLIFY the last three fields are 0, ZERO_HASH and ZERO_HASH. */
export type Subject = {
  readonly kind: VoteKind
  readonly epoch: number
  readonly view: number
  readonly parentView: number
  readonly blockHash: Hash
  readonly justHash: Hash
}

/** One signer's vote; `signature` is 96 bytes of BLS12-381 G2. */
export type Vote = {
  readonly subject: Subject
  readonly signerIndex: number
  readonly signature: Uint8Array
}
