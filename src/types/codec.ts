/**
 * The node's own fixed binary codec, used on the wire and in the write-ahead log: big-endian integers, byte strings and
 * lists with a length prefix and a bound. Reading never allocates more than the bound and fails only with DecodeError.
 */

import { hexToBytes } from '../lib/bytes.ts'
import { type Address, addressFromBytes, type Hash, hashFromBytes } from './primitives.ts'

/** The bytes are not an encoding of what was expected. Always the sender's fault. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

/** Appends fields to a growing buffer. */
export class Writer {
  private buffer: Uint8Array
  private view: DataView
  private length = 0

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity)
    this.view = new DataView(this.buffer.buffer)
  }

  private reserve(count: number): number {
    const start = this.length
    const needed = start + count
    if (needed > this.buffer.length) {
      const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2))
      grown.set(this.buffer.subarray(0, start))
      this.buffer = grown
      this.view = new DataView(grown.buffer)
    }
    this.length = needed
    return start
  }

  u8(value: number): this {
    const at = this.reserve(1)
    this.view.setUint8(at, value)
    return this
  }

  u16(value: number): this {
    const at = this.reserve(2)
    this.view.setUint16(at, value)
    return this
  }

  u32(value: number): this {
    const at = this.reserve(4)
    this.view.setUint32(at, value)
    return this
  }

  /** A safe, non-negative integer in eight bytes. */
  u64(value: number): this {
    const at = this.reserve(8)
    this.view.setBigUint64(at, BigInt(value))
    return this
  }

  /** Bytes whose length both sides know. */
  fixed(bytes: Uint8Array): this {
    const at = this.reserve(bytes.length)
    this.buffer.set(bytes, at)
    return this
  }

  hash(hash: Hash): this {
    return this.fixed(hexToBytes(hash))
  }

  address(address: Address): this {
    return this.fixed(hexToBytes(address))
  }

  /** Bytes with a four-byte length before them. */
  bytes(bytes: Uint8Array): this {
    return this.u32(bytes.length).fixed(bytes)
  }

  /** UTF-8 text with a four-byte length before it. */
  text(text: string): this {
    return this.bytes(new TextEncoder().encode(text))
  }

  /** A list with a four-byte count before it. */
  list<T>(items: readonly T[], write: (writer: Writer, item: T) => void): this {
    this.u32(items.length)
    for (const item of items) write(this, item)
    return this
  }

  /** What was written, in an array of its own. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length)
  }
}

/** Takes fields from a buffer in the order they were written. */
export class Reader {
  private readonly buffer: Uint8Array
  private readonly view: DataView
  private offset = 0

  constructor(buffer: Uint8Array) {
    // A Buffer's slice is a view of its parent; a plain array's is the copy that `fixed` promises.
    this.buffer = Buffer.isBuffer(buffer) ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length) : buffer
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  }

  get remaining(): number {
    return this.buffer.length - this.offset
  }

  private take(count: number): number {
    if (count > this.remaining) throw new DecodeError(`expected ${count} more bytes, ${this.remaining} are left`)
    const at = this.offset
    this.offset += count
    return at
  }

  u8(): number {
    return this.view.getUint8(this.take(1))
  }

  u16(): number {
    return this.view.getUint16(this.take(2))
  }

  u32(): number {
    return this.view.getUint32(this.take(4))
  }

  u64(): number {
    const value = this.view.getBigUint64(this.take(8))
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new DecodeError(`integer ${value} is beyond 2^53 - 1`)
    return Number(value)
  }

  /** A copy of the next `length` bytes. */
  fixed(length: number): Uint8Array {
    const at = this.take(length)
    return this.buffer.slice(at, at + length)
  }

  hash(): Hash {
    return hashFromBytes(this.fixed(32))
  }

  address(): Address {
    return addressFromBytes(this.fixed(20))
  }

  /** Length-prefixed bytes of at most `maxLength`. */
  bytes(maxLength: number): Uint8Array {
    const length = this.u32()
    if (length > maxLength) throw new DecodeError(`byte string of ${length} bytes is over the limit of ${maxLength}`)
    return this.fixed(length)
  }

  /** Length-prefixed UTF-8 text of at most `maxLength` bytes. */
  text(maxLength: number): string {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes(maxLength))
    } catch (thrown) {
      if (thrown instanceof DecodeError) throw thrown
      throw new DecodeError('text is not UTF-8')
    }
  }

  /** A list of at most `maxCount` items. */
  list<T>(maxCount: number, read: (reader: Reader) => T): T[] {
    const count = this.u32()
    if (count > maxCount) throw new DecodeError(`list of ${count} items is over the limit of ${maxCount}`)
    const items: T[] = []
    for (let i = 0; i < count; i++) items.push(read(this))
    return items
  }

  /** Demands that nothing is left: an encoding is exact. */
  end(): void {
    if (this.remaining !== 0) throw new DecodeError(`${this.remaining} bytes follow the end of the message`)
  }
}

/** Decodes one whole value; trailing bytes are refused. */
export function decodeExactly<T>(bytes: Uint8Array, read: (reader: Reader) => T): T {
  const reader = new Reader(bytes)
  const value = read(reader)
  reader.end()
  return value
}
