/**
 * The weights of assets through the blocks of a statement, event by event: a block may lower an edge, pay the asset and lower
 * the edge again, and what it flushes in between is handed on by the weights of that moment.
 */

import { present } from '../../lib/assert.ts'
import { readEdge } from '../../precompiles/assets/edge-store.ts'
import { NO_FLOOR, parentShare } from '../../precompiles/assets/shares.ts'
import { parameters } from '../../precompiles/parameters.ts'
import { type AssetWeights, type ParentSlot, withChainFee } from '../../precompiles/royalty/asset-weights.ts'
import { WHOLE_PPM } from '../../precompiles/royalty/node-ledger.ts'
import { readWeights } from '../../precompiles/royalty/node-vectors.ts'
import type { ModuleCells } from './attribution-state.ts'

/** The state after a block of the range, or after the one before it. */
export type StateAfter = (blockNumber: number) => ModuleCells

/** An edge as a log tells it. */
export type ToldEdge = {
  readonly asset: number
  readonly parent: number
  readonly relativePpm: bigint
  readonly floorPpm: bigint
}

export class StatementWeights {
  private readonly stateAfter: StateAfter
  private readonly known = new Map<number, AssetWeights>()
  /** Edges of assets that were registered in the range, by child and parent. */
  private readonly added = new Map<string, ToldEdge>()

  constructor(stateAfter: StateAfter) {
    this.stateAfter = stateAfter
  }

  /** The weights of an asset at this place of the block. */
  of(asset: number, blockNumber: number): AssetWeights {
    const known = this.known.get(asset)
    if (known !== undefined) return known
    const before = readWeights(this.stateAfter(blockNumber - 1).royalty, asset)
    const weights = before ?? this.atRegistration(asset, blockNumber)
    this.known.set(asset, weights)
    return weights
  }

  /** An edge of a new asset. */
  addEdge(edge: ToldEdge): void {
    this.added.set(`${edge.asset} ${edge.parent}`, edge)
  }

  /** An edge was lowered, right after a flush; the fee in force comes with it. */
  lowerEdge(edge: ToldEdge, blockNumber: number): void {
    const weights = this.of(edge.asset, blockNumber)
    const parents = weights.parents.map((one) =>
      one.asset === edge.parent ? this.slotOf(one, edge, blockNumber) : one,
    )
    this.known.set(edge.asset, this.weigh({ ...weights, parents }, blockNumber))
  }

  /** A payment brings the fee in force. */
  pay(asset: number, blockNumber: number): void {
    this.known.set(asset, withChainFee(this.of(asset, blockNumber), this.chainFeePpm(blockNumber)))
  }

  /** An asset that the block registered: its last weights, with its edges as they were added. */
  private atRegistration(asset: number, blockNumber: number): AssetWeights {
    const weights = present(readWeights(this.stateAfter(blockNumber).royalty, asset), 'a flushed node has weights')
    const parents = weights.parents.map((one) => {
      const edge = this.added.get(`${asset} ${one.asset}`)
      return edge === undefined ? one : this.slotOf(one, edge, blockNumber)
    })
    return this.weigh({ ...weights, parents }, blockNumber)
  }

  private slotOf(slot: ParentSlot, { asset, ...told }: ToldEdge, blockNumber: number): ParentSlot {
    const [child, parent] = [BigInt(asset), BigInt(slot.asset)]
    // What other paths brought never changes.
    const stored = readEdge(this.stateAfter(blockNumber).assets, child, parent)
    const edge = { ...told, parent, floorGens: stored?.edge.floorGens ?? 0n }
    const { relativePpm, directPpm } = parentShare(edge, stored?.inherited ?? NO_FLOOR)
    return { ...slot, relativePpm, directPpm }
  }

  /** What changed parents leave to fee and owner. */
  private weigh({ parents, floors, ...own }: AssetWeights, blockNumber: number): AssetWeights {
    const directs = parents.reduce((sum, one) => sum + one.directPpm, 0n)
    const further = floors.reduce((sum, one) => sum + one.ppm, 0n)
    const relatives = parents.reduce((sum, one) => sum + one.relativePpm, 0n)
    const ownerDirectPpm = WHOLE_PPM - directs - further - own.poolPpm
    const ownerAllPpm = WHOLE_PPM - relatives - own.poolPpm
    const weights = { ...own, parents, floors, feePpm: 0n, ownerDirectPpm, ownerAllPpm }
    return withChainFee(weights, this.chainFeePpm(blockNumber))
  }

  /** The fee in force in a block. */
  private chainFeePpm(blockNumber: number): bigint {
    return parameters(this.stateAfter(blockNumber - 1).royalty).protocolFeePpm
  }
}
