/**
 * Leaf files: the accounts and weights of one batch, which its root commits to and its proofs are made from.
 *
 *   magic 8 "SAHLEAF\0" | version u8 = 1 | depth u8 | weight width u8 | 0 u8 | count u32 | root 32 | total u128
 *   | length of the notice u16 | notice, UTF-8 | count times: account 20, weight in `weight width` bytes
 *
 * Integers are big-endian. The depth is the least that holds the leaves, the width the least that holds the greatest weight,
 * the notice that of the version: a batch has exactly one leaf file, named by the SHA-256 of its bytes (`dataHash`, what
 * `sha256sum` prints). Decoding checks the form alone; `checkLeafFile` also builds the tree and compares its root.
 */

import { ACCOUNT_BYTES, MAX_SUM_DEPTH, type SumRoot, WEIGHT_BYTES } from '../../crypto/merkle-sum.ts'
import { depthOf, type LeafColumns, SumTree } from '../../crypto/merkle-sum-tree.ts'
import { sha256Hash } from '../../crypto/sha256.ts'
import { bytesToBigint, bytesToHex, equalBytes, hexToBytes } from '../../lib/bytes.ts'
import { MAX_LEAF_FILE_BYTES } from '../../lib/limits.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import type { Hash } from '../../types/primitives.ts'

/** What everybody who opens or serves such a file must know. */
export const LEAF_NOTICE =
  'Everything in this file is public: every account, and the weight that decides what it is paid. Nodes serve it to anyone.\n'

const MAGIC = new TextEncoder().encode('SAHLEAF\0')
const NOTICE = new TextEncoder().encode(LEAF_NOTICE)
const VERSION = 1
const AT = {
  version: 8,
  depth: 9,
  width: 10,
  reserved: 11,
  count: 12,
  root: 16,
  total: 48,
  noticeLength: 64,
  notice: 66,
}
/** Bytes before the leaves. */
export const LEAF_HEADER_BYTES = AT.notice + NOTICE.length

/** A file whose form is right; whether its leaves have that root is another question. */
export type LeafFile = { readonly dataHash: Hash; readonly root: SumRoot; readonly columns: LeafColumns }

/** What the first bytes of a leaf file tell. */
export type LeafFileHeader = {
  readonly root: SumRoot
  readonly count: number
  readonly weightWidth: number
  readonly fileBytes: number
}

export type LeafFileFailure =
  | { readonly code: 'LEAF_FILE_TOO_LARGE'; readonly bytes: number; readonly limit: number }
  | { readonly code: 'LEAF_FILE_MALFORMED'; readonly reason: string }
  | { readonly code: 'LEAF_FILE_ROOT_MISMATCH'; readonly claimed: SumRoot; readonly actual: SumRoot }

/** The file of a tree that was built from `columns`. */
export function encodeLeafFile(columns: LeafColumns, root: SumRoot): Result<Uint8Array, LeafFileFailure> {
  const width = widthOf(columns)
  const bytes = LEAF_HEADER_BYTES + columns.count * (ACCOUNT_BYTES + width)
  if (bytes > MAX_LEAF_FILE_BYTES) return err({ code: 'LEAF_FILE_TOO_LARGE', bytes, limit: MAX_LEAF_FILE_BYTES })
  const out = new Uint8Array(bytes)
  const view = new DataView(out.buffer)
  out.set(MAGIC)
  out.set([VERSION, root.depth, width, 0], AT.version)
  view.setUint32(AT.count, columns.count)
  out.set(hexToBytes(root.hash), AT.root)
  out.set(hexToBytes(`0x${root.total.toString(16).padStart(2 * WEIGHT_BYTES, '0')}`), AT.total)
  view.setUint16(AT.noticeLength, NOTICE.length)
  out.set(NOTICE, AT.notice)
  writeLeaves(out, columns, width)
  return ok(out)
}

/** The header alone, of a file's first LEAF_HEADER_BYTES or more. */
export function decodeLeafHeader(bytes: Uint8Array): Result<LeafFileHeader, LeafFileFailure> {
  if (bytes.length < LEAF_HEADER_BYTES) return malformed(`${bytes.length} bytes are less than a header`)
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) return malformed('it does not begin as a leaf file')
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  if (bytes[AT.version] !== VERSION) return malformed(`version ${bytes[AT.version]} is not known`)
  const [depth, weightWidth] = [bytes[AT.depth] as number, bytes[AT.width] as number]
  const count = view.getUint32(AT.count)
  if (bytes[AT.reserved] !== 0) return malformed('the reserved byte is not 0')
  if (count === 0) return malformed('it has no leaves')
  if (depth > MAX_SUM_DEPTH || depth !== depthOf(count)) return malformed(`depth ${depth} of ${count} leaves`)
  if (weightWidth === 0 || weightWidth > WEIGHT_BYTES) return malformed(`weights of ${weightWidth} bytes`)
  const notice = bytes.subarray(AT.notice, LEAF_HEADER_BYTES)
  if (view.getUint16(AT.noticeLength) !== NOTICE.length || !equalBytes(notice, NOTICE)) {
    return malformed('the notice is not that of its version')
  }
  const root: SumRoot = {
    hash: bytesToHex(bytes.subarray(AT.root, AT.total)) as Hash,
    total: bytesToBigint(bytes.subarray(AT.total, AT.noticeLength)),
    depth,
  }
  const fileBytes = LEAF_HEADER_BYTES + count * (ACCOUNT_BYTES + weightWidth)
  if (fileBytes > MAX_LEAF_FILE_BYTES) {
    return err({ code: 'LEAF_FILE_TOO_LARGE', bytes: fileBytes, limit: MAX_LEAF_FILE_BYTES })
  }
  return ok({ root, count, weightWidth, fileBytes })
}

/** The form of a whole file. */
export function decodeLeafFile(bytes: Uint8Array): Result<LeafFile, LeafFileFailure> {
  if (bytes.length > MAX_LEAF_FILE_BYTES) {
    return err({ code: 'LEAF_FILE_TOO_LARGE', bytes: bytes.length, limit: MAX_LEAF_FILE_BYTES })
  }
  const header = decodeLeafHeader(bytes)
  if (!header.ok) return header
  const { root, count, weightWidth, fileBytes } = header.value
  if (bytes.length !== fileBytes) return malformed(`${bytes.length} bytes, but its header tells ${fileBytes}`)
  const columns = readLeaves(bytes, count, weightWidth)
  if (widthOf(columns) !== weightWidth) return malformed('its weights would fit fewer bytes')
  return ok({ dataHash: sha256Hash(bytes), root, columns })
}

/** Decodes, builds the tree and compares its root with the one that the file names. */
export function checkLeafFile(bytes: Uint8Array): Result<LeafFile & { readonly tree: SumTree }, LeafFileFailure> {
  const file = decodeLeafFile(bytes)
  if (!file.ok) return file
  const tree = SumTree.build(file.value.columns)
  if (!tree.ok) return malformed('its weights sum to 2^128 or more')
  const [claimed, actual] = [file.value.root, tree.value.root]
  const isSame = claimed.hash === actual.hash && claimed.total === actual.total
  return isSame ? ok({ ...file.value, tree: tree.value }) : err({ code: 'LEAF_FILE_ROOT_MISMATCH', claimed, actual })
}

/** A failure as a sentence. */
export function describeLeafFileFailure(failure: LeafFileFailure): string {
  switch (failure.code) {
    case 'LEAF_FILE_TOO_LARGE':
      return `a leaf file of ${failure.bytes} bytes is larger than ${failure.limit}; make several batches`
    case 'LEAF_FILE_MALFORMED':
      return `not a leaf file: ${failure.reason}`
    case 'LEAF_FILE_ROOT_MISMATCH':
      return `the leaves have root ${failure.actual.hash} of weight ${failure.actual.total}, not ${failure.claimed.hash} of weight ${failure.claimed.total}`
  }
}

/** Bytes of the greatest weight. */
function widthOf({ count, weights }: LeafColumns): number {
  let first = WEIGHT_BYTES - 1
  for (let i = 0; i < count; i++) {
    for (let byte = 0; byte < first; byte++) {
      if (weights[i * WEIGHT_BYTES + byte] !== 0) {
        first = byte
        break
      }
    }
  }
  return WEIGHT_BYTES - first
}

function writeLeaves(out: Uint8Array, { accounts, weights, count }: LeafColumns, width: number): void {
  const size = ACCOUNT_BYTES + width
  for (let i = 0; i < count; i++) {
    const offset = LEAF_HEADER_BYTES + i * size
    out.set(accounts.subarray(i * ACCOUNT_BYTES, (i + 1) * ACCOUNT_BYTES), offset)
    out.set(weights.subarray((i + 1) * WEIGHT_BYTES - width, (i + 1) * WEIGHT_BYTES), offset + ACCOUNT_BYTES)
  }
}

function readLeaves(bytes: Uint8Array, count: number, width: number): LeafColumns {
  const accounts = new Uint8Array(count * ACCOUNT_BYTES)
  const weights = new Uint8Array(count * WEIGHT_BYTES)
  const size = ACCOUNT_BYTES + width
  for (let i = 0; i < count; i++) {
    const offset = LEAF_HEADER_BYTES + i * size
    accounts.set(bytes.subarray(offset, offset + ACCOUNT_BYTES), i * ACCOUNT_BYTES)
    weights.set(bytes.subarray(offset + ACCOUNT_BYTES, offset + size), (i + 1) * WEIGHT_BYTES - width)
  }
  return { count, accounts, weights }
}

function malformed(reason: string): Result<never, LeafFileFailure> {
  return err({ code: 'LEAF_FILE_MALFORMED', reason })
}
