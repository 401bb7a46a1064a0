/**
 * The account that signs a command's transactions: a key file as `sahara keys new account` writes it, or a variable.
 */

import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { addressFromPrivateKey, SECP256K1_ORDER } from '../../../crypto/secp256k1.ts'
import { bytesToBigint, hexToBytes } from '../../../lib/bytes.ts'
import { readTextFile } from '../../../node/json-file.ts'
import type { Address } from '../../../types/primitives.ts'
import { refuseArgument } from '../../arguments.ts'

/** Where the key comes from: --key before SAHARA_PRIVATE_KEY before the only account key in the folder. */
export type KeyFlags = { readonly key?: string; readonly dataDir: string }

export type Account = { readonly address: Address; readonly privateKey: Uint8Array }

const VARIABLE = 'SAHARA_PRIVATE_KEY'
const ACCEPTED = '0x and 64 hexadecimal digits in a file, as `sahara keys new account` writes it, or in the variable'

/** Throws CodedError BAD_OPTION or FILE_UNREADABLE; never repeats a secret. */
export function loadAccount(flags: KeyFlags): Account {
  if (flags.key !== undefined) return accountOf(readTextFile(resolve(flags.key)), '--key', flags.key)
  const variable = process.env[VARIABLE]
  if (variable !== undefined) return accountOf(variable.trim(), VARIABLE, '(not shown)')
  const folder = join(resolve(flags.dataDir), 'keys')
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /^account.*\.key$/.test(file)) : []
  const [only, ...more] = files
  if (only === undefined) return refuseArgument('--key', folder, `${ACCEPTED}; or ${VARIABLE}; no account key is here`)
  if (more.length > 0) return refuseArgument('--key', folder, `one of its ${files.length} account keys by --key`)
  return accountOf(readTextFile(join(folder, only)), '--key', join(folder, only))
}

function accountOf(text: string, option: string, shown: string): Account {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) return refuseArgument(option, shown, ACCEPTED)
  const privateKey = hexToBytes(text)
  const scalar = bytesToBigint(privateKey)
  if (scalar === 0n || scalar >= SECP256K1_ORDER)
    return refuseArgument(option, shown, `${ACCEPTED}, below the group order`)
  return { address: addressFromPrivateKey(privateKey), privateKey }
}
