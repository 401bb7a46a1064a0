/**
 * Every refusal of the pools: one error for each, with the numbers that the caller needs.
 */

import { address, uint8, uint32, uint64, uint128, uint256 } from '../abi-types.ts'
import { defineError } from '../module.ts'

// Who and which.
export const UnknownPool = defineError('UnknownPool', { pool: uint64 })
export const UnknownBatch = defineError('UnknownBatch', { pool: uint64, batch: uint32, batches: uint32 })
export const NotController = defineError('NotController', { pool: uint64, caller: address, controller: address })
export const NotDisputeAuthority = defineError('NotDisputeAuthority', { caller: address, authority: address })
export const ZeroController = defineError('ZeroController', {})
export const AssetNotActive = defineError('AssetNotActive', { asset: uint64, status: uint8 })

// Policies and batches.
export const UnknownPolicy = defineError('UnknownPolicy', { policy: uint8 })
export const CapOutOfRange = defineError('CapOutOfRange', { maxWeight: uint256, limit: uint256 })
export const PolicyFixed = defineError('PolicyFixed', { pool: uint64, policy: uint8, batches: uint32 })
export const PoolClosed = defineError('PoolClosed', { pool: uint64, weight: uint256 })
export const WeightOverCap = defineError('WeightOverCap', { pool: uint64, weight: uint256, maxWeight: uint256 })
export const TooManyBatches = defineError('TooManyBatches', { pool: uint64, limit: uint32 })
export const ZeroWeight = defineError('ZeroWeight', {})
export const SumOverflow = defineError('SumOverflow', { left: uint128, right: uint128 })
export const SumMismatch = defineError('SumMismatch', { stated: uint256, summed: uint256 })
export const WrongDepth = defineError('WrongDepth', { depth: uint8, least: uint8, most: uint8 })
export const RelayFeeTooHigh = defineError('RelayFeeTooHigh', { relayFeePpm: uint32, limit: uint32 })

// Proofs.
export const IndexOutOfRange = defineError('IndexOutOfRange', { index: uint64, limit: uint64 })
export const DuplicateIndex = defineError('DuplicateIndex', { index: uint64, position: uint256 })
export const IndicesNotAscending = defineError('IndicesNotAscending', { index: uint64, position: uint256 })
export const WrongProofLength = defineError('WrongProofLength', { expected: uint256, given: uint256 })
export const ProofSumOverflow = defineError('ProofSumOverflow', { level: uint8 })
export const WrongProof = defineError('WrongProof', { pool: uint64, batch: uint32 })
export const NoLeaves = defineError('NoLeaves', {})
export const TooManyLeaves = defineError('TooManyLeaves', { count: uint256, limit: uint256 })

// Claims.
export const NotActivated = defineError('NotActivated', { pool: uint64, batch: uint32, readyAtBlock: uint64 })
export const ClaimsFrozen = defineError('ClaimsFrozen', { pool: uint64, batch: uint32, sinceBlock: uint64 })
export const BatchForfeited = defineError('BatchForfeited', { pool: uint64, batch: uint32 })
export const NothingToClaim = defineError('NothingToClaim', {
  pool: uint64,
  batch: uint32,
  index: uint64,
  earned: uint256,
})

// Disputes and withheld leaves.
export const NotFrozen = defineError('NotFrozen', { pool: uint64, batch: uint32 })
export const AlreadyFrozen = defineError('AlreadyFrozen', { pool: uint64, batch: uint32, sinceBlock: uint64 })
export const TooEarly = defineError('TooEarly', { allowedAtBlock: uint64, block: uint64 })
export const BatchGone = defineError('BatchGone', { pool: uint64, batch: uint32, status: uint8 })
export const NothingInEscrow = defineError('NothingInEscrow', { pool: uint64, token: address })
export const NoWeight = defineError('NoWeight', { pool: uint64 })
export const AlreadyDemanded = defineError('AlreadyDemanded', {
  pool: uint64,
  batch: uint32,
  index: uint64,
  dueAtBlock: uint64,
})
export const NotDemanded = defineError('NotDemanded', { pool: uint64, batch: uint32, index: uint64 })
export const BatchStands = defineError('BatchStands', { pool: uint64, batch: uint32, status: uint8 })

/** All of them, for the module. */
export const POOL_ERRORS = [
  UnknownPool,
  UnknownBatch,
  NotController,
  NotDisputeAuthority,
  ZeroController,
  AssetNotActive,
  UnknownPolicy,
  CapOutOfRange,
  PolicyFixed,
  PoolClosed,
  WeightOverCap,
  TooManyBatches,
  ZeroWeight,
  SumOverflow,
  SumMismatch,
  WrongDepth,
  RelayFeeTooHigh,
  IndexOutOfRange,
  DuplicateIndex,
  IndicesNotAscending,
  WrongProofLength,
  ProofSumOverflow,
  WrongProof,
  NoLeaves,
  TooManyLeaves,
  NotActivated,
  ClaimsFrozen,
  BatchForfeited,
  NothingToClaim,
  NotFrozen,
  AlreadyFrozen,
  TooEarly,
  BatchGone,
  NothingInEscrow,
  NoWeight,
  AlreadyDemanded,
  NotDemanded,
  BatchStands,
]
