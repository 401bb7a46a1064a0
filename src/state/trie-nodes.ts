/**
 * The branches that a block changed, of all tries, by path as state-keys.ts writes it.
 *
 * A branch whose shape changed is kept whole, before and after. One of which only hashes of children changed, as nearly all
 * are, is kept as these hashes: in columns, for a block of thousands of transfers has ten thousand of them.
 */

import { assert } from '../lib/assert.ts'
import type { Branch } from './branch.ts'
import { countBits } from './branch.ts'
import { renamedBranch } from './branch-hashes.ts'

/** A branch as its owner holds it; undefined where there is none. */
export type HeldBranch = { readonly branch: Branch | undefined }

/** A branch that came, went or changed its shape; null where there is none. */
export type ShapeChange = { readonly before: Branch | null; readonly after: Branch | null }

const HASH_BYTES = 32

export class TrieNodes {
  /** Paths of renamed branches, beside: the branch before, the mask of children, where their hashes start. */
  readonly paths: string[] = []
  readonly held: HeldBranch[] = []
  /** 0 for what was taken back. */
  readonly children: number[] = []
  readonly starts: number[] = []
  /** The new hashes. */
  hashes = new Uint8Array(64 * HASH_BYTES)
  readonly shapes = new Map<string, ShapeChange>()
  private used = 0
  /** Where in the columns a path is, made when first asked for: overlays above ask, the head never does. */
  private indexes: Map<string, number> | undefined
  private readonly whole: (Branch | undefined)[] = []

  /** Notes a change of shape; what was at `path` first is taken from the first note that names something. */
  noteShape(path: string, before: Branch | null, after: Branch | null): void {
    this.shapes.set(path, { before: this.shapes.get(path)?.before ?? before, after })
  }

  /** Notes new hashes of `children`, listed from 0 on in `hashes`; returns the index of the note. */
  noteRenamed(path: string, held: HeldBranch, children: number, hashes: Uint8Array): number {
    assert(this.indexes === undefined, 'a sealed block changes nothing more')
    const length = HASH_BYTES * countBits(children)
    if (this.used + length > this.hashes.length) this.grow(length)
    for (let i = 0; i < length; i++) this.hashes[this.used + i] = hashes[i] as number
    this.paths.push(path)
    this.held.push(held)
    this.children.push(children)
    this.starts.push(this.used)
    this.used += length
    return this.paths.length - 1
  }

  /** Forgets a note: the branch goes away after all. Returns the branch as the note had it. */
  takeBack(index: number): Branch {
    const branch = this.renamedAt(index)
    this.children[index] = 0
    return branch
  }

  /** The branch of a note before the block. */
  beforeAt(index: number): Branch {
    const { branch } = this.held[index] as HeldBranch
    assert(branch !== undefined, 'what is renamed is there')
    return branch
  }

  /** The branch of a note with its new hashes. */
  renamedAt(index: number): Branch {
    const known = this.whole[index]
    if (known !== undefined) return known
    const children = this.children[index] as number
    return renamedBranch(this.beforeAt(index), children, this.hashes, this.starts[index] as number)
  }

  /** The branch at `path` after the block: null when it is gone, undefined when the block did not change it. */
  branchAt(path: string): Branch | null | undefined {
    const shape = this.shapes.get(path)
    if (shape !== undefined) return shape.after
    this.indexes ??= this.index()
    const index = this.indexes.get(path)
    if (index === undefined) return undefined
    const branch = this.renamedAt(index)
    this.whole[index] = branch
    return branch
  }

  private index(): Map<string, number> {
    const indexes = new Map<string, number>()
    for (let i = 0; i < this.paths.length; i++) if (this.children[i] !== 0) indexes.set(this.paths[i] as string, i)
    return indexes
  }

  private grow(length: number): void {
    const grown = new Uint8Array(2 * this.hashes.length + length)
    grown.set(this.hashes.subarray(0, this.used))
    this.hashes = grown
  }
}
