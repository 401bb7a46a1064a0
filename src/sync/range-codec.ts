/**
 * A range request and its answer as bytes.
 *
 * The answer holds consecutive sealed blocks and their finality proof: the finalization of the last block or, when the
 * server holds only a descendant's, the headers from the block after the last one up to that descendant.
 */

import {
  MAX_PROOF_HEADERS,
  MAX_RANGE_BLOCKS,
  MAX_RANGE_BYTES,
  MAX_SEALED_BLOCK_BYTES,
  MAX_SYNC_FRAME_BYTES,
} from '../lib/limits.ts'
import { DecodeError, decodeExactly, Writer } from '../types/codec.ts'

const MAX_HEADER_BYTES = 1_024
const MAX_CERTIFICATE_BYTES = 1_024

/** Heights `from` to `to`, inclusive; 1 <= from <= to < from + 64. */
export type RangeQuery = { readonly from: number; readonly to: number }

/** The parts of an answer, still encoded. */
export type EncodedRange = {
  readonly blocks: readonly Uint8Array[]
  readonly proofHeaders: readonly Uint8Array[]
  readonly certificate: Uint8Array
}

export function encodeRangeQuery(query: RangeQuery): Uint8Array {
  return new Writer(16).u64(query.from).u64(query.to).finish()
}

/** Throws DecodeError. */
export function decodeRangeQuery(bytes: Uint8Array): RangeQuery {
  return decodeExactly(bytes, (reader) => {
    const query = { from: reader.u64(), to: reader.u64() }
    const count = query.to - query.from + 1
    if (query.from < 1 || count < 1 || count > MAX_RANGE_BLOCKS) throw new DecodeError('range is empty or too long')
    return query
  })
}

export function encodeRange(range: EncodedRange): Uint8Array {
  return new Writer(4_096)
    .list(range.blocks, (writer, block) => writer.bytes(block))
    .list(range.proofHeaders, (writer, header) => writer.bytes(header))
    .bytes(range.certificate)
    .finish()
}

/** Throws DecodeError. */
export function decodeRange(bytes: Uint8Array): EncodedRange {
  if (bytes.length > MAX_SYNC_FRAME_BYTES) throw new DecodeError(`range of ${bytes.length} bytes`)
  return decodeExactly(bytes, (reader) => ({
    blocks: reader.list(MAX_RANGE_BLOCKS, (inner) => inner.bytes(MAX_SEALED_BLOCK_BYTES)),
    proofHeaders: reader.list(MAX_PROOF_HEADERS, (inner) => inner.bytes(MAX_HEADER_BYTES)),
    certificate: reader.bytes(MAX_CERTIFICATE_BYTES),
  }))
}

/** Bytes of blocks that fit one answer: the first block always does, further ones up to 8 MiB. */
export function fitsRange(bytesSoFar: number, blockBytes: number): boolean {
  return bytesSoFar === 0 || bytesSoFar + blockBytes <= MAX_RANGE_BYTES
}
