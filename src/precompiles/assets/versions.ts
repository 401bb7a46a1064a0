/**
 * What a new version of an asset must keep: the pool at no lower share, and every edge of its predecessor at no lower terms.
 * So whoever shares in a version shares at least as much in the next one.
 */

import { ok, type Result } from '../../lib/result.ts'
import { type Failure, failure } from '../failure.ts'
import { VersionDropsEdge, VersionLowersEdge, VersionPoolLowered } from './errors.ts'
import { type Edge, meetsFloor } from './terms.ts'

type Version = { readonly edges: readonly Edge[]; readonly poolPpm: bigint }

/** Checks `next` against `previous`, the asset `id`, as it is now: an edge that was lowered counts at its lowered terms. */
export function checkVersion(id: bigint, previous: Version, next: Version): Result<void, Failure> {
  if (next.poolPpm < previous.poolPpm) {
    return failure(VersionPoolLowered, { previousPpm: previous.poolPpm, poolPpm: next.poolPpm })
  }
  const edges = new Map(next.edges.map((edge) => [edge.parent, edge]))
  for (const edge of previous.edges) {
    const kept = edges.get(edge.parent)
    if (kept === undefined || kept.relation !== edge.relation) {
      return failure(VersionDropsEdge, { previous: id, parent: edge.parent, relation: edge.relation })
    }
    if (kept.relativePpm < edge.relativePpm || !meetsFloor(kept, edge)) return lowered(edge, kept)
  }
  return ok(undefined)
}

function lowered(previous: Edge, next: Edge): Result<never, Failure> {
  return failure(VersionLowersEdge, {
    parent: next.parent,
    previousRelativePpm: previous.relativePpm,
    previousFloorPpm: previous.floorPpm,
    previousFloorGens: previous.floorGens,
    relativePpm: next.relativePpm,
    floorPpm: next.floorPpm,
    floorGens: next.floorGens,
  })
}
