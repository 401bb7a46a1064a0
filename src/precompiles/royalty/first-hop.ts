/**
 * The assets paid in this block: a chain of cells that payments make and the sweep of the same block empties again, so that
 * none of it ever reaches the state's tries.
 */

import type { Cells } from '../../state/cells.ts'
import { tokensOf } from './generations.ts'
import { allNode, directNode } from './nodes.ts'
import { firstHop, sweepHead } from './royalty-cells.ts'

/** Marks both nodes of an asset for this block's sweep. Returns the mask of tokens it was paid in before. */
export function markPaid(cells: Cells, asset: number, token: number): bigint {
  const slot = firstHop.slot({ asset })
  const { tokens, next } = firstHop.unpack(cells.get(slot))
  const bit = 1n << BigInt(token)
  if ((tokens & bit) !== 0n) return tokens
  if (tokens > 0n) {
    cells.set(slot, firstHop.pack({ tokens: tokens | bit, next }), firstHop.growth)
    return tokens
  }
  const head = sweepHead.read(cells, {})
  cells.set(slot, firstHop.pack({ tokens: bit, next: head.firstPaid }), firstHop.growth)
  sweepHead.write(cells, {}, { ...head, firstPaid: BigInt(asset + 1) })
  return 0n
}

/** Takes the marks off and returns the marked nodes of each token, by falling key. */
export function takePaidNodes(cells: Cells, firstPaid: number): Map<number, number[]> {
  const assets = new Map<number, number[]>()
  for (let link = firstPaid; link !== 0; ) {
    const asset = link - 1
    const slot = firstHop.slot({ asset })
    const { tokens, next } = firstHop.unpack(cells.get(slot))
    cells.set(slot, 0n, firstHop.growth)
    for (const token of tokensOf(tokens)) {
      const paid = assets.get(token)
      if (paid === undefined) assets.set(token, [asset])
      else paid.push(asset)
    }
    link = Number(next)
  }
  const nodes = new Map<number, number[]>()
  for (const [token, paid] of assets) {
    paid.sort((a, b) => b - a)
    nodes.set(
      token,
      paid.flatMap((asset) => [directNode(asset), allNode(asset)]),
    )
  }
  return nodes
}
