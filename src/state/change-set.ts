/**
 * The change set of a block: for each account and slot that it wrote, the record before.
 *
 * Entries lie in pages of the database by the leading bits of their trie key, so that a look-up reads two small values and a
 * block of a few changes costs one. The first byte of page 0 tells how many bits choose the page.
 */

import { BUCKET, pageKey } from '../storage/buckets.ts'
import type { KvOperation, KvReader } from '../storage/kv.ts'
import { nibbleOf } from './nibbles.ts'

/** What a block wrote. `key`: 32 bytes of an account, 64 of a slot; `before`: the record, absent when there was none. */
export type ChangeEntry = {
  readonly key: Uint8Array
  readonly before: Uint8Array | undefined
  /** True when the block removed the value: its record is then kept only as long as the history needs it. */
  readonly isRemoval: boolean
}

/** Entries that a page holds on average in a large block. */
const PAGE_ENTRIES = 32
/** More pages are not worth their keys. */
const MAX_PAGE_BITS = 14
const IS_SLOT = 1
const HAS_BEFORE = 2
const IS_REMOVAL = 4

/** Leading bits of a key that choose its page, in a block that wrote `count` values. */
export function pageBits(count: number): number {
  let bits = 0
  while (bits < MAX_PAGE_BITS && count >>> bits > PAGE_ENTRIES) bits++
  return bits
}

/** The page of an account's or a slot's key, 64 hexadecimal digits; for a slot its own half. */
export function pageOfKey(key: string, bits: number): number {
  let lead = 0
  for (let i = 0; i < 4; i++) lead = (lead << 4) | nibbleOf(key.charCodeAt(i))
  return lead >>> (16 - bits)
}

/** Fills one page after the other, in one buffer. */
export class ChangeSetPage {
  private buffer = Buffer.alloc(64 * 1024)
  private end = 0

  start(bits: number): void {
    this.buffer[0] = bits
    this.end = 1
  }

  /** `flatKey`: the key in the database, a byte and 32 or 64; `before`: the record, one character a byte. */
  add(flatKey: Uint8Array, before: string | undefined, isRemoval: boolean): void {
    const size = before?.length ?? 0
    const length = 2 + flatKey.length + size
    if (this.end + length > this.buffer.length)
      this.buffer = Buffer.concat([this.buffer], 2 * this.buffer.length + length)
    const { buffer, end: at } = this
    const isSlot = flatKey.length === 65
    buffer[at] = (isSlot ? IS_SLOT : 0) | (before === undefined ? 0 : HAS_BEFORE) | (isRemoval ? IS_REMOVAL : 0)
    buffer[at + 1] = size >>> 8
    buffer[at + 2] = size & 0xff
    for (let i = 1; i < flatKey.length; i++) buffer[at + 2 + i] = flatKey[i] as number
    if (before !== undefined) buffer.write(before, at + 2 + flatKey.length, 'latin1')
    this.end = at + length
  }

  /** The page; a view that the next page overwrites. */
  finish(): Uint8Array {
    return this.buffer.subarray(0, this.end)
  }
}

/** The entry of `key` in the change set of block `height`; undefined when the block did not write it. */
export function readChange(kv: KvReader, height: number, key: Uint8Array): ChangeEntry | undefined {
  const first = kv.getSync(pageKey(BUCKET.changeSet, height, 0))
  if (first === undefined) return undefined
  const page = pageOf(key, first[0] as number)
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

/** The same as pageOfKey, of the bytes of a whole key. */
function pageOf(key: Uint8Array, bits: number): number {
  const at = key.length === 32 ? 0 : 32
  return (((key[at] as number) << 8) | (key[at + 1] as number)) >>> (16 - bits)
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
