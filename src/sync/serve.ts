/**
 * The serving side of sync: ranges of finalized blocks with their proof, and single blocks by hash.
 */

import { MAX_PROOF_HEADERS } from '../lib/limits.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { DecodeError } from '../types/codec.ts'
import { hashFromBytes } from '../types/primitives.ts'
import type { ServePort } from './ports.ts'
import { decodeRangeQuery, encodeRange, fitsRange } from './range-codec.ts'

export type ServeRefusal = 'UNAVAILABLE' | 'MALFORMED'

type Proof = { readonly count: number; readonly headers: readonly Uint8Array[]; readonly certificate: Uint8Array }

/** Answers a BLOCK_RANGE request: as many of the blocks asked for as are kept and fit one answer, and their proof. */
export async function serveRange(request: Uint8Array, port: ServePort): Promise<Result<Uint8Array, ServeRefusal>> {
  let query: ReturnType<typeof decodeRangeQuery>
  try {
    query = decodeRangeQuery(request)
  } catch (thrown) {
    if (thrown instanceof DecodeError) return err('MALFORMED')
    throw thrown
  }
  const blocks = await readBlocks(query.from, Math.min(query.to, port.finalizedHeight()), port)
  if (blocks.length === 0) return err('UNAVAILABLE')
  const proof = await findProof(query.from, blocks.length, port)
  if (proof === undefined) return err('UNAVAILABLE')
  const { count, headers, certificate } = proof
  return ok(encodeRange({ blocks: blocks.slice(0, count), proofHeaders: headers, certificate }))
}

/** Answers a BLOCK_BY_HASH request from the finalized chain. */
export async function serveBlock(request: Uint8Array, port: ServePort): Promise<Result<Uint8Array, ServeRefusal>> {
  if (request.length !== 32) return err('MALFORMED')
  const bytes = await port.blockBytesByHash(hashFromBytes(request))
  return bytes === undefined ? err('UNAVAILABLE') : ok(bytes)
}

async function readBlocks(from: number, to: number, port: ServePort): Promise<Uint8Array[]> {
  const blocks: Uint8Array[] = []
  let bytes = 0
  for (let height = from; height <= to; height++) {
    const block = await port.blockBytes(height)
    if (block === undefined || !fitsRange(bytes, block.length)) break
    blocks.push(block)
    bytes += block.length
  }
  return blocks
}

/** The finalization of the last block or of a near descendant; failing that, fewer blocks that end in a finalized one. */
async function findProof(from: number, count: number, port: ServePort): Promise<Proof | undefined> {
  const last = from + count - 1
  const headers: Uint8Array[] = []
  for (let height = last; height <= last + MAX_PROOF_HEADERS && height <= port.finalizedHeight(); height++) {
    if (height > last) {
      const header = await port.headerBytes(height)
      if (header === undefined) break
      headers.push(header)
    }
    const certificate = await port.finalization(height)
    if (certificate !== undefined) return { count, headers, certificate }
  }
  for (let height = last - 1; height >= from; height--) {
    const certificate = await port.finalization(height)
    if (certificate !== undefined) return { count: height - from + 1, headers: [], certificate }
  }
  return undefined
}
