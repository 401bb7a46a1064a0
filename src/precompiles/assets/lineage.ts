/**
 * The lineage hash: 32 bytes that commit to an asset's whole ancestry and to the terms of every edge in it.
 *
 *     keccak256(abi.encode(uint8 kind, bytes32 contentHash, bytes32[] lineageHashes, EdgeTerms[] edges))
 *
 * The parents stand there by their own lineage hashes, in the order of the edges, and an edge by its terms without the
 * parent's id: so the hash says the same on every chain. test/vectors/attribution/lineage.json has worked examples.
 */

import { MAX_PARENTS } from '../../lib/limits.ts'
import type { Hash } from '../../types/primitives.ts'
import { encodeValues } from '../abi.ts'
import { array, bytes32, struct, uint8, uint32 } from '../abi-types.ts'
import type { EdgeTerms } from './terms.ts'

/** What an edge grants, apart from whom. */
export const EDGE_TERMS = struct('EdgeTerms', {
  relation: uint8,
  relativePpm: uint32,
  floorPpm: uint32,
  floorGens: uint8,
  licenceId: bytes32,
})

const LINEAGE = {
  kind: uint8,
  contentHash: bytes32,
  lineageHashes: array(bytes32, MAX_PARENTS),
  edges: array(EDGE_TERMS, MAX_PARENTS),
}

/** The bytes whose hash is the lineage hash. */
export function lineagePreimage(
  kind: bigint,
  contentHash: Hash,
  lineageHashes: readonly Hash[],
  edges: readonly EdgeTerms[],
): Uint8Array {
  return encodeValues(LINEAGE, { kind, contentHash, lineageHashes, edges })
}
