/**
 * Everything that a flush reads and writes: the cells of the three modules, who gets fees and unowned shares, and the weights
 * of assets, each read once. Nothing is metered here: who flushes has paid by shape (royalty-gas.ts), or has a budget.
 */

import { present } from '../../lib/assert.ts'
import { Cells } from '../../state/cells.ts'
import type { WorldState } from '../../state/world-state.ts'
import type { Address } from '../../types/primitives.ts'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../addresses.ts'
import { UNMETERED } from '../context.ts'
import { parameters } from '../parameters.ts'
import type { FlushWeights } from './asset-weights.ts'
import { thresholdOf } from './node-ledger.ts'
import { readFlushWeights } from './node-vectors.ts'

export class Books {
  readonly royalty: Cells
  readonly assets: Cells
  readonly pools: Cells
  private readonly known = new Map<number, FlushWeights>()

  constructor(state: WorldState) {
    this.royalty = new Cells(state, ROYALTY_MODULE, UNMETERED)
    this.assets = new Cells(state, ASSETS_MODULE, UNMETERED)
    this.pools = new Cells(state, POOLS_MODULE, UNMETERED)
  }

  get feeCollector(): Address {
    return parameters(this.royalty).feeCollector
  }

  get treasury(): Address {
    return parameters(this.royalty).treasury
  }

  /** The weights of an asset that exists. */
  weights(asset: number): FlushWeights {
    const known = this.known.get(asset)
    if (known !== undefined) return known
    const weights = present(readFlushWeights(this.royalty, asset), 'every asset has its weights')
    this.known.set(asset, weights)
    return weights
  }

  /** The pending amount from which a node with so many slots is queued. */
  thresholds(token: number): (slots: number) => bigint {
    const minimum = parameters(this.royalty).threshold(token)
    const bySlots: bigint[] = []
    return (slots) => {
      const amount = bySlots[slots] ?? thresholdOf(minimum, slots)
      bySlots[slots] = amount
      return amount
    }
  }
}
