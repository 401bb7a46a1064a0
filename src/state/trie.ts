/**
 * Updates a secure Merkle-Patricia trie by one sorted batch: the whole dirty set of a block at once, every dirty node
 * rebuilt and hashed once.
 *
 * The trie is read through `TrieSource`: branches by path, and the values of leaves that have to move. The answer is the new
 * root and the branches that changed, in a `TrieNodes`. Nothing is modified in place, so batches on top of one another are
 * overlays. The root equals that of Ethereum's trie of the same entries.
 */

import { keccak256 } from '../crypto/keccak.ts'
import { assert, present } from '../lib/assert.ts'
import { type Hash, hashFromBytes } from '../types/primitives.ts'
import { EMPTY_TRIE_ROOT } from './account.ts'
import {
  type Branch,
  branchRef,
  buildBranch,
  childRef,
  hasChild,
  isLeafChild,
  leafKeyOf,
  loneLeaf,
  loneLeafKey,
  type NodeRef,
  withPrefix,
} from './branch.ts'
import { isLeafKey, lowestChild, renamedBranch, renamedRef } from './branch-hashes.ts'
import { hashLeaf, leafRef, leafRlp } from './leaf.ts'
import { digitOf, KEY_NIBBLES, nibbleAt, nibbleOf, sharedNibbles } from './nibbles.ts'
import { copyOf } from './slab.ts'
import { Frame, type Group, type Inner, type Leaf, type Subtree } from './trie-frame.ts'
import { sharedPrefix, type TrieItem, under } from './trie-items.ts'
import type { HeldBranch, TrieNodes } from './trie-nodes.ts'

/** Reads the trie that a batch starts from. */
export interface TrieSource {
  /**
   * The branch at a path, or undefined when there is none. Who comes from the branch above gives it, as it was given here,
   * and which child it asks for: the owner may know the way without the path.
   */
  held(path: string, above?: HeldBranch, nibble?: number): HeldBranch | undefined
  /** The value of an entry that is in the trie; a view that the next value may overwrite. */
  leafValue(key: string): Uint8Array
}

/**
 * Applies `items`, sorted by key without duplicates, and returns the new root; the branches that change are noted in `nodes`,
 * their paths preceded by `trie`.
 */
export function updateTrie(source: TrieSource, items: readonly TrieItem[], nodes: TrieNodes, trie = ''): Hash {
  return new Update(source, items, nodes, trie).run()
}

/** The branch at a path. */
export function branchOf(source: TrieSource, path: string): Branch | undefined {
  return source.held(path)?.branch
}

const MISSING_BRANCH = 'a branch that its parent names is stored'

class Update {
  private readonly source: TrieSource
  private readonly items: readonly TrieItem[]
  private readonly nodes: TrieNodes
  private readonly trie: string
  /** What is known of the children of each branch on the way to where the batch is. */
  private readonly frames: Frame[] = []
  private level = 0

  constructor(source: TrieSource, items: readonly TrieItem[], nodes: TrieNodes, trie: string) {
    this.source = source
    this.items = items
    this.nodes = nodes
    this.trie = trie
  }

  run(): Hash {
    const held = this.source.held('')
    const stored = held?.branch ?? null
    const before = stored === null ? undefined : rootSubtree(stored, held)
    const after = this.apply('', before, 0, this.items.length)
    if (after?.kind === 'leaf') {
      const value = after.value ?? this.source.leafValue(after.key)
      if (before?.kind !== 'leaf' || before.key !== after.key) this.put('', loneLeaf(after.key), stored)
      return rootOfLeaf(after.key, value)
    }
    if (after === undefined) {
      if (stored !== null) this.put('', null, stored)
      return EMPTY_TRIE_ROOT
    }
    if (after.kind === 'renamed') return hashFromBytes(after.ref)
    // A lone leaf has a record but is no branch to `apply`.
    if (before?.kind === 'leaf') this.put('', after.branch, stored)
    return rootOfBranch(after.branch)
  }

  /** The subtree at `path` after items [from, to), all of which lie under the path; its branches are recorded. */
  private apply(path: string, before: Subtree, from: number, to: number): Subtree {
    const after = this.merge(path, before, from, to)
    if (after?.kind === 'renamed') return after
    const stored = before?.kind === 'branch' ? (before.held?.branch ?? null) : null
    if (after?.kind === 'branch') {
      if (after.held === undefined) this.put(path, after.branch, stored)
    } else if (stored !== null) this.put(path, null, stored)
    return after
  }

  private merge(path: string, before: Subtree, from: number, to: number): Subtree {
    if (from === to) return before
    if (before === undefined) return this.build(path.length, this.inserted(from, to))
    assert(before.kind !== 'renamed', 'each position is merged once')
    return before.kind === 'leaf' ? this.mergeLeaf(path, before, from, to) : this.mergeBranch(path, before, from, to)
  }

  private mergeLeaf(path: string, leaf: Leaf, from: number, to: number): Subtree {
    const first = this.item(from)
    if (to - from === 1 && first.key === leaf.key) {
      return first.isRemoval ? undefined : leafOf(first)
    }
    const leaves = this.inserted(from, to)
    let isNamed = false
    for (let i = from; i < to && !isNamed; i++) isNamed = this.item(i).key === leaf.key
    if (leaves.length === 0) return isNamed ? undefined : leaf
    if (!isNamed) {
      const kept: Leaf = { ...leaf, value: leaf.value ?? copyOf(this.source.leafValue(leaf.key)) }
      const at = leaves.findIndex((other) => other.key > kept.key)
      leaves.splice(at < 0 ? leaves.length : at, 0, kept)
    }
    return this.build(path.length, leaves)
  }

  private mergeBranch(path: string, before: Inner, from: number, to: number): Subtree {
    const { prefix } = before.branch.layout
    if (prefix === '') return this.mergeChildren(path, before, from, to)
    const shared = sharedPrefix(this.items, path.length, prefix, from, to)
    if (shared === undefined) return before
    if (shared === prefix.length) {
      // Removals of keys that leave the prefix name nothing; what is inserted lies between the first and last that stay.
      const [first, last] = under(this.items, path.length, prefix, from, to)
      return this.mergeChildren(path, before, first, last)
    }
    return this.split(path, before.branch, shared, from, to)
  }

  /** An insertion leaves the prefix after `shared` nibbles: a new branch there, the old one becomes its child. */
  private split(path: string, old: Branch, shared: number, from: number, to: number): Subtree {
    const nibble = nibbleOf(old.layout.prefix.charCodeAt(shared))
    const moved = withPrefix(old, old.layout.prefix.slice(shared + 1))
    const lower: Inner = { kind: 'branch', branch: moved, held: undefined }
    const common = old.layout.prefix.slice(0, shared)
    const refs = new Array<NodeRef | undefined>(16)
    const leafKeys = new Array<string | undefined>(16)
    const [first, last] = under(this.items, path.length, common, from, to)
    const subtrees = this.mergeGroups(`${path}${common}`, first, last, (n) => (n === nibble ? lower : undefined))
    if (!subtrees.some((group) => group.nibble === nibble)) {
      this.put(`${path}${common}${digitOf(nibble)}`, lower.branch, null)
      subtrees.push({ nibble, before: undefined, after: lower })
    }
    const depth = path.length + shared + 1
    const kept = subtrees.filter((group) => group.after !== undefined)
    for (const group of kept) this.place(refs, leafKeys, group.nibble, group.after, depth)
    return this.settle(path, common, refs, leafKeys, kept)
  }

  private mergeChildren(path: string, before: Inner, from: number, to: number): Subtree {
    if (from === to) return before
    const { prefix } = before.branch.layout
    const base = prefix === '' ? path : path + prefix
    const frame = this.enter()
    for (let start = from; start < to; ) {
      const end = this.groupEnd(start, to, base.length)
      if (!this.renameLeaf(frame, before.branch, base.length, start, end)) {
        this.mergeChild(frame, before, base.length, start, end)
      }
      start = end
    }
    this.level--
    if (frame.children === 0 && frame.groups.length === 0) return before
    return frame.isRenaming ? this.rename(path, before, frame) : this.rebuild(path, before.branch, base, frame)
  }

  private enter(): Frame {
    const frame = this.frames[this.level] ?? new Frame()
    this.frames[this.level++] = frame
    frame.clear()
    return frame
  }

  private groupEnd(start: number, to: number, depth: number): number {
    const nibble = nibbleAt(this.item(start).key, depth)
    let end = start + 1
    while (end < to && nibbleAt(this.item(end).key, depth) === nibble) end++
    return end
  }

  /** The common case of all: one item is the new value of a child that is its leaf. False when it is another case. */
  private renameLeaf(frame: Frame, branch: Branch, depth: number, start: number, end: number): boolean {
    const item = this.item(start)
    const nibble = nibbleAt(item.key, depth)
    if (item.isRemoval || end !== start + 1 || !isLeafChild(branch, nibble)) return false
    if (branch.layout.embedded !== 0 || !isLeafKey(branch, nibble, item.key, depth)) return false
    if (!hashLeaf(branch, nibble, depth + 1, item.value(), frame.hashes, frame.end)) return false
    frame.addLeaf(nibble, start)
    return true
  }

  private mergeChild(frame: Frame, parent: Inner, depth: number, start: number, end: number): void {
    const { key } = this.item(start)
    const nibble = nibbleAt(key, depth)
    const path = key.slice(0, depth + 1)
    const before = this.childOf(parent, nibble, path)
    const after = this.apply(path, before, start, end)
    if (after === before) return
    const isBranch = before?.kind === 'branch' && (after?.kind === 'branch' || after?.kind === 'renamed')
    const ref = isBranch ? this.refOf(after, depth + 1) : undefined
    if (ref === undefined || ref.length < 32 || parent.branch.layout.embedded !== 0) frame.isRenaming = false
    else frame.add(nibble, ref)
    frame.groups.push({ nibble, before, after })
  }

  /** The branch with new hashes of children, which all remain what they are. */
  private rename(path: string, { branch, held }: Inner, { children, hashes }: Frame): Subtree {
    if (held === undefined) {
      return { kind: 'branch', branch: renamedBranch(branch, children, hashes, 0), held: undefined }
    }
    const index = this.nodes.noteRenamed(this.trie + path, held, children, hashes)
    return { kind: 'renamed', index, ref: renamedRef(branch, children, hashes, 0) }
  }

  /** The branch anew, after a change of shape. */
  private rebuild(path: string, branch: Branch, base: string, frame: Frame): Subtree {
    const refs = new Array<NodeRef | undefined>(16)
    const leafKeys = new Array<string | undefined>(16)
    for (let n = 0; n < 16; n++) {
      if (!hasChild(branch, n)) continue
      refs[n] = childRef(branch, n)
      if (isLeafChild(branch, n)) leafKeys[n] = leafKeyOf(branch, n)
    }
    for (let rest = frame.leaves; rest !== 0; rest &= rest - 1) {
      const nibble = lowestChild(rest)
      frame.groups.push({ nibble, before: undefined, after: leafOf(this.item(frame.items[nibble] as number)) })
    }
    for (const group of frame.groups) this.place(refs, leafKeys, group.nibble, group.after, base.length + 1)
    return this.settle(path, branch.layout.prefix, refs, leafKeys, frame.groups)
  }

  /** Merges what lies under each nibble after `base`; returns what changed. */
  private mergeGroups(base: string, from: number, to: number, childOf: (nibble: number) => Subtree): Group[] {
    const groups: Group[] = []
    for (let start = from; start < to; ) {
      const end = this.groupEnd(start, to, base.length)
      const { key } = this.item(start)
      const nibble = nibbleAt(key, base.length)
      const before = childOf(nibble)
      const after = this.apply(key.slice(0, base.length + 1), before, start, end)
      if (after !== before) groups.push({ nibble, before, after })
      start = end
    }
    return groups
  }

  private childOf(parent: Inner, nibble: number, path: string): Subtree {
    const { branch } = parent
    if (!hasChild(branch, nibble)) return undefined
    if (isLeafChild(branch, nibble)) return { kind: 'leaf', key: leafKeyOf(branch, nibble), value: undefined }
    const held = this.source.held(path, parent.held, nibble)
    return { kind: 'branch', branch: present(held?.branch, MISSING_BRANCH), held }
  }

  /** Makes a branch of what is left of sixteen children, or what a branch with fewer than two children collapses to. */
  private settle(
    path: string,
    prefix: string,
    refs: (NodeRef | undefined)[],
    leafKeys: (string | undefined)[],
    groups: readonly Group[],
  ): Subtree {
    let count = 0
    let only = 0
    for (let n = 0; n < 16; n++) {
      if (refs[n] === undefined) continue
      count++
      only = n
    }
    if (count === 0) return undefined
    if (count > 1) return { kind: 'branch', branch: buildBranch(prefix, refs, leafKeys), held: undefined }
    const known = groups.find((group) => group.nibble === only)?.after
    const key = leafKeys[only]
    if (key !== undefined) return known ?? { kind: 'leaf', key, value: undefined }
    const childPath = `${path}${prefix}${digitOf(only)}`
    const child = this.takeAway(childPath, known)
    const branch = withPrefix(child, `${prefix}${digitOf(only)}${child.layout.prefix}`)
    return { kind: 'branch', branch, held: undefined }
  }

  /** The branch at `path`, which moves up: `known` if the batch changed it. */
  private takeAway(path: string, known: Subtree): Branch {
    if (known?.kind === 'branch') {
      // It has been put, with what is stored in its place.
      this.put(path, null, null)
      return known.branch
    }
    if (known?.kind === 'renamed') {
      this.put(path, null, this.nodes.beforeAt(known.index))
      return this.nodes.takeBack(known.index)
    }
    const child = present(branchOf(this.source, path), MISSING_BRANCH)
    this.put(path, null, child)
    return child
  }

  private place(
    refs: (NodeRef | undefined)[],
    leafKeys: (string | undefined)[],
    nibble: number,
    subtree: Subtree,
    depth: number,
  ): void {
    refs[nibble] = subtree === undefined ? undefined : this.refOf(subtree, depth)
    leafKeys[nibble] = subtree?.kind === 'leaf' ? subtree.key : undefined
  }

  /** Builds a subtree of sorted leaves that share their first `depth` nibbles. */
  private build(depth: number, leaves: readonly Leaf[]): Subtree {
    const first = leaves[0]
    const last = leaves[leaves.length - 1]
    if (first === undefined || last === undefined) return undefined
    if (leaves.length === 1) return first
    const shared = sharedNibbles(first.key, last.key, depth)
    const fork = depth + shared
    assert(fork < KEY_NIBBLES, 'keys of a batch differ')
    const refs = new Array<NodeRef | undefined>(16)
    const leafKeys = new Array<string | undefined>(16)
    for (let start = 0; start < leaves.length; ) {
      const key = (leaves[start] as Leaf).key
      const nibble = nibbleAt(key, fork)
      let end = start + 1
      while (end < leaves.length && nibbleAt((leaves[end] as Leaf).key, fork) === nibble) end++
      const child = this.build(fork + 1, leaves.slice(start, end))
      if (child?.kind === 'branch') this.put(key.slice(0, fork + 1), child.branch, null)
      this.place(refs, leafKeys, nibble, child, fork + 1)
      start = end
    }
    const prefix = first.key.slice(depth, fork)
    return { kind: 'branch', branch: buildBranch(prefix, refs, leafKeys), held: undefined }
  }

  private inserted(from: number, to: number): Leaf[] {
    const leaves: Leaf[] = []
    for (let i = from; i < to; i++) {
      const item = this.item(i)
      if (!item.isRemoval) leaves.push(leafOf(item))
    }
    return leaves
  }

  private refOf(subtree: Subtree, depth: number): NodeRef {
    assert(subtree !== undefined, 'only what is there has a name')
    if (subtree.kind === 'renamed') return subtree.ref
    if (subtree.kind === 'branch') return branchRef(subtree.branch)
    return leafRef(subtree.key, depth, subtree.value ?? this.source.leafValue(subtree.key))
  }

  private put(path: string, after: Branch | null, before: Branch | null): void {
    this.nodes.noteShape(this.trie + path, before, after)
  }

  private item(index: number): TrieItem {
    return this.items[index] as TrieItem
  }
}

function leafOf(item: TrieItem): Leaf {
  return { kind: 'leaf', key: item.key, value: copyOf(item.value()) }
}

function rootSubtree(stored: Branch, held: HeldBranch | undefined): Leaf | Inner {
  const key = loneLeafKey(stored)
  return key === undefined ? { kind: 'branch', branch: stored, held } : { kind: 'leaf', key, value: undefined }
}

/** The root of a trie whose top is this branch. */
export function rootOfBranch(branch: Branch): Hash {
  const ref = branchRef(branch)
  return hashFromBytes(ref.length === 32 ? ref : keccak256(ref))
}

/** The root of a trie with one entry. */
export function rootOfLeaf(key: string, value: Uint8Array): Hash {
  return hashFromBytes(keccak256(leafRlp(key, 0, value)))
}
