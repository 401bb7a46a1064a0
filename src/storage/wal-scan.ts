/**
 * Reads a log after a crash (docs/consensus.md 2.9, Recovery 2).
 *
 * Bytes that were never synced may be missing, torn or in any order of sectors: the scan stops at the first bad record and the
 * rest is cut off. But if a valid record further on says that the bad one had been durable, the disk lost what it had promised,
 * and with it perhaps a vote that others hold: then the node refuses to start until an operator decides (`wal repair`).
 */

import { assert } from '../lib/assert.ts'
import { MAX_WAL_PAYLOAD_BYTES } from '../lib/limits.ts'
import { decodeExactly, Writer } from '../types/codec.ts'
import { type Hash, parseHash } from '../types/primitives.ts'
import type { LogFolder } from './wal-files.ts'
import { RECORD_HEADER_BYTES, readWalRecord, type WalRecord } from './wal-record.ts'

/** The chain that a log belongs to, and a word for what it logs. */
export type LogIdentity = { readonly purpose: string; readonly chainId: number; readonly genesisHash: Hash }

/** The type of the first record of every segment, which names the log. Users' types start at 1. */
export const SEGMENT_RECORD = 0

const FORMAT_VERSION = 1
const SEGMENT_NAME = /^([0-9]{10})-([0-9a-f]{8})\.wal$/

export type Segment = { readonly file: string; readonly number: number; readonly salt: number }

/** The file of a segment. The salt is in the name: it must be known even where the first record is damaged. */
export function segmentName(number: number, salt: number): string {
  return `${String(number).padStart(10, '0')}-${salt.toString(16).padStart(8, '0')}.wal`
}

/** The folder's segments in order; other files are not ours and are left alone. */
export async function listSegments(folder: LogFolder): Promise<Segment[]> {
  const segments: Segment[] = []
  for (const file of await folder.list()) {
    const match = SEGMENT_NAME.exec(file)
    if (match !== null) segments.push({ file, number: Number(match[1]), salt: Number.parseInt(match[2] ?? '', 16) })
  }
  return segments.sort((a, b) => a.number - b.number)
}

/** The payload of a segment's first record. */
export function encodeSegmentHeader(identity: LogIdentity): Uint8Array {
  const writer = new Writer(96).u8(FORMAT_VERSION).text(identity.purpose)
  return writer.u64(identity.chainId).hash(identity.genesisHash).finish()
}

/** The identity in a segment's first record; undefined when it is of another format. */
export function readSegmentHeader(payload: Uint8Array): LogIdentity | undefined {
  if (payload[0] !== FORMAT_VERSION) return undefined
  return decodeExactly(payload.subarray(1), (reader) => {
    const identity = { purpose: reader.text(64), chainId: reader.u64(), genesisHash: reader.hash() }
    assert(parseHash(identity.genesisHash).ok, 'a hash that was read is a hash')
    return identity
  })
}

/** Where a segment's valid records end, and what was wrong there. */
export type SegmentEnd = {
  /** Offset of the first byte that belongs to no valid record; the file's length when all is well. */
  readonly offset: number
  /** Sequence of the last valid record, or what `nextSequence` began with less one. */
  readonly lastSequence: number
  /** A later record of this segment that proves the bad one durable. */
  readonly proof: WalRecord | undefined
}

/**
 * Walks through one segment and hands over its records in order.
 *
 * @param nextSequence what the first record must carry; undefined in the oldest segment that is kept
 */
export function scanSegment(
  bytes: Uint8Array,
  salt: number,
  nextSequence: number | undefined,
  onRecord: (record: WalRecord, offset: number) => void,
): SegmentEnd {
  let expected = nextSequence
  let offset = 0
  while (offset < bytes.length) {
    const record = readWalRecord(bytes, offset, salt, MAX_WAL_PAYLOAD_BYTES)
    const isNext = record !== undefined && (expected === undefined || record.sequence === expected)
    const hasPlace = record !== undefined && (record.type === SEGMENT_RECORD) === (offset === 0)
    if (!isNext || !hasPlace) {
      return { offset, lastSequence: (expected ?? 1) - 1, proof: findProof(bytes, offset, salt, expected ?? 1) }
    }
    onRecord(record, offset)
    expected = record.sequence + 1
    offset += RECORD_HEADER_BYTES + record.payload.length
  }
  return { offset, lastSequence: (expected ?? 1) - 1, proof: undefined }
}

/** A valid record from `offset` on which says that record `sequence` was durable. Lengths cannot be trusted here: every offset is tried. */
function findProof(bytes: Uint8Array, offset: number, salt: number, sequence: number): WalRecord | undefined {
  for (let at = offset; at <= bytes.length - RECORD_HEADER_BYTES; at++) {
    const record = readWalRecord(bytes, at, salt, MAX_WAL_PAYLOAD_BYTES)
    if (record !== undefined && record.durableSequence >= sequence) return record
  }
  return undefined
}
