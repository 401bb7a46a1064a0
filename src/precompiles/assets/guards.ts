/**
 * Who may do what with an asset, and in which standing: each guard gives the asset's record or ends the call.
 */

import { type Address, addressFromBigint } from '../../types/primitives.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { type AssetRecord, operatorOf, readAsset } from './asset-store.ts'
import { NotActive, NotOwner, NotOwnerOrOperator, UnknownAsset } from './errors.ts'
import { ACTIVE } from './kinds.ts'

/** The record of an asset that exists. */
export function demandAsset(context: ModuleContext, id: bigint): AssetRecord {
  const record = readAsset(context.cells(context.module), id)
  if (record.status === 0n) refuse(UnknownAsset, { id })
  return record
}

/** The record of an asset that is neither disputed nor revoked. */
export function demandActive(context: ModuleContext, id: bigint): AssetRecord {
  const record = demandAsset(context, id)
  if (record.status !== ACTIVE) refuse(NotActive, { id, status: record.status })
  return record
}

/** Refuses a caller who is not the owner. Gives the owner. */
export function demandOwner(context: ModuleContext, id: bigint, record: AssetRecord): Address {
  const owner = addressFromBigint(record.owner)
  const { caller } = context
  if (caller !== owner) refuse(NotOwner, { id, caller, owner })
  return owner
}

/** Refuses a caller who is neither the owner nor the operator. Gives the owner. */
export function demandOwnerOrOperator(context: ModuleContext, id: bigint, record: AssetRecord): Address {
  const owner = addressFromBigint(record.owner)
  const operator = operatorOf(context.cells(context.module), id)
  const { caller } = context
  if (caller !== owner && caller !== operator) refuse(NotOwnerOrOperator, { id, caller, owner, operator })
  return owner
}
