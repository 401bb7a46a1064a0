/**
 * BLS12-381 by blst, native code: about a millisecond for a verification (docs/consensus.md, decisions).
 */

import blst from '@chainsafe/blst'
import type { BackendKey, BlsBackend } from './bls-backend.ts'

const SECRET_KEY_BYTES = 32
const PUBLIC_KEY_BYTES = 48
const SIGNATURE_BYTES = 96

/** Parsing a secret key is cheap against signing, but every vote signs with the same one. */
let lastSecret: { readonly bytes: Uint8Array; readonly key: blst.SecretKey } | undefined

export const nativeBls: BlsBackend = {
  name: 'native',

  generate(entropy) {
    return new Uint8Array(blst.SecretKey.fromKeygen(entropy).toBytes())
  },

  publicKeyOf(secretKey) {
    if (secretKey.length !== SECRET_KEY_BYTES) return undefined
    return attempt(() => new Uint8Array(blst.SecretKey.fromBytes(secretKey).toPublicKey().toBytes()))
  },

  sign(secretKey, message) {
    if (lastSecret === undefined || lastSecret.bytes !== secretKey) {
      lastSecret = { bytes: secretKey, key: blst.SecretKey.fromBytes(secretKey) }
    }
    return new Uint8Array(lastSecret.key.sign(message).toBytes())
  },

  parsePublicKey(bytes) {
    if (bytes.length !== PUBLIC_KEY_BYTES) return undefined
    return attempt((): BackendKey => ({ brand: 'bls-public-key', point: blst.PublicKey.fromBytes(bytes, true) }))
  },

  verify(key, message, signature) {
    const point = parseSignature(signature)
    return point !== undefined && blst.verify(message, pointOf(key), point)
  },

  aggregate(signatures) {
    if (signatures.length === 0 || signatures.some((one) => one.length !== SIGNATURE_BYTES)) return undefined
    return attempt(() => new Uint8Array(blst.aggregateSerializedSignatures([...signatures], true).toBytes()))
  },

  verifyAggregate({ publicKeys, message, signature }) {
    const point = parseSignature(signature)
    if (point === undefined || publicKeys.length === 0) return false
    return attempt(() => blst.fastAggregateVerify(message, publicKeys.map(pointOf), point)) === true
  },

  verifyMany(batch) {
    const sets: blst.SignatureSet[] = []
    for (const { publicKeys, message, signature } of batch) {
      const sig = parseSignature(signature)
      if (sig === undefined || publicKeys.length === 0) return false
      sets.push({ msg: message, pk: blst.aggregatePublicKeys(publicKeys.map(pointOf)), sig })
    }
    return sets.length === 0 || attempt(() => blst.verifyMultipleAggregateSignatures(sets)) === true
  },
}

/** A signature in the right group and not infinity. */
function parseSignature(bytes: Uint8Array): blst.Signature | undefined {
  if (bytes.length !== SIGNATURE_BYTES) return undefined
  return attempt(() => blst.Signature.fromBytes(bytes, true))
}

function pointOf(key: BackendKey): blst.PublicKey {
  return key.point as blst.PublicKey
}

/** blst throws on every malformed point; that is the stranger's fault and no event of ours. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
