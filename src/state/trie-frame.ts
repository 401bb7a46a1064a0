/**
 * What a batch finds and makes at one place of the trie (trie.ts): a subtree before or after it, and the children of a branch
 * that it changed.
 */

import type { Branch, NodeRef } from './branch.ts'
import type { HeldBranch } from './trie-nodes.ts'

/** A leaf; its value is fetched only if it has to be hashed anew. */
export type Leaf = { readonly kind: 'leaf'; readonly key: string; readonly value: Uint8Array | undefined }
/** A branch; `held` when the source holds exactly it at exactly this path. */
export type Inner = { readonly kind: 'branch'; readonly branch: Branch; readonly held: HeldBranch | undefined }
/** A branch that the source holds, with new hashes of some children: its note, and how a parent names it now. */
type Renamed = { readonly kind: 'renamed'; readonly index: number; readonly ref: NodeRef }
export type Subtree = Leaf | Inner | Renamed | undefined

/** A child that a batch changed. */
export type Group = { readonly nibble: number; readonly before: Subtree; readonly after: Subtree }

/** The children of one branch that the batch changed. */
export class Frame {
  /** New hashes of these children, in their order; valid while all of them remain what they are. */
  readonly hashes = new Uint8Array(16 * 32)
  children = 0
  isRenaming = true
  /** Children that are leaves with a new value, and their items; the others are in `groups`. */
  leaves = 0
  readonly items = new Array<number>(16).fill(0)
  groups: Group[] = []
  /** Where the next hash goes. */
  end = 0

  clear(): void {
    this.children = 0
    this.isRenaming = true
    this.leaves = 0
    if (this.groups.length > 0) this.groups = []
    this.end = 0
  }

  /** A child that is a branch. */
  add(nibble: number, ref: NodeRef): void {
    this.children |= 1 << nibble
    for (let i = 0; i < 32; i++) this.hashes[this.end + i] = ref[i] as number
    this.end += 32
  }

  /** A leaf with the value of `item`, whose hash has been written at the end of the hashes. */
  addLeaf(nibble: number, item: number): void {
    this.children |= 1 << nibble
    this.end += 32
    this.leaves |= 1 << nibble
    this.items[nibble] = item
  }
}
