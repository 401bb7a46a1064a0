/**
 * The core's records as bytes in the write-ahead log (docs/consensus.md 2.9). Each begins with its epoch and view, so that
 * records which the database has outdated are skipped unread.
 */

import { type RecordRound, roundOfRecord, type WalRecord } from '../consensus/record.ts'
import { MAX_JUSTIFICATION, MAX_SEALED_BLOCK_BYTES } from '../lib/limits.ts'
import type { SealedBlock } from '../types/block.ts'
import { type BlockSummary, summarize } from '../types/block-summary.ts'
import type { Certificate } from '../types/certificate.ts'
import { DecodeError, decodeExactly, Reader, Writer } from '../types/codec.ts'
import { decodeCertificate, decodeVote, encodeCertificate, encodeVote } from '../types/consensus-codec.ts'
import type { Hash } from '../types/primitives.ts'
import { decodeSealedBlock } from '../types/sealed-block-codec.ts'
import type { Vote } from '../types/vote.ts'

const OWN_VOTE = 1
const OWN_PROPOSAL = 2
const BLOCK = 3
const CERTIFICATE = 4
const CERTIFIED = 5
const SEEN_PROPOSAL = 6
const EPOCH_START = 7
const FINALIZED = 8

const MAX_VOTE_BYTES = 256
const MAX_CERTIFICATE_BYTES = 512

export type EncodedRecord = { readonly type: number; readonly payload: Uint8Array }

/** The record's bytes; `blockBytes` gives those of a whole block by its hash. */
export function encodeRecord(record: WalRecord, blockBytes: (hash: Hash) => Uint8Array): EncodedRecord {
  const { epoch, view } = roundOfRecord(record)
  const writer = new Writer(512).u64(epoch).u64(view)
  switch (record.type) {
    case 'ownVote':
      return finish(OWN_VOTE, writer.bytes(encodeVote(record.vote)))
    case 'ownProposal':
      return finish(OWN_PROPOSAL, writeProposal(writer, record.proposal))
    case 'block':
      return finish(BLOCK, writer.bytes(blockBytes(record.block.hash)))
    case 'certificate':
      return finish(CERTIFICATE, writer.bytes(encodeCertificate(record.certificate)))
    case 'certified':
      return finish(CERTIFIED, writer.hash(record.hash).u8(record.isValid ? 1 : 0))
    case 'seenProposal':
      return finish(SEEN_PROPOSAL, writer.bytes(encodeVote(record.leaderVote)))
    case 'epochStart':
      return finish(EPOCH_START, writer.hash(record.anchorHash))
    case 'finalized':
      return finish(FINALIZED, writer.u64(record.height).hash(record.hash))
  }
}

/** What a record is about; throws DecodeError. */
export function roundOfPayload(payload: Uint8Array): RecordRound {
  const reader = new Reader(payload)
  return { epoch: reader.u64(), view: reader.u64() }
}

/** A record read back, with the whole block if it is one. */
export type DecodedRecord = { readonly record: WalRecord; readonly block: SealedBlock | null }

/** Reads what encodeRecord wrote; throws DecodeError. */
export function decodeRecord({ type, payload }: EncodedRecord): DecodedRecord {
  return decodeExactly(payload, (reader) => {
    const [epoch, view] = [reader.u64(), reader.u64()]
    switch (type) {
      case OWN_VOTE:
        return plain({ type: 'ownVote', vote: readVote(reader) })
      case OWN_PROPOSAL:
        return plain({ type: 'ownProposal', proposal: readProposal(reader) })
      case BLOCK: {
        const block = decodeSealedBlock(reader.bytes(MAX_SEALED_BLOCK_BYTES))
        return { record: { type: 'block', block: summarize(block) }, block }
      }
      case CERTIFICATE:
        return plain({ type: 'certificate', certificate: readCertificate(reader) })
      case CERTIFIED:
        return plain({ type: 'certified', epoch, view, hash: reader.hash(), isValid: reader.u8() === 1 })
      case SEEN_PROPOSAL:
        return plain({ type: 'seenProposal', leaderVote: readVote(reader) })
      case EPOCH_START:
        return plain({ type: 'epochStart', epoch, anchorHash: reader.hash() })
      case FINALIZED:
        return plain({ type: 'finalized', epoch, view, height: reader.u64(), hash: reader.hash() })
      default:
        throw new DecodeError(`record of unknown type ${type}`)
    }
  })
}

type OwnProposal = Extract<WalRecord, { type: 'ownProposal' }>['proposal']

function writeProposal(writer: Writer, { block, justification, leaderVote }: OwnProposal): Writer {
  writer.bytes(encodeVote(leaderVote)).list(justification, (inner, one) => inner.bytes(encodeCertificate(one)))
  return writer.list(block === null ? [] : [block], writeSummary)
}

function readProposal(reader: Reader): OwnProposal {
  const leaderVote = readVote(reader)
  const justification = reader.list(MAX_JUSTIFICATION, readCertificate)
  const block = reader.list(1, readSummary)[0] ?? null
  return { type: 'proposal', block, justification, leaderVote }
}

function writeSummary(writer: Writer, summary: BlockSummary): void {
  writer.hash(summary.hash).hash(summary.parentHash).u64(summary.height).u64(summary.epoch)
  writer.u64(summary.view).u64(summary.parentView).u64(summary.timestampMs)
}

function readSummary(reader: Reader): BlockSummary {
  return {
    hash: reader.hash(),
    parentHash: reader.hash(),
    height: reader.u64(),
    epoch: reader.u64(),
    view: reader.u64(),
    parentView: reader.u64(),
    timestampMs: reader.u64(),
  }
}

function readVote(reader: Reader): Vote {
  return decodeVote(reader.bytes(MAX_VOTE_BYTES))
}

function readCertificate(reader: Reader): Certificate {
  return decodeCertificate(reader.bytes(MAX_CERTIFICATE_BYTES))
}

function plain(record: WalRecord): DecodedRecord {
  return { record, block: null }
}

function finish(type: number, writer: Writer): EncodedRecord {
  return { type, payload: writer.finish() }
}
