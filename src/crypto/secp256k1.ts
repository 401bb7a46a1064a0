/**
 * ECDSA on secp256k1: recovering senders, and signing for the command line and tests.
 *
 * The native library is used when it loads (about 70 microseconds a recovery); otherwise @noble/curves answers the same,
 * ten times slower. `secp256k1Engine` says which, for the log.
 */

import { createRequire } from 'node:module'
import { secp256k1 as noble } from '@noble/curves/secp256k1.js'
import type * as Native from 'secp256k1'
import { bigintToBytes32, bytesToBigint, bytesToHex, concatBytes, hexToBytes } from '../lib/bytes.ts'
import { keccak256 } from './keccak.ts'

/** Structurally the Address of types/primitives.ts, which this layer may not import. */
type AddressText = `0x${string}` & { readonly __brand: 'Address' }

/** The order of the group. */
export const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
/** Half of it: the greatest `s` of a canonical signature (EIP-2). */
export const SECP256K1_HALF_ORDER = SECP256K1_ORDER >> 1n

/** A recoverable signature with canonical (low) `s`. */
export type RecoverableSignature = { readonly r: bigint; readonly s: bigint; readonly yParity: 0 | 1 }

function loadNative(): typeof Native | undefined {
  try {
    // The bindings, not the package's entry: that one falls back to slow JavaScript without saying so.
    return createRequire(import.meta.url)('secp256k1/bindings.js') as typeof Native
  } catch {
    return undefined
  }
}

const native = loadNative()

/** The implementation in use. */
export const secp256k1Engine: 'native' | 'noble' = native === undefined ? 'noble' : 'native'

/** The 65-byte uncompressed public key that signed `hash`, or undefined when there is none. */
export function recoverPublicKey(
  hash: Uint8Array,
  signature: Uint8Array,
  yParity: number,
  engine: 'native' | 'noble' = secp256k1Engine,
): Uint8Array | undefined {
  try {
    if (engine === 'native' && native !== undefined) return native.ecdsaRecover(signature, yParity, hash, false)
    const parsed = noble.Signature.fromBytes(signature, 'compact').addRecoveryBit(yParity)
    return parsed.recoverPublicKey(hash).toBytes(false)
  } catch {
    return undefined
  }
}

/** The address whose key made (r, s, yParity) over the 32-byte `hash`; undefined for a signature that nobody can make. */
export function recover(hash: Uint8Array, r: bigint, s: bigint, yParity: number): AddressText | undefined {
  if (r <= 0n || s <= 0n || r >= SECP256K1_ORDER || s >= SECP256K1_ORDER) return undefined
  if (yParity !== 0 && yParity !== 1) return undefined
  const signature = hexToBytes(`0x${r.toString(16).padStart(64, '0')}${s.toString(16).padStart(64, '0')}`)
  const publicKey = recoverPublicKey(hash, signature, yParity)
  return publicKey === undefined ? undefined : addressFromPublicKey(publicKey)
}

/** Signs the 32-byte `hash`; deterministic (RFC 6979), low `s`. */
export function sign(hash: Uint8Array, privateKey: Uint8Array): RecoverableSignature {
  if (native !== undefined) {
    const { signature, recid } = native.ecdsaSign(hash, privateKey)
    return split(signature, recid)
  }
  const bytes = noble.sign(hash, privateKey, { prehash: false, lowS: true, format: 'recovered' })
  return split(bytes.subarray(1), bytes[0] as number)
}

/** The address of an uncompressed, 65-byte public key. */
export function addressFromPublicKey(publicKey: Uint8Array): AddressText {
  return bytesToHex(keccak256(publicKey.subarray(1)).subarray(12)) as AddressText
}

/** The address of a 32-byte private key. */
export function addressFromPrivateKey(privateKey: Uint8Array): AddressText {
  return addressFromPublicKey(
    native === undefined ? noble.getPublicKey(privateKey, false) : native.publicKeyCreate(privateKey, false),
  )
}

/** The 64 bytes r, s of a signature. */
export function compactSignature(r: bigint, s: bigint): Uint8Array {
  return concatBytes(bigintToBytes32(r), bigintToBytes32(s))
}

function split(signature: Uint8Array, recoveryId: number): RecoverableSignature {
  return {
    r: bytesToBigint(signature.subarray(0, 32)),
    s: bytesToBigint(signature.subarray(32, 64)),
    yParity: recoveryId === 1 ? 1 : 0,
  }
}
