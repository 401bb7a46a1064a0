/**
 * The fast implementations against the reference ones.
 */

import { secp256k1 as reference } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { createKeccak } from 'hash-wasm'
import { describe, expect, it } from 'vitest'
import { keccak256, keccak256Hash } from '../../src/crypto/keccak.ts'
import {
  addressFromPrivateKey,
  compactSignature,
  recover,
  recoverPublicKey,
  SECP256K1_HALF_ORDER,
  SECP256K1_ORDER,
  secp256k1Engine,
  sign,
} from '../../src/crypto/secp256k1.ts'
import { bytesToHex } from '../../src/lib/bytes.ts'

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((bytes) => reference.utils.isValidSecretKey(bytes))
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('keccak', () => {
  it('equals the reference for every length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(keccak256(bytes)).toEqual(keccak_256(bytes))
        expect(keccak256Hash(bytes)).toBe(bytesToHex(keccak_256(bytes)))
      }),
    )
  })

  it('equals another implementation around every block boundary, and beyond the memory it starts with', async () => {
    const other = await createKeccak(256)
    const lengths = [0, 1, 134, 135, 136, 137, 271, 272, 273, 407, 408, 65_279, 65_280, 65_281, 300_000, 5]
    for (const length of lengths) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255)
      expect(bytesToHex(keccak256(bytes)).slice(2)).toBe(other.init().update(bytes).digest('hex'))
    }
  })

  it('gives an array that the next call does not overwrite', () => {
    const first = keccak256(Uint8Array.of(1))
    const copy = first.slice()
    keccak256(Uint8Array.of(2))
    expect(first).toEqual(copy)
  })
})

describe('secp256k1', () => {
  it('runs natively here', () => {
    expect(secp256k1Engine).toBe('native')
  })

  it('recovers who signed, with low s, in either implementation', () => {
    fc.assert(
      fc.property(key, hash, (privateKey, digest) => {
        const { r, s, yParity } = sign(digest, privateKey)
        expect(s <= SECP256K1_HALF_ORDER).toBe(true)
        expect(recover(digest, r, s, yParity)).toBe(addressFromPrivateKey(privateKey))
        const signature = compactSignature(r, s)
        const slow = recoverPublicKey(digest, signature, yParity, 'noble')
        expect(recoverPublicKey(digest, signature, yParity, 'native')).toEqual(slow)
        expect(bytesToHex(reference.sign(digest, privateKey, { prehash: false }))).toBe(bytesToHex(signature))
      }),
      { numRuns: 30 },
    )
  })

  it('has no sender for what nobody can have signed', () => {
    const digest = new Uint8Array(32).fill(1)
    expect(recover(digest, 0n, 1n, 0)).toBeUndefined()
    expect(recover(digest, 1n, 0n, 0)).toBeUndefined()
    expect(recover(digest, SECP256K1_ORDER, 1n, 0)).toBeUndefined()
    expect(recover(digest, 1n, 1n, 2)).toBeUndefined()
    // No point of the curve has this abscissa.
    expect(recover(digest, 5n, 1n, 0)).toBeUndefined()
  })
})
