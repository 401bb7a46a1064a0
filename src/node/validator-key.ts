/**
 * A validator's BLS key on disk: an EIP-2335 keystore and, beside it, the file with its password, both for the owner only.
 */

import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { GenesisValidator } from '../chainspec/chain-spec.ts'
import { genesisPossessionMessage } from '../chainspec/genesis-validators.ts'
import { BlsSecretKey } from '../crypto/bls.ts'
import { decryptKeystore, encryptKeystore } from '../crypto/keystore.ts'
import { bytesToHex } from '../lib/bytes.ts'
import { CodedError, errorMessage } from '../lib/errors.ts'
import type { Address } from '../types/primitives.ts'
import { readJsonFile, writeJsonFile, writeTextFile } from './json-file.ts'

export type ValidatorKeyFailure = { readonly code: 'VALIDATOR_KEY_UNREADABLE'; readonly path: string }

/** A fresh random key. */
export function createValidatorKey(): BlsSecretKey {
  return BlsSecretKey.generate(randomBytes(48))
}

/** The password of a keystore. A random one has 192 bits, so stretching it would cost a second and protect nothing. */
export type Password = { readonly text: string; readonly isRandom: boolean }

const RANDOM_PASSWORD_COST = { n: 16_384, r: 8, p: 1 } as const

/** A password that nobody needs to remember: it lies beside the keystore. */
export function createPassword(): Password {
  return { text: randomBytes(24).toString('base64url'), isRandom: true }
}

/** Writes the keystore and, where a path is given, the password file, with mode 0600; refuses to replace either. */
export function writeValidatorKey(
  keystorePath: string,
  passwordPath: string | undefined,
  key: BlsSecretKey,
  password: Password,
  origin: 'new' | 'imported',
): void {
  const entropy = { salt: randomBytes(32), iv: randomBytes(16), uuid: randomUUID() }
  const cost = password.isRandom ? RANDOM_PASSWORD_COST : undefined
  writeJsonFile(keystorePath, encryptKeystore(key, password.text, entropy, cost), 0o600)
  if (passwordPath !== undefined) writeTextFile(passwordPath, `${password.text}\n`, 0o600)
  if (origin === 'new') writeTextFile(unusedMark(keystorePath), 'removed when the signer first starts\n', 0o600, true)
}

/** The file beside a keystore that says that its key was made here and never signed anything. */
export function unusedMark(keystorePath: string): string {
  return keystorePath.replace(/(\.json)?$/, '.unused')
}

/** Opens the keystore with the password in its file. Throws CodedError VALIDATOR_KEY_UNREADABLE. */
export function readValidatorKey(keystorePath: string, passwordPath: string): BlsSecretKey {
  const json = readJsonFile(keystorePath)
  const opened = decryptKeystore(json, readPassword(keystorePath, passwordPath))
  if (opened.ok) return opened.value
  throw unreadable(keystorePath, `${opened.error.code} with the password in ${passwordPath}`)
}

const OTHERS_MASK = 0o077

/** Those of a validator's files that others on this machine can read or write, with their modes in octal. */
export function exposedFiles(paths: readonly string[]): { readonly file: string; readonly mode: string }[] {
  return paths.flatMap((file) => {
    const mode = statSync(file).mode & 0o777
    return (mode & OTHERS_MASK) === 0 ? [] : [{ file, mode: mode.toString(8) }]
  })
}

function readPassword(keystorePath: string, passwordPath: string): string {
  try {
    return readFileSync(passwordPath, 'utf8').trim()
  } catch (thrown) {
    throw unreadable(keystorePath, errorMessage(thrown))
  }
}

function unreadable(path: string, reason: string): CodedError<ValidatorKeyFailure> {
  return new CodedError(
    { code: 'VALIDATOR_KEY_UNREADABLE', path },
    `the validator key ${path} cannot be opened: ${reason}`,
  )
}

export type EntryChoices = {
  readonly key: BlsSecretKey
  readonly chainId: number
  readonly peerId: string
  readonly operator: Address
  readonly feeAddress: Address
  readonly power: number
}

/** The entry that makes the holder of `key` a validator of a genesis, with its proof of possession. */
export function genesisEntry({ key, chainId, ...rest }: EntryChoices): GenesisValidator {
  const message = genesisPossessionMessage(chainId, rest.operator, key.publicKey)
  return { ...rest, blsPublicKey: key.publicKey, proofOfPossession: bytesToHex(key.provePossession(message)) }
}
