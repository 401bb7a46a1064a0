/**
 * Flushes inside transactions: by whoever asks, before an asset changes hands, and before weights change.
 *
 * The gas is charged by shape beforehand; the flush itself then runs unmetered. Nodes that reach their threshold here are
 * queued for the next generation.
 */

import { present } from '../../lib/assert.ts'
import type { Address } from '../../types/primitives.ts'
import { ROYALTY_MODULE } from '../addresses.ts'
import type { ModuleContext } from '../context.ts'
import { logGas } from '../gas.ts'
import { NATIVE_TOKEN } from '../parameters.ts'
import { Books } from './books.ts'
import { flushedValues } from './flushed-log.ts'
import { collectNodes } from './generations.ts'
import { readShape, writeLoweredEdge } from './node-vectors.ts'
import { allNode, directNode } from './nodes.ts'
import { creditOwed } from './owed.ts'
import { escrow } from './royalty-cells.ts'
import { EscrowReleased, Flushed } from './royalty-events.ts'
import { bothNodesNowGas, ESCROW_RELEASE_GAS, FLUSH_CALL_GAS, FLUSHED_LOG_GAS } from './royalty-gas.ts'
import { type FlushedNode, Settlement } from './settlement.ts'
import { tokenAt, tokenCount } from './tokens.ts'

/** Flushes nodes of one token in the order given, by falling keys. The caller has charged for the
 * cells. */
export function flushNodes(context: ModuleContext, token: number, nodes: readonly number[]): void {
  const books = new Books(context.state)
  const ready = new Set<number>()
  const settlement = new Settlement(books, token, (node) => ready.add(node))
  const flushed: FlushedNode[] = []
  for (const node of nodes) {
    ready.delete(node)
    const done = settlement.flush(node)
    if (done !== undefined) flushed.push(done)
  }
  settlement.write()
  collectNodes(books.royalty, token, ready)
  const values = flushedValues(books.royalty, token)
  for (const node of flushed) context.emit(Flushed, values(node), ROYALTY_MODULE)
  // A node with nothing to hand on makes no log, and might have made one when the estimate was taken or the other way.
  context.gas.charge((nodes.length - flushed.length) * FLUSHED_LOG_GAS)
}

/** Flushes both nodes of an asset for the native coin, so that what is swept stays with the owner who is about to leave. */
export function flushForTransfer(context: ModuleContext, id: bigint): void {
  flushBothNodes(context, Number(id), [NATIVE_TOKEN])
}

/** An edge with its lowered shares: of direct payments (the greater of relative share and floor), and of relayed income. */
export type LoweredEdge = {
  readonly child: bigint
  readonly parent: bigint
  readonly directPpm: bigint
  readonly relativePpm: bigint
}

/**
 * Flushes both nodes of an asset in every listed token. One that it never received costs the same: its first payment may come
 * between an estimate and the call.
 */
export function flushAsset(context: ModuleContext, id: bigint): void {
  const tokens = Array.from({ length: tokenCount(context.cells(ROYALTY_MODULE)) }, (_, token) => token)
  flushBothNodes(context, Number(id), tokens)
}

/** Flushes both nodes of the child in every token, then lowers the parent's slots; the owner gets what is freed. */
export function lowerEdge(context: ModuleContext, { child, parent, directPpm, relativePpm }: LoweredEdge): void {
  flushAsset(context, child)
  const lowered = { parent: Number(parent), directPpm, relativePpm }
  writeLoweredEdge(context.cells(ROYALTY_MODULE), Number(child), lowered)
}

/** One EscrowReleased log. */
const ESCROW_LOG_GAS = logGas(4, 32)

/** What a dispute held back becomes owed to `account`, in every token. */
export function releaseEscrow(context: ModuleContext, id: bigint, account: Address): void {
  const { royalty: cells } = new Books(context.state)
  const asset = Number(id)
  const count = tokenCount(context.cells(ROYALTY_MODULE))
  context.gas.charge(count * ESCROW_RELEASE_GAS)
  for (let token = 0; token < count; token++) {
    const { amount } = escrow.read(cells, { asset, token })
    if (amount === 0n) {
      // As with escrow, which may have come since an estimate was taken.
      context.gas.charge(ESCROW_LOG_GAS)
      continue
    }
    escrow.write(cells, { asset, token }, { amount: 0n })
    creditOwed(cells, account, token, amount)
    const { address } = present(tokenAt(cells, token), 'a token with escrow is listed')
    context.emit(EscrowReleased, { asset: id, account, token: address, amount }, ROYALTY_MODULE)
  }
}

function flushBothNodes(context: ModuleContext, asset: number, tokens: readonly number[]): void {
  const shape = present(readShape(context.cells(ROYALTY_MODULE), asset), 'every asset has its weights')
  for (const token of tokens) {
    context.gas.charge(FLUSH_CALL_GAS + bothNodesNowGas(shape))
    flushNodes(context, token, [directNode(asset), allNode(asset)])
  }
}
