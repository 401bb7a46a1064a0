/**
 * The change set of a block: for each account and slot that it wrote, the record before.
 *
 * Entries lie in pages of the database by the leading bits of their trie key, so that a look-up reads two small values and a
 * block of a few changes costs one. The first byte of page 0 tells how many bits choose the page.
 */

import { BUCKET, pageKey } from '../storage/buckets.ts'
import type { KvOperation, KvReader } from '../storage/kv.ts'

/** What a block wrote, as the committer knows it. */
export type Change = {
  /** The key of the flat account or slot in the database: a byte, then 32 or 64. */
  readonly flatKey: Uint8Array
  /** The record, one character a byte; absent when there was none. */
  readonly before: string | undefined
  /** True when the block removed the value: its record is then kept only as long as the history needs it. */
  readonly isRemoval: boolean
}

/** The same as read from a page. `key`: 32 bytes of an account, 64 of a slot. */
export type ChangeEntry = {
  readonly key: Uint8Array
  readonly before: Uint8Array | undefined
  readonly isRemoval: boolean
}

/** Entries that a page holds on average in a large block. */
const PAGE_ENTRIES = 32
/** More pages are not worth their keys. */
const MAX_PAGE_BITS = 14
const IS_SLOT = 1
const HAS_BEFORE = 2
const IS_REMOVAL = 4

/** The pages of the change set of block `height`. */
export function changeSetOperations(height: number, changes: readonly Change[]): KvOperation[] {
  let bits = 0
  while (bits < MAX_PAGE_BITS && changes.length >>> bits > PAGE_ENTRIES) bits++
  const pages = new Map<number, Change[]>([[0, []]])
  for (const change of changes) {
    const page = pageOf(change.flatKey, 1, bits)
    const list = pages.get(page)
    if (list === undefined) pages.set(page, [change])
    else list.push(change)
  }
  const operations: KvOperation[] = []
  for (const [page, list] of pages) {
    operations.push({ type: 'put', key: pageKey(BUCKET.changeSet, height, page), value: encodePage(bits, list) })
  }
  return operations
}

/** The entry of `key` in the change set of block `height`; undefined when the block did not write it. */
export function readChange(kv: KvReader, height: number, key: Uint8Array): ChangeEntry | undefined {
  const first = kv.getSync(pageKey(BUCKET.changeSet, height, 0))
  if (first === undefined) return undefined
  const page = pageOf(key, 0, first[0] as number)
  const bytes = page === 0 ? first : kv.getSync(pageKey(BUCKET.changeSet, height, page))
  if (bytes === undefined) return undefined
  for (const entry of entriesOf(bytes)) if (isSameKey(entry.key, key)) return entry
  return undefined
}

/** The keys that block `height` wrote: 32 bytes of an account, 64 of a slot. */
export function* changedKeys(kv: KvReader, height: number): Generator<Uint8Array> {
  const pages = 1 << (kv.getSync(pageKey(BUCKET.changeSet, height, 0))?.[0] ?? 0)
  for (let page = 0; page < pages; page++) {
    const bytes = kv.getSync(pageKey(BUCKET.changeSet, height, page))
    if (bytes !== undefined) for (const entry of entriesOf(bytes)) yield entry.key
  }
}

/** The operations that forget the change set of block `height`, and its entries. */
export function dropChangeSet(kv: KvReader, height: number): { operations: KvOperation[]; removals: Uint8Array[] } {
  const operations: KvOperation[] = []
  const removals: Uint8Array[] = []
  const pages = 1 << (kv.getSync(pageKey(BUCKET.changeSet, height, 0))?.[0] ?? 0)
  for (let page = 0; page < pages; page++) {
    const key = pageKey(BUCKET.changeSet, height, page)
    const bytes = kv.getSync(key)
    if (bytes === undefined) continue
    operations.push({ type: 'del', key })
    for (const entry of entriesOf(bytes)) if (entry.isRemoval) removals.push(entry.key)
  }
  return { operations, removals }
}

/** Page of the key that begins at `start`: by its leading bits, for a slot by those of the slot's own half. */
function pageOf(key: Uint8Array, start: number, bits: number): number {
  const at = key.length - start === 32 ? start : start + 32
  return (((key[at] as number) << 8) | (key[at + 1] as number)) >>> (16 - bits)
}

function encodePage(bits: number, changes: readonly Change[]): Uint8Array {
  let length = 1
  for (const change of changes) length += 2 + change.flatKey.length + (change.before?.length ?? 0)
  const bytes = Buffer.allocUnsafe(length)
  bytes[0] = bits
  let at = 1
  for (const { flatKey, before, isRemoval } of changes) {
    const size = before?.length ?? 0
    const isSlot = flatKey.length === 65
    bytes[at] = (isSlot ? IS_SLOT : 0) | (before === undefined ? 0 : HAS_BEFORE) | (isRemoval ? IS_REMOVAL : 0)
    bytes[at + 1] = size >>> 8
    bytes[at + 2] = size & 0xff
    for (let i = 1; i < flatKey.length; i++) bytes[at + 2 + i] = flatKey[i] as number
    at += 2 + flatKey.length
    if (before !== undefined) at += bytes.write(before, at, 'latin1')
  }
  return bytes
}

function* entriesOf(bytes: Uint8Array): Generator<ChangeEntry> {
  for (let at = 1; at < bytes.length; ) {
    const flags = bytes[at] as number
    const size = ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
    const keyEnd = at + 3 + ((flags & IS_SLOT) === 0 ? 32 : 64)
    const before = (flags & HAS_BEFORE) === 0 ? undefined : bytes.subarray(keyEnd, keyEnd + size)
    yield { key: bytes.subarray(at + 3, keyEnd), before, isRemoval: (flags & IS_REMOVAL) !== 0 }
    at = keyEnd + size
  }
}

function isSameKey(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
