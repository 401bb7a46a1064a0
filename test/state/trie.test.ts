/**
 * The batch-updated trie has the roots of Ethereum's, whatever is inserted, replaced and removed, and its stored branches
 * depend on the entries alone, not on the way there.
 */

import { createMPT } from '@ethereumjs/mpt'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { present } from '../../src/lib/assert.ts'
import { bytesToHex } from '../../src/lib/bytes.ts'
import { EMPTY_TRIE_ROOT } from '../../src/state/account.ts'
import type { Branch } from '../../src/state/branch.ts'
import { keyText } from '../../src/state/hashed-key.ts'
import { leadOf, sortItems } from '../../src/state/sort-items.ts'
import { updateTrie } from '../../src/state/trie.ts'
import type { TrieItem } from '../../src/state/trie-items.ts'
import { type HeldBranch, TrieNodes } from '../../src/state/trie-nodes.ts'
import { leafKeysOf } from '../../src/state/trie-walk.ts'

/** Keys that collide in long prefixes, so that extensions, splits and collapses are frequent. */
const collidingKey = fc
  .tuple(fc.nat(63), fc.constantFrom(0, 1, 16, 17), fc.constantFrom(0, 1, 2, 255))
  .map(([at, first, last]) => {
    const key = new Uint8Array(32)
    key[at >>> 1] = first
    key[31] = (key[31] as number) | last
    return key
  })
const anyKey = fc.oneof(collidingKey, collidingKey, fc.uint8Array({ minLength: 32, maxLength: 32 }))
/** One-byte values make leaves short enough to be embedded in their parents. */
const value = fc.oneof(
  fc.integer({ min: 1, max: 127 }).map((byte) => Uint8Array.of(byte)),
  fc.uint8Array({ minLength: 1, maxLength: 100 }),
)
const batches = fc.array(fc.array(fc.tuple(anyKey, fc.option(value)), { maxLength: 24 }), {
  minLength: 1,
  maxLength: 6,
})

/** The new root, and how many branches changed. */
type Applied = { readonly root: string; readonly changed: number }

/** The trie in two maps. */
class StoredTrie {
  readonly branches = new Map<string, Branch>()
  readonly values = new Map<string, Uint8Array>()

  held(path: string): HeldBranch | undefined {
    const branch = this.branches.get(path)
    return branch === undefined ? undefined : { branch }
  }

  leafValue(key: string): Uint8Array {
    return present(this.values.get(key), 'only the values of entries are asked for')
  }

  apply(items: readonly TrieItem[]): Applied {
    const nodes = new TrieNodes()
    const root = updateTrie(this, items, nodes)
    for (const [path, { before, after }] of nodes.shapes) {
      expect(this.branches.get(path)?.bytes).toEqual(before?.bytes)
      expect(nodes.branchAt(path)).toBe(after)
      if (after === null) this.branches.delete(path)
      else this.branches.set(path, after)
    }
    for (const [index, path] of nodes.paths.entries()) {
      if (nodes.children[index] === 0) continue
      expect(this.branches.get(path)).toBe(nodes.beforeAt(index))
      expect(nodes.branchAt(path)?.layout).toBe(nodes.beforeAt(index).layout)
      this.branches.set(path, nodes.renamedAt(index))
    }
    for (const item of items) {
      if (item.isRemoval) this.values.delete(item.key)
      else this.values.set(item.key, item.value())
    }
    return { root, changed: nodes.shapes.size + nodes.paths.length }
  }
}

function bytesOf(key: string): Uint8Array {
  return new Uint8Array(Buffer.from(key, 'hex'))
}

function itemOf(key: string, newValue: Uint8Array | null): TrieItem {
  return {
    key,
    lead: leadOf(key),
    isRemoval: newValue === null,
    value: () => present(newValue, 'a removed entry has no value'),
  }
}

function sorted(entries: readonly (readonly [Uint8Array, Uint8Array | null])[]): TrieItem[] {
  const items = new Map(entries.map(([key, newValue]) => [keyText(key), newValue]))
  return sortItems([...items].map(([key, newValue]) => itemOf(key, newValue)))
}

describe('the batch-updated trie', () => {
  it('has the root of @ethereumjs/mpt after every batch', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (all) => {
        const trie = new StoredTrie()
        const reference = await createMPT({ useKeyHashing: false })
        for (const batch of all) {
          const items = sorted(batch)
          const { root } = trie.apply(items)
          for (const item of items) {
            if (item.isRemoval) await reference.del(bytesOf(item.key))
            else await reference.put(bytesOf(item.key), item.value())
          }
          expect(root).toBe(bytesToHex(reference.root()))
        }
      }),
      { numRuns: 400 },
    )
  })

  it('stores the same branches as a trie built at once from the same entries', () => {
    fc.assert(
      fc.property(batches, (all) => {
        const trie = new StoredTrie()
        let root = ''
        for (const batch of all) root = trie.apply(sorted(batch)).root
        const again = new StoredTrie()
        const entries = [...trie.values].map(([text, one]) => [bytesOf(text), one] as const)
        expect(again.apply(sorted(entries)).root).toBe(root)
        expect([...again.branches.keys()].sort()).toEqual([...trie.branches.keys()].sort())
        for (const [path, branch] of again.branches) expect(trie.branches.get(path)?.bytes).toEqual(branch.bytes)
        expect([...leafKeysOf(trie)].sort()).toEqual([...trie.values.keys()].sort())
      }),
      { numRuns: 400 },
    )
  })

  it('is empty again when everything is removed', () => {
    const trie = new StoredTrie()
    const keys = Array.from({ length: 40 }, (_, i) => new Uint8Array(32).fill(i * 5))
    trie.apply(sorted(keys.map((key) => [key, Uint8Array.of(1)])))
    expect(trie.apply(sorted(keys.map((key) => [key, null]))).root).toBe(EMPTY_TRIE_ROOT)
    expect(trie.branches.size).toBe(0)
  })

  it('changes nothing when removed keys are not there', () => {
    const trie = new StoredTrie()
    const first = trie.apply(
      sorted([
        [new Uint8Array(32), Uint8Array.of(1)],
        [new Uint8Array(32).fill(1), Uint8Array.of(2)],
      ]),
    )
    const second = trie.apply(
      sorted([
        [new Uint8Array(32).fill(2), null],
        [new Uint8Array(32).fill(0x10), null],
      ]),
    )
    expect(second.root).toBe(first.root)
    expect(second.changed).toBe(0)
  })
})
