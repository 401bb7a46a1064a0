/**
 * Brings a trie up whose stored branches lag behind by hashes (deferred-branches.ts): hashes anew, from the flat values, all
 * nodes on the ways to keys that changed since the oldest lag.
 *
 * The stored shape is the head's, so every node whose hash can have changed lies on the way of such a key, also where the
 * entry itself is gone. The root that comes out is the head's; anything else is damage.
 */

import { present } from '../lib/assert.ts'
import type { KvReader } from '../storage/kv.ts'
import type { Hash } from '../types/primitives.ts'
import { EMPTY_TRIE_ROOT } from './account.ts'
import {
  type Branch,
  branchRef,
  childRef,
  copyBranch,
  hasChild,
  isLeafChild,
  leafKeyOf,
  loneLeafKey,
  type NodeRef,
  setHash,
} from './branch.ts'
import { changedKeys } from './change-set.ts'
import { keyText } from './hashed-key.ts'
import { leafRef } from './leaf.ts'
import { digitOf, nibbleAt } from './nibbles.ts'
import { branchOf, rootOfBranch, rootOfLeaf, type TrieSource } from './trie.ts'

/** Keys of accounts, and of slots by account, that blocks changed. */
export type ChangedKeys = {
  readonly accounts: readonly string[]
  readonly slots: ReadonlyMap<string, readonly string[]>
}

/** What blocks `from` to `to` changed, sorted. */
export function keysChangedBetween(kv: KvReader, from: number, to: number): ChangedKeys {
  const accounts = new Set<string>()
  const slots = new Map<string, Set<string>>()
  for (let height = from; height <= to; height++) {
    for (const key of changedKeys(kv, height)) {
      const account = keyText(key.subarray(0, 32))
      accounts.add(account)
      if (key.length === 32) continue
      const ofAccount = slots.get(account) ?? new Set<string>()
      slots.set(account, ofAccount.add(keyText(key.subarray(32))))
    }
  }
  return {
    accounts: [...accounts].sort(),
    slots: new Map([...slots].map(([account, keys]) => [account, [...keys].sort()])),
  }
}

/** The trie's root after hashing the ways to `keys`, sorted; branches that change are given to `note` by path. */
export function bringUpTrie(
  source: TrieSource,
  keys: readonly string[],
  note: (path: string, branch: Branch) => void,
): Hash {
  const stored = branchOf(source, '')
  if (stored === undefined) return EMPTY_TRIE_ROOT
  const lone = loneLeafKey(stored)
  if (lone !== undefined) return rootOfLeaf(lone, source.leafValue(lone))
  return rootOfBranch(new BringUp(source, keys, note).branch('', stored, 0, keys.length))
}

class BringUp {
  private readonly source: TrieSource
  private readonly keys: readonly string[]
  private readonly note: (path: string, branch: Branch) => void

  constructor(source: TrieSource, keys: readonly string[], note: (path: string, branch: Branch) => void) {
    this.source = source
    this.keys = keys
    this.note = note
  }

  /** The branch at `path` as it should be; keys [from, to) lie under the path. */
  branch(path: string, stored: Branch, from: number, to: number): Branch {
    const { prefix } = stored.layout
    const base = path + prefix
    let first = from
    while (first < to && !this.key(first).startsWith(prefix, path.length)) first++
    let fresh: Branch | undefined
    for (let start = first; start < to && this.key(start).startsWith(prefix, path.length); ) {
      const nibble = nibbleAt(this.key(start), base.length)
      let end = start + 1
      while (end < to && this.isOnWay(end, base, nibble)) end++
      if (hasChild(stored, nibble)) {
        const ref = this.refOf(stored, base, nibble, start, end)
        if (isOtherHash(ref, childRef(stored, nibble))) {
          fresh ??= copyBranch(stored)
          setHash(fresh, nibble, ref)
        }
      }
      start = end
    }
    if (fresh !== undefined) this.note(path, fresh)
    return fresh ?? stored
  }

  private refOf(parent: Branch, base: string, nibble: number, from: number, to: number): NodeRef {
    if (isLeafChild(parent, nibble)) {
      const key = leafKeyOf(parent, nibble)
      return leafRef(key, base.length + 1, this.source.leafValue(key))
    }
    const path = base + digitOf(nibble)
    const child = present(branchOf(this.source, path), 'a branch that its parent names is stored')
    return branchRef(this.branch(path, child, from, to))
  }

  private isOnWay(index: number, base: string, nibble: number): boolean {
    const key = this.key(index)
    return key.startsWith(base) && nibbleAt(key, base.length) === nibble
  }

  private key(index: number): string {
    return this.keys[index] as string
  }
}

/** A child that lies inside its parent is written with it: only hashes lag. */
function isOtherHash(ref: NodeRef, stored: NodeRef): boolean {
  if (ref.length !== 32 || stored.length !== 32) return false
  for (let i = 0; i < 32; i++) if (ref[i] !== stored[i]) return true
  return false
}
