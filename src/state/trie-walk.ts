/**
 * Walks a whole trie through its branches: for removing an account's storage, which is rare and small since EIP-6780.
 */

import { present } from '../lib/assert.ts'
import { type Branch, hasChild, isLeafChild, leafKeyOf, loneLeafKey } from './branch.ts'
import { digitOf } from './nibbles.ts'
import { branchOf, type TrieSource } from './trie.ts'

/** The keys of all entries. */
export function* leafKeysOf(source: TrieSource): Generator<string> {
  for (const { branch } of branchesOf(source)) {
    const lone = loneLeafKey(branch)
    if (lone !== undefined) yield lone
    for (let n = 0; n < 16; n++) if (isLeafChild(branch, n)) yield leafKeyOf(branch, n)
  }
}

/** All branches with their paths. */
export function* branchesOf(source: TrieSource): Generator<{ path: string; branch: Branch }> {
  const root = branchOf(source, '')
  if (root === undefined) return
  const open = [{ path: '', branch: root }]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    yield node
    const base = node.path + node.branch.layout.prefix
    for (let n = 15; n >= 0; n--) {
      if (!hasChild(node.branch, n) || isLeafChild(node.branch, n)) continue
      const path = base + digitOf(n)
      open.push({ path, branch: present(branchOf(source, path), 'a branch that its parent names is stored') })
    }
  }
}
