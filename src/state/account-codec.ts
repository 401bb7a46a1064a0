/**
 * Encodings of accounts and slots: RLP as the trie hashes it, and a short form for the flat state that leaves out the
 * storage root and code hash of an account that has neither.
 */

import { bytesToBigint, hexToBytes } from '../lib/bytes.ts'
import { hashFromBytes } from '../types/primitives.ts'
import { type Account, EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from './account.ts'

const EMPTY_CODE_BYTES = hexToBytes(EMPTY_CODE_HASH)
const EMPTY_ROOT_BYTES = hexToBytes(EMPTY_TRIE_ROOT)
const HAS_STORAGE = 1
const HAS_CODE = 2
const U64 = (1n << 64n) - 1n

const scratch = new Uint8Array(160)
/** Views of the scratch by length: few lengths are used, and a view costs more than a look-up. */
const views: Uint8Array[] = []
const word = new Uint8Array(8)
const wordView = new DataView(word.buffer)

/** RLP of [nonce, balance, storageRoot, codeHash]: a leaf's value in the account trie. A view that the next encoding overwrites. */
export function encodeAccountRlp(account: Account): Uint8Array {
  // Two bytes are left for the list's header: the payload is 68 bytes or more and always below 256.
  let at = writeRlpInteger(scratch, 2, account.nonce)
  at = writeRlpInteger(scratch, at, account.balance)
  scratch[at] = 0xa0
  scratch.set(account.storageRoot === EMPTY_TRIE_ROOT ? EMPTY_ROOT_BYTES : hexToBytes(account.storageRoot), at + 1)
  scratch[at + 33] = 0xa0
  scratch.set(account.codeHash === EMPTY_CODE_HASH ? EMPTY_CODE_BYTES : hexToBytes(account.codeHash), at + 34)
  at += 66
  scratch[0] = 0xf8
  scratch[1] = at - 2
  return rlpOf(at)
}

/** RLP of a slot's value, which is not zero: a leaf's value in a storage trie. A view that the next encoding overwrites. */
export function encodeSlotRlp(value: bigint): Uint8Array {
  return rlpOf(writeRlpInteger(scratch, 0, value))
}

function rlpOf(length: number): Uint8Array {
  const view = views[length] ?? scratch.subarray(0, length)
  views[length] = view
  return view
}

/** The short form of an account; a view that the next encoding overwrites. */
export function encodeAccount(account: Account): Uint8Array {
  const hasStorage = account.storageRoot !== EMPTY_TRIE_ROOT
  const hasCode = account.codeHash !== EMPTY_CODE_HASH
  scratch[0] = (hasStorage ? HAS_STORAGE : 0) | (hasCode ? HAS_CODE : 0)
  let at = writeSized(scratch, 1, account.nonce)
  at = writeSized(scratch, at, account.balance)
  if (hasStorage) {
    scratch.set(hexToBytes(account.storageRoot), at)
    at += 32
  }
  if (hasCode) {
    scratch.set(hexToBytes(account.codeHash), at)
    at += 32
  }
  return scratch.subarray(0, at)
}

/** Reads the short form of an account. */
export function decodeAccount(bytes: Uint8Array): Account {
  const flags = bytes[0] as number
  const nonceEnd = 2 + (bytes[1] as number)
  const balanceEnd = nonceEnd + 1 + (bytes[nonceEnd] as number)
  const codeStart = balanceEnd + ((flags & HAS_STORAGE) === 0 ? 0 : 32)
  return {
    nonce: readInteger(bytes.subarray(2, nonceEnd)),
    balance: readInteger(bytes.subarray(nonceEnd + 1, balanceEnd)),
    storageRoot: (flags & HAS_STORAGE) === 0 ? EMPTY_TRIE_ROOT : hashFromBytes(bytes.subarray(balanceEnd, codeStart)),
    codeHash: (flags & HAS_CODE) === 0 ? EMPTY_CODE_HASH : hashFromBytes(bytes.subarray(codeStart, codeStart + 32)),
  }
}

/** A slot's value in minimal big-endian bytes; a view that the next encoding overwrites. */
export function encodeSlot(value: bigint): Uint8Array {
  return scratch.subarray(0, writeInteger(scratch, 0, value))
}

/** Reads a slot's value. */
export function decodeSlot(bytes: Uint8Array): bigint {
  return readInteger(bytes)
}

function writeRlpInteger(out: Uint8Array, at: number, value: bigint): number {
  const end = writeInteger(out, at + 1, value)
  const length = end - at - 1
  if (length === 1 && (out[at + 1] as number) < 0x80) {
    out[at] = out[at + 1] as number
    return at + 1
  }
  out[at] = 0x80 + length
  return end
}

function writeSized(out: Uint8Array, at: number, value: bigint): number {
  const end = writeInteger(out, at + 1, value)
  out[at] = end - at - 1
  return end
}

/** Minimal big-endian bytes of a value below 2^256; returns the end. */
function writeInteger(out: Uint8Array, at: number, value: bigint): number {
  if (value === 0n) return at
  if (value > U64) {
    const end = writeInteger(out, at, value >> 64n)
    wordView.setBigUint64(0, value & U64)
    out.set(word, end)
    return end + 8
  }
  wordView.setBigUint64(0, value)
  let first = 0
  while (word[first] === 0) first++
  for (let i = first; i < 8; i++) out[at + i - first] = word[i] as number
  return at + 8 - first
}

function readInteger(bytes: Uint8Array): bigint {
  if (bytes.length > 6) return bytesToBigint(bytes)
  let value = 0
  for (const byte of bytes) value = value * 256 + byte
  return BigInt(value)
}
