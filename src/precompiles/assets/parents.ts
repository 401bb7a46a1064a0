/**
 * The list of a child's edges as such: how many, in which order, and each within its bounds.
 *
 * Parents are strictly ascending and older than the child, so an edge can never close a cycle and descending id is a
 * topological order of the whole graph.
 */

import { MAX_PARENTS } from '../../lib/limits.ts'
import { ok, type Result } from '../../lib/result.ts'
import { type Failure, failure } from '../failure.ts'
import { ParentsNotAscending, TooManyParents, UnknownAsset } from './errors.ts'
import { checkEdge, type Edge } from './terms.ts'

/** Checks the edges of the asset that will be number `assetCount` + 1. */
export function checkEdges(edges: readonly Edge[], assetCount: bigint): Result<void, Failure> {
  const count = BigInt(edges.length)
  if (count > MAX_PARENTS) return failure(TooManyParents, { count, limit: BigInt(MAX_PARENTS) })
  let previous = 0n
  for (const [index, edge] of edges.entries()) {
    const { parent } = edge
    if (parent === 0n || parent > assetCount) return failure(UnknownAsset, { id: parent })
    if (parent <= previous) return failure(ParentsNotAscending, { index: BigInt(index), previous, parent })
    const checked = checkEdge(edge)
    if (!checked.ok) return checked
    previous = parent
  }
  return ok(undefined)
}
