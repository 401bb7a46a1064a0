/**
 * Which pairs of votes prove a fault of their signer (docs/consensus.md 2.8, EV1 to EV4).
 *
 * An honest validator notarizes once, finalizes once, never finalizes a view that it nullified, and never finalizes another
 * proposal than the one it notarized. Nullifying after notarizing is honest.
 */

import {
  DOUBLE_FINALIZE,
  DOUBLE_NOTARIZE,
  type Evidence,
  type EvidenceType,
  NOTARIZE_FINALIZE_MISMATCH,
  NULLIFY_AND_FINALIZE,
} from '../types/evidence.ts'
import { FINALIZE, NOTARIZE, NULLIFY, type Subject, sameSubject, type Vote } from '../types/vote.ts'

/** The fault that two votes of one signer prove, or null. The lower kind comes first, so equal faults have equal evidence. */
export function evidenceOf(a: Vote, b: Vote): Evidence | null {
  if (a.signerIndex !== b.signerIndex) return null
  if (a.subject.epoch !== b.subject.epoch || a.subject.view !== b.subject.view) return null
  const [first, second] = a.subject.kind <= b.subject.kind ? [a, b] : [b, a]
  const type = faultOf(first.subject, second.subject)
  return type === null ? null : { type, first, second }
}

function faultOf(first: Subject, second: Subject): EvidenceType | null {
  if (first.kind === second.kind) {
    if (first.kind === NULLIFY || sameSubject(first, second)) return null
    return first.kind === NOTARIZE ? DOUBLE_NOTARIZE : DOUBLE_FINALIZE
  }
  if (second.kind !== FINALIZE) return null
  if (first.kind === NULLIFY) return NULLIFY_AND_FINALIZE
  return sameSubject({ ...first, kind: FINALIZE }, second) ? null : NOTARIZE_FINALIZE_MISMATCH
}
