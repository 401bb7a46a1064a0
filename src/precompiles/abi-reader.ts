/**
 * Reads ABI-encoded bytes strictly: every offset is the one that the encoder writes, every length fits, every bit of padding
 * is zero. So decoding is linear in the input, and one value has one encoding. Bytes after the last value are not looked at:
 * wallets append tags there.
 */

import type { Address, Hash } from '../types/primitives.ts'

/** Thrown for input that is no encoding of the types asked for; `position` is the byte at fault. */
export class AbiFault extends Error {
  override readonly name = 'AbiFault'
  readonly position: number

  constructor(position: number) {
    super(`no valid encoding at byte ${position}`)
    this.position = position
  }
}

/** Thrown for a list with more items than its type allows. */
export class AbiListTooLong extends Error {
  override readonly name = 'AbiListTooLong'
  readonly length: bigint
  readonly maxLength: number

  constructor(length: bigint, maxLength: number) {
    super(`a list of ${length} items where at most ${maxLength} are allowed`)
    this.length = length
    this.maxLength = maxLength
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class AbiReader {
  /** Where the next dynamic value must start; every dynamic value moves it behind itself. */
  end = 0
  private readonly bytes: Uint8Array
  private readonly view: DataView
  /** The same bytes as Node reads text from; made when first needed. */
  private buffer: Buffer | undefined

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** Refuses when fewer than `count` bytes are left at `at`. */
  need(at: number, count: number): void {
    if (at + count > this.bytes.length) throw new AbiFault(this.bytes.length)
  }

  /** An unsigned integer of `bits` bits. */
  uint(at: number, bits: number): bigint {
    this.need(at, 32)
    if (bits <= 64) {
      this.zeros(at, 24)
      const value = this.view.getBigUint64(at + 24)
      if (bits < 64 && value >> BigInt(bits) !== 0n) throw new AbiFault(at)
      return value
    }
    this.zeros(at, 32 - bits / 8)
    const low = (this.view.getBigUint64(at + 16) << 64n) | this.view.getBigUint64(at + 24)
    if (bits <= 128) return low
    return (((this.view.getBigUint64(at) << 64n) | this.view.getBigUint64(at + 8)) << 128n) | low
  }

  bool(at: number): boolean {
    this.need(at, 32)
    this.zeros(at, 31)
    const value = this.bytes[at + 31] as number
    if (value > 1) throw new AbiFault(at + 31)
    return value === 1
  }

  address(at: number): Address {
    this.need(at, 32)
    this.zeros(at, 12)
    return `0x${this.hexText(at + 12, at + 32)}` as Address
  }

  hash(at: number): Hash {
    this.need(at, 32)
    return `0x${this.hexText(at, at + 32)}` as Hash
  }

  /** The first `count` bytes of a word as text; the rest is padding. */
  fixedBytes(at: number, count: number): `0x${string}` {
    this.need(at, 32)
    this.zeros(at + count, 32 - count)
    return `0x${this.hexText(at, at + count)}`
  }

  /** A count of bytes or items; one beyond any input is refused as too long by who asked. */
  length(at: number): bigint {
    return this.uint(at, 256)
  }

  /** Bytes with their length before and zeros behind, in an array of their own. */
  dynamicBytes(at: number): Uint8Array {
    const length = this.length(at)
    if (length > BigInt(this.bytes.length)) throw new AbiFault(at)
    const count = Number(length)
    const padded = Math.ceil(count / 32) * 32
    this.need(at + 32, padded)
    this.zeros(at + 32 + count, padded - count)
    this.end = at + 32 + padded
    return new Uint8Array(this.bytes.subarray(at + 32, at + 32 + count))
  }

  text(at: number): string {
    const bytes = this.dynamicBytes(at)
    try {
      return UTF8.decode(bytes)
    } catch {
      throw new AbiFault(at)
    }
  }

  /** Refuses an offset other than to where the values before it end. */
  offset(at: number, base: number): void {
    if (this.uint(at, 256) !== BigInt(this.end - base)) throw new AbiFault(at)
  }

  private hexText(from: number, to: number): string {
    const { bytes } = this
    this.buffer ??= Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    return this.buffer.toString('hex', from, to)
  }

  private zeros(from: number, count: number): void {
    const { bytes } = this
    for (let i = from; i < from + count; i++) if (bytes[i] !== 0) throw new AbiFault(i)
  }
}
