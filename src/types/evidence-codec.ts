/**
 * Evidence as bytes: in a block's consensus body, under its evidenceRoot and on the wire.
 */

import { DecodeError, decodeExactly, type Reader, Writer } from './codec.ts'
import {
  DOUBLE_FINALIZE,
  DOUBLE_NOTARIZE,
  type Evidence,
  type EvidenceType,
  NOTARIZE_FINALIZE_MISMATCH,
  NULLIFY_AND_FINALIZE,
} from './evidence.ts'
import { FINALIZE, NOTARIZE, NULLIFY, type Vote, type VoteKind } from './vote.ts'

const SIGNATURE_BYTES = 96

/** One piece of evidence; the same evidence always gives the same bytes. */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  const writer = new Writer(512).u8(evidence.type)
  writeVote(writer, evidence.first)
  writeVote(writer, evidence.second)
  return writer.finish()
}

/** Reads what encodeEvidence wrote; throws DecodeError. Whether it proves anything is checked elsewhere. */
export function decodeEvidence(bytes: Uint8Array): Evidence {
  return decodeExactly(bytes, (reader) => ({
    type: readType(reader.u8()),
    first: readVote(reader),
    second: readVote(reader),
  }))
}

function writeVote(writer: Writer, { subject, signerIndex, signature }: Vote): void {
  writer.u8(subject.kind).u64(subject.epoch).u64(subject.view).u64(subject.parentView)
  writer.hash(subject.blockHash).hash(subject.justHash).u16(signerIndex).fixed(signature)
}

function readVote(reader: Reader): Vote {
  return {
    subject: {
      kind: readKind(reader.u8()),
      epoch: reader.u64(),
      view: reader.u64(),
      parentView: reader.u64(),
      blockHash: reader.hash(),
      justHash: reader.hash(),
    },
    signerIndex: reader.u16(),
    signature: reader.fixed(SIGNATURE_BYTES),
  }
}

function readKind(value: number): VoteKind {
  if (value === NOTARIZE || value === NULLIFY || value === FINALIZE) return value
  throw new DecodeError(`vote of unknown kind ${value}`)
}

function readType(value: number): EvidenceType {
  if (
    value === DOUBLE_NOTARIZE ||
    value === DOUBLE_FINALIZE ||
    value === NULLIFY_AND_FINALIZE ||
    value === NOTARIZE_FINALIZE_MISMATCH
  ) {
    return value
  }
  throw new DecodeError(`evidence of unknown type ${value}`)
}
