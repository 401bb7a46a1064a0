/**
 * The node change set of a block: what turns each changed branch of the tries back into the one before.
 *
 * Most branches only renamed some children; for those the former hashes are kept, for the others the whole former branch.
 * Entries lie in pages by the first nibbles of the path, so that a proof reads few of them: page 0 holds the top of the tries
 * and tells how many nibbles (0, 1 or 2) choose the page of a longer path.
 */

import { BUCKET, pageKey } from '../storage/buckets.ts'
import type { KvOperation, KvReader } from '../storage/kv.ts'
import { type Branch, decodeBranch, replaceHashes, writeHashes } from './branch.ts'
import type { NodeChange, TrieNodes } from './trie.ts'

const KIND_ABSENT = 0
const KIND_WHOLE = 1
const KIND_HASHES = 2
const HASH_BYTES = 32
/** Entries up to which one page, and sixteen pages, are enough. */
const ONE_PAGE_ENTRIES = 64
const SIXTEEN_PAGES_ENTRIES = 1_024
/** Where a page is written before its length is known; grows to the largest page. */
let scratch = new Uint8Array(16 * 1024)

type PathChange = readonly [string, NodeChange]

/** Branches by path; undefined where there is none. */
export type BranchMap = { get(path: string): Branch | undefined; set(path: string, branch: Branch | undefined): void }

/** The pages of the node change set of block `height`. */
export function nodeChangeSetOperations(height: number, changes: TrieNodes): KvOperation[] {
  const nibbles = changes.size <= ONE_PAGE_ENTRIES ? 0 : changes.size <= SIXTEEN_PAGES_ENTRIES ? 1 : 2
  const pages = new Map<number, PathChange[]>([[0, []]])
  for (const change of changes) {
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

/**
 * Takes back block `height` for the branches on the way to the key with path `keyPath` (63 characters in the account trie,
 * 128 in a storage trie): `branches` maps the paths of that way to the branches after the block, and to those before it when
 * this returns.
 */
export function undoNodeChanges(kv: KvReader, height: number, keyPath: string, branches: BranchMap): void {
  const first = kv.getSync(pageKey(BUCKET.nodeChangeSet, height, 0))
  if (first === undefined) return
  undoPage(first, keyPath, branches)
  const page = pageOf(keyPath, first[0] as number)
  const bytes = page === 0 ? undefined : kv.getSync(pageKey(BUCKET.nodeChangeSet, height, page))
  if (bytes !== undefined) undoPage(bytes, keyPath, branches)
}

function undoPage(page: Uint8Array, keyPath: string, branches: BranchMap): void {
  const trieStart = trieStartOf(keyPath)
  for (let at = 1; at < page.length; ) {
    const pathLength = page[at] as number
    const path = Buffer.from(page.buffer, page.byteOffset + at + 1, pathLength).toString('latin1')
    const bodyStart = at + 1 + pathLength + 3
    const size = ((page[bodyStart - 2] as number) << 8) | (page[bodyStart - 1] as number)
    at = bodyStart + size
    if (path.length < trieStart || !keyPath.startsWith(path)) continue
    branches.set(path, undo(page[bodyStart - 3] as number, page.subarray(bodyStart, at), branches.get(path)))
  }
}

function undo(kind: number, body: Uint8Array, after: Branch | undefined): Branch | undefined {
  if (kind === KIND_ABSENT || after === undefined) return kind === KIND_WHOLE ? decodeBranch(body) : undefined
  if (kind === KIND_WHOLE) return decodeBranch(body)
  const changed = ((body[0] as number) << 8) | (body[1] as number)
  const nibbles: number[] = []
  const refs: Uint8Array[] = []
  for (let n = 0, at = 2; n < 16; n++) {
    if ((changed & (1 << n)) === 0) continue
    nibbles.push(n)
    refs.push(body.subarray(at, at + HASH_BYTES))
    at += HASH_BYTES
  }
  return replaceHashes(after, nibbles, refs)
}

function encodePage(nibbles: number, changes: readonly PathChange[]): Uint8Array {
  // A branch is never longer with fewer hashes, so this is room enough for the page in either form.
  let room = 1
  for (const [path, { before }] of changes) room += path.length + 4 + (before === null ? 0 : before.bytes.length)
  if (scratch.length < room) scratch = new Uint8Array(room * 2)
  scratch[0] = nibbles
  let at = 1
  for (const change of changes) at = writeEntry(scratch, at, change)
  return scratch.slice(0, at)
}

/** Path length, path, kind, length of the body u16, body; returns where it ends. */
function writeEntry(out: Uint8Array, at: number, [path, { before, renamed }]: PathChange): number {
  out[at] = path.length
  for (let i = 0; i < path.length; i++) out[at + 1 + i] = path.charCodeAt(i)
  const kindAt = at + 1 + path.length
  const bodyStart = kindAt + 3
  let end = bodyStart
  if (before === null) {
    out[kindAt] = KIND_ABSENT
  } else if (renamed !== 0) {
    out[kindAt] = KIND_HASHES
    out[bodyStart] = renamed >>> 8
    out[bodyStart + 1] = renamed & 0xff
    end = writeHashes(before, renamed, out, bodyStart + 2)
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
