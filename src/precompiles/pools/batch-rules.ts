/**
 * What a pool takes: its policy, fixed for ever once a batch was appended, and the batches that fit it.
 *
 *   closed   one batch; another only while none counts, so that a revoked one can be replaced and nobody is ever diluted
 *   capped   batches whose weights together stay within the cap
 *   open     any batches, within the bound that all pools have
 */

import { MAX_SUM_DEPTH, nodeHash } from '../../crypto/merkle-sum.ts'
import { MAX_BATCH_WEIGHT, MAX_POOL_BATCHES, MAX_RELAY_FEE_PPM } from '../../lib/limits.ts'
import { ok, type Result } from '../../lib/result.ts'
import type { Hash } from '../../types/primitives.ts'
import { type Failure, failure } from '../failure.ts'
import type { SumRootPreimage } from './abi-structs.ts'
import {
  CapOutOfRange,
  PoolClosed,
  RelayFeeTooHigh,
  SumMismatch,
  SumOverflow,
  TooManyBatches,
  UnknownPolicy,
  WeightOverCap,
  WrongDepth,
  ZeroWeight,
} from './errors.ts'
import { POLICY, type PoolHead } from './pool-store.ts'

/** A policy, and the cap of a capped pool; 0 for the others. */
export type Policy = { readonly policy: bigint; readonly maxWeight: bigint }

export function checkPolicy({ policy, maxWeight }: Policy): Result<undefined, Failure> {
  if (policy < POLICY.closed || policy > POLICY.open) return failure(UnknownPolicy, { policy })
  const limit = policy === POLICY.capped ? MAX_BATCH_WEIGHT - 1n : 0n
  const isCap = policy === POLICY.capped ? maxWeight > 0n && maxWeight <= limit : maxWeight === 0n
  return isCap ? ok(undefined) : failure(CapOutOfRange, { maxWeight, limit })
}

/** A batch that is offered to a pool. */
export type Offer = { readonly pool: bigint; readonly weight: bigint; readonly relayFeePpm: bigint }

/** Checks that a pool takes one more batch. */
export function checkOffer(offer: Offer, head: PoolHead, maxWeight: bigint): Result<undefined, Failure> {
  const { pool, weight, relayFeePpm } = offer
  const feeLimit = BigInt(MAX_RELAY_FEE_PPM)
  if (relayFeePpm > feeLimit) return failure(RelayFeeTooHigh, { relayFeePpm, limit: feeLimit })
  if (head.batches >= BigInt(MAX_POOL_BATCHES))
    return failure(TooManyBatches, { pool, limit: BigInt(MAX_POOL_BATCHES) })
  if (weight === 0n) return failure(ZeroWeight, {})
  if (head.policy === POLICY.closed && head.committed > 0n) return failure(PoolClosed, { pool, weight: head.committed })
  const cap = head.policy === POLICY.capped ? maxWeight : MAX_BATCH_WEIGHT
  const sum = head.committed + weight
  return sum <= cap ? ok(undefined) : failure(WeightOverCap, { pool, weight: sum, maxWeight: cap })
}

/** The root that a preimage has, if its sums are the stated weight: so the weight cannot be other than what the tree holds. */
export function checkRoot(preimage: SumRootPreimage, weight: bigint, depth: bigint): Result<Hash, Failure> {
  const { leftHash, leftSum, rightHash, rightSum } = preimage
  const most = BigInt(MAX_SUM_DEPTH)
  if (depth < 1n || depth > most) return failure(WrongDepth, { depth, least: 1n, most })
  const root = nodeHash({ hash: leftHash, sum: leftSum }, { hash: rightHash, sum: rightSum })
  if (!root.ok) return failure(SumOverflow, { left: leftSum, right: rightSum })
  const { hash, sum } = root.value
  return sum === weight ? ok(hash) : failure(SumMismatch, { stated: weight, summed: sum })
}
