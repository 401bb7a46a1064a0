/**
 * The weights of assets in cells: written once at registration, changed only by a lowered edge or the chain's fee, and only
 * right after the node's own flush.
 *
 * A target's lane carries the number of slots of the target's own a.all, which never changes, so that crediting it needs no
 * further read to know its threshold.
 */

import { assert, present } from '../../lib/assert.ts'
import { MAX_FLOORS, MAX_PARENTS, MAX_REMEMBERED_WEIGHTS } from '../../lib/limits.ts'
import type { Cells } from '../../state/cells.ts'
import { FifoCache } from '../../state/fifo-cache.ts'
import { parameters } from '../parameters.ts'
import { type AssetWeights, allSlots, boundFee, type FlushWeights, flushWeights, listWeights } from './asset-weights.ts'
import { allNode, directNode } from './nodes.ts'
import { ledger, weightsHead } from './royalty-cells.ts'
import { lanesOf, PARENT_LANE, readLanes, writeLanes } from './slot-lanes.ts'

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

/**
 * Weights of assets with the word of the head that they were read under, across blocks. The word has the print of the slots,
 * and all else that weights follow from: while an asset has this word, on whatever branch of the chain, what is remembered is
 * right. The slots are held against their print before: a call may run over slots that its caller made up (eth_call with
 * overridden state). By asset, not by word: the engine hashes a bigint by its lowest 64 bits, and the words of all assets
 * without parents agree in them.
 */
const remembered = new FifoCache<number, { readonly word: bigint; readonly weights: FlushWeights }>(
  MAX_REMEMBERED_WEIGHTS,
)

/** Writes the weights of a new asset and makes room for its ledger of the native coin, so that payments find both there. */
export function installAsset(cells: Cells, asset: NewAsset, chainFeePpm = parameters(cells).protocolFeePpm): void {
  const id = Number(asset.id)
  assert(
    asset.directParents.length <= MAX_PARENTS && asset.floors.length <= MAX_FLOORS,
    'an asset has its limit of slots',
  )
  const lanes = lanesOf(parentLanes(cells, asset), floorLanes(cells, asset))
  const feePpm = boundFee({ lanes, poolPpm: asset.poolPpm }, chainFeePpm)
  const print = writeLanes(cells, id, lanes, 'fresh')
  const head = weightsHead.pack({
    ...{ parents: BigInt(asset.directParents.length), floors: BigInt(asset.floors.length) },
    ...{ feePpm, poolPpm: asset.poolPpm, pool: asset.pool ?? asset.id, print },
  })
  cells.set(weightsHead.slot({ asset: id }), head, 'fresh')
  for (const node of [directNode(id), allNode(id)]) cells.set(ledger.slot({ node, token: 0 }), 0n, 'fresh')
}

/** What a flush needs of an asset, or undefined when it was never installed. */
export function readFlushWeights(cells: Cells, asset: number): FlushWeights | undefined {
  const word = cells.get(weightsHead.slot({ asset }))
  if (word === 0n) return undefined
  // Who pays for touches pays for all of them: a price must not depend on what this process happens to remember.
  const known = remembered.get(asset)
  const isKnown = known?.word === word
  if (isKnown && cells.isFree) return known.weights
  const { parents, floors, poolPpm, pool, feePpm, print } = weightsHead.unpack(word)
  const { lanes, isPrinted } = readLanes(cells, asset, { parents: Number(parents), floors: Number(floors), print })
  const weights = flushWeights(lanes, { poolPpm, pool: Number(pool), feePpm })
  if (!isKnown && isPrinted()) remembered.set(asset, { word, weights })
  return weights
}

/** The weights of an asset as lists. */
export function readWeights(cells: Cells, asset: number): AssetWeights | undefined {
  const weights = readFlushWeights(cells, asset)
  return weights === undefined ? undefined : listWeights(weights)
}

/** Numbers of parents and floors and the fee in force: what prices follow from; undefined without the asset. */
export function readShape(
  cells: Cells,
  asset: number,
): { readonly parents: number; readonly floors: number; readonly feePpm: bigint } | undefined {
  const { print, parents, floors, feePpm } = weightsHead.read(cells, { asset })
  return print === 0n ? undefined : { parents: Number(parents), floors: Number(floors), feePpm }
}

/** Brings the fee slot of a.direct to the chain's; right after its flush. */
export function writeFee(cells: Cells, asset: number): void {
  const head = weightsHead.read(cells, { asset })
  const weights = present(readFlushWeights(cells, asset), 'every asset has its weights')
  const feePpm = boundFee(weights, parameters(cells).protocolFeePpm)
  weightsHead.write(cells, { asset }, { ...head, feePpm })
}

/** Lowers what an asset owes one parent; what is freed is the owner's. After both flushes. */
export function writeLoweredEdge(
  cells: Cells,
  asset: number,
  lowered: { readonly parent: number; readonly relativePpm: bigint; readonly directPpm: bigint },
): void {
  const { lanes } = present(readFlushWeights(cells, asset), 'every asset has its weights')
  const parents = lanes.parents.slice()
  const at = parents.findIndex((id, place) => place % PARENT_LANE === 0 && id === lowered.parent)
  const [relative, direct] = [Number(lowered.relativePpm), Number(lowered.directPpm)]
  assert(at >= 0, 'a lowered edge is one of the asset')
  assert(relative <= (parents[at + 2] ?? 0) && direct <= (parents[at + 3] ?? 0), 'an edge is never raised')
  parents[at + 2] = relative
  parents[at + 3] = direct
  const print = writeLanes(cells, asset, lanesOf(parents, lanes.floors), 'steady')
  weightsHead.write(cells, { asset }, { ...weightsHead.read(cells, { asset }), print })
  writeFee(cells, asset)
}

function parentLanes(cells: Cells, { id, directParents, relatives }: NewAsset): Uint32Array {
  assert(relatives.length === directParents.length, 'every parent has a share of both nodes')
  const lanes = directParents.flatMap(({ parent, ppm }, index) => {
    const relative = relatives[index]
    assert(relative?.parent === parent && relative.ppm <= ppm, 'a direct share is not below the relative one')
    return [...target(cells, id, parent), Number(relative.ppm), Number(ppm)]
  })
  return Uint32Array.from(lanes)
}

function floorLanes(cells: Cells, { id, floors }: NewAsset): Uint32Array {
  return Uint32Array.from(floors.flatMap(({ ancestor, ppm }) => [...target(cells, id, ancestor), Number(ppm)]))
}

/** A target's number and the slots of its a.all. */
function target(cells: Cells, id: bigint, ancestor: bigint): [number, number] {
  assert(ancestor < id, 'slots lead to lower ids')
  const asset = Number(ancestor)
  return [asset, allSlots(Number(weightsHead.read(cells, { asset }).parents))]
}
