/**
 * The 2048-bit log bloom of receipts and headers (Yellow Paper, section 4.3.1).
 */

import { keccak256 } from '../crypto/keccak.ts'
import { hexToBytes } from '../lib/bytes.ts'
import { MAX_BLOOM_POSITIONS } from '../lib/limits.ts'
import type { Log } from './receipt.ts'

export const BLOOM_BYTES = 256

/** Positions of addresses and topics seen lately: a block repeats the same contracts, events and zeros in most of its logs. */
const known = new Map<string, number>()
/** Three positions in one number. */
const POSITIONS = 2_048

/** The bloom of `logs`: every address and topic sets three bits. */
export function bloomOf(logs: readonly Log[]): Uint8Array {
  const bloom = new Uint8Array(BLOOM_BYTES)
  for (const log of logs) {
    addToBloom(bloom, log.address)
    for (const topic of log.topics) addToBloom(bloom, topic)
  }
  return bloom
}

/** Sets in `bloom` every bit of `other`. */
export function mergeBloom(bloom: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < BLOOM_BYTES; i++) bloom[i] = (bloom[i] as number) | (other[i] as number)
}

/** False when `item` (an address or a topic) is certainly not in what `bloom` was made of. */
export function bloomMayContain(bloom: Uint8Array, item: Uint8Array): boolean {
  return bitsOf(item).every((bit) => ((bloom[byteOf(bit)] as number) & (1 << (bit & 7))) !== 0)
}

function addToBloom(bloom: Uint8Array, item: string): void {
  let rest = known.get(item) ?? remember(item)
  for (let i = 0; i < 3; i++) {
    const bit = rest % POSITIONS
    bloom[byteOf(bit)] = (bloom[byteOf(bit)] as number) | (1 << (bit & 7))
    rest = Math.floor(rest / POSITIONS)
  }
}

function remember(item: string): number {
  if (known.size >= MAX_BLOOM_POSITIONS) known.clear()
  const packed = bitsOf(hexToBytes(item)).reduce((sum, bit) => sum * POSITIONS + bit, 0)
  known.set(item, packed)
  return packed
}

/** Three bit positions, each from two bytes of the hash modulo 2048. */
function bitsOf(item: Uint8Array): readonly number[] {
  const hash = keccak256(item)
  return [0, 2, 4].map((at) => (((hash[at] as number) << 8) | (hash[at + 1] as number)) & 2047)
}

function byteOf(bit: number): number {
  return BLOOM_BYTES - 1 - (bit >> 3)
}
