/**
 * Half-bytes of a 32-byte trie key. A path is written as hexadecimal text, one character a nibble, so that the path of a node
 * is a slice of its keys' text.
 */

const DIGITS = '0123456789abcdef'

/** Nibbles in a key of the secure trie. */
export const KEY_NIBBLES = 64

/** The nibble at `depth` of a key. */
export function nibbleAt(key: string, depth: number): number {
  return nibbleOf(key.charCodeAt(depth))
}

/** The character of a nibble. */
export function digitOf(nibble: number): string {
  return DIGITS.charAt(nibble)
}

/** The nibble of a character. */
export function nibbleOf(digit: number): number {
  return digit < 58 ? digit - 48 : digit - 87
}

/** Nibbles that `a` and `b` share from `depth` on. */
export function sharedNibbles(a: string, b: string, depth: number): number {
  let at = depth
  while (at < KEY_NIBBLES && a.charCodeAt(at) === b.charCodeAt(at)) at++
  return at - depth
}

/** Writes the hex-prefix encoding (Yellow Paper, appendix C) of the text's nibbles from `from` on; returns the end. */
export function writeHexPrefix(out: Buffer, at: number, nibbles: string, from: number, isLeaf: boolean): number {
  const isOdd = ((nibbles.length - from) & 1) === 1
  const flag = isLeaf ? (isOdd ? '3' : '20') : isOdd ? '1' : '00'
  return at + out.write(flag + nibbles.slice(from), at, 'hex')
}
