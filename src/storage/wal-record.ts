/**
 * The frame of one record in a log (docs/consensus.md 2.9), big-endian:
 *
 *     [u32 length of the payload][u32 crc32c][u64 sequence][u64 durable sequence][u8 type][payload]
 *
 * Sequences count records from 1 through all segments. `durableSequence` is the last record that was known to be on the disk
 * when this one was written, so a later record proves that an earlier one was once durable. The checksum covers the rest of
 * the frame and starts from the segment's salt, so bytes of an older file on the same disk blocks never pass for records.
 */

import { crc32c } from './crc32c.ts'

export const RECORD_HEADER_BYTES = 25

export type WalRecord = {
  readonly sequence: number
  readonly durableSequence: number
  readonly type: number
  readonly payload: Uint8Array
}

/** The bytes of one record. */
export function encodeWalRecord(record: WalRecord, salt: number): Uint8Array {
  const bytes = new Uint8Array(RECORD_HEADER_BYTES + record.payload.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, record.payload.length)
  view.setBigUint64(8, BigInt(record.sequence))
  view.setBigUint64(16, BigInt(record.durableSequence))
  view.setUint8(24, record.type)
  bytes.set(record.payload, RECORD_HEADER_BYTES)
  view.setUint32(4, checksum(bytes, salt))
  return bytes
}

/**
 * The record at `offset`, whose payload is a view of `bytes`; undefined when there is none: too few bytes are left, the
 * length is beyond `maxPayload`, or the checksum does not match.
 */
export function readWalRecord(
  bytes: Uint8Array,
  offset: number,
  salt: number,
  maxPayload: number,
): WalRecord | undefined {
  if (bytes.length - offset < RECORD_HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, bytes.length - offset)
  const length = view.getUint32(0)
  if (length > maxPayload || length > view.byteLength - RECORD_HEADER_BYTES) return undefined
  const sequence = view.getBigUint64(8)
  const durableSequence = view.getBigUint64(16)
  // Cheap sense before the checksum: the search for a later record tries every offset.
  if (durableSequence >= sequence || sequence > BigInt(Number.MAX_SAFE_INTEGER)) return undefined
  const end = offset + RECORD_HEADER_BYTES + length
  if (view.getUint32(4) !== checksum(bytes.subarray(offset, end), salt)) return undefined
  return {
    sequence: Number(sequence),
    durableSequence: Number(durableSequence),
    type: view.getUint8(24),
    payload: bytes.subarray(offset + RECORD_HEADER_BYTES, end),
  }
}

function checksum(frame: Uint8Array, salt: number): number {
  return crc32c(frame.subarray(8), crc32c(frame.subarray(0, 4), salt))
}
