/**
 * The structs of the pools' interface. Proofs are bytes: 48 for each sibling, its hash and its sum (crypto/merkle-sum.ts).
 */

import { MAX_CLAIMED_LEAVES } from '../../lib/limits.ts'
import { type AbiValue, address, array, bytes, bytes32, struct, uint32, uint64, uint128 } from '../abi-types.ts'

/** A contributor's place, account and weight in a batch. */
export const LEAF = struct('Leaf', { index: uint64, account: address, weight: uint128 })
export type Leaf = AbiValue<typeof LEAF>

/** What the root of a batch is the hash of: both children and their sums. */
export const SUM_ROOT = struct('SumRoot', {
  leftHash: bytes32,
  leftSum: uint128,
  rightHash: bytes32,
  rightSum: uint128,
})
export type SumRootPreimage = AbiValue<typeof SUM_ROOT>

/** One leaf of one batch in one token, with its proof. */
export const LEAF_CLAIM = struct('LeafClaim', {
  pool: uint64,
  batch: uint32,
  token: address,
  leaf: LEAF,
  proof: bytes,
})
export type LeafClaim = AbiValue<typeof LEAF_CLAIM>

/** Longer lists are decoded far enough to be refused by count, so that the refusal can name the limit. */
const MAX_DECODED_LEAVES = 4 * MAX_CLAIMED_LEAVES

export const LEAVES = array(LEAF, MAX_DECODED_LEAVES)
export const LEAF_CLAIMS = array(LEAF_CLAIM, MAX_DECODED_LEAVES)
