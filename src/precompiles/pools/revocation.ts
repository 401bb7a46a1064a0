/**
 * How a batch is sent away: a pending one at once, for it never counted; an active one when all that was under way at this
 * moment has been swept, so that it shares in what came in before.
 */

import type { Hash } from '../../types/primitives.ts'
import { ROYALTY_MODULE } from '../addresses.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { COLD_SLOT_GAS, FRESH_WRITE_GAS, logGas, STEADY_WRITE_GAS } from '../gas.ts'
import { parameters } from '../parameters.ts'
import { enqueueTurn } from './batch-queue.ts'
import type { BatchKey } from './batch-turns.ts'
import { BatchGone } from './errors.ts'
import { BatchRevoked, RevocationQueued } from './events.ts'
import { poolCells } from './guards.ts'
import { batchHead, poolHead } from './pool-cells.ts'
import { BATCH, type BatchHead } from './pool-store.ts'

export type Farewell = {
  readonly isForfeit: boolean
  readonly evidence: Hash
  /** True opens the claims of a frozen batch: only who froze it may say so. */
  readonly endsFreeze: boolean
}

/** Withdraws a pending batch or queues the departure of an active one. */
export function sendAway(
  context: ModuleContext,
  key: BatchKey,
  batch: BatchHead,
  { isForfeit, evidence, endsFreeze }: Farewell,
): void {
  if (batch.status !== BATCH.active && batch.status !== BATCH.pending) {
    refuse(BatchGone, { ...key, status: batch.status })
  }
  // Charged of a pending one, too: it may have activated since an estimate was taken.
  context.gas.charge(departureGas(parameters(context.cells(ROYALTY_MODULE)).tokenCount))
  const before = context.gas.left
  if (batch.status === BATCH.pending) withdrawPending(context, key, batch)
  else queueDeparture(context, key, batch, { isForfeit, evidence, endsFreeze })
  const unused = BigInt(TURN_GAS) - (before - context.gas.left)
  if (unused > 0n) context.gas.charge(unused)
}

/** Queueing a departure: the batch, a new place in the queue and its ends, one log. */
const TURN_GAS = 2 * (COLD_SLOT_GAS + STEADY_WRITE_GAS) + FRESH_WRITE_GAS + logGas(4, 2 * 32)

function queueDeparture(
  context: ModuleContext,
  key: BatchKey,
  batch: BatchHead,
  { isForfeit, evidence, endsFreeze }: Farewell,
): void {
  const cells = poolCells(context)
  batchHead.write(cells, key, { ...batch, status: BATCH.leaving, isFrozen: endsFreeze ? 0n : batch.isFrozen })
  const now = BigInt(context.block.number)
  enqueueTurn(cells, 'departure', { ...key, readyAt: now, mark: now, isForfeit: isForfeit ? 1n : 0n })
  context.emit(RevocationQueued, { ...key, by: context.caller, isForfeit, evidence })
}

/** Takes back a batch that did not activate; its turn will find it gone. */
export function withdrawPending(context: ModuleContext, key: BatchKey, batch: BatchHead): void {
  const cells = poolCells(context)
  const head = poolHead.read(cells, { pool: key.pool })
  poolHead.write(cells, { pool: key.pool }, { ...head, committed: head.committed - batch.weight })
  batchHead.write(cells, key, { ...batch, status: BATCH.revoked })
  context.emit(BatchRevoked, { ...key, isForfeit: false, totalWeight: head.weight })
}

/** What a departure writes at the end of a later block: as an activation, and the exits instead of the entries. */
export function departureGas(tokenCount: number): number {
  return 4 * STEADY_WRITE_GAS + (1 + tokenCount) * (2 * STEADY_WRITE_GAS + 2 * FRESH_WRITE_GAS)
}
