/**
 * Two votes of one signer that an honest validator never casts (consensus.md 2.8, EV1 to EV4).
 */

import type { Vote } from './vote.ts'

export const DOUBLE_NOTARIZE = 1
export const DOUBLE_FINALIZE = 2
export const NULLIFY_AND_FINALIZE = 3
export const NOTARIZE_FINALIZE_MISMATCH = 4
export type EvidenceType =
  | typeof DOUBLE_NOTARIZE
  | typeof DOUBLE_FINALIZE
  | typeof NULLIFY_AND_FINALIZE
  | typeof NOTARIZE_FINALIZE_MISMATCH

export type Evidence = { readonly type: EvidenceType; readonly first: Vote; readonly second: Vote }
