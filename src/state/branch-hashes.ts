/**
 * Renaming children of a branch: the children and the branch stay what they are, some hashes change. This is what a block does
 * to nearly every branch it touches.
 *
 * Children are named by a mask (bit n = child n); their hashes lie in a list, in order of children.
 */

import { keccak256 } from '../crypto/keccak.ts'
import { type Branch, childOffset, copyBranch, extensionRef, leafKeyStart, type NodeRef } from './branch.ts'
import { nibbleOf } from './nibbles.ts'

const HASH_BYTES = 32
/** Longer than the RLP of any branch. */
const scratch = new Uint8Array(1024)
/** Views of the scratch by length: few lengths are used, and a view costs more than a look-up. */
const views: Uint8Array[] = []

/** The lowest child of a mask that is not 0. */
export function lowestChild(children: number): number {
  return 31 - Math.clz32(children & -children)
}

/** Writes the hashes of `children` into a list; returns the end. */
export function writeHashes(branch: Branch, children: number, out: Uint8Array, at: number): number {
  const { bytes } = branch
  let end = at
  for (let rest = children; rest !== 0; rest &= rest - 1) {
    const first = childOffset(branch, lowestChild(rest)) + 1
    for (let i = 0; i < HASH_BYTES; i++) out[end++] = bytes[first + i] as number
  }
  return end
}

/** Renames `children` in the branch itself, for who alone owns it; the list starts at `at`. */
export function renameInPlace(branch: Branch, children: number, hashes: Uint8Array, at: number): void {
  putHashes(branch.bytes, 0, branch, children, hashes, at)
}

/** A copy in which `children` are renamed. */
export function renamedBranch(branch: Branch, children: number, hashes: Uint8Array, at: number): Branch {
  const copy = copyBranch(branch)
  renameInPlace(copy, children, hashes, at)
  return copy
}

/** How a parent names the branch once `children` are renamed. */
export function renamedRef(branch: Branch, children: number, hashes: Uint8Array, at: number): NodeRef {
  const { rlpStart, keysStart, prefix } = branch.layout
  const length = keysStart - rlpStart
  scratch.set(branch.bytes.subarray(rlpStart, keysStart))
  putHashes(scratch, rlpStart, branch, children, hashes, at)
  let rlp = views[length]
  if (rlp === undefined) {
    rlp = scratch.subarray(0, length)
    views[length] = rlp
  }
  // A branch with a hash in it is longer than a hash.
  const ref = keccak256(rlp)
  return prefix === '' ? ref : extensionRef(prefix, ref)
}

/** True when the child, a leaf, has this key; the two are known to share the nibbles before `depth`. */
export function isLeafKey(branch: Branch, nibble: number, key: string, depth: number): boolean {
  const { bytes } = branch
  const start = leafKeyStart(branch, nibble)
  for (let i = depth >>> 1; i < HASH_BYTES; i++) {
    const byte = (nibbleOf(key.charCodeAt(2 * i)) << 4) | nibbleOf(key.charCodeAt(2 * i + 1))
    if (bytes[start + i] !== byte) return false
  }
  return true
}

function putHashes(
  out: Uint8Array,
  origin: number,
  branch: Branch,
  children: number,
  hashes: Uint8Array,
  at: number,
): void {
  let from = at
  for (let rest = children; rest !== 0; rest &= rest - 1) {
    const to = childOffset(branch, lowestChild(rest)) + 1 - origin
    for (let i = 0; i < HASH_BYTES; i++) out[to + i] = hashes[from++] as number
  }
}
