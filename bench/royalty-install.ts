/**
 * Writes a world of assets straight into the modules' cells, as its registrations would have left them.
 */

import { SumTree } from '../src/crypto/merkle-sum-tree.ts'
import { hexToBytes } from '../src/lib/bytes.ts'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../src/precompiles/addresses.ts'
import { registry } from '../src/precompiles/assets/asset-cells.ts'
import { createAsset } from '../src/precompiles/assets/asset-store.ts'
import { ACTIVE } from '../src/precompiles/assets/kinds.ts'
import { UNMETERED } from '../src/precompiles/context.ts'
import { createAssetPool } from '../src/precompiles/pools/accumulator.ts'
import { enter } from '../src/precompiles/pools/batch-turns.ts'
import { batchHead, batchRoot, poolHead } from '../src/precompiles/pools/pool-cells.ts'
import { BATCH } from '../src/precompiles/pools/pool-store.ts'
import { installAsset } from '../src/precompiles/royalty/node-vectors.ts'
import { Cells } from '../src/state/cells.ts'
import type { WorldState } from '../src/state/world-state.ts'
import type { Address } from '../src/types/primitives.ts'
import type { RoyaltyWorld } from './royalty-worlds.ts'
import { passiveAddress } from './transfers.ts'

/** Who owns asset `id`. */
export function ownerOfAsset(id: number): Address {
  return passiveAddress(2 ** 28 + id)
}

export function installWorld(state: WorldState, world: RoyaltyWorld, controller: Address): void {
  const assets = new Cells(state, ASSETS_MODULE, UNMETERED)
  const royalty = new Cells(state, ROYALTY_MODULE, UNMETERED)
  const pools = new Cells(state, POOLS_MODULE, UNMETERED)
  for (const [at, { parents, relativePpm, poolPpm }] of world.assets.entries()) {
    const id = BigInt(at + 1)
    const shares = parents.map((parent) => ({ parent: BigInt(parent), ppm: BigInt(relativePpm) }))
    createAsset(assets, id, {
      owner: BigInt(ownerOfAsset(at + 1)),
      status: ACTIVE,
      kind: 0n,
      parents: BigInt(parents.length),
      floors: 0n,
      poolPpm: BigInt(poolPpm),
      pool: id,
    })
    createAssetPool(pools, id, controller)
    installAsset(royalty, {
      id,
      directParents: shares,
      relatives: shares,
      floors: [],
      poolPpm: BigInt(poolPpm),
      pool: id,
    })
  }
  registry.write(assets, {}, { count: BigInt(world.assets.length) })
}

/** Account number `index` of a dataset's contributors. */
export function contributor(index: number): Address {
  return passiveAddress(2 ** 29 + index)
}

export function contributors(count: number): Address[] {
  return Array.from({ length: count }, (_, index) => contributor(index))
}

/** One dataset whose pool has one active batch of `count` contributors of equal weight. */
export function installDataset(state: WorldState, count: number, controller: Address): void {
  installWorld(
    state,
    { name: 'dataset', assets: [{ parents: [], relativePpm: 0, poolPpm: 800_000 }], pick: () => 1 },
    controller,
  )
  const cells = new Cells(state, POOLS_MODULE, UNMETERED)
  const weight = BigInt(count)
  const pool = 1n
  poolHead.write(cells, { pool }, { ...poolHead.read(cells, { pool }), batches: 1n, committed: weight })
  const tree = datasetTree(count)
  batchRoot.write(cells, { pool, batch: 0 }, { root: BigInt(tree.root.hash) })
  batchHead.write(
    cells,
    { pool, batch: 0 },
    { ...batchHead.read(cells, { pool, batch: 0 }), status: BATCH.pending, depth: BigInt(tree.root.depth), weight },
  )
  enter(cells, { pool, batch: 0n })
}

/** The Merkle-sum tree of the contributors, all of weight 1. */
export function datasetTree(count: number): SumTree {
  const accounts = new Uint8Array(20 * count)
  const weights = new Uint8Array(16 * count)
  for (let index = 0; index < count; index++) {
    accounts.set(hexToBytes(contributor(index)), 20 * index)
    weights[16 * index + 15] = 1
  }
  const built = SumTree.build({ count, accounts, weights })
  if (!built.ok) throw new Error(`no tree: ${built.error.code}`)
  return built.value
}
