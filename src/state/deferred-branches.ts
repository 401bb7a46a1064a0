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

import { assert } from '../lib/assert.ts'
import { metaKey } from '../storage/buckets.ts'
import type { KvOperation, KvReader } from '../storage/kv.ts'
import { decodeExactly, Writer } from '../types/codec.ts'
import type { Branch } from './branch.ts'
import { nodeKey } from './state-keys.ts'
import type { TrieNodes } from './trie.ts'

/** How long branches wait. */
export type BranchDeferral = {
  /** Renamed branches that every commit writes, if so many there are. */
  readonly perCommit: number
  /** Blocks that a branch waits at most; half of that when as many come as go. */
  readonly blocks: number
  /** Branches that wait at most. */
  readonly most: number
}

/** A branch as it is, and the block that first changed it after it was written. */
type Waiting = { branch: Branch; readonly since: number }
/** A renamed branch of a block; `waiting` if it waited already. */
type Renamed = { readonly path: string; readonly branch: Branch; readonly waiting: Waiting | undefined }

/** What one commit does; `take` it once it is durable. */
export type BranchPlan = {
  readonly height: number
  readonly operations: readonly KvOperation[]
  /** Paths that wait no longer. */
  readonly settled: readonly string[]
  /** Branches that wait from now on, or still. */
  readonly later: readonly Renamed[]
  /** The height of the oldest wait after the commit. */
  readonly since: number | undefined
}

export class DeferredBranches {
  private readonly deferral: BranchDeferral
  /** In order of `since`. */
  private readonly waiting = new Map<string, Waiting>()
  /** As the database has it. */
  private storedSince: number | undefined

  constructor(deferral: BranchDeferral, storedSince: number | undefined) {
    this.deferral = deferral
    this.storedSince = storedSince
  }

  /** The branch at `path` if it waits. */
  get(path: string): Branch | undefined {
    return this.waiting.get(path)?.branch
  }

  /** The height of the oldest wait, from the database. */
  get since(): number | undefined {
    return this.storedSince
  }

  /** A branch that the database lags behind, found when the trie was brought up. */
  add(path: string, branch: Branch): void {
    assert(this.storedSince !== undefined, 'what lags behind has a height since which it does')
    this.waiting.set(path, { branch, since: this.storedSince })
  }

  /** What the commit of block `height` writes of its changed branches and of those that wait. */
  plan(height: number, nodes: TrieNodes): BranchPlan {
    const operations: KvOperation[] = []
    const settled: string[] = []
    const renamed: Renamed[] = []
    let fresh = 0
    for (const [path, change] of nodes) {
      const { before, after } = change
      if (change.renamed !== 0 && after !== null) {
        const waiting = this.waiting.get(path)
        if (waiting === undefined) fresh++
        renamed.push({ path, branch: after, waiting })
      } else {
        settled.push(path)
        if (after !== null) operations.push({ type: 'put', key: nodeKey(path), value: after.bytes })
        else if (before !== null) operations.push({ type: 'del', key: nodeKey(path) })
      }
    }
    const write = (path: string, branch: Branch): void => {
      settled.push(path)
      operations.push({ type: 'put', key: nodeKey(path), value: branch.bytes })
    }
    let quota = this.quota(this.waiting.size + fresh)
    const leaving = new Set<Waiting>()
    const since = this.offer(nodes, (path, waiting, branch) => {
      if (quota <= 0 && waiting.since > height - this.deferral.blocks) return false
      quota--
      leaving.add(waiting)
      write(path, branch)
      return true
    })
    const later: Renamed[] = []
    for (const one of renamed) {
      if (one.waiting !== undefined && leaving.has(one.waiting)) continue
      if (one.waiting !== undefined || (quota <= 0 && this.deferral.blocks > 0)) later.push(one)
      else {
        quota--
        write(one.path, one.branch)
      }
    }
    const next = since ?? (later.length > 0 ? height : undefined)
    this.noteSince(operations, next)
    return { height, operations, settled, later, since: next }
  }

  /** The plan is durable. */
  take(plan: BranchPlan): void {
    for (const path of plan.settled) this.waiting.delete(path)
    for (const { path, branch, waiting } of plan.later) {
      if (waiting === undefined) this.waiting.set(path, { branch, since: plan.height })
      else waiting.branch = branch
    }
    this.storedSince = plan.since
  }

  private quota(count: number): number {
    const { perCommit, blocks, most } = this.deferral
    return Math.max(perCommit, Math.ceil((2 * count) / Math.max(1, blocks)), count - most)
  }

  /** Offers what waits, the longest waiting first, until `leaves` refuses one; returns since when that one waits. */
  private offer(
    nodes: TrieNodes,
    leaves: (path: string, waiting: Waiting, branch: Branch) => boolean,
  ): number | undefined {
    for (const [path, waiting] of this.waiting) {
      const change = nodes.get(path)
      // Written or removed by this block as it is.
      if (change !== undefined && change.renamed === 0) continue
      if (!leaves(path, waiting, change?.after ?? waiting.branch)) return waiting.since
    }
    return undefined
  }

  private noteSince(operations: KvOperation[], since: number | undefined): void {
    if (since === this.storedSince) return
    if (since === undefined) operations.push({ type: 'del', key: metaKey('deferred') })
    else operations.push({ type: 'put', key: metaKey('deferred'), value: new Writer(8).u64(since).finish() })
  }
}

/** The lowest height whose changes some stored branch does not show; undefined when all of them are as they should be. */
export function deferredSince(kv: KvReader): number | undefined {
  const bytes = kv.getSync(metaKey('deferred'))
  return bytes === undefined ? undefined : decodeExactly(bytes, (reader) => reader.u64())
}
