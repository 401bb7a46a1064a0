/**
 * The Merkle-Patricia root of a list under keys rlp(index): transactionsRoot and receiptsRoot. Built in one pass over the
 * sorted keys; nothing is kept.
 */

import { keccak256, keccak256Hash } from '../crypto/keccak.ts'
import type { Hash } from './primitives.ts'
import { encodeRlp, encodeRlpListOf, rlpInteger } from './rlp.ts'

/** The root of an empty trie: keccak(rlp('')). */
export const EMPTY_TRIE_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421' as Hash

/** A key in nibbles with its value. */
type Leaf = { readonly nibbles: readonly number[]; readonly value: Uint8Array }

const EMPTY_STRING = Uint8Array.of(0x80)

/** The root over `values` in order; each value is already encoded. */
export function orderedTrieRoot(values: readonly Uint8Array[]): Hash {
  if (values.length === 0) return EMPTY_TRIE_ROOT
  const leaves = values.map((value, index) => ({ nibbles: nibblesOf(encodeRlp(rlpInteger(index))), value }))
  leaves.sort(byKey)
  return keccak256Hash(encodeNode(leaves, 0, leaves.length, 0))
}

function nibblesOf(key: Uint8Array): number[] {
  const nibbles: number[] = []
  for (const byte of key) nibbles.push(byte >> 4, byte & 15)
  return nibbles
}

function byKey(a: Leaf, b: Leaf): number {
  const length = Math.min(a.nibbles.length, b.nibbles.length)
  for (let i = 0; i < length; i++) {
    const difference = (a.nibbles[i] as number) - (b.nibbles[i] as number)
    if (difference !== 0) return difference
  }
  return a.nibbles.length - b.nibbles.length
}

/** RLP of the node over leaves [from, to), which share their first `depth` nibbles. No key is a prefix of another. */
function encodeNode(leaves: readonly Leaf[], from: number, to: number, depth: number): Uint8Array {
  const first = leaves[from] as Leaf
  if (to - from === 1) return encodeRlp([compactPath(first.nibbles.slice(depth), true), first.value])
  const shared = sharedPrefix(first, leaves[to - 1] as Leaf, depth)
  if (shared > depth) {
    const child = reference(encodeNode(leaves, from, to, shared))
    return encodeRlpListOf([encodeRlp(compactPath(first.nibbles.slice(depth, shared), false)), child])
  }
  const parts: Uint8Array[] = []
  let start = from
  for (let nibble = 0; nibble < 16; nibble++) {
    let end = start
    while (end < to && (leaves[end] as Leaf).nibbles[depth] === nibble) end++
    parts.push(end === start ? EMPTY_STRING : reference(encodeNode(leaves, start, end, depth + 1)))
    start = end
  }
  parts.push(EMPTY_STRING)
  return encodeRlpListOf(parts)
}

/** Sorted neighbours share least at the ends of the range, so comparing first and last is enough. */
function sharedPrefix(first: Leaf, last: Leaf, depth: number): number {
  let at = depth
  while (at < first.nibbles.length && first.nibbles[at] === last.nibbles[at]) at++
  return at
}

/** A node under 32 bytes stands in its parent itself, a longer one by its hash. */
function reference(node: Uint8Array): Uint8Array {
  return node.length < 32 ? node : encodeRlp(keccak256(node))
}

/** Hex-prefix encoding (Yellow Paper, appendix C). */
function compactPath(nibbles: readonly number[], isLeaf: boolean): Uint8Array {
  const isOdd = nibbles.length % 2 === 1
  const flags = (isLeaf ? 2 : 0) + (isOdd ? 1 : 0)
  const padded = isOdd ? [flags, ...nibbles] : [flags, 0, ...nibbles]
  return Uint8Array.from(
    { length: padded.length / 2 },
    (_, i) => ((padded[2 * i] as number) << 4) | (padded[2 * i + 1] as number),
  )
}
