/**
 * What each asset owes to whom, said as plainly as the specification says it: floors are found anew over every path, shares
 * are lists of targets that sum to a million.
 */

import { assert } from '../../../src/lib/assert.ts'

export const MILLION = 1_000_000n
/** Generations of a floor that never ends. */
const ALL_GENERATIONS = 255n

export type ModelEdge = {
  readonly parent: number
  readonly relativePpm: bigint
  readonly floorPpm: bigint
  readonly floorGens: bigint
}

/** `pool` is the asset whose contributor pool the asset pays: itself, or its first version. */
export type ModelAsset = { readonly edges: readonly ModelEdge[]; readonly poolPpm: bigint; readonly pool: number }

export type Target =
  | { readonly kind: 'fee' }
  | { readonly kind: 'parent'; readonly asset: number }
  | { readonly kind: 'floor'; readonly asset: number }
  | { readonly kind: 'pool'; readonly asset: number }
  | { readonly kind: 'owner'; readonly asset: number }

export type Slot = { readonly target: Target; readonly ppm: bigint }

type Floor = { readonly ppm: bigint; readonly gens: bigint }
type FloorTo = Floor & { readonly ancestor: number }

/** A node of the ledger: `direct` takes payments, `all` takes what children relay. */
export type ModelNode = { readonly asset: number; readonly side: 'direct' | 'all' }

export class LineageModel {
  private readonly assets = new Map<number, ModelAsset>()
  /** What the parents' obligations brought at registration, path by path. */
  private readonly inherited = new Map<number, readonly FloorTo[]>()
  private readonly obligations = new Map<number, ReadonlyMap<number, Floor>>()

  add(id: number, asset: ModelAsset): void {
    assert(!this.assets.has(id), 'an asset is added once')
    assert(
      asset.edges.every(({ parent }) => parent < id && this.assets.has(parent)),
      'parents come first',
    )
    const inherited = this.inheritedBy(asset.edges)
    this.assets.set(id, asset)
    this.inherited.set(id, inherited)
    this.obligations.set(id, mergeOwn(asset.edges, inherited))
  }

  /** Lowers an edge; what the asset inherited at its registration stays, as does what children inherited from it. */
  lower(id: number, edge: ModelEdge): void {
    const asset = this.get(id)
    const edges = asset.edges.map((one) => (one.parent === edge.parent ? edge : one))
    this.assets.set(id, { ...asset, edges })
    this.obligations.set(id, mergeOwn(edges, this.inherited.get(id) ?? []))
  }

  get(id: number): ModelAsset {
    const asset = this.assets.get(id)
    assert(asset !== undefined, `asset ${id} is known`)
    return asset
  }

  ids(): number[] {
    return [...this.assets.keys()].sort((a, b) => a - b)
  }

  /** The slots of a node, which weigh a million together; those of no weight are left out. */
  slots({ asset: id, side }: ModelNode, feePpm: bigint): Slot[] {
    const { edges, poolPpm, pool } = this.get(id)
    const slots: Slot[] = []
    for (const { parent, relativePpm } of edges) {
      const floor = side === 'direct' ? this.floorOf(id, parent) : 0n
      slots.push({
        target: { kind: 'parent', asset: parent },
        ppm: relativePpm > floor ? relativePpm : floor,
      })
    }
    if (side === 'direct') {
      for (const [ancestor, { ppm }] of this.obligations.get(id) ?? []) {
        if (!edges.some(({ parent }) => parent === ancestor))
          slots.push({ target: { kind: 'floor', asset: ancestor }, ppm })
      }
    }
    slots.push({ target: { kind: 'pool', asset: pool }, ppm: poolPpm })
    let rest = MILLION - sumOf(slots)
    assert(rest >= 0n, `the shares of asset ${id} are within the whole`)
    if (side === 'direct') {
      const fee = feePpm < rest ? feePpm : rest
      slots.push({ target: { kind: 'fee' }, ppm: fee })
      rest -= fee
    }
    slots.push({ target: { kind: 'owner', asset: id }, ppm: rest })
    return slots.filter(({ ppm }) => ppm > 0n)
  }

  /** Whether an asset with these edges keeps the limits: of relatives, of obligations, of floors and with its pool. */
  isAllowed(asset: ModelAsset, feePpm: bigint): boolean {
    const { edges, poolPpm } = asset
    const merged = mergeOwn(edges, this.inheritedBy(edges))
    let [relatives, obligations, further] = [0n, feePpm, 0]
    for (const { parent, relativePpm } of edges) {
      const floor = merged.get(parent)?.ppm ?? 0n
      relatives += relativePpm
      obligations += relativePpm > floor ? relativePpm : floor
    }
    for (const [ancestor, { ppm }] of merged) {
      if (edges.some(({ parent }) => parent === ancestor)) continue
      obligations += ppm
      further++
    }
    const isWithin = relatives <= 900_000n && obligations <= 900_000n && obligations + poolPpm <= MILLION
    return isWithin && further <= 32 && edges.length <= 64 && relatives + poolPpm <= MILLION
  }

  /** The floor that a payment to the asset owes to an ancestor. */
  floorOf(id: number, ancestor: number): bigint {
    return this.obligations.get(id)?.get(ancestor)?.ppm ?? 0n
  }

  /** Each parent's obligations with one generation less; those that end are gone. */
  private inheritedBy(edges: readonly ModelEdge[]): FloorTo[] {
    return edges.flatMap(({ parent }) =>
      [...(this.obligations.get(parent) ?? [])].flatMap(([ancestor, { ppm, gens }]) => {
        const left = gens === ALL_GENERATIONS ? gens : gens - 1n
        return left > 0n ? [{ ancestor, ppm, gens: left }] : []
      }),
    )
  }
}

/** The greatest share and the most generations towards each ancestor, over every path. */
function mergeOwn(edges: readonly ModelEdge[], inherited: readonly FloorTo[]): Map<number, Floor> {
  const own = edges.map((edge) => ({ ancestor: edge.parent, ppm: edge.floorPpm, gens: edge.floorGens }))
  const merged = new Map<number, Floor>()
  for (const { ancestor, ppm, gens } of [...own, ...inherited]) {
    if (ppm === 0n || gens === 0n) continue
    const known = merged.get(ancestor) ?? { ppm: 0n, gens: 0n }
    merged.set(ancestor, { ppm: ppm > known.ppm ? ppm : known.ppm, gens: gens > known.gens ? gens : known.gens })
  }
  return merged
}

function sumOf(slots: readonly Slot[]): bigint {
  return slots.reduce((sum, { ppm }) => sum + ppm, 0n)
}
