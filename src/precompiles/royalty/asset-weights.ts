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
import { FLOOR_LANE, PARENT_LANE, type SlotLanes } from './slot-lanes.ts'

/** A parent's slots; `slots` is the number of slots of the parent's own a.all, which its threshold follows from. */
export type ParentSlot = {
  readonly asset: number
  readonly slots: number
  readonly relativePpm: bigint
  readonly directPpm: bigint
}

/** A further ancestor's slot of a.direct. */
export type FloorSlot = { readonly asset: number; readonly slots: number; readonly ppm: bigint }

/** The slots that are the asset's own. */
export type OwnWeights = {
  readonly poolPpm: bigint
  /** The asset whose contributor pool this is: versions share their first one's. */
  readonly pool: number
  /** The fee in force, which may differ from the chain's until the next payment. */
  readonly feePpm: bigint
  readonly ownerDirectPpm: bigint
  readonly ownerAllPpm: bigint
}

/** Numbers of parents and floors. */
export type Shape = { readonly parents: number; readonly floors: number }

/** As flushes use them. */
export type FlushWeights = OwnWeights & { readonly lanes: SlotLanes }

/** As people read them. */
export type AssetWeights = OwnWeights & {
  readonly parents: readonly ParentSlot[]
  readonly floors: readonly FloorSlot[]
}

/** Slots of a.direct that can pay: fee, parents, floors, pool, owner. */
export function directSlots(parents: number, floors: number): number {
  return parents + floors + 3
}

/** Slots of a.all that can pay: parents, pool, owner. */
export function allSlots(parents: number): number {
  return parents + 2
}

/** The fee that an asset bears: the chain's, or what parents, floors and pool leave when that is less. */
export function boundFee({ lanes, poolPpm }: Pick<FlushWeights, 'lanes' | 'poolPpm'>, chainFeePpm: bigint): bigint {
  const restPpm = BigInt(lanes.directRestPpm) - poolPpm
  assert(restPpm >= 0n, 'the pool fits what parents and floors leave')
  return chainFeePpm < restPpm ? chainFeePpm : restPpm
}

/** Weights as the next payment leaves them: with the chain's fee, or what of it the owner's slot can bear. */
export function withChainFee<W extends Pick<OwnWeights, 'feePpm' | 'ownerDirectPpm'>>(
  weights: W,
  chainFeePpm: bigint,
): W {
  const restPpm = weights.feePpm + weights.ownerDirectPpm
  const feePpm = chainFeePpm < restPpm ? chainFeePpm : restPpm
  return feePpm === weights.feePpm ? weights : { ...weights, feePpm, ownerDirectPpm: restPpm - feePpm }
}

/** What prices follow from. */
export function shapeOf({ lanes }: Pick<FlushWeights, 'lanes'>): Shape {
  return { parents: lanes.parents.length / PARENT_LANE, floors: lanes.floors.length / FLOOR_LANE }
}

/** The weights that follow from the slots, the pool's share and the fee in force. */
export function flushWeights(
  lanes: SlotLanes,
  own: { readonly poolPpm: bigint; readonly pool: number; readonly feePpm: bigint },
): FlushWeights {
  const ownerDirectPpm = BigInt(lanes.directRestPpm) - own.poolPpm - own.feePpm
  const ownerAllPpm = BigInt(lanes.allRestPpm) - own.poolPpm
  assert(ownerDirectPpm >= 0n && ownerAllPpm >= 0n, 'the slots of a node sum to the whole')
  return { lanes, ...own, ownerDirectPpm, ownerAllPpm }
}

/** The same as lists. */
export function listWeights({ lanes, ...own }: FlushWeights): AssetWeights {
  const parents: ParentSlot[] = []
  for (let at = 0; at < lanes.parents.length; at += PARENT_LANE) {
    const [asset = 0, slots = 0, relative = 0, direct = 0] = lanes.parents.subarray(at, at + PARENT_LANE)
    parents.push({ asset, slots, relativePpm: BigInt(relative), directPpm: BigInt(direct) })
  }
  const floors: FloorSlot[] = []
  for (let at = 0; at < lanes.floors.length; at += FLOOR_LANE) {
    const [asset = 0, slots = 0, ppm = 0] = lanes.floors.subarray(at, at + FLOOR_LANE)
    floors.push({ asset, slots, ppm: BigInt(ppm) })
  }
  return { ...own, parents, floors }
}
