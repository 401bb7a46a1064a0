/**
 * Recursive Length Prefix, Ethereum's encoding (Yellow Paper, appendix B), strict: each value has exactly one encoding and
 * the decoder refuses every other. Failures are DecodeError only; nesting is bounded.
 */

import { bigintToBytes, bytesToBigint } from '../lib/bytes.ts'
import { DecodeError } from './codec.ts'

/** What RLP encodes: byte strings and lists of such values. */
export type RlpItem = Uint8Array | readonly RlpItem[]

const MAX_DEPTH = 16
const EMPTY = new Uint8Array(0)

/** Encodes a byte string or a nested list. */
export function encodeRlp(item: RlpItem): Uint8Array {
  const out = new Uint8Array(encodedLength(item))
  write(item, out, 0)
  return out
}

/** Wraps parts that are already RLP into a list. */
export function encodeRlpListOf(encodedParts: readonly Uint8Array[]): Uint8Array {
  let payload = 0
  for (const part of encodedParts) payload += part.length
  const header = headerLength(payload)
  const out = new Uint8Array(header + payload)
  let offset = writeHeader(out, 0, payload, 0xc0)
  for (const part of encodedParts) {
    out.set(part, offset)
    offset += part.length
  }
  return out
}

/** Decodes exactly one value; trailing bytes are refused. Byte strings are views of `bytes`. */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  const { item, end } = read(bytes, 0, bytes.length, 0)
  if (end !== bytes.length) throw new DecodeError(`rlp: ${bytes.length - end} bytes follow the value`)
  return item
}

/** Decodes a list and demands that it is one. */
export function decodeRlpList(bytes: Uint8Array, what: string): readonly RlpItem[] {
  return rlpList(decodeRlp(bytes), what)
}

/** Narrows to a list. */
export function rlpList(item: RlpItem | undefined, what: string): readonly RlpItem[] {
  if (item === undefined || item instanceof Uint8Array) throw new DecodeError(`${what}: expected a list`)
  return item
}

/** Narrows to a byte string of at most `maxLength` bytes. */
export function rlpBytes(item: RlpItem | undefined, what: string, maxLength = Number.MAX_SAFE_INTEGER): Uint8Array {
  if (!(item instanceof Uint8Array)) throw new DecodeError(`${what}: expected a byte string`)
  if (item.length > maxLength) throw new DecodeError(`${what}: ${item.length} bytes, at most ${maxLength} are allowed`)
  return item
}

/** Narrows to a byte string of exactly `length` bytes. */
export function rlpFixed(item: RlpItem | undefined, what: string, length: number): Uint8Array {
  const bytes = rlpBytes(item, what)
  if (bytes.length !== length) throw new DecodeError(`${what}: expected ${length} bytes, got ${bytes.length}`)
  return bytes
}

/** An unsigned integer of at most `maxBytes` bytes without leading zeros. */
export function rlpBigint(item: RlpItem | undefined, what: string, maxBytes = 32): bigint {
  const bytes = rlpBytes(item, what, maxBytes)
  if (bytes[0] === 0) throw new DecodeError(`${what}: integer with leading zeros`)
  // Six bytes fit a double; that path is ten times faster than parsing hexadecimal text.
  return bytes.length <= 6 ? BigInt(smallInteger(bytes)) : bytesToBigint(bytes)
}

/** An unsigned integer that fits a double exactly. */
export function rlpNumber(item: RlpItem | undefined, what: string): number {
  const value = rlpBigint(item, what, 8)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new DecodeError(`${what}: integer ${value} is beyond 2^53 - 1`)
  return Number(value)
}

/** An integer as RLP wants it: minimal big-endian bytes, zero empty. */
export function rlpInteger(value: bigint | number): Uint8Array {
  if (typeof value === 'bigint') return value === 0n ? EMPTY : bigintToBytes(value)
  if (value === 0) return EMPTY
  if (value < 256) return Uint8Array.of(value)
  return bigintToBytes(BigInt(value))
}

function smallInteger(bytes: Uint8Array): number {
  let value = 0
  for (const byte of bytes) value = value * 256 + byte
  return value
}

function headerLength(payload: number): number {
  if (payload < 56) return 1
  if (payload < 0x100) return 2
  if (payload < 0x10000) return 3
  return payload < 0x1000000 ? 4 : 5
}

function payloadLength(items: readonly RlpItem[]): number {
  let payload = 0
  for (const item of items) payload += encodedLength(item)
  return payload
}

function encodedLength(item: RlpItem): number {
  if (item instanceof Uint8Array) {
    return item.length === 1 && (item[0] as number) < 0x80 ? 1 : headerLength(item.length) + item.length
  }
  const payload = payloadLength(item)
  return headerLength(payload) + payload
}

function writeHeader(out: Uint8Array, at: number, payload: number, base: number): number {
  if (payload < 56) {
    out[at] = base + payload
    return at + 1
  }
  const lengthBytes = headerLength(payload) - 1
  out[at] = base + 55 + lengthBytes
  for (let i = lengthBytes, rest = payload; i > 0; i--) {
    out[at + i] = rest & 0xff
    rest = Math.floor(rest / 256)
  }
  return at + 1 + lengthBytes
}

function write(item: RlpItem, out: Uint8Array, at: number): number {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && (item[0] as number) < 0x80) {
      out[at] = item[0] as number
      return at + 1
    }
    const start = writeHeader(out, at, item.length, 0x80)
    out.set(item, start)
    return start + item.length
  }
  let offset = writeHeader(out, at, payloadLength(item), 0xc0)
  for (const child of item) offset = write(child, out, offset)
  return offset
}

function readLength(bytes: Uint8Array, at: number, count: number, limit: number): number {
  if (at + count > limit) throw new DecodeError('rlp: length runs past the end')
  if (count > 4) throw new DecodeError('rlp: length of more than four bytes')
  if (bytes[at] === 0) throw new DecodeError('rlp: length with leading zeros')
  let length = 0
  for (let i = 0; i < count; i++) length = length * 256 + (bytes[at + i] as number)
  if (length < 56) throw new DecodeError('rlp: long form for a short value')
  return length
}

function read(bytes: Uint8Array, at: number, limit: number, depth: number): { item: RlpItem; end: number } {
  if (at >= limit) throw new DecodeError('rlp: value is missing')
  const prefix = bytes[at] as number
  if (prefix < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 }
  const isList = prefix >= 0xc0
  const short = prefix - (isList ? 0xc0 : 0x80)
  const lengthBytes = short < 56 ? 0 : short - 55
  const length = lengthBytes === 0 ? short : readLength(bytes, at + 1, lengthBytes, limit)
  const start = at + 1 + lengthBytes
  const end = start + length
  if (end > limit) throw new DecodeError('rlp: value runs past the end')
  if (!isList) {
    if (length === 1 && (bytes[start] as number) < 0x80) throw new DecodeError('rlp: long form for a single byte')
    return { item: bytes.subarray(start, end), end }
  }
  if (depth >= MAX_DEPTH) throw new DecodeError(`rlp: nested deeper than ${MAX_DEPTH}`)
  const items: RlpItem[] = []
  for (let next = start; next < end; ) {
    const child = read(bytes, next, end, depth + 1)
    items.push(child.item)
    next = child.end
  }
  return { item: items, end }
}
