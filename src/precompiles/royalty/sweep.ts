/**
 * The sweep at the end of every block, the same for proposer, validator, replay and sync.
 *
 * All assets paid in the block are flushed, both nodes, whatever the amount: their payers paid for it. Deeper nodes wait in
 * their token's queue and share one budget; what it leaves stays in the state for the next block. In each token both are
 * one walk by falling keys, so that a node is credited by all its children before it is flushed, and flushed once.
 * Tokens take turns by block number. At last a fee that was set in the block comes into force, and contributors' batches
 * whose time has come become active.
 */

import type { WorldState } from '../../state/world-state.ts'
import type { Log } from '../../types/receipt.ts'
import { parameters, renewChainFee } from '../parameters.ts'
import { activateBatches } from '../pools/activation.ts'
import { Books } from './books.ts'
import { takePaidNodes } from './first-hop.ts'
import { flushedLogs } from './flushed-log.ts'
import { oldestQueuedBlock, tokensOf } from './generations.ts'
import { assetOf, isDirect } from './nodes.ts'
import { sweepHead } from './royalty-cells.ts'
import { Settlement } from './settlement.ts'
import { flushUnits, POP_UNITS } from './sweep-units.ts'
import { TokenQueue } from './token-queue.ts'

/** A sweep under way: `units` are what is left of the budget. */
type Sweep = { readonly books: Books; readonly block: number; readonly logs: Log[]; units: number }

/** Sweeps the block and returns what it logs, in order. */
export function sweepRoyalties(state: WorldState, block: { readonly number: number }): Log[] {
  const books = new Books(state)
  const logs: Log[] = []
  const { firstPaid, busy } = sweepHead.read(books.royalty, {})
  if (firstPaid > 0n || busy > 0n) {
    const sweep = { books, block: block.number, logs, units: parameters(books.royalty).sweepUnits }
    const paid = takePaidNodes(books.royalty, Number(firstPaid))
    sweepHead.write(books.royalty, {}, { firstPaid: 0n, busy: sweepTokens(sweep, paid, busy) })
  }
  renewChainFee(books.royalty)
  logs.push(...activateBatches(books.pools, { block: block.number, oldestQueued: oldestQueuedBlock(books.royalty) }))
  return logs
}

/** Sweeps every token with work, a different one first each block; returns the mask of those that keep queued nodes. */
function sweepTokens(sweep: Sweep, paid: ReadonlyMap<number, readonly number[]>, busy: bigint): bigint {
  const tokens = [...new Set([...tokensOf(busy), ...paid.keys()])].sort((a, b) => a - b)
  const first = sweep.block % tokens.length
  let stillBusy = 0n
  for (const token of [...tokens.slice(first), ...tokens.slice(0, first)]) {
    if (sweepToken(sweep, token, paid.get(token) ?? [])) stillBusy |= 1n << BigInt(token)
  }
  return stillBusy
}

/** Walks the paid nodes and the draining generation of one token together; true when queued nodes are left. */
function sweepToken(sweep: Sweep, token: number, paid: readonly number[]): boolean {
  const { books, block, logs } = sweep
  const queue = new TokenQueue(books.royalty, token)
  const settlement = new Settlement(books, token, (node) => queue.enqueue(node))
  const toLog = flushedLogs(books.royalty, token)
  let hasTakenOver = false
  let next = 0
  for (;;) {
    if (queue.isDrained && !hasTakenOver) {
      queue.takeOver(block)
      hasTakenOver = true
    }
    const paidNode = paid[next] ?? -1
    const queued = sweep.units > 0 ? queue.top : -1
    if (paidNode < 0 && queued < 0) break
    if (queued >= paidNode) sweep.units -= POP_UNITS * Number(queue.pop() > paidNode)
    if (paidNode >= queued) next++
    const node = Math.max(paidNode, queued)
    const flushed = settlement.flush(node)
    if (flushed === undefined) continue
    logs.push(toLog(flushed))
    if (queued > paidNode) sweep.units -= flushUnits(books.weights(assetOf(node)), isDirect(node))
  }
  settlement.write()
  queue.close()
  return queue.size > 0
}
