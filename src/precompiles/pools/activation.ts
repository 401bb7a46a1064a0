/**
 * The end of a block for the pools: batches whose time has come begin to earn, and revoked ones stop.
 *
 * A batch waits for its notice, in which anybody may look at it, and until every generation of the royalty queues that
 * existed when it was appended has drained: income that was on its way then belongs to those who were there. It enters at
 * the accumulator's value of this moment, before anything else is credited. A batch that leaves waits for the queues
 * alike, so that it shares in what was on its way when it was revoked.
 */

import { MAX_BATCH_CELLS_PER_BLOCK } from '../../lib/limits.ts'
import type { Cells } from '../../state/cells.ts'
import type { Log } from '../../types/receipt.ts'
import { POOLS_MODULE } from '../addresses.ts'
import { type Turn, takeTurns } from './batch-queue.ts'
import { enter, leave } from './batch-turns.ts'
import { BatchActivated, BatchRevoked } from './events.ts'
import { batchHead, poolHead } from './pool-cells.ts'
import { BATCH, tokensIn } from './pool-store.ts'

/** Cells that a turn touches: of the queue, the pool and the batch, and for each token that the pool has. */
const TURN_CELLS = 6
const TURN_TOKEN_CELLS = 4

/** The block that ends, and what `oldestQueuedBlock` of the royalty queues says after the sweep. */
export type BlockEnd = { readonly block: number; readonly oldestQueued: number | undefined }

/** Gives every batch its turn that is due, up to a bound of work for each kind; the rest follows in the next blocks. */
export function activateBatches(cells: Cells, { block, oldestQueued }: BlockEnd): Log[] {
  const isDue = ({ readyAt, mark }: Turn): boolean =>
    readyAt <= BigInt(block) && (oldestQueued === undefined || BigInt(oldestQueued) >= mark)
  const cellsOf = ({ pool }: Turn): number => {
    return TURN_CELLS + TURN_TOKEN_CELLS * tokensIn(poolHead.read(cells, { pool }).tokens).length
  }
  const arrivals = takeTurns(cells, 'arrival', MAX_BATCH_CELLS_PER_BLOCK, isDue, cellsOf)
  const departures = takeTurns(cells, 'departure', MAX_BATCH_CELLS_PER_BLOCK, isDue, cellsOf)
  return [...arrivals.flatMap((turn) => arrive(cells, turn)), ...departures.map((turn) => depart(cells, turn))]
}

/** A batch that was withdrawn while it was pending has no turn any more. */
function arrive(cells: Cells, { pool, batch }: Turn): Log[] {
  const { status, weight } = batchHead.read(cells, { pool, batch })
  if (status !== BATCH.pending) return []
  const totalWeight = enter(cells, { pool, batch })
  return [{ address: POOLS_MODULE, ...BatchActivated.encode({ pool, batch, weight, totalWeight }) }]
}

function depart(cells: Cells, { pool, batch, isForfeit }: Turn): Log {
  const totalWeight = leave(cells, { pool, batch }, isForfeit === 1n)
  const log = BatchRevoked.encode({ pool, batch, isForfeit: isForfeit === 1n, totalWeight })
  return { address: POOLS_MODULE, ...log }
}
