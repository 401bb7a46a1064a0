/**
 * BLS12-381 by @noble/curves, plain JavaScript: some forty times slower than bls-native.ts. The reference in the tests, the
 * explicit choice on platforms without native code, and the one that signs proofs of possession, whose tag is its own.
 */

import { bls12_381 } from '@noble/curves/bls12-381.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bigintToBytes32, bytesToBigint, concatBytes } from '../lib/bytes.ts'
import { type BackendKey, type BlsBackend, SIGNATURE_TAG } from './bls-backend.ts'

const curve = bls12_381.longSignatures
const GROUP_ORDER = bls12_381.fields.Fr.ORDER
type PublicPoint = ReturnType<typeof curve.getPublicKey>

export const referenceBls: BlsBackend = {
  name: 'reference',

  /** KeyGen of the BLS signature draft, section 2.3, as EIP-2333 uses it. */
  generate(entropy) {
    let salt = sha256(new TextEncoder().encode('BLS-SIG-KEYGEN-SALT-'))
    for (;;) {
      const okm = hkdf(sha256, concatBytes(entropy, Uint8Array.of(0)), salt, Uint8Array.of(0, 48), 48)
      const scalar = bytesToBigint(okm) % GROUP_ORDER
      if (scalar !== 0n) return bigintToBytes32(scalar)
      salt = sha256(salt)
    }
  },

  publicKeyOf(secretKey) {
    // noble reduces a secret that is too large; blst refuses it, and so must we.
    if (secretKey.length !== 32 || bytesToBigint(secretKey) >= GROUP_ORDER) return undefined
    return attempt(() => curve.getPublicKey(secretKey).toBytes())
  },

  sign(secretKey, message) {
    return signWithTag(secretKey, message, SIGNATURE_TAG)
  },

  parsePublicKey(bytes) {
    const point = attempt(() => bls12_381.G1.Point.fromBytes(bytes))
    if (point === undefined || point.is0() || !point.isTorsionFree()) return undefined
    return { brand: 'bls-public-key', point }
  },

  verify(key, message, signature) {
    return verifyWithTag(pointOf(key), message, signature, SIGNATURE_TAG)
  },

  aggregate(signatures) {
    if (signatures.length === 0) return undefined
    return attempt(() => curve.Signature.toBytes(curve.aggregateSignatures([...signatures])))
  },

  verifyAggregate({ publicKeys, message, signature }) {
    if (publicKeys.length === 0) return false
    const sum = curve.aggregatePublicKeys(publicKeys.map(pointOf))
    return verifyWithTag(sum, message, signature, SIGNATURE_TAG)
  },

  verifyMany(batch) {
    return batch.every((one) => referenceBls.verifyAggregate(one))
  },
}

/** Signs under any domain separation tag. */
export function signWithTag(secretKey: Uint8Array, message: Uint8Array, tag: string): Uint8Array {
  return curve.Signature.toBytes(curve.sign(curve.hash(message, tag), secretKey))
}

/** Verifies under any domain separation tag; false for malformed bytes. */
export function verifyWithTag(
  publicKey: PublicPoint | Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  tag: string,
): boolean {
  return attempt(() => curve.verify(signature, curve.hash(message, tag), publicKey)) === true
}

function pointOf(key: BackendKey): PublicPoint {
  return key.point as PublicPoint
}

/** noble throws on every malformed point; that is the stranger's fault and no event of ours. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
