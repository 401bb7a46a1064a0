/**
 * Branded text for what looks alike. A Hash is `0x` and 64 lower-case hexadecimal digits, an Address `0x` and 40: as
 * strings they are map keys and JSON without conversion.
 */

import { err, ok, type Result } from '../lib/result.ts'

export type Hash = `0x${string}` & { readonly __brand: 'Hash' }
export type Address = `0x${string}` & { readonly __brand: 'Address' }

/** Thirty-two zero bytes. */
export const ZERO_HASH = `0x${'00'.repeat(32)}` as Hash
/** The zero address. */
export const ZERO_ADDRESS = `0x${'00'.repeat(20)}` as Address

const HASH_PATTERN = /^0x[0-9a-f]{64}$/
const ADDRESS_PATTERN = /^0x[0-9a-fA-F]{40}$/

/** Parses a hash; refuses anything but `0x` and 64 hexadecimal digits. */
export function parseHash(text: string): Result<Hash, string> {
  const lower = text.toLowerCase()
  return HASH_PATTERN.test(lower)
    ? ok(lower as Hash)
    : err(`expected 0x and 64 hexadecimal digits, got ${text.slice(0, 80)}`)
}

/** Parses an address in any letter case; a checksum is not demanded. */
export function parseAddress(text: string): Result<Address, string> {
  return ADDRESS_PATTERN.test(text)
    ? ok(text.toLowerCase() as Address)
    : err(`expected 0x and 40 hexadecimal digits, got ${text.slice(0, 80)}`)
}

/** 32 bytes as a Hash; the caller guarantees the length. */
export function hashFromBytes(bytes: Uint8Array): Hash {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}` as Hash
}

/** 20 bytes as an Address; the caller guarantees the length. */
export function addressFromBytes(bytes: Uint8Array): Address {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}` as Address
}

/** An unsigned integer below 2^160 as an Address. */
export function addressFromBigint(value: bigint): Address {
  return `0x${value.toString(16).padStart(40, '0')}` as Address
}

/** An unsigned integer below 2^256 as a Hash. */
export function hashFromBigint(value: bigint): Hash {
  return `0x${value.toString(16).padStart(64, '0')}` as Hash
}
