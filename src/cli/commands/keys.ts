/**
 * `sahara keys`: validator keys (BLS, EIP-2335 keystores), the node key (ed25519) and account keys (secp256k1).
 */

import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Argument, Command } from 'commander'
import { BlsSecretKey } from '../../crypto/bls.ts'
import { addressFromPrivateKey } from '../../crypto/secp256k1.ts'
import { bytesToHex, hexToBytes } from '../../lib/bytes.ts'
import { CodedError } from '../../lib/errors.ts'
import { readJsonFile, readTextFile, writeTextFile } from '../../node/json-file.ts'
import { createPassword, createValidatorKey, readValidatorKey, writeValidatorKey } from '../../node/validator-key.ts'
import { createNodeKey, readNodeKey, writeNodeKey } from '../../p2p/node-key.ts'
import { printLine, printTable } from '../output.ts'

const KINDS = ['validator', 'node', 'account'] as const
type Kind = (typeof KINDS)[number]
type Flags = { dataDir: string; passwordFile?: string; output?: string }

export function keysCommand(): Command {
  return new Command('keys')
    .description('make, import, export and list keys')
    .addCommand(
      withFlags(new Command('new'))
        .description('make a new random key; an existing one is never replaced')
        .addArgument(kindArgument())
        .action(newKey),
    )
    .addCommand(
      withFlags(new Command('import'))
        .description('take a key: an EIP-2335 keystore, or a file with 0x and 64 hexadecimal digits')
        .addArgument(kindArgument(['validator', 'account']))
        .argument('<file>', 'the file that holds the key')
        .action(importKey),
    )
    .addCommand(
      withFlags(new Command('export'))
        .description('print the secret of a key as hexadecimal: keep the output to yourself')
        .addArgument(kindArgument())
        .action(exportKey),
    )
    .addCommand(
      withFlags(new Command('list')).description('print the public half of every key in the folder').action(listKeys),
    )
}

function withFlags(command: Command): Command {
  return command
    .option('--data-dir <path>', "the node's folder", './sahara')
    .option('--password-file <path>', "the keystore's password; keys/validator.password in the folder when absent")
    .option('--output <path>', 'the key file, in place of the one in the folder')
}

function kindArgument(kinds: readonly Kind[] = KINDS): Argument {
  return new Argument('<kind>', `which key: ${kinds.join(', ')}`).choices([...kinds])
}

async function newKey(kind: Kind, flags: Flags): Promise<void> {
  if (kind === 'validator') return saveValidatorKey(createValidatorKey(), flags, 'new')
  if (kind === 'account') return saveAccountKey(randomBytes(32), flags)
  const key = await createNodeKey()
  refuseExisting(keyPath(kind, flags))
  await writeNodeKey(keyPath(kind, flags), key)
  printTable([
    ['peer id', key.peerId],
    ['file', keyPath(kind, flags)],
  ])
}

async function importKey(kind: Kind, file: string, flags: Flags): Promise<void> {
  const text = readTextFile(file)
  const isHex = /^0x[0-9a-fA-F]{64}$/.test(text)
  if (kind === 'account') {
    if (!isHex) throw badKey(file, '0x and 64 hexadecimal digits')
    return saveAccountKey(hexToBytes(text), flags)
  }
  if (!isHex) {
    if (flags.passwordFile === undefined) throw badKey(file, 'for a keystore, --password-file with its password')
    return saveValidatorKey(readValidatorKey(file, flags.passwordFile), { ...flags, passwordFile: '' }, 'imported')
  }
  const key = BlsSecretKey.parse(hexToBytes(text))
  if (key === undefined) throw badKey(file, 'a scalar below the group order')
  return saveValidatorKey(key, flags, 'imported')
}

async function exportKey(kind: Kind, flags: Flags): Promise<void> {
  const path = keyPath(kind, flags)
  if (kind === 'validator') printLine(bytesToHex(readValidatorKey(path, passwordPath(flags)).toBytes()))
  else if (kind === 'node') printLine(bytesToHex((await readNodeKey(path)).privateKey))
  else printLine(readTextFile(path))
}

async function listKeys(flags: Flags): Promise<void> {
  const folder = join(resolve(flags.dataDir), 'keys')
  if (!existsSync(folder)) throw badKey(folder, 'a folder that `sahara init` or `sahara keys new` made')
  const rows: string[][] = []
  for (const file of readdirSync(folder).sort()) {
    const path = join(folder, file)
    if (file === 'node.key') rows.push(['node', (await readNodeKey(path)).peerId, path])
    else if (file.endsWith('.json')) rows.push(['validator', publicKeyOfKeystore(path), path])
    else if (file.startsWith('account') && file.endsWith('.key')) {
      rows.push(['account', addressFromPrivateKey(hexToBytes(readTextFile(path))), path])
    }
  }
  printTable(rows.length === 0 ? [['no keys in', folder]] : rows)
}

async function saveValidatorKey(key: BlsSecretKey, flags: Flags, origin: 'new' | 'imported'): Promise<void> {
  const path = keyPath('validator', flags)
  const isGiven = flags.passwordFile !== undefined && flags.passwordFile !== ''
  refuseExisting(path)
  if (isGiven) {
    const password = { text: readTextFile(flags.passwordFile as string), isRandom: false }
    writeValidatorKey(path, undefined, key, password, origin)
  } else writeValidatorKey(path, join(dirname(path), 'validator.password'), key, createPassword(), origin)
  printTable([
    ['validator key', key.publicKey],
    ['keystore', path],
  ])
}

function saveAccountKey(secret: Uint8Array, flags: Flags): void {
  const address = addressFromPrivateKey(secret)
  const path = keyPath('account', flags, address)
  writeTextFile(path, `${bytesToHex(secret)}\n`, 0o600)
  printTable([
    ['address', address],
    ['file', path],
  ])
}

function keyPath(kind: Kind, flags: Flags, address?: string): string {
  if (flags.output !== undefined) return resolve(flags.output)
  const folder = join(resolve(flags.dataDir), 'keys')
  if (kind === 'validator') return join(folder, 'validator.json')
  return join(folder, kind === 'node' ? 'node.key' : `account${address === undefined ? '' : `-${address}`}.key`)
}

function passwordPath(flags: Flags): string {
  return resolve(flags.passwordFile ?? join(flags.dataDir, 'keys', 'validator.password'))
}

function publicKeyOfKeystore(path: string): string {
  const pubkey = (readJsonFile(path) as { pubkey?: unknown }).pubkey
  return typeof pubkey === 'string' ? `0x${pubkey.replace(/^0x/, '')}` : 'not a keystore'
}

function refuseExisting(path: string): void {
  if (existsSync(path))
    throw new CodedError({ code: 'FILE_EXISTS', path }, `${path} exists already and is not replaced`)
}

function badKey(path: string, accepted: string): CodedError<{ code: 'BAD_OPTION'; option: string; accepted: string }> {
  return new CodedError(
    { code: 'BAD_OPTION', option: path, accepted },
    `${path} holds no such key; accepted: ${accepted}`,
  )
}
