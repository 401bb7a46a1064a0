/**
 * The royalty ledger and what waits for the sweep, as the RPC shows them.
 */

import { MAX_WAITING_BATCHES_SHOWN } from '../../lib/limits.ts'
import { queueEnds, queueItem } from '../../precompiles/pools/pool-cells.ts'
import type { AssetWeights } from '../../precompiles/royalty/asset-weights.ts'
import { pendingOf } from '../../precompiles/royalty/node-ledger.ts'
import { readWeights } from '../../precompiles/royalty/node-vectors.ts'
import { allNode, directNode, NODE_KEYS } from '../../precompiles/royalty/nodes.ts'
import { escrow, ledger, queueHead } from '../../precompiles/royalty/royalty-cells.ts'
import { TokenQueue } from '../../precompiles/royalty/token-queue.ts'
import type { LedgerView, NodeView, QueueView, SlotView, SweepView, WaitingBatch } from '../../rpc/attribution-port.ts'
import { type ModuleCells, type TokenPlace, tokenPlaces } from './attribution-state.ts'

/** The two nodes of an asset; undefined when there is none. */
export function ledgerView(cells: ModuleCells, asset: bigint): LedgerView | undefined {
  if (asset === 0n || asset >= BigInt(NODE_KEYS / 2)) return undefined
  const id = Number(asset)
  const weights = readWeights(cells.royalty, id)
  if (weights === undefined) return undefined
  const tokens = tokenPlaces(cells)
  return {
    asset,
    direct: { slots: directSlotsOf(weights), tokens: nodeTokens(cells, directNode(id), tokens) },
    all: { slots: allSlotsOf(weights), tokens: nodeTokens(cells, allNode(id), tokens) },
    escrow: tokens.flatMap(({ index, address }) => {
      const { amount } = escrow.read(cells.royalty, { asset, token: index })
      return amount === 0n ? [] : [{ token: address, amount }]
    }),
  }
}

/** Queued nodes and batches. Nodes that were paid directly never wait beyond their block. */
export function sweepView(cells: ModuleCells): SweepView {
  const { firstArrival, nextArrival, firstDeparture, nextDeparture } = queueEnds.read(cells.pools, {})
  const arrivals = waitingBatches(cells, 'activate', firstArrival, nextArrival)
  const departures = waitingBatches(cells, 'leave', firstDeparture, nextDeparture)
  return {
    queues: tokenPlaces(cells).map((token) => queueView(cells, token)),
    waitingBatches: nextArrival - firstArrival + (nextDeparture - firstDeparture),
    batches: [...departures, ...arrivals].slice(0, MAX_WAITING_BATCHES_SHOWN),
  }
}

function directSlotsOf(weights: AssetWeights): SlotView[] {
  const { feePpm, parents, floors, ownerDirectPpm } = weights
  return [
    { to: 'fee', id: null, ppm: feePpm },
    ...parents.map(({ asset, directPpm }): SlotView => ({ to: 'parent', id: BigInt(asset), ppm: directPpm })),
    ...floors.map(({ asset, ppm }): SlotView => ({ to: 'ancestor', id: BigInt(asset), ppm })),
    poolSlot(weights),
    { to: 'owner', id: null, ppm: ownerDirectPpm },
  ]
}

function allSlotsOf(weights: AssetWeights): SlotView[] {
  return [
    ...weights.parents.map(
      ({ asset, relativePpm }): SlotView => ({ to: 'parent', id: BigInt(asset), ppm: relativePpm }),
    ),
    poolSlot(weights),
    { to: 'owner', id: null, ppm: weights.ownerAllPpm },
  ]
}

function poolSlot({ pool, poolPpm }: AssetWeights): SlotView {
  return { to: 'pool', id: poolPpm === 0n ? null : BigInt(pool), ppm: poolPpm }
}

/** Tokens that ever came in. */
function nodeTokens({ royalty }: ModuleCells, node: number, tokens: readonly TokenPlace[]): NodeView['tokens'] {
  return tokens.flatMap(({ index, address }) => {
    const { inflow, acc } = ledger.read(royalty, { node, token: index })
    return inflow === 0n ? [] : [{ token: address, inflow, acc, pending: pendingOf({ inflow, acc }) }]
  })
}

function queueView({ royalty }: ModuleCells, { index, address }: TokenPlace): QueueView {
  const { drainingSize, collectingSize } = queueHead.read(royalty, { token: index })
  const since = new TokenQueue(royalty, index).oldestSince
  return {
    token: address,
    drainingNodes: drainingSize,
    collectingNodes: collectingSize,
    oldestSinceBlock: since === undefined ? null : BigInt(since),
  }
}

/** The first places of a queue. */
function waitingBatches(
  { pools }: ModuleCells,
  change: WaitingBatch['change'],
  first: bigint,
  next: bigint,
): WaitingBatch[] {
  const count = Math.min(Number(next - first), MAX_WAITING_BATCHES_SHOWN)
  return Array.from({ length: count }, (_, i) => {
    const kind = change === 'activate' ? 0 : 1
    const { pool, batch, readyAt } = queueItem.read(pools, { kind, position: first + BigInt(i) })
    return { pool, batch, change, readyAtBlock: readyAt }
  })
}
