/**
 * Blooms of logs, with positions remembered or not, are those of the definition.
 */

import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hexToBytes } from '../../src/lib/bytes.ts'
import { MAX_BLOOM_POSITIONS } from '../../src/lib/limits.ts'
import { BLOOM_BYTES, bloomMayContain, bloomOf } from '../../src/types/bloom.ts'
import { addressFromBigint, hashFromBigint } from '../../src/types/primitives.ts'
import type { Log } from '../../src/types/receipt.ts'

/** As the Yellow Paper words it: three pairs of bytes, each modulo 2048, counted from the least significant bit. */
function referenceBloom(logs: readonly Log[]): Uint8Array {
  let bits = 0n
  for (const item of logs.flatMap((log) => [log.address, ...log.topics])) {
    const hash = keccak_256(hexToBytes(item))
    for (const at of [0, 2, 4]) {
      bits |= 1n << BigInt((((hash[at] as number) << 8) | (hash[at + 1] as number)) % 2_048)
    }
  }
  return new Uint8Array(Buffer.from(bits.toString(16).padStart(2 * BLOOM_BYTES, '0'), 'hex'))
}

const logs = fc.array(
  fc
    .tuple(fc.bigInt({ min: 0n, max: 2n ** 160n - 1n }), fc.array(fc.bigInt({ min: 0n, max: 40n }), { maxLength: 4 }))
    .map(([address, topics]): Log => {
      return { address: addressFromBigint(address), topics: topics.map(hashFromBigint), data: new Uint8Array(0) }
    }),
  { maxLength: 8 },
)

describe('the bloom of logs', () => {
  it('is that of the definition, the first time and again', () => {
    fc.assert(
      fc.property(logs, (list) => {
        const expected = referenceBloom(list)
        expect(bloomOf(list)).toEqual(expected)
        expect(bloomOf(list)).toEqual(expected)
        for (const { address } of list) expect(bloomMayContain(expected, hexToBytes(address))).toBe(true)
      }),
    )
  })

  it('stays right when more items were seen than are remembered', () => {
    const logOf = (i: number): Log => ({ address: addressFromBigint(BigInt(i)), topics: [], data: new Uint8Array(0) })
    const first = bloomOf([logOf(0)])
    for (let i = 1; i <= MAX_BLOOM_POSITIONS + 1; i++) bloomOf([logOf(i)])
    expect(bloomOf([logOf(0)])).toEqual(first)
    expect(first).toEqual(referenceBloom([logOf(0)]))
  })
})
