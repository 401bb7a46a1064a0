/**
 * Whether an answer to a range request is one: blocks that start where we asked, follow each other by number and parent hash,
 * hold the bodies that their headers commit to, and end in a finalization of their own epoch.
 *
 * This is everything that can be said without the chain: the finalization's signature and the link to our own head are
 * checked when the range is imported.
 */

import { MAX_RANGE_BLOCKS } from '../lib/limits.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { Header, SealedBlock } from '../types/block.ts'
import { decodeHeader, headerHash } from '../types/block-codec.ts'
import type { Certificate } from '../types/certificate.ts'
import { DecodeError } from '../types/codec.ts'
import { decodeCertificate } from '../types/consensus-codec.ts'
import type { Hash } from '../types/primitives.ts'
import { bodyMismatch, decodeSealedBlock } from '../types/sealed-block-codec.ts'
import { FINALIZE } from '../types/vote.ts'
import type { RangeFault } from './faults.ts'
import type { VerifiedRange } from './ports.ts'
import { decodeRange, type RangeQuery } from './range-codec.ts'

/** Blocks whose bodies are compared with their headers before the event loop gets a turn. */
const BLOCKS_A_TURN = 4

export type CheckedRange = VerifiedRange & { readonly from: number; readonly to: number }

/** The range that `bytes` hold, or what is wrong with whoever sent them. */
export async function checkRange(
  bytes: Uint8Array,
  query: RangeQuery,
  epochLength: number,
): Promise<Result<CheckedRange, RangeFault>> {
  const parsed = parseRange(bytes)
  if (parsed === undefined) return err('malformed-message')
  const { blocks, proofHeaders, certificate } = parsed
  const last = blocks.at(-1)
  if (last === undefined || blocks[0]?.header.number !== query.from || blocks.length > MAX_RANGE_BLOCKS) {
    return err('false-answer')
  }
  if (last.header.number > query.to || !areLinked(blocks)) return err('false-answer')
  const tip = followProof(last, proofHeaders)
  if (tip === undefined || !isFinalizationOf(certificate, tip, epochLength)) return err('false-answer')
  for (const [at, block] of blocks.entries()) {
    if (bodyMismatch(block) !== undefined) return err('invalid-block')
    if (at % BLOCKS_A_TURN === BLOCKS_A_TURN - 1) await nextTurn()
  }
  return ok({ blocks, certificate, from: query.from, to: last.header.number })
}

/** The epoch of a height: epoch e holds the heights from e * length + 1 to (e + 1) * length. */
export function epochOfHeight(height: number, epochLength: number): number {
  return Math.floor((height - 1) / epochLength)
}

/** True for a finalization of exactly this block under its own epoch, whose validators alone may speak for it. */
export function isFinalizationOf(certificate: Certificate, tip: Tip, epochLength: number): boolean {
  const { kind, epoch, blockHash } = certificate.subject
  return kind === FINALIZE && blockHash === tip.hash && epoch === epochOfHeight(tip.height, epochLength)
}

export type Tip = { readonly height: number; readonly hash: Hash }

type ParsedRange = {
  readonly blocks: readonly SealedBlock[]
  readonly proofHeaders: readonly Header[]
  readonly certificate: Certificate
}

function parseRange(bytes: Uint8Array): ParsedRange | undefined {
  try {
    const range = decodeRange(bytes)
    return {
      blocks: range.blocks.map(decodeSealedBlock),
      proofHeaders: range.proofHeaders.map(decodeHeader),
      certificate: decodeCertificate(range.certificate),
    }
  } catch (thrown) {
    if (thrown instanceof DecodeError) return undefined
    throw thrown
  }
}

function areLinked(blocks: readonly SealedBlock[]): boolean {
  return blocks.every((block, at) => {
    const previous = blocks[at - 1]
    if (previous === undefined) return true
    return block.header.number === previous.header.number + 1 && block.header.parentHash === previous.hash
  })
}

/** The block that the proof headers lead to from `last`; undefined when they do not follow each other. */
function followProof(last: SealedBlock, headers: readonly Header[]): Tip | undefined {
  let tip: Tip = { height: last.header.number, hash: last.hash }
  for (const header of headers) {
    if (header.number !== tip.height + 1 || header.parentHash !== tip.hash) return undefined
    tip = { height: header.number, hash: headerHash(header) }
  }
  return tip
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
