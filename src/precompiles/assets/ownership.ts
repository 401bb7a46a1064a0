/**
 * Whose an asset is: the only place where an owner changes.
 *
 * What the asset earned and has not handed on is flushed first, so that it is the former owner's. Whoever acted for the
 * former owner no longer does; the pool's controller is a right of its own and stays.
 */

import type { Cells } from '../../state/cells.ts'
import { type Address, addressFromBigint } from '../../types/primitives.ts'
import type { ModuleContext } from '../context.ts'
import { balances, operators, tokenApprovals } from './asset-cells.ts'
import { type AssetRecord, updateAsset } from './asset-store.ts'
import { Transfer } from './events.ts'

/** Gives the asset to `to`. The caller of this has flushed it and checked the right to do so. */
export function changeOwner(context: ModuleContext, id: bigint, record: AssetRecord, to: Address): void {
  const cells = context.cells(context.module)
  const from = addressFromBigint(record.owner)
  cells.set(tokenApprovals.slot({ id }), 0n, 'steady')
  cells.set(operators.slot({ id }), 0n, 'steady')
  takeFromBalance(cells, from)
  addToBalance(cells, to)
  updateAsset(cells, id, { ...record, owner: BigInt(to) })
  context.emit(Transfer, { from, to, tokenId: id })
}

/** Counts one more asset of `owner`. */
export function addToBalance(cells: Cells, owner: Address): void {
  balances.write(cells, { owner }, { count: balances.read(cells, { owner }).count + 1n })
}

function takeFromBalance(cells: Cells, owner: Address): void {
  const count = balances.read(cells, { owner }).count - 1n
  cells.set(balances.slot({ owner }), balances.pack({ count }), 'steady')
}
