/**
 * Half-bytes of a 32-byte trie key. A path is written as hexadecimal text, one character a nibble, so that the path of a node
 * is a slice of its keys' text.
 */

const DIGITS = '0123456789abcdef'

/** Nibbles in a key of the secure trie. */
export const KEY_NIBBLES = 64

/** The nibble at `depth` of a key. */
export function nibbleAt(key: Uint8Array, depth: number): number {
  const byte = key[depth >>> 1] as number
  return (depth & 1) === 0 ? byte >>> 4 : byte & 15
}

/** The character of a nibble. */
export function digitOf(nibble: number): string {
  return DIGITS.charAt(nibble)
}

/** The nibble of a character. */
export function nibbleOf(digit: number): number {
  return digit < 58 ? digit - 48 : digit - 87
}

/** Nibbles that `a` and `b` share from `depth` on, at most up to `limit`. */
export function sharedNibbles(a: Uint8Array, b: Uint8Array, depth: number, limit: number): number {
  let at = depth
  while (at < limit && nibbleAt(a, at) === nibbleAt(b, at)) at++
  return at - depth
}

/**
 * Writes the hex-prefix encoding (Yellow Paper, appendix C) of the key's nibbles [from, to) to `out` and returns the end.
 */
export function writeHexPrefix(
  out: Uint8Array,
  at: number,
  key: Uint8Array,
  from: number,
  to: number,
  isLeaf: boolean,
): number {
  let offset = at
  let next = from
  const flag = isLeaf ? 0x20 : 0
  if (((to - from) & 1) === 1) out[offset++] = flag | 0x10 | nibbleAt(key, next++)
  else out[offset++] = flag
  if ((next & 1) === 0) for (; next < to; next += 2) out[offset++] = key[next >>> 1] as number
  else for (; next < to; next += 2) out[offset++] = (nibbleAt(key, next) << 4) | nibbleAt(key, next + 1)
  return offset
}
