/**
 * The index beside a leaf file: what is derived from it once so that a proof or a look-up reads a few records from disk and
 * no tree is held in memory.
 *
 *   the records of every level of the tree, leaves first (crypto/merkle-sum-tree.ts) | the positions of all leaves, u32
 *   little-endian, sorted by account and then by position
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { ACCOUNT_BYTES, MAX_SUM_DEPTH, SUM_RECORD_BYTES, type SumLeaf, type SumRoot } from '../../crypto/merkle-sum.ts'
import { type LeafColumns, levelWidths, proveLeaves, type SumTree } from '../../crypto/merkle-sum-tree.ts'
import { assert, present } from '../../lib/assert.ts'
import { bytesToBigint, bytesToHex, compareBytes, hexToBytes } from '../../lib/bytes.ts'
import type { Address } from '../../types/primitives.ts'
import { decodeLeafHeader, LEAF_HEADER_BYTES } from './leaf-file.ts'

const POSITION_BYTES = 4
/** One past the greatest position. */
const MAX_POSITIONS = 2 ** MAX_SUM_DEPTH

/** The pieces of an index in order: to be written one after another, for together they are large. */
export function indexPieces(tree: SumTree, columns: LeafColumns): readonly Uint8Array[] {
  return [...tree.levels, new Uint8Array(sortedPositions(columns).buffer)]
}

/** The length of the index of `count` leaves. */
export function indexBytes(count: number): number {
  const records = levelWidths(count).reduce((sum, width) => sum + width, 0)
  return records * SUM_RECORD_BYTES + count * POSITION_BYTES
}

/** Numbers sort ten times faster than a comparison of bytes: first by 28 bits, then each run of equals by all of them. */
function sortedPositions({ accounts, count }: LeafColumns): Uint32Array {
  const view = new DataView(accounts.buffer, accounts.byteOffset)
  const keys = new Float64Array(count)
  for (let i = 0; i < count; i++) keys[i] = (view.getUint32(i * ACCOUNT_BYTES) >>> 4) * MAX_POSITIONS + i
  keys.sort()
  const positions = Uint32Array.from(keys, (key) => key % MAX_POSITIONS)
  const prefixAt = (rank: number) => Math.floor((keys[rank] as number) / MAX_POSITIONS)
  for (let start = 0; start < count; ) {
    let end = start + 1
    while (end < count && prefixAt(end) === prefixAt(start)) end++
    if (end - start > 1) sortRun(positions.subarray(start, end), accounts)
    start = end
  }
  return positions
}

function sortRun(positions: Uint32Array, accounts: Uint8Array): void {
  const accountOf = (position: number) => accounts.subarray(position * ACCOUNT_BYTES, (position + 1) * ACCOUNT_BYTES)
  positions.sort((a, b) => compareBytes(accountOf(a), accountOf(b)) || a - b)
}

/** A batch whose leaf file and index are open; `close` it. */
export class IndexedBatch {
  readonly root: SumRoot
  readonly count: number
  private readonly leafBytes: number
  private readonly leaves: number
  private readonly index: number
  /** Where each level begins in the index, and after them the positions. */
  private readonly starts: readonly number[]

  constructor(leafPath: string, indexPath: string) {
    this.leaves = openSync(leafPath, 'r')
    this.index = openSync(indexPath, 'r')
    const header = decodeLeafHeader(readAt(this.leaves, 0, LEAF_HEADER_BYTES))
    assert(header.ok, 'a stored leaf file was checked when it came')
    const { root, count, weightWidth } = header.value
    assert(fstatSync(this.index).size === indexBytes(count), 'an index is written whole')
    this.root = root
    this.count = count
    this.leafBytes = ACCOUNT_BYTES + weightWidth
    let next = 0
    this.starts = [0, ...levelWidths(count).map((width) => (next += width * SUM_RECORD_BYTES))]
  }

  /** The leaf at `index`. */
  leaf(index: number): SumLeaf {
    assert(index < this.count, 'a leaf of the batch is asked for')
    const bytes = readAt(this.leaves, LEAF_HEADER_BYTES + index * this.leafBytes, this.leafBytes)
    const account = bytesToHex(bytes.subarray(0, ACCOUNT_BYTES)) as Address
    return { index: BigInt(index), account, weight: bytesToBigint(bytes.subarray(ACCOUNT_BYTES)) }
  }

  /** The multiproof of ascending, distinct indices. */
  prove(indices: readonly number[]): Uint8Array {
    return proveLeaves(this.count, indices, (level, position) => {
      const start = present(this.starts[level], 'the level is of the tree')
      return readAt(this.index, start + position * SUM_RECORD_BYTES, SUM_RECORD_BYTES)
    })
  }

  /** The indices of an account's leaves, ascending, at most `limit`. */
  indicesOf(account: Address, limit: number): number[] {
    const wanted = hexToBytes(account)
    const found: number[] = []
    for (let rank = this.firstRankOf(wanted); rank < this.count && found.length < limit; rank++) {
      const index = this.indexAt(rank)
      if (compareBytes(this.accountBytes(index), wanted) !== 0) break
      found.push(index)
    }
    return found
  }

  close(): void {
    closeSync(this.leaves)
    closeSync(this.index)
  }

  /** The first rank whose account is not below `wanted`. */
  private firstRankOf(wanted: Uint8Array): number {
    let [low, high] = [0, this.count]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareBytes(this.accountBytes(this.indexAt(middle)), wanted) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  private indexAt(rank: number): number {
    const start = present(this.starts.at(-1), 'the positions follow the levels')
    const bytes = readAt(this.index, start + rank * POSITION_BYTES, POSITION_BYTES)
    return Buffer.from(bytes.buffer).readUInt32LE()
  }

  private accountBytes(index: number): Uint8Array {
    return readAt(this.leaves, LEAF_HEADER_BYTES + index * this.leafBytes, ACCOUNT_BYTES)
  }
}

function readAt(file: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  assert(readSync(file, bytes, 0, length, offset) === length, 'a stored leaf file is whole')
  return bytes
}
