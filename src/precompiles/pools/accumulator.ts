/**
 * A pool's income: what comes in is shared among the active batches by one division, however many contributors there are.
 *
 * `creditPool` is what a royalty flush calls for a pool's slot: it reads two slots and writes one. While no weight is active
 * nothing is shared: before the pool's first batch the income waits for it, after the last one left it goes to escrow.
 */

import { assert } from '../../lib/assert.ts'
import type { Cells } from '../../state/cells.ts'
import type { Address } from '../../types/primitives.ts'
import { accrue } from './accrual.ts'
import { held, poolControl, poolHead } from './pool-cells.ts'
import { POLICY, readAccrual, STAND_ALONE_POOLS, writeAccrual } from './pool-store.ts'

/**
 * Makes the only pool that asset `assetId` will ever have; its id is the asset's. Its policy is open, because contributors
 * to an asset keep coming, until the controller narrows it before the first batch.
 */
export function createAssetPool(cells: Cells, assetId: bigint, controller: Address): void {
  assert(assetId > 0n && assetId < STAND_ALONE_POOLS, 'the ids of assets are below those of stand-alone pools')
  assert(poolHead.read(cells, { pool: assetId }).policy === 0n, 'an asset is registered once')
  writeNewPool(cells, assetId, { controller, policy: POLICY.open, maxWeight: 0n })
}

export type NewPool = { readonly controller: Address; readonly policy: bigint; readonly maxWeight: bigint }

export function writeNewPool(cells: Cells, pool: bigint, { controller, policy, maxWeight }: NewPool): void {
  const head = { policy, hasStarted: 0n, tokens: 0n, batches: 0n, weight: 0n, committed: 0n }
  cells.set(poolHead.slot({ pool }), poolHead.pack(head), 'fresh')
  cells.set(poolControl.slot({ pool }), poolControl.pack({ controller: BigInt(controller), maxWeight }), 'fresh')
}

/** Credits a pool that exists with `amount` units of a token; the caller holds them in custody. */
export function creditPool(cells: Cells, pool: bigint, token: number, amount: bigint): void {
  if (amount === 0n) return
  const head = poolHead.read(cells, { pool })
  assert(head.policy !== 0n, 'only a pool that exists is credited')
  const bit = 1n << BigInt(token)
  if ((head.tokens & bit) === 0n) poolHead.write(cells, { pool }, { ...head, tokens: head.tokens | bit })
  if (head.weight > 0n) {
    writeAccrual(cells, pool, token, accrue(readAccrual(cells, pool, token), head.weight, amount))
    return
  }
  hold(cells, pool, token, head.hasStarted === 1n, amount)
}

/** Keeps `amount` for the first batch to come, or in escrow when the pool had batches before. */
export function hold(cells: Cells, pool: bigint, token: number, isEscrow: boolean, amount: bigint): void {
  const { waiting, escrow } = held.read(cells, { pool, token })
  const next = isEscrow ? { waiting, escrow: escrow + amount } : { waiting: waiting + amount, escrow }
  held.write(cells, { pool, token }, next)
}
