/**
 * The node's ed25519 key, by which peers know it: kept in a file that only its owner can read, stable across restarts.
 */

import { mkdir, open, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  generateKeyPair,
  generateKeyPairFromSeed,
  privateKeyFromProtobuf,
  privateKeyToProtobuf,
} from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { bytesToHex, hexToBytes } from '../lib/bytes.ts'
import { CodedError, errorMessage } from '../lib/errors.ts'

export type NodeKey = {
  /** libp2p peer id, base58 text. */
  readonly peerId: string
  /** libp2p's protobuf of the private key. Never logged. */
  readonly privateKey: Uint8Array
}

export type NodeKeyFailure =
  | { readonly code: 'NODE_KEY_UNREADABLE'; readonly file: string }
  | { readonly code: 'NODE_KEY_MALFORMED'; readonly file: string }
  | { readonly code: 'NODE_KEY_EXPOSED'; readonly file: string; readonly mode: string }

const OWNER_ONLY = 0o600
const OTHERS_MASK = 0o077

/** A fresh random key. */
export async function createNodeKey(): Promise<NodeKey> {
  return nodeKeyOf(privateKeyToProtobuf(await generateKeyPair('Ed25519')))
}

/** The key of a 32-byte seed; for development networks whose keys are known to all. */
export async function nodeKeyFromSeed(seed: Uint8Array): Promise<NodeKey> {
  return nodeKeyOf(privateKeyToProtobuf(await generateKeyPairFromSeed('Ed25519', seed)))
}

/** Writes a key into a new file with mode 0600; fails with EEXIST rather than replace one. */
export async function writeNodeKey(file: string, key: NodeKey): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const handle = await open(file, 'wx', OWNER_ONLY)
  try {
    await handle.writeFile(`${bytesToHex(key.privateKey)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Reads a key file; stops with a NodeKeyFailure when it is unreadable, malformed or readable by others. */
export async function readNodeKey(file: string): Promise<NodeKey> {
  const { mode } = await stat(file).catch((thrown) => {
    throw new CodedError<NodeKeyFailure>({ code: 'NODE_KEY_UNREADABLE', file }, `node key: ${errorMessage(thrown)}`)
  })
  if ((mode & OTHERS_MASK) !== 0) {
    const text = (mode & 0o777).toString(8)
    const detail: NodeKeyFailure = { code: 'NODE_KEY_EXPOSED', file, mode: text }
    throw new CodedError(detail, `node key ${file} has mode ${text}: others can read it; set it to 600`)
  }
  try {
    return nodeKeyOf(hexToBytes((await readFile(file, 'utf8')).trim()))
  } catch {
    throw new CodedError<NodeKeyFailure>({ code: 'NODE_KEY_MALFORMED', file }, `node key ${file} holds no key`)
  }
}

/** Reads the key file, or creates it with a fresh key when there is none. */
export async function loadOrCreateNodeKey(file: string): Promise<NodeKey> {
  const exists = await stat(file).then(
    () => true,
    () => false,
  )
  if (exists) return readNodeKey(file)
  const key = await createNodeKey()
  await writeNodeKey(file, key)
  return key
}

function nodeKeyOf(protobuf: Uint8Array): NodeKey {
  const key = privateKeyFromProtobuf(protobuf)
  return { peerId: peerIdFromPrivateKey(key).toString(), privateKey: protobuf }
}
