/**
 * Leaves of the trie: Ethereum's leaf node, made of a key, how deep it hangs, and its value. They are stored nowhere; a branch
 * knows the keys of its leaves, and their values are in the flat state.
 */

import { keccak256Into } from '../crypto/keccak.ts'
import { assert } from '../lib/assert.ts'
import { type Branch, leafKeyStart, type NodeRef, refOf, writeListHeader } from './branch.ts'
import { writeLeafPath } from './nibbles.ts'
import { copyOf } from './slab.ts'

const KEY_BYTES = 32
const EMPTY_STRING = 0x80
/** Longer than any leaf: a key and a value of 255 bytes. */
const scratch = new Uint8Array(512)
/** Views of the scratch by length: few lengths are used, and a view costs more than a look-up. */
const views: Uint8Array[] = []
const keyRoom = Buffer.alloc(KEY_BYTES)

/** How a parent names a leaf that hangs `depth` nibbles deep. */
export function leafRef(key: string, depth: number, value: Uint8Array): NodeRef {
  return refOf(encode(key, depth, value))
}

/** The RLP of a leaf that hangs `depth` nibbles deep. */
export function leafRlp(key: string, depth: number, value: Uint8Array): Uint8Array {
  return copyOf(encode(key, depth, value))
}

/** Writes the hash of a leaf of `branch` to `out`; false, and nothing written, when the leaf is shorter than a hash. */
export function hashLeaf(
  branch: Branch,
  nibble: number,
  depth: number,
  value: Uint8Array,
  out: Uint8Array,
  at: number,
): boolean {
  const rlp = write(branch.bytes, leafKeyStart(branch, nibble), depth, value)
  if (rlp.length < 32) return false
  keccak256Into(rlp, out, at)
  return true
}

function encode(key: string, depth: number, value: Uint8Array): Uint8Array {
  keyRoom.write(key, 0, 'hex')
  return write(keyRoom, 0, depth, value)
}

/** Writes a leaf whose key starts at `start` of `keys`; a view that the next leaf overwrites. */
function write(keys: Uint8Array, start: number, depth: number, value: Uint8Array): Uint8Array {
  const pathLength = 1 + ((64 - depth) >>> 1)
  const pathHeader = pathLength === 1 ? 0 : 1
  const isBareValue = value.length === 1 && (value[0] as number) < 0x80
  const valueHeader = isBareValue ? 0 : value.length < 56 ? 1 : 2
  let at = writeListHeader(scratch, 0, pathHeader + pathLength + valueHeader + value.length)
  if (pathHeader === 1) scratch[at++] = EMPTY_STRING + pathLength
  at = writeLeafPath(scratch, at, keys, start, depth)
  if (valueHeader === 1) scratch[at++] = EMPTY_STRING + value.length
  else if (valueHeader === 2) {
    assert(value.length < 256, 'a leaf of the state is shorter than 256 bytes')
    scratch[at++] = 0xb8
    scratch[at++] = value.length
  }
  scratch.set(value, at)
  const length = at + value.length
  const view = views[length] ?? scratch.subarray(0, length)
  views[length] = view
  return view
}
