/**
 * The Flushed event of a node, for the sweep and for flushes inside transactions.
 */

import { present } from '../../lib/assert.ts'
import type { Cells } from '../../state/cells.ts'
import type { Hash } from '../../types/primitives.ts'
import { assetOf, isDirect } from './nodes.ts'
import { Flushed } from './royalty-events.ts'
import type { FlushedNode } from './settlement.ts'
import { tokenAt } from './tokens.ts'

/** The fields of Flushed for nodes of one token. */
export function flushedValues(cells: Cells, token: number) {
  const { address } = present(tokenAt(cells, token), 'a token with a ledger is listed')
  return ({ node, inflow, acc }: FlushedNode) => {
    return { asset: BigInt(assetOf(node)), direct: isDirect(node), token: address, inflow, acc }
  }
}

/** Topics and data of Flushed for nodes of one token. */
export function flushedEvent(cells: Cells, token: number) {
  const values = flushedValues(cells, token)
  return (node: FlushedNode): { readonly topics: readonly Hash[]; readonly data: Uint8Array } =>
    Flushed.encode(values(node))
}
