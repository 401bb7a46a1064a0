/**
 * The record of an asset as the other modules read it. All of it is one slot, so that what a payment or a transfer needs to
 * know costs one read.
 */

import type { Cells } from '../../state/cells.ts'
import { type Address, addressFromBigint } from '../../types/primitives.ts'
import { asset, operators, registry, uris } from './asset-cells.ts'
import { type AssetStatus, statusName } from './kinds.ts'

/** An asset's record; `status` 0 is no asset. */
export type AssetRecord = ReturnType<typeof asset.read>

/** How many assets there are; ids are 1 to this. */
export function assetCount(cells: Cells): bigint {
  return registry.read(cells, {}).count
}

/** Who owns the asset, or undefined when there is none. */
export function ownerOf(cells: Cells, id: bigint | number): Address | undefined {
  const { status, owner } = asset.read(cells, { id })
  return status === 0n ? undefined : addressFromBigint(owner)
}

/** Where the asset stands, or undefined when there is none. */
export function statusOf(cells: Cells, id: bigint | number): AssetStatus | undefined {
  return statusName(asset.read(cells, { id }).status)
}

/** Who acts for the owner, or the zero address. */
export function operatorOf(cells: Cells, id: bigint | number): Address {
  return addressFromBigint(operators.read(cells, { id }).operator)
}

export function readAsset(cells: Cells, id: bigint): AssetRecord {
  return asset.read(cells, { id })
}

/** The asset's uri; registration took only valid UTF-8. */
export function readUri(cells: Cells, id: bigint): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(uris.read(cells, { id }))
}

/** The first write of an asset's record. */
export function createAsset(cells: Cells, id: bigint, record: AssetRecord): void {
  asset.write(cells, { id }, record)
}

/** A change of a record that is there. */
export function updateAsset(cells: Cells, id: bigint, record: AssetRecord): void {
  cells.set(asset.slot({ id }), asset.pack(record), 'steady')
}
