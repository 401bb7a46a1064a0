/**
 * The structs of the asset registry's interface.
 */

import { MAX_PARENTS } from '../../lib/limits.ts'
import {
  type AbiValue,
  address,
  array,
  bool,
  bytes32,
  string,
  struct,
  uint8,
  uint16,
  uint32,
  uint64,
} from '../abi-types.ts'

/** An edge as a registration gives it. */
export const EDGE = struct('Edge', {
  parent: uint64,
  relation: uint8,
  relativePpm: uint32,
  floorPpm: uint32,
  floorGens: uint8,
  licenceId: bytes32,
})

/** What an asset owes an ancestor of a payment made to it, and for how many more generations; 255 are all. */
export const OBLIGATION = struct('Obligation', { ancestor: uint64, ppm: uint32, gens: uint8 })

/** Longer lists are decoded far enough to be refused by count, so that the refusal can name the limit. */
const MAX_DECODED_EDGES = 16 * MAX_PARENTS

/** The edges of a registration. */
export const EDGES = array(EDGE, MAX_DECODED_EDGES)

/** What a parent's owner asks; an empty relation mask is no terms. */
export const TERMS = struct('Terms', {
  relationMask: uint32,
  minRelativePpm: uint32,
  floorPpm: uint32,
  floorGens: uint8,
  isOpen: bool,
})

/** All of an asset but its edges, floors and terms. */
export const ASSET = struct('Asset', {
  owner: address,
  operator: address,
  registrant: address,
  kind: uint8,
  status: uint8,
  royaltyBps: uint16,
  poolPpm: uint32,
  pool: uint64,
  previous: uint64,
  registeredAtBlock: uint64,
  parentCount: uint8,
  floorCount: uint8,
  contentHash: bytes32,
  dataRoot: bytes32,
  lineageHash: bytes32,
  uri: string,
})

export type AssetView = AbiValue<typeof ASSET>
