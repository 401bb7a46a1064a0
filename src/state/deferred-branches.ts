/**
 * Which branches a block writes, and which wait.
 *
 * Most branches that a block changes got other hashes for some children and are otherwise what they were. Under load the same
 * ones change block after block, so each waits here, up to date in memory, and is written once for many blocks. A branch that
 * came, went or changed in any other way is written in its block. So the stored trie always has the head's shape, and what a
 * stored branch lags behind by are hashes alone, of children that changed since the oldest wait began. Change sets reach back
 * further than that; the stored height of the oldest wait says from where the branches are brought up (bring-up.ts).
 *
 * Each commit writes the longest waiting: at least `perCommit`, so that nothing ever waits in small blocks.
 */

import { assert, present } from '../lib/assert.ts'
import { metaKey } from '../storage/buckets.ts'
import type { KvOperation, KvReader } from '../storage/kv.ts'
import { decodeExactly, Writer } from '../types/codec.ts'
import type { BranchCell } from './branch-cell.ts'
import { nodeKey } from './state-keys.ts'
import type { HeldBranch, TrieNodes } from './trie-nodes.ts'

/** How many branches are held, and how long they wait. */
export type BranchBounds = {
  /** Renamed branches that every commit writes, if so many there are. */
  readonly perCommit: number
  /** Blocks that a branch waits at most; half of that when as many come as go. */
  readonly blocks: number
  /** Branches that wait at most. */
  readonly most: number
  /** Branches held decoded, beside those that wait. */
  readonly cached: number
}

/** Who holds the head's branches. */
export type BranchCells = { cellOf(held: HeldBranch, path: string): BranchCell }

/** What one commit does; `take` it once it is durable. */
export type BranchPlan = {
  readonly height: number
  readonly operations: readonly KvOperation[]
  /** The cells of the renamed branches, beside the columns of TrieNodes; undefined for what was taken back. */
  readonly cells: readonly (BranchCell | undefined)[]
  /** Branches that waited and are written. */
  readonly leaving: readonly BranchCell[]
  /** Branches that wait from now on. */
  readonly entering: readonly BranchCell[]
  /** Branches of another shape, which are written and wait no longer. */
  readonly reshaped: readonly string[]
  /** The height of the oldest wait after the commit. */
  readonly since: number | undefined
}

export class DeferredBranches {
  private readonly bounds: BranchBounds
  /** By path, in order of `since`. */
  private readonly waiting = new Map<string, BranchCell>()
  /** As the database has it. */
  private storedSince: number | undefined

  constructor(bounds: BranchBounds, storedSince: number | undefined) {
    this.bounds = bounds
    this.storedSince = storedSince
  }

  /** The branch at `path` if it waits. */
  get(path: string): BranchCell | undefined {
    return this.waiting.get(path)
  }

  /** The height of the oldest wait, from the database. */
  get since(): number | undefined {
    return this.storedSince
  }

  /** A branch that the database lags behind, found when the trie was brought up. */
  add(cell: BranchCell): void {
    assert(this.storedSince !== undefined, 'what lags behind has a height since which it does')
    cell.since = this.storedSince
    this.waiting.set(cell.path, cell)
  }

  /** What the commit of block `height` writes of its changed branches and of those that wait; `base` holds the head's. */
  plan(height: number, nodes: TrieNodes, base: BranchCells): BranchPlan {
    const operations: KvOperation[] = []
    const reshaped: string[] = []
    for (const [path, { before, after }] of nodes.shapes) {
      reshaped.push(path)
      if (after !== null) operations.push({ type: 'put', key: nodeKey(path), value: after.bytes })
      else if (before !== null) operations.push({ type: 'del', key: nodeKey(path) })
    }
    const cells = noteCells(nodes, base)
    let fresh = 0
    for (const cell of cells) if (cell?.since === 0) fresh++
    const leaving: BranchCell[] = []
    let quota = this.quota(this.waiting.size + fresh)
    let since: number | undefined
    for (const cell of this.waiting.values()) {
      if (nodes.shapes.has(cell.path)) continue
      if (quota <= 0 && cell.since > height - this.bounds.blocks) {
        since = cell.since
        break
      }
      quota--
      leaving.push(cell)
      operations.push(writing(cell, nodes))
    }
    const entering: BranchCell[] = []
    for (const cell of cells) {
      if (cell?.since !== 0) continue
      if (quota-- <= 0 && this.bounds.blocks > 0) entering.push(cell)
      else operations.push(writing(cell, nodes))
    }
    for (const cell of cells) if (cell !== undefined) cell.note = undefined
    since ??= entering.length > 0 ? height : undefined
    this.noteSince(operations, since)
    return { height, operations, cells, leaving, entering, reshaped, since }
  }

  /** The plan is durable. */
  take({ height, leaving, entering, reshaped, since }: BranchPlan): void {
    for (const path of reshaped) {
      const cell = this.waiting.get(path)
      if (cell === undefined) continue
      cell.since = 0
      this.waiting.delete(path)
    }
    for (const cell of leaving) {
      cell.since = 0
      this.waiting.delete(cell.path)
    }
    for (const cell of entering) {
      cell.since = height
      this.waiting.set(cell.path, cell)
    }
    this.storedSince = since
  }

  private quota(count: number): number {
    const { perCommit, blocks, most } = this.bounds
    return Math.max(perCommit, Math.ceil((2 * count) / Math.max(1, blocks)), count - most)
  }

  private noteSince(operations: KvOperation[], since: number | undefined): void {
    if (since === this.storedSince) return
    if (since === undefined) operations.push({ type: 'del', key: metaKey('deferred') })
    else operations.push({ type: 'put', key: metaKey('deferred'), value: new Writer(8).u64(since).finish() })
  }
}

/** The cells of the renamed branches, each with the index of its note until the plan is made. */
function noteCells(nodes: TrieNodes, base: BranchCells): (BranchCell | undefined)[] {
  const cells: (BranchCell | undefined)[] = []
  for (let i = 0; i < nodes.paths.length; i++) {
    if (nodes.children[i] === 0) {
      cells.push(undefined)
      continue
    }
    const cell = base.cellOf(nodes.held[i] as HeldBranch, nodes.paths[i] as string)
    cell.note = i
    cells.push(cell)
  }
  return cells
}

/** The operation that writes a branch as it is after the block. */
function writing(cell: BranchCell, nodes: TrieNodes): KvOperation {
  const branch = cell.note === undefined ? cell.branch : nodes.renamedAt(cell.note)
  return { type: 'put', key: nodeKey(cell.path), value: present(branch, 'a branch that is written is there').bytes }
}

/** The lowest height whose changes some stored branch does not show; undefined when all of them are as they should be. */
export function deferredSince(kv: KvReader): number | undefined {
  const bytes = kv.getSync(metaKey('deferred'))
  return bytes === undefined ? undefined : decodeExactly(bytes, (reader) => reader.u64())
}
