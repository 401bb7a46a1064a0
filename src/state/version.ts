/**
 * When a flat value was written, so that past states can be found.
 *
 * Every account and slot is stored with the height of the block that wrote it, the number of that write (1 for the first),
 * and the heights of some earlier writes: those whose numbers are this one with its lowest bits cleared one after another, as
 * in a Fenwick tree. A block's change set holds the record before the block. From the newest record one jumps to the change
 * set of the earliest listed height above the height asked for; each jump halves the distance, so a value of 65,536 writes
 * ago is some sixteen reads away, and writing needs no read at all.
 *
 * Layout: flags u8, height u32, then unless it is the first write: count u32, number of heights u8, heights u32; the value.
 */

/** The record of an account or slot: its value, absent after removal, and its writes. */
export type VersionedValue = {
  /** Height of the block that wrote it. */
  readonly height: number
  /** How many writes there were, this one included. */
  readonly count: number
  /** Heights of earlier writes, newest first, as above. */
  readonly earlier: readonly number[]
  readonly value: Uint8Array | undefined
}

/** A new record for the caches and for the database; the bytes are a view that the next record overwrites. */
export type NextRecord = { readonly text: string; readonly bytes: Uint8Array }

/** Longer than any record: 32 heights and an account. */
const scratch = Buffer.alloc(512)
/** Views of the scratch by length. */
const views: Uint8Array[] = []
const IS_REMOVED = 1
const IS_FIRST = 2

/**
 * The record of writing `value` (undefined removes) at `height` over the record `before`; writes below `oldest` are no longer
 * looked up. A record is text of one character a byte, as the caches hold it, and is not decoded here: this runs for each
 * account and slot of a block.
 */
export function encodeNext(
  before: string | undefined,
  height: number,
  oldest: number,
  value: Uint8Array | undefined,
): NextRecord {
  const removed = value === undefined ? IS_REMOVED : 0
  writeU32(scratch, 1, height)
  if (before === undefined) {
    scratch[0] = removed | IS_FIRST
    return finish(5, value)
  }
  scratch[0] = removed
  const isSecond = (before.charCodeAt(0) & IS_FIRST) !== 0
  const count = isSecond ? 1 : u32At(before, 5)
  // With t trailing ones in the old number, the new one is the old one's t-th predecessor plus a power of two.
  const skipped = trailingOnes(count)
  // The heights of the old record, itself first; they fall, so those below `oldest` are the last.
  const known = isSecond ? 1 : 1 + before.charCodeAt(9)
  let end = known
  while (end > skipped && heightAt(before, end - 1) < oldest) end--
  const kept = Math.max(0, end - skipped)
  writeU32(scratch, 5, count + 1)
  scratch[9] = kept
  for (let i = 0; i < kept; i++) writeU32(scratch, 10 + 4 * i, heightAt(before, skipped + i))
  return finish(10 + 4 * kept, value)
}

/** The height whose change set leads from `record` to the value at `height`; `record` is younger than that. */
export function nextJump(record: VersionedValue, height: number): number {
  let jump = record.height
  for (const earlier of record.earlier) {
    if (earlier <= height) break
    jump = earlier
  }
  return jump
}

/** Reads a record; the value is a view. */
export function decodeVersioned(bytes: Uint8Array): VersionedValue {
  const flags = bytes[0] as number
  const isFirst = (flags & IS_FIRST) !== 0
  const heights = isFirst ? 0 : (bytes[9] as number)
  const earlier: number[] = []
  for (let i = 0; i < heights; i++) earlier.push(readU32(bytes, 10 + 4 * i))
  return {
    height: readU32(bytes, 1),
    count: isFirst ? 1 : readU32(bytes, 5),
    earlier,
    value: (flags & IS_REMOVED) === 0 ? bytes.subarray(isFirst ? 5 : 10 + 4 * heights) : undefined,
  }
}

function finish(valueStart: number, value: Uint8Array | undefined): NextRecord {
  if (value !== undefined) scratch.set(value, valueStart)
  const end = valueStart + (value?.length ?? 0)
  const bytes = views[end] ?? scratch.subarray(0, end)
  views[end] = bytes
  return { text: scratch.toString('latin1', 0, end), bytes }
}

/** The height of the record itself (0) or of the earlier writes it lists (from 1). */
function heightAt(record: string, index: number): number {
  return u32At(record, index === 0 ? 1 : 6 + 4 * index)
}

function u32At(record: string, at: number): number {
  const high = (record.charCodeAt(at) << 24) | (record.charCodeAt(at + 1) << 16)
  return (high | (record.charCodeAt(at + 2) << 8) | record.charCodeAt(at + 3)) >>> 0
}

function trailingOnes(value: number): number {
  return 31 - Math.clz32(~value & (value + 1))
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

function readU32(bytes: Uint8Array, at: number): number {
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]] as [number, number, number, number]
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}
