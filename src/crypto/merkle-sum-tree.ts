/**
 * A whole Merkle-sum tree in memory: built from columns of accounts and weights, asked for its root and for proofs.
 *
 * Every level is one flat array of records (hash ‖ sum, 48 bytes), so a tree of n leaves holds about 96 n bytes beside its
 * columns and no object for a node. Places from `count` on are empty. The depth is the least that holds the leaves.
 */

import { assert, present } from '../lib/assert.ts'
import { concatBytes } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import {
  combineRecords,
  MAX_SUM_DEPTH,
  readSumRecord,
  SUM_RECORD_BYTES,
  type SumRoot,
  writeColumnLeaf,
} from './merkle-sum.ts'

/** Leaf i is 20 bytes of `accounts` and 16 big-endian bytes of `weights`. */
export type LeafColumns = { readonly count: number; readonly accounts: Uint8Array; readonly weights: Uint8Array }

export type SumBuildFailure =
  | { readonly code: 'NO_LEAVES' }
  | { readonly code: 'TOO_MANY_LEAVES'; readonly count: number; readonly limit: number }
  | { readonly code: 'SUM_OVERFLOW'; readonly level: number }

/** Told of the hashes made and to be made, now and then. */
export type SumProgress = (done: number, total: number) => void

/** Hashes between two reports of progress: some ten milliseconds. */
const PROGRESS_STEP = 16_384

export class SumTree {
  readonly root: SumRoot
  readonly count: number
  /** Records of the leaves first, of the root last; a level of odd width ends with an empty record, the root's too. */
  readonly levels: readonly Uint8Array[]

  private constructor(levels: readonly Uint8Array[], count: number) {
    const depth = levels.length - 1
    const { hash, sum } = readSumRecord(present(levels[depth], 'a tree has a top level'), 0)
    this.root = { hash, total: sum, depth }
    this.levels = levels
    this.count = count
  }

  /** Hashes every leaf and node once. */
  static build(columns: LeafColumns, onProgress: SumProgress = () => {}): Result<SumTree, SumBuildFailure> {
    const { count } = columns
    const limit = 2 ** MAX_SUM_DEPTH
    if (count === 0) return err({ code: 'NO_LEAVES' })
    if (count > limit) return err({ code: 'TOO_MANY_LEAVES', count, limit })
    const progress = new Progress(hashesOf(count), onProgress)
    let level: Uint8Array = leafLevel(columns, progress)
    const levels = [level]
    for (let width = count; width > 1; width = Math.ceil(width / 2)) {
      const next = levelAbove(level, width, progress)
      if (next === undefined) return err({ code: 'SUM_OVERFLOW', level: levels.length })
      levels.push(next)
      level = next
    }
    return ok(new SumTree(levels, count))
  }

  /** The siblings of the leaf at `index`, from its level up. */
  prove(index: number): Uint8Array {
    assert(index >= 0 && index < this.count, 'a proof is asked of a leaf of the tree')
    const proof = new Uint8Array(this.root.depth * SUM_RECORD_BYTES)
    for (let level = 0; level < this.root.depth; level++) {
      proof.set(this.record(level, (index >> level) ^ 1), level * SUM_RECORD_BYTES)
    }
    return proof
  }

  /** One proof of several leaves; `indices` are distinct and ascend. Of one leaf it is that leaf's proof. */
  proveMany(indices: readonly number[]): Uint8Array {
    return proveLeaves(this.count, indices, (level, position) => this.record(level, position))
  }

  /** What the root is the hash of, as `append` takes it: the records of its two children; undefined at depth 0. */
  rootPreimage(): { readonly left: SumNodeText; readonly right: SumNodeText } | undefined {
    const below = this.levels[this.root.depth - 1]
    if (below === undefined) return undefined
    return { left: readSumRecord(below, 0), right: readSumRecord(below, SUM_RECORD_BYTES) }
  }

  /** A record of a level; those past its end are empty. */
  private record(level: number, position: number): Uint8Array {
    const records = present(this.levels[level], 'the level is of the tree')
    const offset = position * SUM_RECORD_BYTES
    return offset < records.length
      ? records.subarray(offset, offset + SUM_RECORD_BYTES)
      : new Uint8Array(SUM_RECORD_BYTES)
  }
}

type SumNodeText = ReturnType<typeof readSumRecord>

/** The least depth that holds `count` leaves. */
export function depthOf(count: number): number {
  return Math.ceil(Math.log2(count))
}

/** The records in each level of a tree of `count` leaves, as SumTree holds them. */
export function levelWidths(count: number): number[] {
  const widths: number[] = []
  for (let width = count; ; width = Math.ceil(width / 2)) {
    widths.push(width + (width & 1))
    if (width === 1) return widths
  }
}

/** A multiproof made of records that may lie anywhere; `indices` are distinct and ascend. */
export function proveLeaves(
  count: number,
  indices: readonly number[],
  record: (level: number, position: number) => Uint8Array,
): Uint8Array {
  assert(
    indices.every((index, i) => index < count && index > (indices[i - 1] ?? -1)),
    'a multiproof is asked of distinct leaves of the tree in ascending order',
  )
  const siblings: Uint8Array[] = []
  let positions: readonly number[] = indices
  for (let level = 0; level < depthOf(count); level++) {
    const known = new Set(positions)
    for (const position of positions) if (!known.has(position ^ 1)) siblings.push(record(level, position ^ 1))
    positions = [...new Set(positions.map((position) => position >> 1))]
  }
  return concatBytes(...siblings)
}

/** Counts hashes and reports them. */
class Progress {
  private done = 0
  private readonly total: number
  private readonly report: SumProgress

  constructor(total: number, report: SumProgress) {
    this.total = total
    this.report = report
  }

  step(): void {
    this.done++
    if (this.done % PROGRESS_STEP === 0 || this.done === this.total) this.report(this.done, this.total)
  }
}

/** Hashes in a tree of `count` leaves, the leaves' own included. */
function hashesOf(count: number): number {
  let total = count
  for (let width = count; width > 1; ) {
    width = Math.ceil(width / 2)
    total += width
  }
  return total
}

/** Rounded up to a pair, so that the last node of a level finds an empty right sibling in place. */
function newLevel(width: number): Uint8Array {
  return new Uint8Array((width + (width & 1)) * SUM_RECORD_BYTES)
}

function leafLevel(columns: LeafColumns, progress: Progress): Uint8Array {
  const records = newLevel(columns.count)
  for (let i = 0; i < columns.count; i++) {
    writeColumnLeaf(records, i * SUM_RECORD_BYTES, columns, i)
    progress.step()
  }
  return records
}

function levelAbove(below: Uint8Array, width: number, progress: Progress): Uint8Array | undefined {
  const parents = Math.ceil(width / 2)
  const records = newLevel(parents)
  for (let i = 0; i < parents; i++) {
    const left = 2 * i * SUM_RECORD_BYTES
    if (!combineRecords(below, left, below, left + SUM_RECORD_BYTES, records, i * SUM_RECORD_BYTES)) return undefined
    progress.step()
  }
  return records
}
