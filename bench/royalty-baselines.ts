/**
 * The two other ways of paying everybody, as honest native code over the same cells and tries.
 *
 * *Traversal*: each payment walks all ancestors, greatest id first so that each is visited once, and credits the owner and
 * pool of every one. *Push*: each payment credits every contributor's cell. Both write the very cells that a settlement
 * writes, keep what they read in memory for the block, and are neither metered nor logged: everything is in their favour.
 */

import { present } from '../src/lib/assert.ts'
import { POOLS_MODULE, ROYALTY_MODULE } from '../src/precompiles/addresses.ts'
import { UNMETERED } from '../src/precompiles/context.ts'
import { creditPool } from '../src/precompiles/pools/accumulator.ts'
import type { AssetWeights } from '../src/precompiles/royalty/asset-weights.ts'
import { KeyHeap } from '../src/precompiles/royalty/key-heap.ts'
import { readWeights } from '../src/precompiles/royalty/node-vectors.ts'
import { creditOwed } from '../src/precompiles/royalty/owed.ts'
import { Cells } from '../src/state/cells.ts'
import type { WorldState } from '../src/state/world-state.ts'
import type { Address } from '../src/types/primitives.ts'
import { ownerOfAsset } from './royalty-install.ts'

const MILLION = 1_000_000n

/** Settles payments of `amount` each by walking the ancestors of every one. */
export function traverseEach(state: WorldState, paid: readonly number[], amount: bigint): void {
  const royalty = new Cells(state, ROYALTY_MODULE, UNMETERED)
  const pools = new Cells(state, POOLS_MODULE, UNMETERED)
  const known = new Map<number, AssetWeights>()
  const weightsOf = (asset: number): AssetWeights => {
    let weights = known.get(asset)
    if (weights === undefined) {
      weights = present(readWeights(royalty, asset), 'a paid asset and its ancestors exist')
      known.set(asset, weights)
    }
    return weights
  }
  for (const asset of paid) {
    const incomes = new Map([[asset, amount]])
    const heap = new KeyHeap()
    heap.push(asset)
    for (let top = heap.top; top >= 0; top = heap.top) {
      heap.pop()
      const income = incomes.get(top) ?? 0n
      const weights = weightsOf(top)
      for (const { asset: parent, relativePpm } of weights.parents) {
        const share = (income * relativePpm) / MILLION
        if (share === 0n) continue
        incomes.set(parent, (incomes.get(parent) ?? 0n) + share)
        heap.push(parent)
      }
      creditPool(pools, BigInt(top), 0, (income * weights.poolPpm) / MILLION)
      creditOwed(royalty, ownerOfAsset(top), 0, (income * weights.ownerAllPpm) / MILLION)
    }
  }
}

/** Settles payments by crediting every contributor's share of each. */
export function pushToEach(state: WorldState, contributors: readonly Address[], payments: number, share: bigint): void {
  const royalty = new Cells(state, ROYALTY_MODULE, UNMETERED)
  for (let payment = 0; payment < payments; payment++) {
    for (const account of contributors) creditOwed(royalty, account, 0, share)
  }
}
