/**
 * Floors that meet in one asset, and the limits of what may burden a payment to it.
 *
 * A floor is an absolute share of a payment made to an asset itself. It binds `gens` generations, the child first; 255 are
 * all. A child inherits each parent's floors with one generation less. Where one ancestor is reached over several paths,
 * the greatest share and the most generations count, so diamonds do not inflate. A parent's own floor merges with what other
 * paths bring for it, and its slot of a direct payment is the greater of that and its relative share.
 */

import { assert } from '../../lib/assert.ts'
import { MAX_FLOORS, MAX_LISTED_OBLIGATIONS } from '../../lib/limits.ts'
import { ok, type Result } from '../../lib/result.ts'
import { type Failure, failure } from '../failure.ts'
import { ObligationsExceeded, RelativesExceeded, SharesExceeded, TooManyFloors } from './errors.ts'
import { ALL_GENERATIONS, MAX_OBLIGATIONS_PPM, MAX_RELATIVES_PPM, WHOLE_PPM } from './ppm.ts'
import type { Edge } from './terms.ts'

/** A share and the generations that it still binds, the asset that owes it included. */
export type Floor = { readonly ppm: bigint; readonly gens: bigint }
export type FloorTo = Floor & { readonly ancestor: bigint }

/** What an asset owes one parent. */
export type ParentShare = {
  readonly parent: bigint
  readonly relativePpm: bigint
  /** Of the edge itself. */
  readonly own: Floor
  /** What other paths bring for the same asset. */
  readonly inherited: Floor
  /** Both merged: what children inherit. */
  readonly floor: Floor
  /** The slot of a direct payment. */
  readonly directPpm: bigint
}

/** Parents and further ancestors, each ascending. */
export type Shares = { readonly parents: readonly ParentShare[]; readonly floors: readonly FloorTo[] }

export const NO_FLOOR: Floor = { ppm: 0n, gens: 0n }

/** Two floors of one ancestor as one: the greater share, the more generations. */
export function mergeFloors(a: Floor, b: Floor): Floor {
  if (a.ppm === 0n) return b.ppm === 0n ? NO_FLOOR : b
  if (b.ppm === 0n) return a
  return { ppm: a.ppm > b.ppm ? a.ppm : b.ppm, gens: a.gens > b.gens ? a.gens : b.gens }
}

/** What is left of a floor one generation further down. */
export function inheritedFloor({ ppm, gens }: Floor): Floor {
  if (gens === ALL_GENERATIONS) return { ppm, gens }
  return gens > 1n ? { ppm, gens: gens - 1n } : NO_FLOOR
}

/** One parent's share of its child, from its edge and what other paths bring. */
export function parentShare(
  edge: Pick<Edge, 'parent' | 'relativePpm' | 'floorPpm' | 'floorGens'>,
  inherited: Floor,
): ParentShare {
  const { parent, relativePpm, floorPpm, floorGens } = edge
  const own = { ppm: floorPpm, gens: floorGens }
  const floor = mergeFloors(own, inherited)
  return { parent, relativePpm, own, inherited, floor, directPpm: relativePpm > floor.ppm ? relativePpm : floor.ppm }
}

/** Merges the edges of a child with the floors of each parent, given in the order of the edges. */
export function mergeShares(edges: readonly Edge[], floorsOfParents: readonly (readonly FloorTo[])[]): Shares {
  assert(edges.length === floorsOfParents.length, 'every edge has the floors of its parent')
  const inherited = new Map<bigint, Floor>()
  for (const floors of floorsOfParents) {
    for (const floor of floors) {
      const passed = inheritedFloor(floor)
      if (passed.ppm === 0n) continue
      inherited.set(floor.ancestor, mergeFloors(passed, inherited.get(floor.ancestor) ?? NO_FLOOR))
    }
  }
  const parents = edges.map((edge) => parentShare(edge, inherited.get(edge.parent) ?? NO_FLOOR))
  for (const { parent } of parents) inherited.delete(parent)
  const floors = [...inherited].map(([ancestor, floor]) => ({ ancestor, ...floor }))
  return { parents, floors: floors.sort((a, b) => (a.ancestor < b.ancestor ? -1 : 1)) }
}

/** Refuses shares that would leave too little, listing whom they are owed to. */
export function checkShares(shares: Shares, protocolFeePpm: bigint, poolPpm: bigint): Result<void, Failure> {
  const relatives = sum(shares.parents.map((one) => one.relativePpm))
  const parents = sum(shares.parents.map((one) => one.directPpm))
  const obligations = protocolFeePpm + parents + sum(shares.floors.map((one) => one.ppm))
  const count = BigInt(shares.floors.length)
  if (relatives > MAX_RELATIVES_PPM) {
    return failure(RelativesExceeded, burden(shares, relatives, MAX_RELATIVES_PPM))
  }
  if (obligations > MAX_OBLIGATIONS_PPM) {
    return failure(ObligationsExceeded, burden(shares, obligations, MAX_OBLIGATIONS_PPM))
  }
  if (obligations + poolPpm > WHOLE_PPM) {
    return failure(SharesExceeded, burden(shares, obligations + poolPpm, WHOLE_PPM))
  }
  if (count > MAX_FLOORS) {
    return failure(TooManyFloors, { count, limit: BigInt(MAX_FLOORS), obligations: listObligations(shares) })
  }
  return ok(undefined)
}

/** What a payment to the asset owes to each ancestor, parents first; a parent's generations are those of its floor. */
export function listObligations({ parents, floors }: Shares): FloorTo[] {
  const direct = parents.map((one) => ({ ancestor: one.parent, ppm: one.directPpm, gens: one.floor.gens }))
  return [...direct, ...floors].filter((one) => one.ppm > 0n).slice(0, MAX_LISTED_OBLIGATIONS)
}

function burden(shares: Shares, sumPpm: bigint, limitPpm: bigint) {
  return { sumPpm, limitPpm, obligations: listObligations(shares) }
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, one) => total + one, 0n)
}
