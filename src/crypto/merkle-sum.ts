/**
 * Merkle-sum trees: what a batch of contributors and their weights is committed to.
 *
 *   leaf   keccak256(0x00 ‖ index u64 ‖ account 20 ‖ weight u128), its sum is the weight
 *   node   keccak256(0x01 ‖ hash left 32 ‖ sum left u128 ‖ hash right 32 ‖ sum right u128), its sum is that of both
 *   empty  hash 0 and sum 0 at every level
 *
 * All integers are big-endian. Each node commits to the sums of both children, not to their total alone (which lets a
 * publisher prove more than the root's sum, ePrint 2018/1139), and a sum of 2^128 or more is refused: leaves that verify at
 * distinct indices of one root never weigh more together than the root says, whoever made the tree.
 *
 * A record is hash ‖ sum, 48 bytes. A proof is the records of the siblings from the leaf's level up. A multiproof is, level
 * by level from the leaves up and in ascending position, the records of those siblings that do not follow from the leaves.
 */

import { assert } from '../lib/assert.ts'
import { bytesToBigint, bytesToHex } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { keccak256 } from './keccak.ts'

/** Structurally the brands of types/primitives.ts, which this layer may not import. */
type HashText = `0x${string}` & { readonly __brand: 'Hash' }
type AddressText = `0x${string}` & { readonly __brand: 'Address' }

/** Levels above the leaves, at most: 2^24 leaves. */
export const MAX_SUM_DEPTH = 24
/** Hash and sum. */
export const SUM_RECORD_BYTES = 48
export const ACCOUNT_BYTES = 20
export const WEIGHT_BYTES = 16

const HASH_BYTES = 32
const UINT128_LIMIT = 1n << 128n

export type SumLeaf = { readonly index: bigint; readonly account: AddressText; readonly weight: bigint }
export type SumNode = { readonly hash: HashText; readonly sum: bigint }
export type SumRoot = { readonly hash: HashText; readonly total: bigint; readonly depth: number }

/** Why a leaf is not under a root. */
export type SumFailure =
  | { readonly code: 'NO_LEAVES' }
  /** `limit` is the number of places at the root's depth. */
  | { readonly code: 'INDEX_OUT_OF_RANGE'; readonly index: bigint; readonly limit: bigint }
  /** Indices of a multiproof are distinct and ascend. */
  | { readonly code: 'INDEX_NOT_ASCENDING'; readonly index: bigint; readonly position: number }
  /** In bytes. */
  | { readonly code: 'PROOF_LENGTH'; readonly expected: number; readonly actual: number }
  /** `level` counts from the leaves' 0. */
  | { readonly code: 'SUM_OVERFLOW'; readonly level: number }
  | { readonly code: 'ROOT_MISMATCH' }

const leafInput = new Uint8Array(1 + 8 + ACCOUNT_BYTES + WEIGHT_BYTES)
const leafView = new DataView(leafInput.buffer)
const leafText = Buffer.from(leafInput.buffer)
const nodeInput = new Uint8Array(1 + 2 * SUM_RECORD_BYTES)
const nodeView = new DataView(nodeInput.buffer)
nodeInput[0] = 1

/** The hash of a leaf. */
export function leafHash(leaf: SumLeaf): HashText {
  const record = new Uint8Array(SUM_RECORD_BYTES)
  writeLeafRecord(record, 0, leaf)
  return bytesToHex(record.subarray(0, HASH_BYTES)) as HashText
}

/** The node above two; two empty subtrees make an empty one. */
export function nodeHash(
  left: SumNode,
  right: SumNode,
): Result<SumNode, Extract<SumFailure, { code: 'SUM_OVERFLOW' }>> {
  const records = new Uint8Array(2 * SUM_RECORD_BYTES)
  writeRecord(records, 0, left)
  writeRecord(records, SUM_RECORD_BYTES, right)
  const isFitting = combineRecords(records, 0, records, SUM_RECORD_BYTES, records, 0)
  return isFitting ? ok(readSumRecord(records, 0)) : err({ code: 'SUM_OVERFLOW', level: 1 })
}

/** Verifies that `leaf` is under `root`. Costs one hash for the leaf and one for each level. */
export function verifyProof(root: SumRoot, leaf: SumLeaf, proof: Uint8Array): Result<undefined, SumFailure> {
  assert(root.depth <= MAX_SUM_DEPTH, 'the depth of a stored root is within the bound')
  const limit = 1n << BigInt(root.depth)
  if (leaf.index >= limit) return err({ code: 'INDEX_OUT_OF_RANGE', index: leaf.index, limit })
  const expected = root.depth * SUM_RECORD_BYTES
  if (proof.length !== expected) return err({ code: 'PROOF_LENGTH', expected, actual: proof.length })
  const record = new Uint8Array(SUM_RECORD_BYTES)
  writeLeafRecord(record, 0, leaf)
  let position = Number(leaf.index)
  for (let level = 0; level < root.depth; level++) {
    const sibling = level * SUM_RECORD_BYTES
    const isFitting =
      (position & 1) === 1
        ? combineRecords(proof, sibling, record, 0, record, 0)
        : combineRecords(record, 0, proof, sibling, record, 0)
    if (!isFitting) return err({ code: 'SUM_OVERFLOW', level: level + 1 })
    position >>= 1
  }
  return matchRoot(root, record)
}

/** Verifies that all `leaves`, with distinct ascending indices, are under `root`. */
export function verifyMultiproof(
  root: SumRoot,
  leaves: readonly SumLeaf[],
  proof: Uint8Array,
): Result<undefined, SumFailure> {
  assert(root.depth <= MAX_SUM_DEPTH, 'the depth of a stored root is within the bound')
  const shape = multiproofShape(
    root.depth,
    leaves.map(({ index }) => index),
  )
  if (!shape.ok) return shape
  const expected = shape.value.siblings * SUM_RECORD_BYTES
  if (proof.length !== expected) return err({ code: 'PROOF_LENGTH', expected, actual: proof.length })
  const records = new Uint8Array(leaves.length * SUM_RECORD_BYTES)
  leaves.forEach((leaf, i) => {
    writeLeafRecord(records, i * SUM_RECORD_BYTES, leaf)
  })
  const positions = leaves.map(({ index }) => Number(index))
  let taken = 0
  for (let level = 0; level < root.depth; level++) {
    const next = climb(positions, records, proof, taken)
    if (next === undefined) return err({ code: 'SUM_OVERFLOW', level: level + 1 })
    taken = next
  }
  return matchRoot(root, records)
}

/**
 * How many hashes and siblings a multiproof of these indices takes: what it costs is known before it is verified.
 * Refuses indices that do not ascend or lie outside the tree.
 */
export function multiproofShape(
  depth: number,
  indices: readonly bigint[],
): Result<{ readonly hashes: number; readonly siblings: number }, SumFailure> {
  const limit = 1n << BigInt(depth)
  if (indices.length === 0) return err({ code: 'NO_LEAVES' })
  for (const [position, index] of indices.entries()) {
    if (index >= limit) return err({ code: 'INDEX_OUT_OF_RANGE', index, limit })
    const previous = position === 0 ? -1n : (indices[position - 1] as bigint)
    if (index <= previous) return err({ code: 'INDEX_NOT_ASCENDING', index, position })
  }
  const positions = indices.map(Number)
  let hashes = positions.length
  let siblings = 0
  for (let level = 0; level < depth; level++) {
    siblings += parentsOf(positions).siblings
    hashes += positions.length
  }
  return ok({ hashes, siblings })
}

/** Replaces ascending positions by their parents'; tells how many siblings are not among them. */
function parentsOf(positions: number[]): { siblings: number } {
  let parents = 0
  let siblings = 0
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i] as number
    if ((position & 1) === 0 && positions[i + 1] === position + 1) i++
    else siblings++
    positions[parents++] = position >> 1
  }
  positions.length = parents
  return { siblings }
}

/** One level up, in place; how many siblings of `proof` are used by then, or undefined when a sum overflows. */
function climb(positions: number[], records: Uint8Array, proof: Uint8Array, taken: number): number | undefined {
  let parents = 0
  let used = taken
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i] as number
    const own = i * SUM_RECORD_BYTES
    const sibling = used * SUM_RECORD_BYTES
    const out = parents * SUM_RECORD_BYTES
    let isFitting: boolean
    if ((position & 1) === 0 && positions[i + 1] === position + 1) {
      isFitting = combineRecords(records, own, records, own + SUM_RECORD_BYTES, records, out)
      i++
    } else {
      used++
      isFitting =
        (position & 1) === 1
          ? combineRecords(proof, sibling, records, own, records, out)
          : combineRecords(records, own, proof, sibling, records, out)
    }
    if (!isFitting) return undefined
    positions[parents++] = position >> 1
  }
  positions.length = parents
  return used
}

function matchRoot(root: SumRoot, record: Uint8Array): Result<undefined, SumFailure> {
  const { hash, sum } = readSumRecord(record, 0)
  return hash === root.hash && sum === root.total ? ok(undefined) : err({ code: 'ROOT_MISMATCH' })
}

function writeLeafRecord(out: Uint8Array, offset: number, { index, account, weight }: SumLeaf): void {
  assert(weight >= 0n && weight < UINT128_LIMIT, 'a weight has 128 bits')
  leafView.setBigUint64(1, index)
  assert(leafText.write(account.slice(2), 9, ACCOUNT_BYTES, 'hex') === ACCOUNT_BYTES, 'an account has 20 bytes')
  leafView.setBigUint64(29, weight >> 64n)
  leafView.setBigUint64(37, BigInt.asUintN(64, weight))
  finishLeaf(out, offset)
}

/** The record of the leaf whose account and weight are at `position` of the columns. */
export function writeColumnLeaf(
  out: Uint8Array,
  offset: number,
  columns: { readonly accounts: Uint8Array; readonly weights: Uint8Array },
  position: number,
): void {
  leafView.setUint32(1, 0)
  leafView.setUint32(5, position)
  const account = position * ACCOUNT_BYTES
  for (let i = 0; i < ACCOUNT_BYTES; i++) leafInput[9 + i] = columns.accounts[account + i] as number
  const weight = position * WEIGHT_BYTES
  for (let i = 0; i < WEIGHT_BYTES; i++) leafInput[29 + i] = columns.weights[weight + i] as number
  finishLeaf(out, offset)
}

function finishLeaf(out: Uint8Array, offset: number): void {
  out.set(keccak256(leafInput), offset)
  for (let i = 0; i < WEIGHT_BYTES; i++) out[offset + HASH_BYTES + i] = leafInput[29 + i] as number
}

/** Writes the record above two others, which it may overwrite; false when the sum overflows. */
export function combineRecords(
  left: Uint8Array,
  leftOffset: number,
  right: Uint8Array,
  rightOffset: number,
  out: Uint8Array,
  outOffset: number,
): boolean {
  let bits = 0
  for (let i = 0; i < SUM_RECORD_BYTES; i++) {
    const a = left[leftOffset + i] as number
    const b = right[rightOffset + i] as number
    nodeInput[1 + i] = a
    nodeInput[1 + SUM_RECORD_BYTES + i] = b
    bits |= a | b
  }
  if (bits === 0) {
    out.fill(0, outOffset, outOffset + SUM_RECORD_BYTES)
    return true
  }
  out.set(keccak256(nodeInput), outOffset)
  return writeSum(out, outOffset + HASH_BYTES)
}

/** The sum of the two sums in `nodeInput`, in words of 32 bits from the lowest up. */
function writeSum(out: Uint8Array, offset: number): boolean {
  let carry = 0
  for (let i = WEIGHT_BYTES - 4; i >= 0; i -= 4) {
    const leftWord = nodeView.getUint32(1 + HASH_BYTES + i)
    const rightWord = nodeView.getUint32(1 + SUM_RECORD_BYTES + HASH_BYTES + i)
    const word = leftWord + rightWord + carry
    carry = word > 0xffff_ffff ? 1 : 0
    out[offset + i] = word >>> 24
    out[offset + i + 1] = word >>> 16
    out[offset + i + 2] = word >>> 8
    out[offset + i + 3] = word
  }
  return carry === 0
}

function writeRecord(out: Uint8Array, offset: number, { hash, sum }: SumNode): void {
  assert(sum >= 0n && sum < UINT128_LIMIT, 'a sum has 128 bits')
  out.set(Buffer.from(hash.slice(2), 'hex'), offset)
  const view = new DataView(out.buffer, out.byteOffset)
  view.setBigUint64(offset + HASH_BYTES, sum >> 64n)
  view.setBigUint64(offset + HASH_BYTES + 8, BigInt.asUintN(64, sum))
}

/** The hash and sum of a record. */
export function readSumRecord(records: Uint8Array, offset: number): SumNode {
  return {
    hash: bytesToHex(records.subarray(offset, offset + HASH_BYTES)) as HashText,
    sum: bytesToBigint(records.subarray(offset + HASH_BYTES, offset + SUM_RECORD_BYTES)),
  }
}
