/**
 * BLS secret keys on disk in EIP-2335 keystores (version 4): scrypt or PBKDF2 for the password, SHA-256 as checksum,
 * AES-128-CTR. Other implementations read what is written here, and the other way round.
 */

import { createCipheriv, createDecipheriv, pbkdf2Sync, scryptSync, timingSafeEqual } from 'node:crypto'
import { bytesToHex, hexToBytes } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { BlsSecretKey } from './bls.ts'
import { sha256 } from './sha256.ts'

/** Random bytes for a new keystore. */
export type KeystoreEntropy = { readonly salt: Uint8Array; readonly iv: Uint8Array; readonly uuid: string }

export type KeystoreFailure =
  | { readonly code: 'KEYSTORE_MALFORMED'; readonly reason: string }
  | { readonly code: 'KEYSTORE_UNSUPPORTED'; readonly reason: string }
  | { readonly code: 'KEYSTORE_WRONG_PASSWORD' }
  /** It opened, but holds another key than it says. */
  | { readonly code: 'KEYSTORE_KEY_MISMATCH'; readonly expected: string; readonly actual: string }

const KEY_BYTES = 32
/** EIP-2335's scrypt cost: about a second and 256 MiB. */
const SCRYPT_COST = { n: 262_144, r: 8, p: 1 } as const
/** Above this a hostile file could ask for all memory. */
const MAX_SCRYPT_BYTES = 1024 * 1024 * 1024
const MAX_PBKDF2_ROUNDS = 10_000_000

/** Encrypts a key. `salt` is 32 bytes, `iv` 16, `uuid` a random version 4 UUID. `cost` is for tests. */
export function encryptKeystore(
  key: BlsSecretKey,
  password: string,
  { salt, iv, uuid }: KeystoreEntropy,
  cost: { readonly n: number; readonly r: number; readonly p: number } = SCRYPT_COST,
): object {
  const derived = derive(password, { kind: 'scrypt', ...cost, salt })
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv)
  const message = Buffer.concat([cipher.update(key.toBytes()), cipher.final()])
  return {
    version: 4,
    uuid,
    description: 'Sahara validator key',
    path: '',
    pubkey: key.publicKey.slice(2),
    crypto: {
      kdf: {
        function: 'scrypt',
        params: { dklen: KEY_BYTES, n: cost.n, r: cost.r, p: cost.p, salt: bare(salt) },
        message: '',
      },
      checksum: { function: 'sha256', params: {}, message: bare(checksumOf(derived, message)) },
      cipher: { function: 'aes-128-ctr', params: { iv: bare(iv) }, message: bare(message) },
    },
  }
}

/** Opens a keystore that was read from JSON. */
export function decryptKeystore(json: unknown, password: string): Result<BlsSecretKey, KeystoreFailure> {
  const parsed = parseKeystore(json)
  if (!parsed.ok) return parsed
  const { kdf, checksum, iv, message, publicKey } = parsed.value
  const derived = derive(password, kdf)
  if (!timingSafeEqual(checksumOf(derived, message), checksum)) return err({ code: 'KEYSTORE_WRONG_PASSWORD' })
  const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), iv)
  const secret = new Uint8Array(Buffer.concat([decipher.update(message), decipher.final()]))
  const key = BlsSecretKey.parse(secret)
  if (key === undefined) return malformed('the secret is no BLS key')
  if (publicKey !== undefined && publicKey !== key.publicKey) {
    return err({ code: 'KEYSTORE_KEY_MISMATCH', expected: publicKey, actual: key.publicKey })
  }
  return ok(key)
}

type Kdf =
  | { readonly kind: 'scrypt'; readonly n: number; readonly r: number; readonly p: number; readonly salt: Uint8Array }
  | { readonly kind: 'pbkdf2'; readonly rounds: number; readonly salt: Uint8Array }

type ParsedKeystore = {
  readonly kdf: Kdf
  readonly checksum: Uint8Array
  readonly iv: Uint8Array
  readonly message: Uint8Array
  readonly publicKey: string | undefined
}

/** EIP-2335: NFKD, without the control codes of C0, C1 and Delete, in UTF-8. */
function passwordBytes(password: string): Uint8Array {
  const kept = [...password.normalize('NFKD')].filter((character) => {
    const code = character.codePointAt(0) ?? 0
    return code > 0x1f && !(code >= 0x7f && code <= 0x9f)
  })
  return new TextEncoder().encode(kept.join(''))
}

function derive(password: string, kdf: Kdf): Uint8Array {
  const bytes = passwordBytes(password)
  if (kdf.kind === 'pbkdf2') return pbkdf2Sync(bytes, kdf.salt, kdf.rounds, KEY_BYTES, 'sha256')
  const maxmem = 128 * kdf.n * kdf.r + 32 * 1024 * 1024
  return scryptSync(bytes, kdf.salt, KEY_BYTES, { N: kdf.n, r: kdf.r, p: kdf.p, maxmem })
}

function checksumOf(derived: Uint8Array, message: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([derived.subarray(16, 32), message]))
}

function parseKeystore(json: unknown): Result<ParsedKeystore, KeystoreFailure> {
  if (at(json, 'version') !== 4) return unsupported('only version 4 keystores are read')
  if (at(json, 'crypto', 'checksum', 'function') !== 'sha256') return unsupported('only sha256 checksums are read')
  if (at(json, 'crypto', 'cipher', 'function') !== 'aes-128-ctr') return unsupported('only aes-128-ctr is read')
  const kdf = parseKdf(at(json, 'crypto', 'kdf'))
  if (!kdf.ok) return kdf
  const checksum = hexAt(json, 32, 'crypto', 'checksum', 'message')
  const iv = hexAt(json, 16, 'crypto', 'cipher', 'params', 'iv')
  const message = hexAt(json, KEY_BYTES, 'crypto', 'cipher', 'message')
  if (checksum === undefined || iv === undefined || message === undefined) {
    return malformed('checksum, iv and message must be hexadecimal of 32, 16 and 32 bytes')
  }
  const publicKey = hexAt(json, 48, 'pubkey')
  return ok({
    kdf: kdf.value,
    checksum,
    iv,
    message,
    publicKey: publicKey === undefined ? undefined : bytesToHex(publicKey),
  })
}

function parseKdf(json: unknown): Result<Kdf, KeystoreFailure> {
  const salt = hexAt(json, undefined, 'params', 'salt')
  if (salt === undefined || at(json, 'params', 'dklen') !== KEY_BYTES) {
    return malformed('the key derivation needs a salt and dklen 32')
  }
  const name = at(json, 'function')
  if (name === 'pbkdf2') {
    const rounds = at(json, 'params', 'c')
    if (at(json, 'params', 'prf') !== 'hmac-sha256') return unsupported('only hmac-sha256 is read')
    if (!isCount(rounds, MAX_PBKDF2_ROUNDS)) return malformed('pbkdf2 needs a sensible c')
    return ok({ kind: 'pbkdf2', rounds, salt })
  }
  if (name !== 'scrypt') return unsupported('only scrypt and pbkdf2 are read')
  const [n, r, p] = [at(json, 'params', 'n'), at(json, 'params', 'r'), at(json, 'params', 'p')]
  const isSensible =
    isCount(n, 1 << 24) && isCount(r, 64) && isCount(p, 64) && (n & (n - 1)) === 0 && 128 * n * r <= MAX_SCRYPT_BYTES
  return isSensible ? ok({ kind: 'scrypt', n, r, p, salt }) : malformed('scrypt needs a sensible n, r and p')
}

function isCount(value: unknown, maximum: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= maximum
}

function at(json: unknown, ...path: readonly string[]): unknown {
  let value = json
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

function hexAt(json: unknown, length: number | undefined, ...path: readonly string[]): Uint8Array | undefined {
  const text = at(json, ...path)
  if (typeof text !== 'string' || !/^(?:[0-9a-fA-F]{2})+$/.test(text)) return undefined
  const bytes = hexToBytes(`0x${text}`)
  return length === undefined || bytes.length === length ? bytes : undefined
}

function bare(bytes: Uint8Array): string {
  return bytesToHex(bytes).slice(2)
}

function malformed(reason: string): Result<never, KeystoreFailure> {
  return err({ code: 'KEYSTORE_MALFORMED', reason })
}

function unsupported(reason: string): Result<never, KeystoreFailure> {
  return err({ code: 'KEYSTORE_UNSUPPORTED', reason })
}
