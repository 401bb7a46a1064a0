/**
 * Opens a log: scans what the last process left, cuts a torn tail, hands over the records, and goes on in a new segment.
 */

import { DecodeError } from '../types/codec.ts'
import { Wal, type WalOptions } from './wal.ts'
import { describeWalFailure, WalError, type WalFailure } from './wal-errors.ts'
import type { LogFolder } from './wal-files.ts'
import type { WalRecord } from './wal-record.ts'
import {
  type LogIdentity,
  listSegments,
  readSegmentHeader,
  SEGMENT_RECORD,
  type Segment,
  scanSegment,
} from './wal-scan.ts'

/** One record that the log held, with the segment it is in. */
export type RecoveredRecord = { readonly type: number; readonly payload: Uint8Array; readonly segment: number }

/** What the scan cut off. */
export type TornTail = { readonly file: string; readonly offset: number; readonly bytes: number }

export type OpenedWal = {
  readonly wal: Wal
  /** In file order. One segment is in memory at a time; read it once, before the log is pruned. */
  readonly records: AsyncIterable<RecoveredRecord>
  readonly torn: TornTail | undefined
}

/**
 * Opens the log in `options.folder`, which no other process may have open.
 *
 * @throws WalError WAL_CORRUPT, WAL_OF_ANOTHER_CHAIN
 */
export async function openWal(options: WalOptions): Promise<OpenedWal> {
  const { folder, identity } = options
  const scan = await scanFolder(folder, identity)
  if (scan.damage?.isProvenDurable === true) throw failed(corrupt(folder, scan.damage))
  const torn = scan.damage === undefined ? undefined : await cutTail(folder, scan.segments, scan.damage)
  const kept = await listSegments(folder)
  // What a killed process left is in the page cache only; the next segment will call it durable, so it must be.
  const last = kept.at(-1)
  if (last !== undefined) await folder.sync(last.file)
  const nextSegment = (scan.segments.at(-1)?.number ?? 0) + 1
  const wal = new Wal(options, { lastSequence: scan.lastSequence, nextSegment, kept })
  return { wal, records: readRecords(folder, kept), torn }
}

/**
 * `wal repair`: cuts the log at the first damaged record although it had been durable. Returns what was cut, or undefined when
 * the log is whole. Votes after that point are forgotten here; the signer's own state still refuses to contradict them.
 */
export async function repairWal(folder: LogFolder, identity: LogIdentity): Promise<TornTail | undefined> {
  const { damage, segments } = await scanFolder(folder, identity)
  return damage === undefined ? undefined : cutTail(folder, segments, damage)
}

type Damage = {
  readonly segment: Segment
  readonly offset: number
  readonly sequence: number
  readonly isProvenDurable: boolean
}

type FolderScan = {
  readonly segments: readonly Segment[]
  readonly lastSequence: number
  /** The first bad record; everything after it is not part of the log. */
  readonly damage: Damage | undefined
}

async function scanFolder(folder: LogFolder, identity: LogIdentity): Promise<FolderScan> {
  const segments = await listSegments(folder)
  let next: number | undefined
  let damage: Damage | undefined
  for (const segment of segments) {
    const bytes = await folder.read(segment.file)
    if (damage !== undefined) {
      // Damage was found before: this segment matters only for what it proves.
      damage = { ...damage, isProvenDurable: damage.isProvenDurable || proves(bytes, segment, damage.sequence) }
      continue
    }
    const end = scanSegment(bytes, segment.salt, next, (record, offset) => {
      if (offset === 0) demandIdentity(folder, record, identity)
    })
    // A file without its first record is the trace of a crash while it was being created.
    const isEmpty = bytes.length === 0
    if (end.offset < bytes.length || isEmpty) {
      damage = {
        segment,
        offset: end.offset,
        sequence: end.lastSequence + 1,
        isProvenDurable: end.proof !== undefined,
      }
    }
    next = end.lastSequence + 1
  }
  return { segments, lastSequence: (next ?? 1) - 1, damage }
}

function proves(bytes: Uint8Array, segment: Segment, sequence: number): boolean {
  let isProof = false
  const look = (record: WalRecord): void => {
    if (record.durableSequence >= sequence) isProof = true
  }
  const end = scanSegment(bytes, segment.salt, undefined, look)
  return isProof || (end.proof !== undefined && end.proof.durableSequence >= sequence)
}

async function cutTail(folder: LogFolder, segments: readonly Segment[], damage: Damage): Promise<TornTail> {
  const later = segments.filter((one) => one.number > damage.segment.number)
  const length = (await folder.read(damage.segment.file)).length
  // Newest first: a crash in between leaves the damage where it is, never a gap behind it.
  for (const segment of later.reverse()) await folder.remove(segment.file)
  if (damage.offset === 0) await folder.remove(damage.segment.file)
  else await folder.truncate(damage.segment.file, damage.offset)
  return { file: damage.segment.file, offset: damage.offset, bytes: length - damage.offset }
}

async function* readRecords(folder: LogFolder, segments: readonly { file: string; number: number }[]) {
  for (const segment of (await listSegments(folder)).filter((one) => segments.some((kept) => kept.file === one.file))) {
    const found: RecoveredRecord[] = []
    scanSegment(await folder.read(segment.file), segment.salt, undefined, ({ type, payload }) => {
      if (type !== SEGMENT_RECORD) found.push({ type, payload, segment: segment.number })
    })
    yield* found
  }
}

function demandIdentity(folder: LogFolder, record: WalRecord, expected: LogIdentity): void {
  const found = tryHeader(record.payload)
  const isSame =
    found !== undefined &&
    found.purpose === expected.purpose &&
    found.chainId === expected.chainId &&
    found.genesisHash === expected.genesisHash
  if (!isSame) {
    throw failed({
      code: 'WAL_OF_ANOTHER_CHAIN',
      folder: folder.name,
      found: found === undefined ? 'an unknown format' : describeIdentity(found),
      expected: describeIdentity(expected),
    })
  }
}

function tryHeader(payload: Uint8Array): LogIdentity | undefined {
  try {
    return readSegmentHeader(payload)
  } catch (thrown) {
    if (thrown instanceof DecodeError) return undefined
    throw thrown
  }
}

function describeIdentity(identity: LogIdentity): string {
  return `${identity.purpose} of chain ${identity.chainId} with genesis ${identity.genesisHash}`
}

function corrupt(folder: LogFolder, damage: Damage): WalFailure {
  const { segment, offset, sequence } = damage
  return { code: 'WAL_CORRUPT', folder: folder.name, file: segment.file, offset, sequence }
}

function failed(failure: WalFailure): WalError {
  return new WalError(failure, describeWalFailure(failure))
}
