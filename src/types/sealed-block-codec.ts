/**
 * A sealed block in the node's own encoding: what is pushed over the wire, written to the log and kept by the store, and
 * what a header commits to of its body (docs/consensus.md 2.2).
 *
 * Decoding checks the form only. A header says nothing of a body until `bodyMismatch` has compared the two: whoever takes a
 * block from a peer asks it first, for the hash alone names only the header.
 */

import { keccak256Hash } from '../crypto/keccak.ts'
import { MAX_EVIDENCE_PER_BLOCK, MAX_SEALED_BLOCK_BYTES, MAX_TRANSACTIONS_PER_BLOCK } from '../lib/limits.ts'
import type { ConsensusBody, SealedBlock } from './block.ts'
import {
  contextHash,
  decodeContext,
  decodeHeader,
  encodeContext,
  encodeHeader,
  parentCertHash,
  transactionsRootOf,
} from './block-codec.ts'
import { DecodeError, decodeExactly, type Reader, Writer } from './codec.ts'
import type { Evidence } from './evidence.ts'
import { decodeEvidence, encodeEvidence } from './evidence-codec.ts'
import type { Hash } from './primitives.ts'
import { encodeRlp } from './rlp.ts'

const MAX_HEADER_BYTES = 1_024
const MAX_CONTEXT_BYTES = 512
const MAX_CERTIFICATE_BYTES = 1_024
const MAX_EVIDENCE_BYTES = 1_024

/** Bytes of a whole sealed block. */
export function encodeSealedBlock(block: SealedBlock): Uint8Array {
  const writer = new Writer(1_024).bytes(encodeHeader(block.header))
  writer.list(block.transactions, (inner, raw) => inner.bytes(raw))
  writeConsensusBody(writer, block.consensus)
  return writer.finish()
}

/** Reads a sealed block; its hash is computed. Throws DecodeError. */
export function decodeSealedBlock(bytes: Uint8Array): SealedBlock {
  if (bytes.length > MAX_SEALED_BLOCK_BYTES) throw new DecodeError(`sealed block of ${bytes.length} bytes`)
  return decodeExactly(bytes, (reader) => {
    const headerBytes = reader.bytes(MAX_HEADER_BYTES)
    const header = decodeHeader(headerBytes)
    const transactions = reader.list(MAX_TRANSACTIONS_PER_BLOCK, (inner) => inner.bytes(MAX_SEALED_BLOCK_BYTES))
    return { hash: keccak256Hash(headerBytes), header, transactions, consensus: readConsensusBody(reader) }
  })
}

/** Bytes of the consensus body alone, as the block store keeps it beside the standard block. */
export function encodeConsensusBody(body: ConsensusBody): Uint8Array {
  const writer = new Writer(1_024)
  writeConsensusBody(writer, body)
  return writer.finish()
}

/** Reads what encodeConsensusBody wrote; throws DecodeError. */
export function decodeConsensusBody(bytes: Uint8Array): ConsensusBody {
  return decodeExactly(bytes, readConsensusBody)
}

/** keccak(RLP(list of encoded evidence)): the context's evidenceRoot. */
export function evidenceRootOf(evidence: readonly Evidence[]): Hash {
  return keccak256Hash(encodeRlp(evidence.map(encodeEvidence)))
}

/** A part of the body that is not the one its header commits to. */
export type BodyMismatch = {
  readonly part: 'context' | 'parentCert' | 'evidence' | 'transactions'
  readonly expected: Hash
  readonly actual: Hash
}

/** The first part of the body that the header does not commit to; undefined when all belong to it. */
export function bodyMismatch(block: SealedBlock): BodyMismatch | undefined {
  const { header, consensus } = block
  const { context } = consensus
  return (
    mismatch('context', header.parentBeaconBlockRoot, contextHash(context)) ??
    // Genesis holds the chainspec's hash in the place of a parent certificate's.
    (header.number === 0
      ? undefined
      : mismatch('parentCert', context.parentCertHash, parentCertHash(consensus.parentCert))) ??
    mismatch('evidence', context.evidenceRoot, evidenceRootOf(consensus.evidence)) ??
    mismatch('transactions', header.transactionsRoot, transactionsRootOf(block.transactions))
  )
}

function mismatch(part: BodyMismatch['part'], expected: Hash, actual: Hash): BodyMismatch | undefined {
  return expected === actual ? undefined : { part, expected, actual }
}

function writeConsensusBody(writer: Writer, body: ConsensusBody): void {
  writer.bytes(encodeContext(body.context)).bytes(body.parentCert)
  writer.list(body.evidence, (inner, evidence) => inner.bytes(encodeEvidence(evidence)))
}

function readConsensusBody(reader: Reader): ConsensusBody {
  return {
    context: decodeContext(reader.bytes(MAX_CONTEXT_BYTES)),
    parentCert: reader.bytes(MAX_CERTIFICATE_BYTES),
    evidence: reader.list(MAX_EVIDENCE_PER_BLOCK, (inner) => decodeEvidence(inner.bytes(MAX_EVIDENCE_BYTES))),
  }
}
