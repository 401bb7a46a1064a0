/**
 * Writes ABI encodings into a buffer of the size that was computed before.
 */

import { assert } from '../lib/assert.ts'

const LOW = (1n << 64n) - 1n

export class AbiWriter {
  /** Where the next dynamic value goes; whoever writes one moves it behind the value. */
  end = 0
  private readonly bytes: Buffer

  constructor(size: number) {
    this.bytes = Buffer.alloc(size)
  }

  uint(at: number, value: bigint, bits: number): void {
    assert(value >= 0n && value >> BigInt(bits) === 0n, `the integer fits ${bits} bits`)
    const { bytes } = this
    bytes.writeBigUInt64BE(value & LOW, at + 24)
    if (value <= LOW) return
    bytes.writeBigUInt64BE((value >> 64n) & LOW, at + 16)
    bytes.writeBigUInt64BE((value >> 128n) & LOW, at + 8)
    bytes.writeBigUInt64BE(value >> 192n, at)
  }

  /** Hexadecimal text of `count` bytes, its first byte at `at`. */
  hex(at: number, text: string, count: number): void {
    assert(text.length === 2 + 2 * count, `the value has ${count} bytes`)
    this.bytes.write(text.slice(2), at, count, 'hex')
  }

  raw(at: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, at)
  }

  /** The offset from `base` to where the next dynamic value goes. */
  offset(at: number, base: number): void {
    this.bytes.writeUInt32BE(this.end - base, at + 28)
  }

  /** All that was written. */
  finish(): Uint8Array {
    const { buffer, byteOffset, length } = this.bytes
    return new Uint8Array(buffer, byteOffset, length)
  }
}
