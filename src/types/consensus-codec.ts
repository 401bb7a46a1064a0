/**
 * Votes, certificates, proposals and the questions about them as bytes (docs/consensus.md 2.2): on the wire, in the log, and
 * in a block's consensus body. One value has one encoding; reading fails only with DecodeError.
 *
 * A nullification names no block: its last three fields are left out. A new block carries its parent's certificate, which is
 * the first of the justification byte for byte and is not sent twice.
 */

import { sha256Hash } from '../crypto/sha256.ts'
import { MAX_CERTIFICATE_VIEWS, MAX_JUSTIFICATION, MAX_SEALED_BLOCK_BYTES, MAX_VALIDATORS } from '../lib/limits.ts'
import type { Certificate } from './certificate.ts'
import { DecodeError, decodeExactly, type Reader, Writer } from './codec.ts'
import { type Hash, ZERO_HASH } from './primitives.ts'
import type { Proposal } from './proposal.ts'
import { decodeSealedBlock, encodeSealedBlock } from './sealed-block-codec.ts'
import { FINALIZE, NOTARIZE, NULLIFY, type Subject, type Vote } from './vote.ts'

const SIGNATURE_BYTES = 96
const MAX_BITMAP_BYTES = MAX_VALIDATORS / 8
/** Certificates of one view: notarization, nullification, finalization. */
const CERTIFICATES_PER_VIEW = 3

export function encodeVote(vote: Vote): Uint8Array {
  const writer = new Writer(200)
  writeVote(writer, vote)
  return writer.finish()
}

export function decodeVote(bytes: Uint8Array): Vote {
  return decodeExactly(bytes, readVote)
}

export function encodeCertificate(certificate: Certificate): Uint8Array {
  const writer = new Writer(224)
  writeCertificate(writer, certificate)
  return writer.finish()
}

export function decodeCertificate(bytes: Uint8Array): Certificate {
  return decodeExactly(bytes, readCertificate)
}

/** The canonical encoding of a justification, which a proposal's subject commits to. */
export function encodeJustification(justification: readonly Certificate[]): Uint8Array {
  return new Writer(1_024).list(justification, writeCertificate).finish()
}

/** justHash: SHA-256 of the canonical encoding. */
export function hashJustification(justification: readonly Certificate[]): Hash {
  return sha256Hash(encodeJustification(justification))
}

/** A proposal with its whole block; `blockBytes` spares encoding a block whose bytes are at hand. */
export function encodeProposal(proposal: Proposal, blockBytes?: Uint8Array): Uint8Array {
  const { block, justification, leaderVote } = proposal
  const writer = new Writer(4_096)
  writeVote(writer, leaderVote)
  writer.bytes(block === null ? new Uint8Array(0) : (blockBytes ?? encodeSealedBlock(block)))
  const isInBlock = block !== null && leaderVote.subject.parentView > 0
  return writer.list(isInBlock ? justification.slice(1) : justification, writeCertificate).finish()
}

export function decodeProposal(bytes: Uint8Array): Proposal {
  return decodeExactly(bytes, (reader) => {
    const leaderVote = readVote(reader)
    const blockBytes = reader.bytes(MAX_SEALED_BLOCK_BYTES)
    const block = blockBytes.length === 0 ? null : decodeSealedBlock(blockBytes)
    const rest = reader.list(MAX_JUSTIFICATION, readCertificate)
    if (block === null || leaderVote.subject.parentView === 0) return { block, justification: rest, leaderVote }
    return { block, justification: [decodeCertificate(block.consensus.parentCert), ...rest], leaderVote }
  })
}

/** Asks for everything held of some views of an epoch. */
export type CertificateQuestion = { readonly epoch: number; readonly views: readonly number[] }

export function encodeCertificateQuestion({ epoch, views }: CertificateQuestion): Uint8Array {
  return new Writer(16 + 8 * views.length)
    .u64(epoch)
    .list(views, (writer, view) => writer.u64(view))
    .finish()
}

export function decodeCertificateQuestion(bytes: Uint8Array): CertificateQuestion {
  return decodeExactly(bytes, (reader) => ({
    epoch: reader.u64(),
    views: reader.list(MAX_CERTIFICATE_VIEWS, (inner) => inner.u64()),
  }))
}

export type CertificateAnswer = { readonly epoch: number; readonly certificates: readonly Certificate[] }

export function encodeCertificateAnswer({ epoch, certificates }: CertificateAnswer): Uint8Array {
  return new Writer(1_024).u64(epoch).list(certificates, writeCertificate).finish()
}

export function decodeCertificateAnswer(bytes: Uint8Array): CertificateAnswer {
  return decodeExactly(bytes, (reader) => ({
    epoch: reader.u64(),
    certificates: reader.list(MAX_CERTIFICATE_VIEWS * CERTIFICATES_PER_VIEW, readCertificate),
  }))
}

function writeVote(writer: Writer, { subject, signerIndex, signature }: Vote): void {
  writeSubject(writer, subject)
  writer.u16(signerIndex).fixed(signature)
}

function readVote(reader: Reader): Vote {
  return { subject: readSubject(reader), signerIndex: reader.u16(), signature: reader.fixed(SIGNATURE_BYTES) }
}

function writeCertificate(writer: Writer, { subject, bitmap, signature }: Certificate): void {
  writeSubject(writer, subject)
  writer.u8(bitmap.length).fixed(bitmap).fixed(signature)
}

function readCertificate(reader: Reader): Certificate {
  const subject = readSubject(reader)
  const length = reader.u8()
  if (length > MAX_BITMAP_BYTES) throw new DecodeError(`bitmap of ${length} bytes`)
  return { subject, bitmap: reader.fixed(length), signature: reader.fixed(SIGNATURE_BYTES) }
}

function writeSubject(writer: Writer, subject: Subject): void {
  writer.u8(subject.kind).u64(subject.epoch).u64(subject.view)
  if (subject.kind === NULLIFY) return
  writer.u64(subject.parentView).hash(subject.blockHash).hash(subject.justHash)
}

function readSubject(reader: Reader): Subject {
  const kind = reader.u8()
  const [epoch, view] = [reader.u64(), reader.u64()]
  if (kind === NULLIFY) return { kind, epoch, view, parentView: 0, blockHash: ZERO_HASH, justHash: ZERO_HASH }
  if (kind !== NOTARIZE && kind !== FINALIZE) throw new DecodeError(`subject of unknown kind ${kind}`)
  return { kind, epoch, view, parentView: reader.u64(), blockHash: reader.hash(), justHash: reader.hash() }
}
