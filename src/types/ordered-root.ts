/**
 * The Merkle-Patricia root of a list under keys rlp(index): transactionsRoot and receiptsRoot. Built in one pass over the
 * sorted keys; nothing is kept.
 *
 * Nodes are written into buffers that are used again: an array of more than 64 bytes costs more to allocate and collect than
 * a leaf costs to hash.
 */

import { keccak256, keccak256Hash } from '../crypto/keccak.ts'
import { assert } from '../lib/assert.ts'
import type { Hash } from './primitives.ts'

/** The root of an empty trie: keccak(rlp('')). */
export const EMPTY_TRIE_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421' as Hash

/** The encoded value at an index; it may be a view of a buffer that the next call overwrites. */
export type ValueAt = (index: number) => Uint8Array

/** A key's nibbles (at most six) and where its value is. */
type Key = { readonly nibbles: readonly number[]; readonly index: number }

const MAX_VALUES = 0x10000
/** A branch: sixteen references of 33 bytes, an empty value, a header of three. */
const BRANCH_BYTES = 3 + 16 * 33 + 1
/** Room for a leaf's header, path and the value's own header. */
const LEAF_OVERHEAD = 16

/** The root over `values` in order; each value is already encoded. */
export function orderedTrieRoot(values: readonly Uint8Array[]): Hash {
  return orderedTrieRootOf(values.length, (index) => values[index] as Uint8Array)
}

/** The root over the values that `valueAt` gives for 0 to count - 1; it asks for each once, in the order of keys. */
export function orderedTrieRootOf(count: number, valueAt: ValueAt): Hash {
  assert(count <= MAX_VALUES, 'a list of transactions or receipts has at most 65,536 entries')
  if (count === 0) return EMPTY_TRIE_ROOT
  const keys: Key[] = []
  for (let index = 0; index < count; index++) keys.push({ nibbles: nibblesOf(index), index })
  keys.sort(byNibbles)
  const builder = new RootBuilder(keys, valueAt)
  return keccak256Hash(builder.node(0, count, 0))
}

/** The nibbles of rlp(index). */
function nibblesOf(index: number): number[] {
  if (index === 0) return [8, 0]
  if (index < 0x80) return [index >> 4, index & 15]
  if (index < 0x100) return [8, 1, index >> 4, index & 15]
  return [8, 2, index >> 12, (index >> 8) & 15, (index >> 4) & 15, index & 15]
}

function byNibbles(a: Key, b: Key): number {
  const length = Math.min(a.nibbles.length, b.nibbles.length)
  for (let i = 0; i < length; i++) {
    const difference = (a.nibbles[i] as number) - (b.nibbles[i] as number)
    if (difference !== 0) return difference
  }
  return a.nibbles.length - b.nibbles.length
}

class RootBuilder {
  private readonly keys: readonly Key[]
  private readonly valueAt: ValueAt
  /** One buffer for each depth: a branch is complete only when the nodes below it are. */
  private readonly branches: Uint8Array[] = []
  private leaf = new Uint8Array(1_024)

  constructor(keys: readonly Key[], valueAt: ValueAt) {
    this.keys = keys
    this.valueAt = valueAt
  }

  /** RLP of the node over keys [from, to), which share `depth` nibbles; a view that the next node of its kind overwrites. */
  node(from: number, to: number, depth: number): Uint8Array {
    const first = this.keys[from] as Key
    if (to - from === 1) return this.leafNode(first, depth)
    const shared = sharedNibbles(first, this.keys[to - 1] as Key, depth)
    if (shared > depth) return this.extensionNode(first, from, to, depth, shared)
    const buffer = this.branches[depth] ?? new Uint8Array(BRANCH_BYTES)
    this.branches[depth] = buffer
    let at = 3
    let start = from
    for (let nibble = 0; nibble < 16; nibble++) {
      let end = start
      while (end < to && (this.keys[end] as Key).nibbles[depth] === nibble) end++
      if (end === start) buffer[at++] = 0x80
      else at = writeReference(buffer, at, this.node(start, end, depth + 1))
      start = end
    }
    buffer[at++] = 0x80
    return withListHeader(buffer, 3, at)
  }

  private leafNode(key: Key, depth: number): Uint8Array {
    const value = this.valueAt(key.index)
    if (this.leaf.length < value.length + LEAF_OVERHEAD) this.leaf = new Uint8Array(2 * value.length + LEAF_OVERHEAD)
    let at = writeString(this.leaf, 5, compactPath(key.nibbles.slice(depth), true))
    at = writeString(this.leaf, at, value)
    return withListHeader(this.leaf, 5, at)
  }

  private extensionNode(first: Key, from: number, to: number, depth: number, shared: number): Uint8Array {
    const child = this.node(from, to, shared)
    const buffer = new Uint8Array(64)
    const at = writeString(buffer, 5, compactPath(first.nibbles.slice(depth, shared), false))
    return withListHeader(buffer, 5, writeReference(buffer, at, child))
  }
}

/** Sorted neighbours share least at the ends of the range, so comparing first and last is enough. */
function sharedNibbles(first: Key, last: Key, depth: number): number {
  let at = depth
  while (at < first.nibbles.length && first.nibbles[at] === last.nibbles[at]) at++
  return at
}

/** A node under 32 bytes stands in its parent itself, a longer one by its hash. */
function writeReference(out: Uint8Array, at: number, node: Uint8Array): number {
  if (node.length < 32) {
    out.set(node, at)
    return at + node.length
  }
  out[at] = 0xa0
  out.set(keccak256(node), at + 1)
  return at + 33
}

/** Hex-prefix encoding (Yellow Paper, appendix C). */
function compactPath(nibbles: readonly number[], isLeaf: boolean): Uint8Array {
  const isOdd = nibbles.length % 2 === 1
  const flags = (isLeaf ? 2 : 0) + (isOdd ? 1 : 0)
  const padded = isOdd ? [flags, ...nibbles] : [flags, 0, ...nibbles]
  const path = new Uint8Array(padded.length / 2)
  for (let i = 0; i < path.length; i++) path[i] = ((padded[2 * i] as number) << 4) | (padded[2 * i + 1] as number)
  return path
}

/** RLP of a byte string. */
function writeString(out: Uint8Array, at: number, bytes: Uint8Array): number {
  if (bytes.length === 1 && (bytes[0] as number) < 0x80) {
    out[at] = bytes[0] as number
    return at + 1
  }
  const start = at + headerBytes(bytes.length)
  writeHeader(out, start, bytes.length, 0x80)
  out.set(bytes, start)
  return start + bytes.length
}

/** Puts a list's header directly before its payload [start, end) and returns both. */
function withListHeader(buffer: Uint8Array, start: number, end: number): Uint8Array {
  const header = headerBytes(end - start)
  writeHeader(buffer, start, end - start, 0xc0)
  return buffer.subarray(start - header, end)
}

function headerBytes(length: number): number {
  if (length < 56) return 1
  if (length < 0x100) return 2
  return length < 0x10000 ? 3 : length < 0x1000000 ? 4 : 5
}

/** Writes the header of a payload of `length` bytes so that it ends at `end`. */
function writeHeader(out: Uint8Array, end: number, length: number, base: number): void {
  if (length < 56) {
    out[end - 1] = base + length
    return
  }
  const count = headerBytes(length) - 1
  for (let i = 0, rest = length; i < count; i++, rest = Math.floor(rest / 256)) out[end - 1 - i] = rest & 0xff
  out[end - 1 - count] = base + 55 + count
}
