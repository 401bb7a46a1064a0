/**
 * The graphs of assets that settlement is measured over, and which of their assets are paid. Deterministic: the same call
 * makes the same world.
 */

import { Prng } from '../src/lib/prng.ts'

export type WorldAsset = {
  /** Ascending ids below the asset's own. */
  readonly parents: readonly number[]
  /** What each parent gets, in parts per million. */
  readonly relativePpm: number
  readonly poolPpm: number
}

export type RoyaltyWorld = {
  readonly name: string
  /** Asset `i + 1` at place i. */
  readonly assets: readonly WorldAsset[]
  /** The asset of the next payment. */
  readonly pick: () => number
}

const SEED = 11
/** What all parents of an asset get together, at most. */
const PARENTS_PPM = 800_000
/** Exponent of the popularity of assets: the first is paid twice as often as the second, thrice as often as the third. */
const ZIPF_EXPONENT = 1

/** `paid` assets of 16 parents each, drawn from `roots` assets that have none. */
export function flatWorld(
  name: string,
  roots: number,
  paid: number,
  popularity: 'zipf' | 'uniform' | 'each',
): RoyaltyWorld {
  const prng = new Prng(SEED)
  const assets = Array.from({ length: roots }, () => asset([]))
  for (let i = 0; i < paid; i++) assets.push(asset(drawParents(prng, roots, 16)))
  const rank =
    popularity === 'zipf' ? zipf(prng, paid) : popularity === 'uniform' ? () => prng.below(paid) : inTurn(paid)
  return { name, assets, pick: () => roots + 1 + rank() }
}

/** A chain of single parents, paid at its end. */
export function chainWorld(length: number): RoyaltyWorld {
  const assets = Array.from({ length }, (_, i) => asset(i === 0 ? [] : [i]))
  return { name: `chain-${length}`, assets, pick: () => length }
}

/** One asset over `depth` generations of 16 parents each, none of them shared. */
export function treeWorld(depth: number): RoyaltyWorld {
  const assets: WorldAsset[] = []
  const grow = (generations: number): number => {
    const parents = generations === 0 ? [] : Array.from({ length: 16 }, () => grow(generations - 1))
    return assets.push(asset(parents))
  }
  const top = grow(depth)
  return { name: `tree-16x${depth}`, assets, pick: () => top }
}

/** `layers` layers of 64 assets, each with all 64 of the layer before as parents; the last layer is paid. */
export function diamondWorld(layers: number): RoyaltyWorld {
  const prng = new Prng(SEED)
  const assets: WorldAsset[] = []
  for (let layer = 0; layer < layers; layer++) {
    const parents = layer === 0 ? [] : Array.from({ length: 64 }, (_, i) => (layer - 1) * 64 + i + 1)
    for (let i = 0; i < 64; i++) assets.push(asset(parents))
  }
  return { name: `diamonds-64x${layers}`, assets, pick: () => (layers - 1) * 64 + 1 + prng.below(64) }
}

/** `count` assets with up to 16 parents drawn from all that came before. */
export function randomWorld(count: number, popularity: 'zipf' | 'uniform'): RoyaltyWorld {
  const prng = new Prng(SEED)
  const assets: WorldAsset[] = []
  for (let i = 0; i < count; i++) assets.push(asset(drawParents(prng, i, prng.below(17))))
  const rank = popularity === 'zipf' ? zipf(prng, count) : () => prng.below(count)
  // The youngest are the most popular.
  return { name: `random-${count} ${popularity}`, assets, pick: () => count - rank() }
}

function asset(parents: readonly number[]): WorldAsset {
  const relativePpm = parents.length === 0 ? 0 : Math.floor(PARENTS_PPM / Math.max(16, parents.length))
  return { parents, relativePpm, poolPpm: 100_000 }
}

function drawParents(prng: Prng, below: number, count: number): number[] {
  const drawn = new Set<number>()
  const wanted = Math.min(count, below)
  while (drawn.size < wanted) drawn.add(1 + prng.below(below))
  return [...drawn].sort((a, b) => a - b)
}

function inTurn(count: number): () => number {
  let next = 0
  return () => next++ % count
}

/** Ranks from 0 with probability as 1 / (rank + 1). */
function zipf(prng: Prng, count: number): () => number {
  const cumulative = new Float64Array(count)
  let sum = 0
  for (let rank = 0; rank < count; rank++) {
    sum += 1 / (rank + 1) ** ZIPF_EXPONENT
    cumulative[rank] = sum
  }
  return () => {
    const drawn = prng.float() * sum
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((cumulative[middle] ?? 0) < drawn) low = middle + 1
      else high = middle
    }
    return low
  }
}
