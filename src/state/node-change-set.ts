/**
 * The node change set of a block: what turns each changed branch of the tries back into the one before, and what brings a
 * stored branch up that lags behind (deferred-branches.ts).
 *
 * Most branches only renamed some children. Of those that are branches the hashes before and after are kept; the hash of a leaf
 * follows from its value in the flat state of any height. Of every other changed branch the whole former one is kept.
 * Entries lie in pages by the first nibbles of the path, so that a proof reads few of them: page 0 holds the top of the tries
 * and tells how many nibbles (0, 1 or 2) choose the page of a longer path.
 */

import { BUCKET, pageKey } from '../storage/buckets.ts'
import type { KvOperation, KvReader } from '../storage/kv.ts'
import { type Branch, decodeBranch, writeHashes } from './branch.ts'
import type { NodeChange, TrieNodes } from './trie.ts'

const KIND_ABSENT = 0
const KIND_WHOLE = 1
const KIND_HASHES = 2
/** Entries up to which one page, and sixteen pages, are enough. */
const ONE_PAGE_ENTRIES = 64
const SIXTEEN_PAGES_ENTRIES = 1_024
/** Where a page is written before its length is known; grows to the largest page. */
let scratch = new Uint8Array(16 * 1024)

type PathChange = readonly [string, NodeChange]

/** The pages of the node change set of block `height`. */
export function nodeChangeSetOperations(height: number, changes: TrieNodes): KvOperation[] {
  const kept: PathChange[] = []
  for (const change of changes) if (change[1].renamed === 0 || branchesRenamed(change[1]) !== 0) kept.push(change)
  const nibbles = kept.length <= ONE_PAGE_ENTRIES ? 0 : kept.length <= SIXTEEN_PAGES_ENTRIES ? 1 : 2
  const pages = new Map<number, PathChange[]>([[0, []]])
  for (const change of kept) {
    const page = pageOf(change[0], nibbles)
    const list = pages.get(page)
    if (list === undefined) pages.set(page, [change])
    else list.push(change)
  }
  const operations: KvOperation[] = []
  for (const [page, list] of pages) {
    operations.push({ type: 'put', key: pageKey(BUCKET.nodeChangeSet, height, page), value: encodePage(nibbles, list) })
  }
  return operations
}

/** The operations that forget the node change set of block `height`. */
export function dropNodeChangeSet(kv: KvReader, height: number): KvOperation[] {
  const operations: KvOperation[] = []
  const first = kv.getSync(pageKey(BUCKET.nodeChangeSet, height, 0))
  if (first === undefined) return operations
  const pages = 1 + 16 ** (first[0] as number)
  for (let page = 0; page < pages; page++) {
    const key = pageKey(BUCKET.nodeChangeSet, height, page)
    if (kv.getSync(key) !== undefined) operations.push({ type: 'del', key })
  }
  return operations
}

/** How a block changed one branch. */
export type PastChange =
  /** It was made or changed in its shape; `before` is what was there. */
  | { readonly kind: 'shape'; readonly path: string; readonly before: Branch | undefined }
  /** Only the hashes of these children changed that are branches; and hashes of leaves, which follow from their values. */
  | {
      readonly kind: 'hashes'
      readonly path: string
      readonly children: number
      readonly before: Uint8Array
      readonly after: Uint8Array
    }

/**
 * What block `height` changed on the way to the key with path `keyPath` (63 characters in the account trie, 128 in a storage
 * trie).
 */
export function* nodeChangesOnWay(kv: KvReader, height: number, keyPath: string): Generator<PastChange> {
  const first = kv.getSync(pageKey(BUCKET.nodeChangeSet, height, 0))
  if (first === undefined) return
  yield* changesOfPage(first, keyPath)
  const page = pageOf(keyPath, first[0] as number)
  const bytes = page === 0 ? undefined : kv.getSync(pageKey(BUCKET.nodeChangeSet, height, page))
  if (bytes !== undefined) yield* changesOfPage(bytes, keyPath)
}

function* changesOfPage(page: Uint8Array, keyPath: string): Generator<PastChange> {
  const trieStart = trieStartOf(keyPath)
  for (let at = 1; at < page.length; ) {
    const pathLength = page[at] as number
    const path = Buffer.from(page.buffer, page.byteOffset + at + 1, pathLength).toString('latin1')
    const bodyStart = at + 1 + pathLength + 3
    const size = ((page[bodyStart - 2] as number) << 8) | (page[bodyStart - 1] as number)
    at = bodyStart + size
    if (path.length < trieStart || !keyPath.startsWith(path)) continue
    const kind = page[bodyStart - 3] as number
    const body = page.subarray(bodyStart, at)
    if (kind !== KIND_HASHES) {
      yield { kind: 'shape', path, before: kind === KIND_WHOLE ? decodeBranch(body) : undefined }
      continue
    }
    const middle = 2 + (size - 2) / 2
    const children = ((body[0] as number) << 8) | (body[1] as number)
    yield { kind: 'hashes', path, children, before: body.subarray(2, middle), after: body.subarray(middle) }
  }
}

function encodePage(nibbles: number, changes: readonly PathChange[]): Uint8Array {
  // A whole branch is longer than all its hashes, which are listed twice.
  let room = 1
  for (const [path, { before }] of changes) room += path.length + 6 + (before === null ? 0 : 2 * before.bytes.length)
  if (scratch.length < room) scratch = new Uint8Array(room * 2)
  scratch[0] = nibbles
  let at = 1
  for (const change of changes) at = writeEntry(scratch, at, change)
  return scratch.slice(0, at)
}

/** Path length, path, kind, length of the body u16, body; returns where it ends. */
function writeEntry(out: Uint8Array, at: number, [path, change]: PathChange): number {
  const { before, after, renamed } = change
  out[at] = path.length
  for (let i = 0; i < path.length; i++) out[at + 1 + i] = path.charCodeAt(i)
  const kindAt = at + 1 + path.length
  const bodyStart = kindAt + 3
  let end = bodyStart
  if (before === null) {
    out[kindAt] = KIND_ABSENT
  } else if (renamed !== 0 && after !== null) {
    const children = branchesRenamed(change)
    out[kindAt] = KIND_HASHES
    out[bodyStart] = children >>> 8
    out[bodyStart + 1] = children & 0xff
    end = writeHashes(before, children, out, bodyStart + 2)
    end = writeHashes(after, children, out, end)
  } else {
    out[kindAt] = KIND_WHOLE
    out.set(before.bytes, bodyStart)
    end = bodyStart + before.bytes.length
  }
  const size = end - bodyStart
  out[kindAt + 1] = size >>> 8
  out[kindAt + 2] = size & 0xff
  return end
}

/** The renamed children that are branches. */
function branchesRenamed({ before, renamed }: NodeChange): number {
  return before === null ? 0 : renamed & ~before.layout.leaves
}

/** Page of a path by its nibbles inside its own trie. */
function pageOf(path: string, nibbles: number): number {
  const start = trieStartOf(path)
  if (nibbles === 0 || path.length - start < nibbles) return 0
  return 1 + Number.parseInt(path.slice(start, start + nibbles), 16)
}

/** Paths of storage tries begin with the account's 64 characters; those of the account trie are shorter. */
function trieStartOf(path: string): number {
  return path.length < 64 ? 0 : 64
}
