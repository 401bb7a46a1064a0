/**
 * The weights of an asset's two nodes.
 *
 *     a.direct : protocolFee | provider | epoch | max(relative, floor) per parent | floors of further ancestors | pool | owner
 *     a.all    : provider | epoch | relative per parent | pool | owner
 *
 * This order is permanent; provider and epoch are reserved and weigh nothing. Both rows sum to exactly 1,000,000: the owner has
 * what is left. The protocol fee comes out of the owner's slot alone, so that a raised fee never touches what others were
 * promised; where the owner has less than the fee, the fee is what the owner has.
 */

import { assert } from '../../lib/assert.ts'
import { MAX_FLOORS, MAX_PARENTS } from '../../lib/limits.ts'
import { WHOLE_PPM } from './node-ledger.ts'

/** A parent's slots; `slots` is the number of slots of the parent's own a.all, which its threshold follows from. */
export type ParentSlot = {
  readonly asset: number
  readonly slots: number
  readonly relativePpm: bigint
  readonly directPpm: bigint
}

/** A further ancestor's slot of a.direct. */
export type FloorSlot = { readonly asset: number; readonly slots: number; readonly ppm: bigint }

export type AssetWeights = {
  readonly parents: readonly ParentSlot[]
  readonly floors: readonly FloorSlot[]
  readonly poolPpm: bigint
  /** The asset whose contributor pool this is: versions share their first one's. */
  readonly pool: number
  /** The fee in force, which may be below the chain's until the next flush. */
  readonly feePpm: bigint
  readonly ownerDirectPpm: bigint
  readonly ownerAllPpm: bigint
}

/** Slots of a.direct that can pay: fee, parents, floors, pool, owner. */
export function directSlots(parents: number, floors: number): number {
  return parents + floors + 3
}

/** Slots of a.all that can pay: parents, pool, owner. */
export function allSlots(parents: number): number {
  return parents + 2
}

/** The weights of an asset at the chain's fee. The caller has checked the limits; here they are asserted. */
export function weightsOf(
  granted: Pick<AssetWeights, 'parents' | 'floors' | 'poolPpm' | 'pool'>,
  chainFeePpm: bigint,
): AssetWeights {
  const { parents, floors, poolPpm, pool } = granted
  assert(parents.length <= MAX_PARENTS && floors.length <= MAX_FLOORS, 'an asset has at most its limit of slots')
  const relatives = parents.reduce((sum, one) => sum + one.relativePpm, 0n)
  const directs = parents.reduce((sum, one) => sum + one.directPpm, 0n)
  const ancestors = floors.reduce((sum, one) => sum + one.ppm, 0n)
  const ownerAllPpm = WHOLE_PPM - relatives - poolPpm
  const rest = WHOLE_PPM - directs - ancestors - poolPpm
  assert(ownerAllPpm >= 0n && rest >= 0n, 'the slots of a node never weigh more than the whole')
  const feePpm = chainFeePpm < rest ? chainFeePpm : rest
  return { parents, floors, poolPpm, pool, feePpm, ownerDirectPpm: rest - feePpm, ownerAllPpm }
}
