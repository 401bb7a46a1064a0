/**
 * Bytes, hexadecimal text and big-endian integers.
 */

const HEX_PATTERN = /^0x(?:[0-9a-fA-F]{2})*$/

/** `0x`-prefixed lower-case hexadecimal of `bytes`. */
export function bytesToHex(bytes: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`
}

/** True for `0x` followed by whole bytes in hexadecimal. */
export function isHexBytes(text: string): boolean {
  return HEX_PATTERN.test(text)
}

/** Bytes of `0x`-prefixed hexadecimal that this program wrote or already checked; no validation on this hot path. */
export function hexToBytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.slice(2), 'hex'))
}

/** One array that holds all `parts` in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    out.set(part, offset)
    offset += part.length
  }
  return out
}

/** True when both hold the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Lexicographic order of bytes: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Eight big-endian bytes of a safe, non-negative integer. */
export function u64ToBytes(value: number | bigint): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, BigInt(value))
  return out
}

/** Four 64-bit words and their bytes, least significant first as every platform of Node has them. */
const words = new BigUint64Array(4)
const wordBytes = new Uint8Array(words.buffer)

/** Big-endian unsigned integer of any length; empty is zero. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  const { length } = bytes
  if (length === 0) return 0n
  if (length > 32) return BigInt(bytesToHex(bytes))
  // Words are three times faster than parsing hexadecimal text.
  wordBytes.fill(0)
  for (let i = 0; i < length; i++) wordBytes[length - 1 - i] = bytes[i] as number
  const [low = 0n, second = 0n, third = 0n, high = 0n] = words
  if (length <= 8) return low
  return (((((high << 64n) | third) << 64n) | second) << 64n) | low
}

const SIX_BYTES = 1n << 48n

function smallToBytes(value: number): Uint8Array {
  let length = 1
  for (let rest = value; rest >= 256; rest = Math.floor(rest / 256)) length++
  const bytes = new Uint8Array(length)
  for (let i = length - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest & 0xff
  return bytes
}

/** Minimal big-endian bytes of a non-negative integer; zero is empty. */
export function bigintToBytes(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0)
  // Six bytes fit a double; that path is five times faster than writing hexadecimal text.
  if (value < SIX_BYTES) return smallToBytes(Number(value))
  const text = value.toString(16)
  return hexToBytes(`0x${text.length % 2 === 0 ? text : `0${text}`}`)
}

/** Exactly 32 big-endian bytes of `value` < 2^256. */
export function bigintToBytes32(value: bigint): Uint8Array {
  return hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)
}
