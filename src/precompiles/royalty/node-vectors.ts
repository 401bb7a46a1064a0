/**
 * The weights of assets in cells: written once at registration, changed only by a lowered edge or the chain's fee, and only
 * right after the node's own flush.
 *
 * A target's lane carries the number of slots of the target's own a.all, which never changes, so that crediting it needs no
 * further read to know its threshold.
 */

import { assert } from '../../lib/assert.ts'
import type { Cells } from '../../state/cells.ts'
import { parameters } from '../parameters.ts'
import { type AssetWeights, allSlots, type FloorSlot, type ParentSlot, weightsOf } from './asset-weights.ts'
import { allNode, directNode } from './nodes.ts'
import { floorSlots, ledger, parentSlots, weightsHead } from './royalty-cells.ts'

/** What a new asset owes, its limits checked by the registry. */
export type NewAsset = {
  readonly id: bigint
  /** What each parent gets of a payment made to the asset itself: the greater of relative share and floor. */
  readonly directParents: readonly { readonly parent: bigint; readonly ppm: bigint }[]
  /** What each parent gets of income relayed from children; the same parents in the same order. */
  readonly relatives: readonly { readonly parent: bigint; readonly ppm: bigint }[]
  /** Floors of ancestors that are not parents. */
  readonly floors: readonly { readonly ancestor: bigint; readonly ppm: bigint }[]
  readonly poolPpm: bigint
  /** The asset whose pool takes that share, for a later version; the asset itself when left out. */
  readonly pool?: bigint
}

const PARENTS_PER_WORD = 3
const FLOORS_PER_WORD = 4
const NO_PARENT: ParentSlot = { asset: 0, slots: 0, relativePpm: 0n, directPpm: 0n }
const NO_FLOOR: FloorSlot = { asset: 0, slots: 0, ppm: 0n }

/** Words that hold so many parents. */
export function parentWords(parents: number): number {
  return Math.ceil(parents / PARENTS_PER_WORD)
}

/** Words that hold so many floors. */
export function floorWords(floors: number): number {
  return Math.ceil(floors / FLOORS_PER_WORD)
}

/** Writes the weights of a new asset and makes room for its ledger of the native coin, so that payments find both there. */
export function installAsset(cells: Cells, asset: NewAsset, chainFeePpm = parameters(cells).protocolFeePpm): void {
  const id = Number(asset.id)
  const relatives = new Map(asset.relatives.map((one) => [one.parent, one.ppm]))
  assert(relatives.size === asset.directParents.length, 'every parent has a share of both nodes')
  const parents = asset.directParents.map(({ parent, ppm }): ParentSlot => {
    const relativePpm = relatives.get(parent)
    assert(relativePpm !== undefined && relativePpm <= ppm, 'a direct share is not below the relative one')
    return { asset: Number(parent), slots: slotsOfAll(cells, Number(parent)), relativePpm, directPpm: ppm }
  })
  const floors = asset.floors.map(({ ancestor, ppm }): FloorSlot => {
    return { asset: Number(ancestor), slots: slotsOfAll(cells, Number(ancestor)), ppm }
  })
  const targets = [...parents, ...floors]
  assert(
    targets.every((one) => one.asset < id),
    'slots lead to lower ids',
  )
  writeHead(
    cells,
    id,
    weightsOf({ parents, floors, poolPpm: asset.poolPpm, pool: Number(asset.pool ?? asset.id) }, chainFeePpm),
    'fresh',
  )
  for (let word = 0; word < parentWords(parents.length); word++) writeParentWord(cells, id, word, parents)
  for (let word = 0; word < floorWords(floors.length); word++) writeFloorWord(cells, id, word, floors)
  for (const node of [directNode(id), allNode(id)]) cells.set(ledger.slot({ node, token: 0 }), 0n, 'fresh')
}

/** The weights of an asset, or undefined when it was never installed. */
export function readWeights(cells: Cells, asset: number): AssetWeights | undefined {
  const head = weightsHead.read(cells, { asset })
  // The slots sum to the whole, so that of an installed asset not all are 0.
  if (head.ownerAllPpm === 0n && head.poolPpm === 0n && head.parents === 0n) return undefined
  const parents: ParentSlot[] = []
  const floors: FloorSlot[] = []
  for (let word = 0; word < parentWords(Number(head.parents)); word++) {
    parents.push(...parentLanes(cells, asset, word))
  }
  for (let word = 0; word < floorWords(Number(head.floors)); word++) floors.push(...floorLanes(cells, asset, word))
  parents.length = Number(head.parents)
  floors.length = Number(head.floors)
  const { feePpm, poolPpm, ownerDirectPpm, ownerAllPpm } = head
  return { parents, floors, poolPpm, pool: Number(head.pool), feePpm, ownerDirectPpm, ownerAllPpm }
}

/** Numbers of parents and floors and the fee in force: what a payment's price follows from; undefined without the asset. */
export function readShape(
  cells: Cells,
  asset: number,
):
  | { readonly parents: number; readonly floors: number; readonly feePpm: bigint; readonly restPpm: bigint }
  | undefined {
  const head = weightsHead.read(cells, { asset })
  if (head.ownerAllPpm === 0n && head.poolPpm === 0n && head.parents === 0n) return undefined
  const { feePpm, ownerDirectPpm } = head
  return { parents: Number(head.parents), floors: Number(head.floors), feePpm, restPpm: feePpm + ownerDirectPpm }
}

/** Splits fee and owner's part of a.direct anew; right after its flush. */
export function writeFee(cells: Cells, asset: number): void {
  const chainFeePpm = parameters(cells).protocolFeePpm
  const head = weightsHead.read(cells, { asset })
  const rest = head.feePpm + head.ownerDirectPpm
  const feePpm = chainFeePpm < rest ? chainFeePpm : rest
  weightsHead.write(cells, { asset }, { ...head, feePpm, ownerDirectPpm: rest - feePpm })
}

/** Lowers what an asset owes one parent; what is freed is the owner's, and the fee's where it was cut. After both flushes. */
export function writeLoweredEdge(
  cells: Cells,
  asset: number,
  lowered: { readonly parent: number; readonly relativePpm: bigint; readonly directPpm: bigint },
): void {
  const weights = readWeights(cells, asset)
  const place = weights?.parents.findIndex((one) => one.asset === lowered.parent) ?? -1
  const former = weights?.parents[place]
  assert(weights !== undefined && former !== undefined, 'a lowered edge is one of the asset')
  const { relativePpm, directPpm } = lowered
  assert(relativePpm <= former.relativePpm && directPpm <= former.directPpm, 'an edge is never raised')
  const parents = weights.parents.with(place, { ...former, relativePpm, directPpm })
  writeHead(cells, asset, weightsOf({ ...weights, parents }, parameters(cells).protocolFeePpm), 'steady')
  writeParentWord(cells, asset, Math.floor(place / PARENTS_PER_WORD), parents)
}

function slotsOfAll(cells: Cells, asset: number): number {
  return allSlots(Number(weightsHead.read(cells, { asset }).parents))
}

function writeHead(cells: Cells, asset: number, weights: AssetWeights, growth: 'fresh' | 'steady'): void {
  const { parents, floors, feePpm, poolPpm, pool, ownerDirectPpm, ownerAllPpm } = weights
  const counts = { parents: BigInt(parents.length), floors: BigInt(floors.length) }
  const word = weightsHead.pack({
    ...counts,
    ...{ feePpm, providerPpm: 0n, epochPpm: 0n, poolPpm, pool: BigInt(pool), ownerDirectPpm, ownerAllPpm },
  })
  cells.set(weightsHead.slot({ asset }), word, growth)
}

function writeParentWord(cells: Cells, asset: number, word: number, parents: readonly ParentSlot[]): void {
  const [a = NO_PARENT, b = NO_PARENT, c = NO_PARENT] = parents.slice(word * PARENTS_PER_WORD)
  parentSlots.write(
    cells,
    { asset, word },
    {
      ...{ asset0: BigInt(a.asset), slots0: BigInt(a.slots), relative0: a.relativePpm, direct0: a.directPpm },
      ...{ asset1: BigInt(b.asset), slots1: BigInt(b.slots), relative1: b.relativePpm, direct1: b.directPpm },
      ...{ asset2: BigInt(c.asset), slots2: BigInt(c.slots), relative2: c.relativePpm, direct2: c.directPpm },
    },
  )
}

function writeFloorWord(cells: Cells, asset: number, word: number, floors: readonly FloorSlot[]): void {
  const [a = NO_FLOOR, b = NO_FLOOR, c = NO_FLOOR, d = NO_FLOOR] = floors.slice(word * FLOORS_PER_WORD)
  floorSlots.write(
    cells,
    { asset, word },
    {
      ...{ asset0: BigInt(a.asset), slots0: BigInt(a.slots), ppm0: a.ppm },
      ...{ asset1: BigInt(b.asset), slots1: BigInt(b.slots), ppm1: b.ppm },
      ...{ asset2: BigInt(c.asset), slots2: BigInt(c.slots), ppm2: c.ppm },
      ...{ asset3: BigInt(d.asset), slots3: BigInt(d.slots), ppm3: d.ppm },
    },
  )
}

function parentLanes(cells: Cells, asset: number, word: number): readonly ParentSlot[] {
  const lanes = parentSlots.read(cells, { asset, word })
  const lane = (id: bigint, slots: bigint, relativePpm: bigint, directPpm: bigint): ParentSlot => {
    return { asset: Number(id), slots: Number(slots), relativePpm, directPpm }
  }
  return [
    lane(lanes.asset0, lanes.slots0, lanes.relative0, lanes.direct0),
    lane(lanes.asset1, lanes.slots1, lanes.relative1, lanes.direct1),
    lane(lanes.asset2, lanes.slots2, lanes.relative2, lanes.direct2),
  ]
}

function floorLanes(cells: Cells, asset: number, word: number): readonly FloorSlot[] {
  const lanes = floorSlots.read(cells, { asset, word })
  const lane = (id: bigint, slots: bigint, ppm: bigint): FloorSlot => {
    return { asset: Number(id), slots: Number(slots), ppm }
  }
  return [
    lane(lanes.asset0, lanes.slots0, lanes.ppm0),
    lane(lanes.asset1, lanes.slots1, lanes.ppm1),
    lane(lanes.asset2, lanes.slots2, lanes.ppm2),
    lane(lanes.asset3, lanes.slots3, lanes.ppm3),
  ]
}
