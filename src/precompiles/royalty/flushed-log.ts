/**
 * The Flushed event of a node, for the sweep and for flushes inside transactions.
 */

import { present } from '../../lib/assert.ts'
import type { Cells } from '../../state/cells.ts'
import type { Hash } from '../../types/primitives.ts'
import type { Log } from '../../types/receipt.ts'
import { ROYALTY_MODULE } from '../addresses.ts'
import { assetOf, isDirect } from './nodes.ts'
import { Flushed } from './royalty-events.ts'
import type { FlushedNode } from './settlement.ts'
import { tokenAt } from './tokens.ts'

const LOW_64_BITS = (1n << 64n) - 1n
const DATA_BYTES = 96

/** The fields of Flushed for nodes of one token. */
export function flushedValues(cells: Cells, token: number) {
  const { address } = present(tokenAt(cells, token), 'a token with a ledger is listed')
  return ({ node, inflow, acc }: FlushedNode) => {
    return { asset: BigInt(assetOf(node)), direct: isDirect(node), token: address, inflow, acc }
  }
}

/**
 * The logs of a sweep for nodes of one token. The same bytes as the event's own encoding, written directly: a block has
 * thousands, of three words below 2^128 each.
 */
export function flushedLogs(cells: Cells, token: number): (node: FlushedNode) => Log {
  const values = flushedValues(cells, token)
  const [topic, , tokenTopic] = Flushed.encode(values({ node: 0, inflow: 0n, acc: 0n })).topics as [Hash, Hash, Hash]
  return ({ node, inflow, acc }) => {
    const data = new Uint8Array(DATA_BYTES)
    const view = new DataView(data.buffer)
    data[31] = isDirect(node) ? 1 : 0
    writeUint128(view, 48, inflow)
    writeUint128(view, 80, acc)
    const asset = `0x${assetOf(node).toString(16).padStart(64, '0')}` as Hash
    return { address: ROYALTY_MODULE, topics: [topic, asset, tokenTopic], data }
  }
}

function writeUint128(view: DataView, at: number, value: bigint): void {
  view.setBigUint64(at, value >> 64n)
  view.setBigUint64(at + 8, value & LOW_64_BITS)
}
