/**
 * Random graphs of assets that keep the limits, from a seed.
 */

import type { Prng } from '../../../src/lib/prng.ts'
import { LineageModel, type ModelAsset, type ModelEdge } from '../model/lineage-model.ts'

export const FEE_PPM = 1_000n

/** `count` assets; one that would pass a limit has no parents instead. */
export function randomLineage(prng: Prng, count: number): LineageModel {
  const lineage = new LineageModel()
  for (let id = 1; id <= count; id++) {
    const drawn: ModelAsset = { edges: randomEdges(prng, id), poolPpm: BigInt(prng.below(300_000)), pool: id }
    lineage.add(id, lineage.isAllowed(drawn, FEE_PPM) ? drawn : { ...drawn, edges: [] })
  }
  return lineage
}

function randomEdges(prng: Prng, id: number): ModelEdge[] {
  const parents = prng.shuffle(Array.from({ length: id - 1 }, (_, i) => i + 1)).slice(0, prng.below(6))
  return parents
    .sort((a, b) => a - b)
    .map((parent): ModelEdge => {
      const floorPpm = prng.chance(0.5) ? BigInt(prng.below(20_000)) : 0n
      const floorGens = floorPpm === 0n ? 0n : prng.pick([1n, 2n, 3n, 255n])
      // Some edges grant nothing: slots of no weight.
      return { parent, relativePpm: prng.chance(0.1) ? 0n : BigInt(prng.below(120_000)), floorPpm, floorGens }
    })
}
