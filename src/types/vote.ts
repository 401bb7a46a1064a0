/**
 * A validator's signed word on one view (consensus.md 2.2). The subject is what is signed; a nullification names no block.
 */

import { type Hash, ZERO_HASH } from './primitives.ts'

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

/** Whether both are the same subject, field by field. */
export function sameSubject(a: Subject, b: Subject): boolean {
  return (
    a.kind === b.kind &&
    a.epoch === b.epoch &&
    a.view === b.view &&
    a.parentView === b.parentView &&
    a.blockHash === b.blockHash &&
    a.justHash === b.justHash
  )
}

/** The subject of a vote to skip a view. */
export function nullifySubject(epoch: number, view: number): Subject {
  return { kind: NULLIFY, epoch, view, parentView: 0, blockHash: ZERO_HASH, justHash: ZERO_HASH }
}

/** The same proposal as `subject`, in a vote or certificate of another kind. */
export function subjectOfKind(subject: Subject, kind: typeof NOTARIZE | typeof FINALIZE): Subject {
  return { ...subject, kind }
}
