/**
 * Leaf files to a node and from it, piece by piece.
 */

import { bytesToHex, concatBytes, hexToBytes } from '../../../lib/bytes.ts'
import { MAX_LEAF_FILE_BYTES, MAX_LEAF_PIECE_BYTES } from '../../../lib/limits.ts'
import type { Hash } from '../../../types/primitives.ts'
import { progressLine } from './progress.ts'
import type { RpcClient } from './rpc-client.ts'

type Progress = { readonly ticket: string; readonly isServed: boolean }

/** Resolves when the node serves the file. Throws RPC_REFUSED with the node's reason. */
export async function submitLeafFile(rpc: RpcClient, file: Uint8Array, pool: bigint, batch: bigint): Promise<void> {
  const progress = progressLine()
  const batchOf = { pool: `0x${pool.toString(16)}`, batch: `0x${batch.toString(16)}` }
  let ticket: string | undefined
  for (let offset = 0; offset < file.length; offset += MAX_LEAF_PIECE_BYTES) {
    const data = bytesToHex(file.subarray(offset, offset + MAX_LEAF_PIECE_BYTES))
    const piece = { ...batchOf, offset: `0x${offset.toString(16)}`, data, ...(ticket === undefined ? {} : { ticket }) }
    ticket = (await rpc.ask<Progress>('sahara_submitLeafFile', piece)).ticket
    progress.show('sending', Math.min(offset + MAX_LEAF_PIECE_BYTES, file.length), file.length)
  }
  progress.end()
}

type Piece = { readonly fileBytes: string; readonly bytes: string }

/** A leaf file that a node serves, whatever its content; undefined when it serves none of this hash. */
export async function fetchLeafFile(rpc: RpcClient, dataHash: Hash): Promise<Uint8Array | undefined> {
  const progress = progressLine()
  const pieces: Uint8Array[] = []
  for (let offset = 0; ; ) {
    const piece = await rpc.ask<Piece | null>('sahara_getLeafFile', dataHash, `0x${offset.toString(16)}`)
    if (piece === null) return undefined
    const bytes = hexToBytes(piece.bytes)
    const fileBytes = Number(piece.fileBytes)
    if (bytes.length === 0 || fileBytes > MAX_LEAF_FILE_BYTES) break
    pieces.push(bytes)
    offset += bytes.length
    progress.show('fetching', offset, fileBytes)
    if (offset >= fileBytes) break
  }
  progress.end()
  return concatBytes(...pieces)
}
