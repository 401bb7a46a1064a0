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
import { type Branch, decodeBranch } from './branch.ts'
import { writeHashes } from './branch-hashes.ts'
import { nibbleOf } from './nibbles.ts'
import type { TrieNodes } from './trie-nodes.ts'

const KIND_ABSENT = 0
const KIND_WHOLE = 1
const KIND_HASHES = 2
const HASH_BYTES = 32
/** Of an entry without its path and body. */
const ENTRY_BYTES = 4
/** The longest body of renamed children. */
const MAX_HASHES_BYTES = 2 + 2 * 16 * HASH_BYTES
/** Entries up to which one page, and sixteen pages, are enough. */
const ONE_PAGE_ENTRIES = 64
const SIXTEEN_PAGES_ENTRIES = 1_024
/** Where a page is written before its length is known; grows to the largest page. */
let scratch = new Uint8Array(16 * 1024)

/** What one page tells of: indexes of renamed branches, and branches of another shape with what they were before. */
type Page = { readonly renamed: number[]; readonly shapes: (readonly [string, Branch | null])[] }

/** The pages of the node change set of block `height`. */
export function nodeChangeSetOperations(height: number, nodes: TrieNodes): KvOperation[] {
  const renamed: number[] = []
  for (let i = 0; i < nodes.paths.length; i++) if (branchesRenamed(nodes, i) !== 0) renamed.push(i)
  const entries = renamed.length + nodes.shapes.size
  const nibbles = entries <= ONE_PAGE_ENTRIES ? 0 : entries <= SIXTEEN_PAGES_ENTRIES ? 1 : 2
  const pages: (Page | undefined)[] = [{ renamed: [], shapes: [] }]
  const pageFor = (path: string): Page => {
    const number = pageOf(path, nibbles)
    const page = pages[number] ?? { renamed: [], shapes: [] }
    pages[number] = page
    return page
  }
  for (const index of renamed) pageFor(nodes.paths[index] as string).renamed.push(index)
  for (const [path, { before }] of nodes.shapes) pageFor(path).shapes.push([path, before])
  const operations: KvOperation[] = []
  for (const [number, page] of pages.entries()) {
    if (page === undefined) continue
    const key = pageKey(BUCKET.nodeChangeSet, height, number)
    operations.push({ type: 'put', key, value: encodePage(nibbles, nodes, page) })
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

function encodePage(nibbles: number, nodes: TrieNodes, { renamed, shapes }: Page): Uint8Array {
  let room = 1
  for (const [path, before] of shapes) room += path.length + ENTRY_BYTES + (before?.bytes.length ?? 0)
  for (const index of renamed) room += (nodes.paths[index] as string).length + ENTRY_BYTES + MAX_HASHES_BYTES
  if (scratch.length < room) scratch = new Uint8Array(room * 2)
  scratch[0] = nibbles
  let at = 1
  for (const [path, before] of shapes) at = writeShape(scratch, at, path, before)
  for (const index of renamed) at = writeRenamed(scratch, at, nodes, index)
  return scratch.slice(0, at)
}

function writeShape(out: Uint8Array, at: number, path: string, before: Branch | null): number {
  const start = startEntry(out, at, path, before === null ? KIND_ABSENT : KIND_WHOLE)
  if (before !== null) out.set(before.bytes, start)
  return endEntry(out, start, start + (before?.bytes.length ?? 0))
}

function writeRenamed(out: Uint8Array, at: number, nodes: TrieNodes, index: number): number {
  const start = startEntry(out, at, nodes.paths[index] as string, KIND_HASHES)
  const children = branchesRenamed(nodes, index)
  out[start] = children >>> 8
  out[start + 1] = children & 0xff
  let end = writeHashes(nodes.beforeAt(index), children, out, start + 2)
  let from = nodes.starts[index] as number
  for (let rest = nodes.children[index] as number; rest !== 0; rest &= rest - 1) {
    const isListed = (children & rest & -rest) !== 0
    if (isListed) for (let i = 0; i < HASH_BYTES; i++) out[end++] = nodes.hashes[from + i] as number
    from += HASH_BYTES
  }
  return endEntry(out, start, end)
}

/** Path length, path, kind, and two bytes for the length of the body; returns where the body starts. */
function startEntry(out: Uint8Array, at: number, path: string, kind: number): number {
  out[at] = path.length
  for (let i = 0; i < path.length; i++) out[at + 1 + i] = path.charCodeAt(i)
  out[at + 1 + path.length] = kind
  return at + path.length + ENTRY_BYTES
}

function endEntry(out: Uint8Array, start: number, end: number): number {
  out[start - 2] = (end - start) >>> 8
  out[start - 1] = (end - start) & 0xff
  return end
}

/** The renamed children that are branches. */
function branchesRenamed(nodes: TrieNodes, index: number): number {
  const children = nodes.children[index] as number
  return children === 0 ? 0 : children & ~nodes.beforeAt(index).layout.leaves
}

/** Page of a path by its nibbles inside its own trie. */
function pageOf(path: string, nibbles: number): number {
  const start = trieStartOf(path)
  if (nibbles === 0 || path.length - start < nibbles) return 0
  const first = nibbleOf(path.charCodeAt(start))
  return 1 + (nibbles === 1 ? first : 16 * first + nibbleOf(path.charCodeAt(start + 1)))
}

/** Paths of storage tries begin with the account's 64 characters; those of the account trie are shorter. */
function trieStartOf(path: string): number {
  return path.length < 64 ? 0 : 64
}
