/**
 * Values in the form of JSON-RPC answers, and the strict reading of quantities and bytes with geth's reasons.
 */

/** What is wrong with a piece of hexadecimal text, in geth's words. */
export class HexSyntaxError extends Error {
  override readonly name = 'HexSyntaxError'
}

/** `0x` and the shortest hexadecimal form. */
export function quantity(value: bigint | number): string {
  return `0x${value.toString(16)}`
}

/** `0x` and two digits for each byte. */
export function dataHex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`
}

/** `0x` and 64 digits. */
export function word(value: bigint): string {
  return `0x${value.toString(16).padStart(64, '0')}`
}

const DIGITS = /^[0-9a-fA-F]+$/

/** Reads a quantity of at most `maxBits`; throws HexSyntaxError. */
export function parseQuantity(text: string, maxBits: 64 | 256): bigint {
  if (text.length === 0) throw new HexSyntaxError('empty hex string')
  const digits = withoutPrefix(text)
  if (digits.length === 0) throw new HexSyntaxError('hex string "0x"')
  if (digits.length > 1 && digits[0] === '0') throw new HexSyntaxError('hex number with leading zero digits')
  if (digits.length > maxBits / 4) throw new HexSyntaxError(`hex number > ${maxBits} bits`)
  if (!DIGITS.test(digits)) throw new HexSyntaxError('invalid hex string')
  return BigInt(`0x${digits}`)
}

/** Reads whole bytes; throws HexSyntaxError. An empty text is no bytes, as in geth. */
export function parseData(text: string): Uint8Array {
  if (text.length === 0) return new Uint8Array(0)
  const digits = withoutPrefix(text)
  if (digits.length % 2 !== 0) throw new HexSyntaxError('hex string of odd length')
  const bytes = Buffer.from(digits, 'hex')
  if (bytes.length * 2 !== digits.length) throw new HexSyntaxError('invalid hex string')
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

function withoutPrefix(text: string): string {
  if (text[0] !== '0' || (text[1] !== 'x' && text[1] !== 'X')) {
    throw new HexSyntaxError('hex string without 0x prefix')
  }
  return text.slice(2)
}
