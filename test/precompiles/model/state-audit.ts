/**
 * Conservation computed from the cells alone, cell by cell and without the code that keeps them: everything that came into
 * custody is in a node's carry, owed to an account, in a pool, in escrow, deposited, or was paid out.
 *
 * What a pool holds is added up in 2^-64 units, where nothing is rounded: its batches' earnings and its carry make whole
 * units together.
 */

import { assert } from '../../../src/lib/assert.ts'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import { registry } from '../../../src/precompiles/assets/asset-cells.ts'
import { UNMETERED } from '../../../src/precompiles/context.ts'
import {
  batchEntry,
  batchExit,
  batchHead,
  batchPaid,
  held,
  poolHead,
} from '../../../src/precompiles/pools/pool-cells.ts'
import { BATCH, readAccrual } from '../../../src/precompiles/pools/pool-store.ts'
import { custody, escrow, holderAt, holderCount, ledger, owed } from '../../../src/precompiles/royalty/royalty-cells.ts'
import { Cells } from '../../../src/state/cells.ts'
import type { WorldState } from '../../../src/state/world-state.ts'
import { addressFromBigint } from '../../../src/types/primitives.ts'

const MILLION = 1_000_000n

export type StateAudit = {
  readonly carries: bigint
  readonly owed: bigint
  readonly escrow: bigint
  readonly pools: bigint
  /** What the state says is here for somebody. */
  readonly booked: bigint
  /** booked - (carries + owed + escrow + pools + deposits): 0, or value was made or lost. */
  readonly difference: bigint
}

/** Adds up one token. `pools` are stand-alone pools beside those of the assets; `deposits` are bonds of demanded leaves. */
export function auditState(
  state: WorldState,
  token: number,
  others: { readonly pools?: readonly bigint[]; readonly deposits?: bigint } = {},
): StateAudit {
  const royalty = new Cells(state, ROYALTY_MODULE, UNMETERED)
  const count = Number(registry.read(new Cells(state, ASSETS_MODULE, UNMETERED), {}).count)
  const sums = { carries: 0n, owed: 0n, escrow: 0n, pools: 0n }
  const pools = [...(others.pools ?? [])]
  for (let asset = 1; asset <= count; asset++) {
    pools.push(BigInt(asset))
    for (const node of [2 * asset, 2 * asset + 1]) {
      const { inflow, acc } = ledger.read(royalty, { node, token })
      assert(inflow >= acc * MILLION, `node ${node} never hands on more than came in`)
      sums.carries += inflow - acc * MILLION
    }
    sums.escrow += escrow.read(royalty, { asset, token }).amount
  }
  const holders = holderCount.read(royalty, {}).count
  for (let holder = 1n; holder <= holders; holder++) {
    const place = holderAt.read(royalty, { holder })
    if (Number(place.token) !== token) continue
    sums.owed += owed.read(royalty, { account: addressFromBigint(place.account), token }).amount
  }
  const poolCells = new Cells(state, POOLS_MODULE, UNMETERED)
  for (const pool of pools) sums.pools += heldByPool(poolCells, pool, token)
  const { booked } = custody.read(royalty, { token })
  const total = sums.carries + sums.owed + sums.escrow + sums.pools + (others.deposits ?? 0n)
  return { ...sums, booked, difference: booked - total }
}

/** What a pool still has to pay or to share. */
export function heldByPool(cells: Cells, pool: bigint, token: number): bigint {
  const head = poolHead.read(cells, { pool })
  if (head.policy === 0n) return 0n
  const { waiting, escrow: kept } = held.read(cells, { pool, token })
  const { acc, carry } = readAccrual(cells, pool, token)
  let fine = carry
  let paid = 0n
  for (let batch = 0n; batch < head.batches; batch++) {
    const one = batchHead.read(cells, { pool, batch })
    paid += batchPaid.read(cells, { pool, batch, token }).amount
    if (one.status === BATCH.pending) continue
    const entry = batchEntry.read(cells, { pool, batch, token }).acc
    const hasLeft = one.status !== BATCH.active && one.status !== BATCH.leaving
    if (one.status === BATCH.forfeited) fine += batchPaid.read(cells, { pool, batch, token }).amount << 64n
    else fine += ((hasLeft ? batchExit.read(cells, { pool, batch, token }).acc : acc) - entry) * one.weight
  }
  assert((fine & (2n ** 64n - 1n)) === 0n, `pool ${pool} holds whole units`)
  return waiting + kept + (fine >> 64n) - paid
}

/** What a unit of a batch's weight earned, in 2^-64 units. */
export function unitEarned(cells: Cells, pool: bigint, batch: number, token: number): bigint {
  const { status } = batchHead.read(cells, { pool, batch })
  const entry = batchEntry.read(cells, { pool, batch, token }).acc
  const stays = status === BATCH.active || status === BATCH.leaving
  return (stays ? readAccrual(cells, pool, token).acc : batchExit.read(cells, { pool, batch, token }).acc) - entry
}
