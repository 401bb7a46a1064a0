/**
 * Updates a secure Merkle-Patricia trie by one sorted batch: the whole dirty set of a block at once, every dirty node
 * rebuilt and hashed once.
 *
 * The trie is read through `TrieSource`: branches by path, and the values of leaves that have to move. The answer is the new
 * root and the branches that changed, by path. Nothing is modified in place, so batches on
 * top of one another are overlays. The root equals that of Ethereum's trie of the same entries.
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
  copyBranch,
  hasChild,
  isLeafChild,
  leafKeyOf,
  leafRef,
  leafRlp,
  loneLeaf,
  loneLeafKey,
  type NodeRef,
  setHash,
  withPrefix,
} from './branch.ts'
import { digitOf, KEY_NIBBLES, nibbleAt, nibbleOf, sharedNibbles } from './nibbles.ts'

/** Reads the trie that a batch starts from. */
export interface TrieSource {
  /** The branch at a path, or undefined when there is none. */
  branch(path: string): Branch | undefined
  /** The value of an entry that is in the trie. */
  leafValue(key: string): Uint8Array
}

/** One change: the entry's key as 64 hexadecimal digits, and its new value, or null to remove it. */
export type TrieItem = { readonly key: string; readonly value: Uint8Array | null }

/**
 * A changed branch: as the source has it, and after the batch; null where there is none. `renamed`: bit n is set for child n
 * whose hash alone differs, when nothing else of the branch does; else 0.
 */
export type NodeChange = { readonly before: Branch | null; readonly after: Branch | null; readonly renamed: number }

/** Changed branches by path. */
export type TrieNodes = Map<string, NodeChange>

export type TrieUpdate = { readonly root: Hash; readonly nodes: TrieNodes }

/** A leaf; its value is fetched only if it has to be hashed anew. */
type Leaf = { readonly kind: 'leaf'; readonly key: string; readonly value: Uint8Array | undefined }
/** A branch; `isStored` when the source holds exactly it at exactly this path. */
type Inner = {
  readonly kind: 'branch'
  readonly branch: Branch
  readonly isStored: boolean
  /** Children renamed by this batch, as in NodeChange; `branch` is otherwise the one that was here. */
  readonly renamed: number
}
type Subtree = Leaf | Inner | undefined

/** Applies `items`, sorted by key without duplicates, and returns the new root; the new branches are added to `nodes`. */
export function updateTrie(source: TrieSource, items: readonly TrieItem[], nodes: TrieNodes = new Map()): TrieUpdate {
  return new Update(source, items, nodes).run()
}

const MISSING_BRANCH = 'a branch that its parent names is stored'

class Update {
  private readonly source: TrieSource
  private readonly items: readonly TrieItem[]
  private readonly nodes: TrieNodes

  constructor(source: TrieSource, items: readonly TrieItem[], nodes: TrieNodes) {
    this.source = source
    this.items = items
    this.nodes = nodes
  }

  run(): TrieUpdate {
    const stored = this.source.branch('')
    const before = stored === undefined ? undefined : rootSubtree(stored)
    const after = this.apply('', before, 0, this.items.length)
    if (after?.kind === 'leaf') {
      const value = after.value ?? this.source.leafValue(after.key)
      if (stored === undefined || before?.kind !== 'leaf' || before.key !== after.key) {
        this.put('', loneLeaf(after.key), stored ?? null)
      }
      return { root: rootOfLeaf(after.key, value), nodes: this.nodes }
    }
    if (after === undefined) {
      if (stored !== undefined) this.put('', null, stored)
      return { root: EMPTY_TRIE_ROOT, nodes: this.nodes }
    }
    // A lone leaf has a record but is no branch to `apply`.
    if (before?.kind === 'leaf') this.nodes.set('', { before: stored ?? null, after: after.branch, renamed: 0 })
    return { root: rootOfBranch(after.branch), nodes: this.nodes }
  }

  /** The subtree at `path` after items [from, to), all of which lie under the path; its branches are recorded. */
  private apply(path: string, before: Subtree, from: number, to: number): Subtree {
    const after = this.merge(path, before, from, to)
    const stored = before?.kind === 'branch' && before.isStored ? before.branch : null
    if (after?.kind === 'branch') {
      // Each position is applied once, and before its parent collapses: nothing was noted here yet.
      const renamed = stored === null ? 0 : after.renamed
      if (!after.isStored) this.nodes.set(path, { before: stored, after: after.branch, renamed })
    } else if (stored !== null) this.nodes.set(path, { before: stored, after: null, renamed: 0 })
    return after
  }

  private merge(path: string, before: Subtree, from: number, to: number): Subtree {
    if (from === to) return before
    if (before === undefined) return this.build(path.length, this.inserted(from, to))
    return before.kind === 'leaf' ? this.mergeLeaf(path, before, from, to) : this.mergeBranch(path, before, from, to)
  }

  private mergeLeaf(path: string, leaf: Leaf, from: number, to: number): Subtree {
    const first = this.item(from)
    if (to - from === 1 && first.key === leaf.key) {
      return first.value === null ? undefined : { kind: 'leaf', key: leaf.key, value: first.value }
    }
    const leaves = this.inserted(from, to)
    let isNamed = false
    for (let i = from; i < to && !isNamed; i++) isNamed = this.item(i).key === leaf.key
    if (leaves.length === 0) return isNamed ? undefined : leaf
    if (!isNamed) {
      const kept: Leaf = { kind: 'leaf', key: leaf.key, value: leaf.value ?? this.source.leafValue(leaf.key) }
      const at = leaves.findIndex((other) => other.key > kept.key)
      leaves.splice(at < 0 ? leaves.length : at, 0, kept)
    }
    return this.build(path.length, leaves)
  }

  private mergeBranch(path: string, before: Inner, from: number, to: number): Subtree {
    const { prefix } = before.branch.layout
    if (prefix === '') return this.mergeChildren(path, before, from, to)
    const shared = this.sharedPrefix(path.length, prefix, from, to)
    if (shared === undefined) return before
    if (shared === prefix.length) {
      // Removals of keys that leave the prefix name nothing; what is inserted lies between the first and last that stay.
      const [first, last] = this.under(path.length, prefix, from, to)
      return this.mergeChildren(path, before, first, last)
    }
    return this.split(path, before.branch, shared, from, to)
  }

  /** An insertion leaves the prefix after `shared` nibbles: a new branch there, the old one becomes its child. */
  private split(path: string, old: Branch, shared: number, from: number, to: number): Subtree {
    const nibble = nibbleOf(old.layout.prefix.charCodeAt(shared))
    const lower: Inner = {
      kind: 'branch',
      branch: withPrefix(old, old.layout.prefix.slice(shared + 1)),
      isStored: false,
      renamed: 0,
    }
    const common = old.layout.prefix.slice(0, shared)
    const refs = new Array<NodeRef | undefined>(16)
    const leafKeys = new Array<string | undefined>(16)
    const [first, last] = this.under(path.length, common, from, to)
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
    const { branch } = before
    const base = `${path}${branch.layout.prefix}`
    const groups = this.mergeGroups(base, from, to, (nibble, at) => this.childOf(branch, nibble, at))
    const depth = base.length + 1
    if (groups.length === 0) return before
    const replaced = this.replaceInPlace(branch, groups, depth)
    if (replaced !== undefined) {
      let renamed = 0
      // Only what is stored is a branch to compare with: another may have moved here from elsewhere.
      if (before.isStored) for (const { nibble } of groups) renamed |= 1 << nibble
      return { kind: 'branch', branch: replaced, isStored: false, renamed }
    }
    const refs = new Array<NodeRef | undefined>(16)
    const leafKeys = new Array<string | undefined>(16)
    for (let n = 0; n < 16; n++) {
      if (!hasChild(branch, n)) continue
      refs[n] = childRef(branch, n)
      if (isLeafChild(branch, n)) leafKeys[n] = leafKeyOf(branch, n)
    }
    for (const group of groups) this.place(refs, leafKeys, group.nibble, group.after, depth)
    return this.settle(path, branch.layout.prefix, refs, leafKeys, groups)
  }

  /** Merges each child that has items; returns those children as they are afterwards. */
  private mergeGroups(
    base: string,
    from: number,
    to: number,
    childOf: (nibble: number, path: string) => Subtree,
  ): Group[] {
    const depth = base.length
    const groups: Group[] = []
    for (let start = from; start < to; ) {
      const { key, value } = this.item(start)
      const nibble = nibbleAt(key, depth)
      let end = start + 1
      while (end < to && nibbleAt(this.item(end).key, depth) === nibble) end++
      // One text for the child's path: a text remembers its hash, and three maps are asked for it.
      const path = key.slice(0, depth + 1)
      const before = childOf(nibble, path)
      const isNewValue = before?.kind === 'leaf' && value !== null && end === start + 1 && before.key === key
      const after: Subtree = isNewValue ? { kind: 'leaf', key, value } : this.apply(path, before, start, end)
      if (after !== before) groups.push({ nibble, before, after })
      start = end
    }
    return groups
  }

  private childOf(branch: Branch, nibble: number, path: string): Subtree {
    if (!hasChild(branch, nibble)) return undefined
    if (isLeafChild(branch, nibble)) return { kind: 'leaf', key: leafKeyOf(branch, nibble), value: undefined }
    return { kind: 'branch', branch: present(this.source.branch(path), MISSING_BRANCH), isStored: true, renamed: 0 }
  }

  /** The common case: children change but remain what they are. Undefined when the shape changes. */
  private replaceInPlace(branch: Branch, groups: readonly Group[], depth: number): Branch | undefined {
    if (branch.layout.embedded !== 0) return undefined
    for (const { before, after } of groups) {
      if (before === undefined || after === undefined || before.kind !== after.kind) return undefined
      if (before.kind === 'leaf' && after.kind === 'leaf' && before.key !== after.key) return undefined
    }
    const replaced = copyBranch(branch)
    for (const { nibble, after } of groups) {
      const ref = this.refOf(after, depth)
      if (ref.length < 32) return undefined
      setHash(replaced, nibble, ref)
    }
    return replaced
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
    if (count > 1) return { kind: 'branch', branch: buildBranch(prefix, refs, leafKeys), isStored: false, renamed: 0 }
    const known = groups.find((group) => group.nibble === only)?.after
    const key = leafKeys[only]
    if (key !== undefined) return known ?? { kind: 'leaf', key, value: undefined }
    const childPath = `${path}${prefix}${digitOf(only)}`
    const child = known?.kind === 'branch' ? known.branch : present(this.source.branch(childPath), MISSING_BRANCH)
    // A child that changed in this batch has been put, with what is stored in its place; another is what is stored.
    this.put(childPath, null, known === undefined ? child : null)
    return {
      kind: 'branch',
      branch: withPrefix(child, `${prefix}${digitOf(only)}${child.layout.prefix}`),
      isStored: false,
      renamed: 0,
    }
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
    return { kind: 'branch', branch: buildBranch(prefix, refs, leafKeys), isStored: false, renamed: 0 }
  }

  private inserted(from: number, to: number): Leaf[] {
    const leaves: Leaf[] = []
    for (let i = from; i < to; i++) {
      const { key, value } = this.item(i)
      if (value !== null) leaves.push({ kind: 'leaf', key, value })
    }
    return leaves
  }

  /** The fewest nibbles that an insertion shares with the prefix; undefined when no item concerns what is under it. */
  private sharedPrefix(depth: number, prefix: string, from: number, to: number): number | undefined {
    let fewest: number | undefined
    for (let i = from; i < to; i++) {
      const { key, value } = this.item(i)
      let shared = 0
      while (shared < prefix.length && key.charCodeAt(depth + shared) === prefix.charCodeAt(shared)) shared++
      if (value === null && shared < prefix.length) continue
      if (fewest === undefined || shared < fewest) fewest = shared
    }
    return fewest
  }

  /** The items [first, last) whose keys continue with `prefix` at `depth`. */
  private under(depth: number, prefix: string, from: number, to: number): [number, number] {
    let first = from
    while (first < to && !this.item(first).key.startsWith(prefix, depth)) first++
    let last = first
    while (last < to && this.item(last).key.startsWith(prefix, depth)) last++
    return [first, last]
  }

  private refOf(subtree: Subtree, depth: number): NodeRef {
    assert(subtree !== undefined, 'only what is there has a name')
    if (subtree.kind === 'branch') return branchRef(subtree.branch)
    return leafRef(subtree.key, depth, subtree.value ?? this.source.leafValue(subtree.key))
  }

  /** Notes the branch at `path`; what is stored there, `before`, is taken from the first note. */
  private put(path: string, after: Branch | null, before: Branch | null): void {
    const noted = this.nodes.get(path)
    this.nodes.set(path, { before: noted === undefined ? before : noted.before, after, renamed: 0 })
  }

  private item(index: number): TrieItem {
    return this.items[index] as TrieItem
  }
}

/** A child that a batch changed. */
type Group = { readonly nibble: number; readonly before: Subtree; readonly after: Subtree }

function rootSubtree(stored: Branch): Subtree {
  const key = loneLeafKey(stored)
  return key === undefined
    ? { kind: 'branch', branch: stored, isStored: true, renamed: 0 }
    : { kind: 'leaf', key, value: undefined }
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
