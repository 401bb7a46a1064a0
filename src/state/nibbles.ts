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

/** Writes the hex-prefix encoding (Yellow Paper, appendix C) of an extension's nibbles; returns the end. */
export function writeExtensionPath(out: Buffer, at: number, nibbles: string): number {
  return at + out.write((nibbles.length & 1) === 1 ? `1${nibbles}` : `00${nibbles}`, at, 'hex')
}

/** The same of a leaf that hangs `depth` nibbles deep: the rest of its key, whose 32 bytes start at `start` of `keys`. */
export function writeLeafPath(out: Uint8Array, at: number, keys: Uint8Array, start: number, depth: number): number {
  let offset = at
  out[offset++] = (depth & 1) === 0 ? 0x20 : 0x30 | ((keys[start + (depth >>> 1)] as number) & 15)
  for (let i = (depth + 1) >>> 1; i < KEY_NIBBLES / 2; i++) out[offset++] = keys[start + i] as number
  return offset
}
