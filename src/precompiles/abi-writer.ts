/**
 * Writes ABI encodings into an array of the size that was computed before. Every log of a block passes through here, so
 * words are written without text and without a view for each.
 */

import { assert } from '../lib/assert.ts'

/** Four 64-bit words and their bytes, least significant first as every platform of Node has them. */
const words = new BigUint64Array(4)
const wordBytes = new Uint8Array(words.buffer)
const WORD_LIMITS: ReadonlyMap<number, bigint> = new Map(
  [8, 16, 32, 64, 128, 256].map((bits) => [bits, 1n << BigInt(bits)]),
)
const ONE_WORD = 1n << 64n
const TWO_WORDS = 1n << 128n

/** The value of every hexadecimal digit by its character code. */
const DIGITS = new Uint8Array(103)
for (let i = 0; i < 16; i++) DIGITS[i.toString(16).charCodeAt(0)] = i

export class AbiWriter {
  /** Where the next dynamic value goes; whoever writes one moves it behind the value. */
  end = 0
  /** All that was written, and zeros. */
  readonly bytes: Uint8Array

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
  }

  /** An integer in the 32 bytes at `at`. */
  uint(at: number, value: bigint, bits: number): void {
    const limit = WORD_LIMITS.get(bits)
    assert(limit !== undefined && value >= 0n && value < limit, `the integer fits ${bits} bits`)
    words[0] = value
    if (value >= ONE_WORD) words[1] = value >> 64n
    if (value >= TWO_WORDS) {
      words[2] = value >> 128n
      words[3] = value >> 192n
    }
    this.copyWords(at, value < ONE_WORD ? 1 : value < TWO_WORDS ? 2 : 4)
  }

  /** Lower-case hexadecimal text of `count` bytes, its first byte at `at`. */
  hex(at: number, text: string, count: number): void {
    assert(text.length === 2 + 2 * count, `the value has ${count} bytes`)
    const { bytes } = this
    for (let i = 0; i < count; i++) {
      const high = DIGITS[text.charCodeAt(2 + 2 * i)] as number
      bytes[at + i] = (high << 4) | (DIGITS[text.charCodeAt(3 + 2 * i)] as number)
    }
  }

  raw(at: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, at)
  }

  /** The offset from `base` to where the next dynamic value goes. */
  offset(at: number, base: number): void {
    this.uint(at, BigInt(this.end - base), 64)
  }

  /** The least significant `count` scratch words, big-endian, at the end of the word at `at`. */
  private copyWords(at: number, count: number): void {
    const { bytes } = this
    for (let i = 0, to = at + 31; i < 8 * count; i++, to--) bytes[to] = wordBytes[i] as number
  }
}
