/**
 * Hands a leaf file to a node, piece by piece.
 */

import { bytesToHex } from '../../../lib/bytes.ts'
import { MAX_LEAF_PIECE_BYTES } from '../../../lib/limits.ts'
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
