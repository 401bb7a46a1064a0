/**
 * What the rest of the chain asks of the queues: to queue a node outside the sweep, which tokens have any, and whether the
 * generations of a past block have drained.
 */

import { MAX_TOKENS } from '../../lib/limits.ts'
import type { Cells } from '../../state/cells.ts'
import { sweepHead } from './royalty-cells.ts'
import { TokenQueue } from './token-queue.ts'

/** Queues nodes for the next generation of a token: they reached their thresholds outside the sweep. */
export function collectNodes(cells: Cells, token: number, nodes: Iterable<number>): void {
  let queue: TokenQueue | undefined
  for (const node of nodes) {
    queue ??= new TokenQueue(cells, token)
    queue.collect(node)
  }
  if (queue === undefined) return
  queue.close()
  const head = sweepHead.read(cells, {})
  sweepHead.write(cells, {}, { ...head, busy: head.busy | (1n << BigInt(token)) })
}

/**
 * The block at whose end the oldest generation that still holds nodes began to collect, over all tokens. Every generation
 * that existed when a transaction of block n ran has drained exactly when there is none or it began at block n or later.
 */
export function oldestQueuedBlock(cells: Cells): number | undefined {
  let oldest: number | undefined
  for (const token of tokensOf(sweepHead.read(cells, {}).busy)) {
    const since = new TokenQueue(cells, token).oldestSince
    if (since !== undefined && (oldest === undefined || since < oldest)) oldest = since
  }
  return oldest
}

/** The tokens of a mask, ascending. */
export function tokensOf(mask: bigint): number[] {
  const tokens: number[] = []
  for (let token = 0; token <= MAX_TOKENS; token++) if (((mask >> BigInt(token)) & 1n) === 1n) tokens.push(token)
  return tokens
}
