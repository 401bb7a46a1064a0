/**
 * Who may do what with a pool: each guard gives what it read or ends the call.
 */

import type { Cells } from '../../state/cells.ts'
import { type Address, addressFromBigint } from '../../types/primitives.ts'
import { ASSETS_MODULE, ROYALTY_MODULE } from '../addresses.ts'
import { operatorOf, readAsset } from '../assets/asset-store.ts'
import { ACTIVE } from '../assets/kinds.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { parameters } from '../parameters.ts'
import type { BatchKey } from './batch-turns.ts'
import { AssetNotActive, NotController, NotDisputeAuthority, UnknownBatch, UnknownPool } from './errors.ts'
import { batchHead, poolControl, poolHead } from './pool-cells.ts'
import { type BatchHead, type PoolHead, STAND_ALONE_POOLS } from './pool-store.ts'

/** The cells of the pools. */
export function poolCells(context: ModuleContext): Cells {
  return context.cells(context.module)
}

/** A pool that exists. */
export function demandPool(context: ModuleContext, pool: bigint): PoolHead {
  const head = poolHead.read(poolCells(context), { pool })
  return head.policy === 0n ? refuse(UnknownPool, { pool }) : head
}

/** A batch that was appended. */
export function demandBatch(context: ModuleContext, key: BatchKey): BatchHead {
  const head = batchHead.read(poolCells(context), key)
  if (head.status !== 0n) return head
  const { batches } = demandPool(context, key.pool)
  return refuse(UnknownBatch, { ...key, batches })
}

/** Refuses a caller who is not the pool's controller. */
export function demandController(context: ModuleContext, pool: bigint): void {
  const controller = controllerOf(poolCells(context), pool)
  if (context.caller !== controller) refuse(NotController, { pool, caller: context.caller, controller })
}

/**
 * Refuses a caller who may not append: the controller may, and the operator of the asset that the pool belongs to. The asset
 * must be active.
 */
export function demandAppender(context: ModuleContext, pool: bigint): void {
  if (pool >= STAND_ALONE_POOLS) {
    demandController(context, pool)
    return
  }
  const assets = context.cells(ASSETS_MODULE)
  const { status } = readAsset(assets, pool)
  if (status !== ACTIVE) refuse(AssetNotActive, { asset: pool, status })
  if (context.caller !== operatorOf(assets, pool)) demandController(context, pool)
}

/** Refuses a caller who is not the dispute authority. */
export function demandDisputeAuthority(context: ModuleContext): void {
  const authority = parameters(context.cells(ROYALTY_MODULE)).disputeAuthority
  if (context.caller !== authority) refuse(NotDisputeAuthority, { caller: context.caller, authority })
}

export function controllerOf(cells: Cells, pool: bigint): Address {
  return addressFromBigint(poolControl.read(cells, { pool }).controller)
}
