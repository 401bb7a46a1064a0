/**
 * A branch of the trie as it is held and stored: Ethereum's branch node with the extension above it, if there is one.
 *
 * Its `bytes` are both the database value and the node: the branch's own RLP lies inside, so that hashing copies nothing,
 * replacing a child's hash is one copy of 32 bytes, and a proof is a slice. Leaves have no record of their own: beside the
 * RLP a branch keeps the whole key of each child that is a leaf; the leaf's value is in the flat state. A trie with one
 * entry is a record without children that keeps that one key.
 *
 * Layout: children u16, leaves u16, embedded u16 (bit n = child n), length of the RLP u16, length of the prefix u8, prefix
 * (one hexadecimal character a nibble), RLP, leaf keys (32 bytes each, in order of children).
 */

import { keccak256 } from '../crypto/keccak.ts'
import { assert } from '../lib/assert.ts'
import { keyText } from './hashed-key.ts'
import { writeExtensionPath } from './nibbles.ts'
import { allocate, copyOf } from './slab.ts'

const HEADER_BYTES = 9
const HASH_BYTES = 32
const KEY_BYTES = 32
/** RLP of a 32-byte string begins with this. */
const HASH_PREFIX = 0xa0
const EMPTY_STRING = 0x80
/** Longer than any node of the trie: a branch of sixteen hashes takes 532 bytes. */
const scratch = Buffer.alloc(1024)

/** How a parent names a node: its hash, or its RLP when that is shorter than a hash. */
export type NodeRef = Uint8Array

/** Where things are in a branch's bytes, and what its children are: all but the hashes. */
export type Layout = {
  readonly children: number
  readonly leaves: number
  readonly embedded: number
  /** The extension's nibbles as text; empty without an extension. */
  readonly prefix: string
  readonly rlpStart: number
  readonly childrenStart: number
  readonly keysStart: number
}

/** Branches that differ in hashes alone may share a layout. */
export type Branch = { readonly bytes: Uint8Array; readonly layout: Layout }

/** Reads a stored branch; `bytes` is kept. */
export function decodeBranch(bytes: Uint8Array): Branch {
  const prefixLength = bytes[8] as number
  const rlpStart = HEADER_BYTES + prefixLength
  const layout = {
    children: readU16(bytes, 0),
    leaves: readU16(bytes, 2),
    embedded: readU16(bytes, 4),
    prefix: prefixLength === 0 ? '' : latin1(bytes, HEADER_BYTES, rlpStart),
    rlpStart,
    childrenStart: rlpStart + listHeaderLengthAt(bytes, rlpStart),
    keysStart: rlpStart + readU16(bytes, 6),
  }
  return { bytes, layout }
}

/** A branch of the given children; `leafKeys[n]` is set for each child that is a leaf. */
export function buildBranch(
  prefix: string,
  refs: readonly (NodeRef | undefined)[],
  leafKeys: readonly (string | undefined)[],
): Branch {
  let children = 0
  let leaves = 0
  let embedded = 0
  let payload = 1
  let keys = 0
  for (let n = 0; n < 16; n++) {
    const ref = refs[n]
    if (ref === undefined) {
      payload++
      continue
    }
    children |= 1 << n
    if (ref.length < HASH_BYTES) embedded |= 1 << n
    payload += ref.length < HASH_BYTES ? ref.length : HASH_BYTES + 1
    if (leafKeys[n] === undefined) continue
    leaves |= 1 << n
    keys++
  }
  const rlpLength = listHeaderLength(payload) + payload
  const rlpStart = HEADER_BYTES + prefix.length
  const keysStart = rlpStart + rlpLength
  const bytes = allocate(keysStart + keys * KEY_BYTES)
  writeHeader(bytes, children, leaves, embedded, rlpLength, prefix)
  const childrenStart = writeListHeader(bytes, rlpStart, payload)
  let at = childrenStart
  let keyAt = keysStart
  for (let n = 0; n < 16; n++) {
    at = writeRef(bytes, at, refs[n])
    const key = leafKeys[n]
    if (refs[n] === undefined || key === undefined) continue
    writeKey(bytes, keyAt, key)
    keyAt += KEY_BYTES
  }
  bytes[at] = EMPTY_STRING
  return { bytes, layout: { children, leaves, embedded, prefix, rlpStart, childrenStart, keysStart } }
}

/** The record of a trie that has one entry. */
export function loneLeaf(key: string): Branch {
  const bytes = allocate(HEADER_BYTES + KEY_BYTES)
  writeKey(bytes, HEADER_BYTES, key)
  return decodeBranch(bytes)
}

/** The key of a trie's only entry, or undefined for a real branch. */
export function loneLeafKey(branch: Branch): string | undefined {
  return branch.layout.children === 0
    ? keyText(branch.bytes.subarray(HEADER_BYTES, HEADER_BYTES + KEY_BYTES))
    : undefined
}

export function hasChild(branch: Branch, nibble: number): boolean {
  return (branch.layout.children & (1 << nibble)) !== 0
}

export function isLeafChild(branch: Branch, nibble: number): boolean {
  return (branch.layout.leaves & (1 << nibble)) !== 0
}

/** The whole key of a child that is a leaf. */
export function leafKeyOf(branch: Branch, nibble: number): string {
  const at = leafKeyStart(branch, nibble)
  return keyText(branch.bytes.subarray(at, at + KEY_BYTES))
}

/** Where the key of a child that is a leaf starts. */
export function leafKeyStart(branch: Branch, nibble: number): number {
  const { leaves, keysStart } = branch.layout
  return keysStart + KEY_BYTES * countBits(leaves & ((1 << nibble) - 1))
}

/** How the branch names a child; a view. */
export function childRef(branch: Branch, nibble: number): NodeRef {
  const at = childOffset(branch, nibble)
  const first = branch.bytes[at] as number
  if (first === HASH_PREFIX) return branch.bytes.subarray(at + 1, at + 1 + HASH_BYTES)
  return branch.bytes.subarray(at, at + 1 + first - 0xc0)
}

/** A copy whose hashes may be set. */
export function copyBranch(branch: Branch): Branch {
  return { bytes: copyOf(branch.bytes), layout: branch.layout }
}

/** Renames a child of a branch that nobody else holds yet; the child was a hash and stays one. */
export function setHash(branch: Branch, nibble: number, ref: NodeRef): void {
  const at = childOffset(branch, nibble) + 1
  for (let i = 0; i < HASH_BYTES; i++) branch.bytes[at + i] = ref[i] as number
}

/** The same branch under another prefix. */
export function withPrefix(branch: Branch, prefix: string): Branch {
  const { layout } = branch
  const rlpStart = HEADER_BYTES + prefix.length
  const moved = rlpStart - layout.rlpStart
  const bytes = allocate(branch.bytes.length + moved)
  const { children, leaves, embedded } = layout
  writeHeader(bytes, children, leaves, embedded, layout.keysStart - layout.rlpStart, prefix)
  bytes.set(branch.bytes.subarray(layout.rlpStart), rlpStart)
  const childrenStart = layout.childrenStart + moved
  return { bytes, layout: { ...layout, prefix, rlpStart, childrenStart, keysStart: layout.keysStart + moved } }
}

/** The RLP of the branch node itself, without the extension; a view. */
export function branchRlp(branch: Branch): Uint8Array {
  return branch.bytes.subarray(branch.layout.rlpStart, branch.layout.keysStart)
}

/** The RLP of the extension above the branch, or undefined without one. */
export function extensionRlp(branch: Branch): Uint8Array | undefined {
  if (branch.layout.prefix === '') return undefined
  const end = writeExtension(branch.layout.prefix, refOf(branchRlp(branch)))
  return copyOf(scratch, 0, end)
}

/** How a parent names this branch, through its extension if it has one. */
export function branchRef(branch: Branch): NodeRef {
  const ref = refOf(branchRlp(branch))
  return branch.layout.prefix === '' ? ref : extensionRef(branch.layout.prefix, ref)
}

/** How a parent names the extension over a branch that the extension names `ref`. */
export function extensionRef(prefix: string, ref: NodeRef): NodeRef {
  return refOf(scratch.subarray(0, writeExtension(prefix, ref)))
}

/** How a parent names a node. */
export function refOf(rlp: Uint8Array): NodeRef {
  return rlp.length < HASH_BYTES ? copyOf(rlp) : keccak256(rlp)
}

/** Where the branch names a child, or would. */
export function childOffset(branch: Branch, nibble: number): number {
  const { childrenStart, keysStart, children, embedded } = branch.layout
  assert(childrenStart < keysStart, 'a lone leaf has no children')
  if (embedded === 0) return childrenStart + nibble + HASH_BYTES * countBits(children & ((1 << nibble) - 1))
  let at = childrenStart
  for (let n = 0; n < nibble; n++) {
    const first = branch.bytes[at] as number
    at += first === HASH_PREFIX ? HASH_BYTES + 1 : first === EMPTY_STRING ? 1 : 1 + first - 0xc0
  }
  return at
}

function writeExtension(prefix: string, ref: NodeRef): number {
  const pathLength = 1 + (prefix.length >>> 1)
  const pathHeader = pathLength === 1 ? 0 : 1
  const payload = pathHeader + pathLength + (ref.length < HASH_BYTES ? ref.length : HASH_BYTES + 1)
  let at = writeListHeader(scratch, 0, payload)
  if (pathHeader === 1) scratch[at++] = EMPTY_STRING + pathLength
  at = writeExtensionPath(scratch, at, prefix)
  return writeRef(scratch, at, ref)
}

function writeRef(out: Uint8Array, at: number, ref: NodeRef | undefined): number {
  if (ref === undefined) {
    out[at] = EMPTY_STRING
    return at + 1
  }
  if (ref.length < HASH_BYTES) {
    out.set(ref, at)
    return at + ref.length
  }
  out[at] = HASH_PREFIX
  out.set(ref, at + 1)
  return at + 1 + HASH_BYTES
}

function writeKey(out: Uint8Array, at: number, key: string): void {
  scratch.write(key, 0, 'hex')
  for (let i = 0; i < KEY_BYTES; i++) out[at + i] = scratch[i] as number
}

function writeHeader(
  bytes: Uint8Array,
  children: number,
  leaves: number,
  embedded: number,
  rlpLength: number,
  prefix: string,
): void {
  writeU16(bytes, 0, children)
  writeU16(bytes, 2, leaves)
  writeU16(bytes, 4, embedded)
  writeU16(bytes, 6, rlpLength)
  bytes[8] = prefix.length
  for (let i = 0; i < prefix.length; i++) bytes[HEADER_BYTES + i] = prefix.charCodeAt(i)
}

function listHeaderLength(payload: number): number {
  return payload < 56 ? 1 : payload < 256 ? 2 : 3
}

function listHeaderLengthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number
  return first < 0xf8 ? 1 : first - 0xf7 + 1
}

/** Writes the header of a list that is shorter than 64 KiB; returns the end. */
export function writeListHeader(out: Uint8Array, at: number, payload: number): number {
  if (payload < 56) {
    out[at] = 0xc0 + payload
    return at + 1
  }
  if (payload < 256) {
    out[at] = 0xf8
    out[at + 1] = payload
    return at + 2
  }
  out[at] = 0xf9
  out[at + 1] = payload >>> 8
  out[at + 2] = payload & 0xff
  return at + 3
}

function readU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value & 0xff
}

/** Bits set in sixteen. */
export function countBits(value: number): number {
  let bits = value - ((value >>> 1) & 0x5555)
  bits = (bits & 0x3333) + ((bits >>> 2) & 0x3333)
  bits = (bits + (bits >>> 4)) & 0x0f0f
  return (bits + (bits >>> 8)) & 0x1f
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}
