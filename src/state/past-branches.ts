/**
 * The branches on the way to one key as they were after a past block, or the last, from a snapshot of the database.
 *
 * A stored branch has the head's shape, but hashes of its children may lag behind (deferred-branches.ts). For each child that
 * is a branch the hash is that before the first change above the height asked for; without one, that after the last change
 * at or below it, as far back as stored branches may lag; without that, the stored one. Hashes of leaves are made from the
 * leaves' values.
 */

import type { KvReader } from '../storage/kv.ts'
import { type Branch, copyBranch, decodeBranch, isLeafChild, leafKeyOf, setHash } from './branch.ts'
import { renamedBranch } from './branch-hashes.ts'
import { deferredSince } from './deferred-branches.ts'
import { leafRef } from './leaf.ts'
import { nodeChangesOnWay, type PastChange } from './node-change-set.ts'
import { nodeKey } from './state-keys.ts'

const HASH_BYTES = 32
const ALL_CHILDREN = 0xffff

/** A branch on the way, and which children's hashes are known to be those of the height. */
type Past = { branch: Branch | undefined; known: number }

export class PastBranches {
  private readonly kv: KvReader
  private readonly byPath = new Map<string, Past>()

  /** The branches after block `height` on the way to `keyPath`, as node-change-set.ts writes it; `head` is the database's. */
  constructor(kv: KvReader, height: number, head: number, keyPath: string) {
    this.kv = kv
    for (let block = head; block > height; block--) {
      for (const change of nodeChangesOnWay(kv, block, keyPath)) this.takeBack(change)
    }
    const oldest = deferredSince(kv) ?? head + 1
    for (let block = height; block >= oldest; block--) {
      for (const change of nodeChangesOnWay(kv, block, keyPath)) this.bringUp(change)
    }
  }

  /** The branch at `path`; `depth` is where its key characters start, `leafValue` the values of the height. */
  get(path: string, depth: number, leafValue: (key: string) => Uint8Array): Branch | undefined {
    const { branch } = this.at(path)
    if (branch === undefined || branch.layout.leaves === 0 || branch.layout.embedded !== 0) return branch
    const fresh = copyBranch(branch)
    const below = depth + branch.layout.prefix.length + 1
    for (let n = 0; n < 16; n++) {
      if (!isLeafChild(branch, n)) continue
      const key = leafKeyOf(branch, n)
      setHash(fresh, n, leafRef(key, below, leafValue(key)))
    }
    return fresh
  }

  private at(path: string): Past {
    const held = this.byPath.get(path)
    if (held !== undefined) return held
    const bytes = this.kv.getSync(nodeKey(path))
    const past = { branch: bytes === undefined ? undefined : decodeBranch(bytes), known: 0 }
    this.byPath.set(path, past)
    return past
  }

  /** Undoes a change above the height; the changes come from the newest on. */
  private takeBack(change: PastChange): void {
    const past = this.at(change.path)
    if (change.kind === 'shape') {
      past.branch = change.before
      past.known = ALL_CHILDREN
    } else if (past.branch !== undefined) {
      past.branch = withHashes(past.branch, change.children, change.children, change.before)
      past.known |= change.children
    }
  }

  /** Meets a change at or below the height, from the newest on: what is not known yet is as that change left it. */
  private bringUp(change: PastChange): void {
    const past = this.at(change.path)
    if (change.kind === 'shape') {
      // A branch is written in the block that changes its shape: from then on nothing is older than the record.
      past.known = ALL_CHILDREN
    } else if (past.branch !== undefined) {
      past.branch = withHashes(past.branch, change.children, change.children & ~past.known, change.after)
      past.known |= change.children
    }
  }
}

/** The branch with the hashes of `wanted`, out of a list of `listed` children. */
function withHashes(branch: Branch, listed: number, wanted: number, hashes: Uint8Array): Branch {
  if (wanted === 0) return branch
  const list = new Uint8Array(hashes.length)
  let from = 0
  let to = 0
  for (let rest = listed; rest !== 0; rest &= rest - 1) {
    if ((wanted & rest & -rest) !== 0) {
      list.set(hashes.subarray(from, from + HASH_BYTES), to)
      to += HASH_BYTES
    }
    from += HASH_BYTES
  }
  return renamedBranch(branch, wanted, list, 0)
}
