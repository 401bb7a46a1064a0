/**
 * The quick decoder answers only for canonical bytes, and with what they say.
 */

import { describe, expect, it } from 'vitest'
import { Prng } from '../../src/lib/prng.ts'
import { decodePlainTransaction } from '../../src/types/plain-transaction.ts'
import type { Address } from '../../src/types/primitives.ts'
import { decodeTransaction, encodeTransaction, signTransaction } from '../../src/types/transaction-codec.ts'

const SEED = 7

describe('a plain transaction', () => {
  const prng = new Prng(SEED)
  const signed = Array.from({ length: 40 }, (_, at) =>
    signTransaction(
      {
        type: 2,
        chainId: 534_100n,
        nonce: BigInt(at * 7),
        gasPrice: undefined,
        maxPriorityFeePerGas: BigInt(at % 3),
        maxFeePerGas: 10n ** BigInt(at % 20),
        gasLimit: 21_000n + BigInt(at),
        to: `0x${'4a'.repeat(20)}` as Address,
        value: 3n ** BigInt(at * 2),
        data: new Uint8Array(at < 20 ? 0 : at * 2).fill(at),
        accessList: [],
        authorizationList: [],
      },
      new Uint8Array(32).fill(at + 1),
    ),
  )

  it('is read as it was signed', () => {
    for (const { raw, transaction } of signed) {
      expect(decodeTransaction(raw)).toEqual(transaction)
      if (transaction.data.length < 56) expect(decodePlainTransaction(raw)).toEqual(transaction)
    }
  })

  it(`is its only encoding, whatever byte is changed, cut or added (seed ${SEED})`, () => {
    for (let round = 0; round < 20_000; round++) {
      const { raw } = signed[prng.below(signed.length)] as (typeof signed)[number]
      const length = prng.below(10) === 0 ? prng.below(raw.length + 3) : raw.length
      const bytes = new Uint8Array(length)
      bytes.set(raw.subarray(0, length))
      if (length > 1) bytes[1 + prng.below(length - 1)] = prng.below(256)
      if (bytes[0] !== 2) continue
      const plain = decodePlainTransaction(bytes)
      if (plain !== undefined) expect(encodeTransaction(plain)).toEqual(bytes)
    }
  })
})
