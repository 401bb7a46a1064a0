/**
 * When a flat value was written, so that past states can be found.
 *
 * Every account and slot is stored with the height of the block that wrote it, the number of that write (1 for the first),
 * and the heights of some earlier writes: those whose numbers are this one with its lowest bits cleared one after another, as
 * in a Fenwick tree. A block's change set holds the record before the block. From the newest record one jumps to the change
 * set of the earliest listed height above the height asked for; each jump halves the distance, so a value of 65,536 writes
 * ago is some sixteen reads away, and writing needs no read at all.
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

const IS_REMOVED = 1
const IS_FIRST = 2

/** The record of writing `value` at `height` over `previous`; heights below `oldest` are no longer needed. */
export function nextVersion(
  previous: VersionedValue | undefined,
  height: number,
  value: Uint8Array | undefined,
  oldest: number,
): VersionedValue {
  if (previous === undefined) return { height, count: 1, earlier: [], value }
  const count = previous.count + 1
  // With t trailing ones in the old number, the new one is the old one's t-th predecessor plus a power of two.
  let trailing = 0
  while (((previous.count >>> trailing) & 1) === 1) trailing++
  const heights = [previous.height, ...previous.earlier].slice(trailing)
  return { height, count, earlier: heights.filter((earlier) => earlier >= oldest), value }
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

/** Flags u8, height u32, then unless it is the first write: count u32, number of heights u8, heights u32; then the value. */
export function encodeVersioned(record: VersionedValue): Uint8Array {
  const isFirst = record.count === 1
  const valueStart = isFirst ? 5 : 10 + 4 * record.earlier.length
  const bytes = new Uint8Array(valueStart + (record.value?.length ?? 0))
  bytes[0] = (record.value === undefined ? IS_REMOVED : 0) | (isFirst ? IS_FIRST : 0)
  writeU32(bytes, 1, record.height)
  if (!isFirst) {
    writeU32(bytes, 5, record.count)
    bytes[9] = record.earlier.length
    record.earlier.forEach((height, i) => {
      writeU32(bytes, 10 + 4 * i, height)
    })
  }
  if (record.value !== undefined) bytes.set(record.value, valueStart)
  return bytes
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
