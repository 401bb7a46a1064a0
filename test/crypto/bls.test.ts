import { describe, expect, it } from 'vitest'
import {
  aggregateSignatures,
  BlsSecretKey,
  isBlsPublicKey,
  verifyAggregate,
  verifyAggregates,
  verifyPossession,
  verifySignature,
} from '../../src/crypto/bls.ts'
import { nativeBls } from '../../src/crypto/bls-native.ts'
import { referenceBls } from '../../src/crypto/bls-reference.ts'
import { present } from '../../src/lib/assert.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import { Prng } from '../../src/lib/prng.ts'

const bytes = (seed: number, length = 32): Uint8Array => {
  const prng = new Prng(seed)
  return Uint8Array.from({ length }, () => prng.below(256))
}
const keyOf = (seed: number): BlsSecretKey => BlsSecretKey.generate(bytes(seed))
const message = new TextEncoder().encode('view 7')
const infinitySignature = Uint8Array.from({ length: 96 }, (_, i) => (i === 0 ? 0xc0 : 0))
const infinityKey = `0xc0${'00'.repeat(47)}` as const

describe('BLS signatures', () => {
  it('verify under the signer only, over the message only', () => {
    const [alice, bob] = [keyOf(1), keyOf(2)]
    const signature = alice.sign(message)
    expect(verifySignature(alice.publicKey, message, signature)).toBe(true)
    expect(verifySignature(bob.publicKey, message, signature)).toBe(false)
    expect(verifySignature(alice.publicKey, bytes(3), signature)).toBe(false)
  })

  it('are false, not an exception, for bytes that are no points', () => {
    const alice = keyOf(1)
    for (const junk of [new Uint8Array(0), new Uint8Array(96), bytes(4, 96), bytes(5, 95), infinitySignature]) {
      expect(verifySignature(alice.publicKey, message, junk)).toBe(false)
      expect(aggregateSignatures([alice.sign(message), junk]) === undefined || junk === infinitySignature).toBe(true)
    }
    for (const key of [infinityKey, `0x${'11'.repeat(48)}`, '0x', '0x1234'] as const) {
      expect(isBlsPublicKey(key)).toBe(false)
      expect(verifySignature(key, message, alice.sign(message))).toBe(false)
    }
  })

  it('add up to one that verifies under all signers and no fewer', () => {
    const keys = [1, 2, 3].map(keyOf)
    const publicKeys = keys.map((key) => key.publicKey)
    const signature = present(aggregateSignatures(keys.map((key) => key.sign(message))), 'three signatures add up')
    expect(verifyAggregate({ publicKeys, message, signature })).toBe(true)
    expect(verifyAggregate({ publicKeys: publicKeys.slice(1), message, signature })).toBe(false)
    expect(verifyAggregate({ publicKeys: [], message, signature: infinitySignature })).toBe(false)
  })

  it('are verified in one batch, which fails if any of them is wrong', () => {
    const batch = [1, 2, 3, 4].map((seed) => {
      const key = keyOf(seed)
      return { publicKeys: [key.publicKey], message: bytes(seed), signature: key.sign(bytes(seed)) }
    })
    expect(verifyAggregates(batch)).toBe(true)
    expect(verifyAggregates([])).toBe(true)
    const swapped = batch.map((one, i) => ({ ...one, signature: present(batch[(i + 1) % 4], 'four').signature }))
    expect(verifyAggregates(swapped)).toBe(false)
  })

  it('of possession are no votes: their tag differs', () => {
    const key = keyOf(1)
    const proof = key.provePossession(message)
    expect(verifyPossession(key.publicKey, message, proof)).toBe(true)
    expect(verifyPossession(keyOf(2).publicKey, message, proof)).toBe(false)
    expect(verifySignature(key.publicKey, message, proof)).toBe(false)
    expect(verifyPossession(key.publicKey, message, key.sign(message))).toBe(false)
  })
})

describe('the native and the reference implementation', () => {
  it('make the same keys, signatures and sums, and judge alike', () => {
    for (const seed of [11, 12]) {
      const secret = nativeBls.generate(bytes(seed))
      expect(bytesToHex(referenceBls.generate(bytes(seed)))).toBe(bytesToHex(secret))
      const publicKey = present(nativeBls.publicKeyOf(secret), 'a key')
      expect(referenceBls.publicKeyOf(secret)).toEqual(publicKey)
      const signature = nativeBls.sign(secret, message)
      expect(referenceBls.sign(secret, message)).toEqual(signature)
      const both = [signature, nativeBls.sign(secret, bytes(seed))]
      expect(referenceBls.aggregate(both)).toEqual(nativeBls.aggregate(both))
      for (const one of [nativeBls, referenceBls]) {
        const parsed = present(one.parsePublicKey(publicKey), 'a public key')
        expect(one.verify(parsed, message, signature)).toBe(true)
        expect(one.verify(parsed, bytes(9), signature)).toBe(false)
        expect(one.verify(parsed, message, infinitySignature)).toBe(false)
        expect(one.parsePublicKey(hexToBytes(infinityKey))).toBeUndefined()
        expect(one.publicKeyOf(new Uint8Array(32))).toBeUndefined()
        expect(one.publicKeyOf(new Uint8Array(32).fill(0xff))).toBeUndefined()
      }
    }
  })

  it('agree with the published vector of the signing test suite', () => {
    // Ethereum's bls12-381 tests, sign/small: secret 0x263d…e3, message of 32 zero bytes.
    const secret = hexToBytes('0x263dbd792f5b1be47ed85f8938c0f29586af0d3ac7b977f21c278fe1462040e3')
    const expected =
      '0xb6ed936746e01f8ecf281f020953fbf1f01debd5657c4a383940b020b26507f6076334f91e2366c96e9ab279fb5158090352ea1c5b0c9274504f4f0e7053af24802e51e4568d164fe986834f41e55c8e850ce1f98458c0cfc9ab380b55285a55'
    for (const one of [nativeBls, referenceBls]) {
      expect(bytesToHex(one.sign(secret, new Uint8Array(32)))).toBe(expected)
    }
  })
})
