/**
 * BLS12-381 signatures of validators (docs/consensus.md 2.2): public keys are 48 bytes in hexadecimal, signatures 96 bytes.
 *
 * Native code does the work. On a platform without it the program stops with a hint, unless SAHARA_BLS=reference asks for
 * the slow implementation: a validator that takes 40 ms for a signature must be a decision, never a surprise.
 * A public key is parsed and group-checked once and then kept, for a chain has few validators and many votes.
 */

import { assert, present } from '../lib/assert.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { bytesToHex, hexToBytes, isHexBytes } from '../lib/bytes.ts'
import { CodedError } from '../lib/errors.ts'
import { MAX_CACHED_PUBLIC_KEYS } from '../lib/limits.ts'
import type { BackendKey, BlsBackend } from './bls-backend.ts'
import { signWithTag, verifyWithTag } from './bls-reference.ts'

/** 48 bytes of G1 in lower-case hexadecimal. */
export type BlsPublicKey = `0x${string}`

/** A message that every one of `publicKeys` signed, with the sum of their signatures. */
export type AggregateSignature = {
  readonly publicKeys: readonly BlsPublicKey[]
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

const POSSESSION_TAG = 'BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_'
const MIN_ENTROPY_BYTES = 32

const backend = await loadBackend()
const parsedKeys = new BoundedMap<string, BackendKey>(MAX_CACHED_PUBLIC_KEYS)

/** Which implementation signs and verifies in this process. */
export const blsBackendName: BlsBackend['name'] = backend.name

/** A secret key. `sign` is the only thing that its bytes are used for; they appear nowhere but in `toBytes`. */
export class BlsSecretKey {
  readonly publicKey: BlsPublicKey
  readonly #bytes: Uint8Array

  private constructor(bytes: Uint8Array, publicKey: BlsPublicKey) {
    this.#bytes = bytes
    this.publicKey = publicKey
  }

  /** A key derived from `entropy` of at least 32 bytes; the same entropy gives the same key. */
  static generate(entropy: Uint8Array): BlsSecretKey {
    assert(entropy.length >= MIN_ENTROPY_BYTES, 'a BLS key needs at least 32 bytes of entropy')
    return present(BlsSecretKey.parse(backend.generate(entropy)), 'a generated key is a key')
  }

  /** The key of 32 big-endian bytes; undefined when they are zero or not below the group order. */
  static parse(bytes: Uint8Array): BlsSecretKey | undefined {
    const publicKey = backend.publicKeyOf(bytes)
    return publicKey === undefined ? undefined : new BlsSecretKey(bytes.slice(), bytesToHex(publicKey))
  }

  /** 96 bytes. */
  sign(message: Uint8Array): Uint8Array {
    return backend.sign(this.#bytes, message)
  }

  /** Proof that we hold this key, for registration; its own tag keeps it from being taken for a vote. About 40 ms. */
  provePossession(message: Uint8Array): Uint8Array {
    return signWithTag(this.#bytes, message, POSSESSION_TAG)
  }

  /** The secret itself, for the keystore. */
  toBytes(): Uint8Array {
    return this.#bytes.slice()
  }
}

/** True for the canonical text of a point of the right group that is not infinity. */
export function isBlsPublicKey(text: string): text is BlsPublicKey {
  return text.length === 98 && isHexBytes(text) && text === text.toLowerCase() && parseKey(text) !== undefined
}

/** True if `publicKey` signed `message`. False, never a throw, for malformed keys and signatures. About 1 ms. */
export function verifySignature(publicKey: BlsPublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const key = parseKey(publicKey)
  return key !== undefined && backend.verify(key, message, signature)
}

/** The sum of signatures; undefined when there are none or one is no point of the group. */
export function aggregateSignatures(signatures: readonly Uint8Array[]): Uint8Array | undefined {
  return backend.aggregate(signatures)
}

/** True if all of the keys signed the message. Safe against rogue keys only for keys with a proof of possession. */
export function verifyAggregate(signed: AggregateSignature): boolean {
  const publicKeys = parseKeys(signed.publicKeys)
  return publicKeys !== undefined && backend.verifyAggregate({ ...signed, publicKeys })
}

/** True if each of the batch verifies: about 0.4 ms each instead of 1 ms. */
export function verifyAggregates(batch: readonly AggregateSignature[]): boolean {
  const parsed = []
  for (const signed of batch) {
    const publicKeys = parseKeys(signed.publicKeys)
    if (publicKeys === undefined) return false
    parsed.push({ ...signed, publicKeys })
  }
  return backend.verifyMany(parsed)
}

/** True if the holder of `publicKey` made `proof` over `message` by `provePossession`. About 40 ms. */
export function verifyPossession(publicKey: BlsPublicKey, message: Uint8Array, proof: Uint8Array): boolean {
  return isBlsPublicKey(publicKey) && verifyWithTag(hexToBytes(publicKey), message, proof, POSSESSION_TAG)
}

function parseKeys(texts: readonly BlsPublicKey[]): BackendKey[] | undefined {
  const keys: BackendKey[] = []
  for (const text of texts) {
    const key = parseKey(text)
    if (key === undefined) return undefined
    keys.push(key)
  }
  return keys
}

function parseKey(text: string): BackendKey | undefined {
  const held = parsedKeys.get(text)
  if (held !== undefined) return held
  const key = backend.parsePublicKey(hexToBytes(text))
  if (key !== undefined) parsedKeys.set(text, key)
  return key
}

async function loadBackend(): Promise<BlsBackend> {
  if (process.env['SAHARA_BLS'] === 'reference') return (await import('./bls-reference.ts')).referenceBls
  try {
    return (await import('./bls-native.ts')).nativeBls
  } catch (cause) {
    throw new CodedError(
      { code: 'BLS_NATIVE_MISSING' },
      'the native BLS library does not load on this platform; SAHARA_BLS=reference chooses the slow one',
      { cause },
    )
  }
}
