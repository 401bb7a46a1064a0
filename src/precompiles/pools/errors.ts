/**
 * Every refusal of the pools: one error for each, with the numbers that the caller needs.
 */

import { address, uint8, uint32, uint64, uint128, uint256 } from '../abi-types.ts'
import { defineError } from '../module.ts'

// Who and which.
export const UnknownPool = defineError('UnknownPool', { pool: uint64 }, 'No pool has this id.')
export const UnknownBatch = defineError(
  'UnknownBatch',
  { pool: uint64, batch: uint32, batches: uint32 },
  'The pool has fewer batches; they are numbered from 0.',
)
export const NotController = defineError(
  'NotController',
  { pool: uint64, caller: address, controller: address },
  'Only the controller may do this; the operator of the asset may append, too.',
)
export const NotDisputeAuthority = defineError(
  'NotDisputeAuthority',
  { caller: address, authority: address },
  "Only the chain's dispute authority may do this.",
)
export const ZeroController = defineError('ZeroController', {}, 'A pool has a controller.')
export const AssetNotActive = defineError(
  'AssetNotActive',
  { asset: uint64, status: uint8 },
  'A disputed or revoked asset takes no batches.',
)

// Policies and batches.
export const UnknownPolicy = defineError('UnknownPolicy', { policy: uint8 }, 'Policies are 1 closed, 2 capped, 3 open.')
export const CapOutOfRange = defineError(
  'CapOutOfRange',
  { maxWeight: uint256, limit: uint256 },
  'A capped pool has a cap from 1 to the limit, any other a cap of 0.',
)
export const PolicyFixed = defineError(
  'PolicyFixed',
  { pool: uint64, policy: uint8, batches: uint32 },
  'The policy of a stand-alone pool, and of one with batches, is for ever.',
)
export const PoolClosed = defineError(
  'PoolClosed',
  { pool: uint64, weight: uint256 },
  'A closed pool takes one batch, and another only when none counts any more.',
)
export const WeightOverCap = defineError(
  'WeightOverCap',
  { pool: uint64, weight: uint256, maxWeight: uint256 },
  'With this batch, active and pending ones would weigh more than the pool takes.',
)
export const TooManyBatches = defineError(
  'TooManyBatches',
  { pool: uint64, limit: uint32 },
  'The pool has all the batches that it can have.',
)
export const ZeroWeight = defineError('ZeroWeight', {}, 'A batch weighs something.')
export const SumOverflow = defineError(
  'SumOverflow',
  { left: uint128, right: uint128 },
  'The two sums of the root are 2^128 or more together.',
)
export const SumMismatch = defineError(
  'SumMismatch',
  { stated: uint256, summed: uint256 },
  'The weight is not the sum of the root.',
)
export const WrongDepth = defineError(
  'WrongDepth',
  { depth: uint8, least: uint8, most: uint8 },
  'A tree has 1 to 24 levels above its leaves; a single leaf goes to appendLeaf.',
)
export const RelayFeeTooHigh = defineError(
  'RelayFeeTooHigh',
  { relayFeePpm: uint32, limit: uint32 },
  'More than a batch may leave to whoever submits claims.',
)

// Proofs.
export const IndexOutOfRange = defineError(
  'IndexOutOfRange',
  { index: uint64, limit: uint64 },
  'The index is not below 2^depth.',
)
export const DuplicateIndex = defineError(
  'DuplicateIndex',
  { index: uint64, position: uint256 },
  'A leaf is named twice.',
)
export const IndicesNotAscending = defineError(
  'IndicesNotAscending',
  { index: uint64, position: uint256 },
  'The leaves of a claim of many ascend by index.',
)
export const WrongProofLength = defineError(
  'WrongProofLength',
  { expected: uint256, given: uint256 },
  'The proof does not have 48 bytes for each sibling that this tree needs: a wrong depth, or another batch.',
)
export const ProofSumOverflow = defineError(
  'ProofSumOverflow',
  { level: uint8 },
  'The sums of the proof are 2^128 or more at this level.',
)
export const WrongProof = defineError(
  'WrongProof',
  { pool: uint64, batch: uint32 },
  'The leaf, with this account and weight, is not in the batch.',
)
export const NoLeaves = defineError('NoLeaves', {}, 'Nothing is claimed.')
export const TooManyLeaves = defineError(
  'TooManyLeaves',
  { count: uint256, limit: uint256 },
  'More leaves than one call pays.',
)

// Claims.
export const NotActivated = defineError(
  'NotActivated',
  { pool: uint64, batch: uint32, readyAtBlock: uint64 },
  'The batch is pending.',
)
export const ClaimsFrozen = defineError(
  'ClaimsFrozen',
  { pool: uint64, batch: uint32, sinceBlock: uint64 },
  'The dispute authority paused the claims of this batch.',
)
export const BatchForfeited = defineError(
  'BatchForfeited',
  { pool: uint64, batch: uint32 },
  'What the batch earned went to the others.',
)
export const NothingToClaim = defineError(
  'NothingToClaim',
  {
    pool: uint64,
    batch: uint32,
    index: uint64,
    earned: uint256,
  },
  'All that the leaf earned so far was paid; royalties may wait for the sweep.',
)

// Disputes and withheld leaves.
export const NotFrozen = defineError(
  'NotFrozen',
  { pool: uint64, batch: uint32 },
  'The batch is not frozen; an active one is revoked only when it was.',
)
export const AlreadyFrozen = defineError(
  'AlreadyFrozen',
  { pool: uint64, batch: uint32, sinceBlock: uint64 },
  'The batch is frozen since this block.',
)
export const TooEarly = defineError('TooEarly', { allowedAtBlock: uint64, block: uint64 }, 'Not before this block.')
export const BatchGone = defineError(
  'BatchGone',
  { pool: uint64, batch: uint32, status: uint8 },
  'The batch is leaving (3), revoked (4) or forfeited (5), or is active (2) where only a pending one will do.',
)
export const NothingInEscrow = defineError(
  'NothingInEscrow',
  { pool: uint64, token: address },
  'Nothing of this token is in escrow.',
)
export const NoWeight = defineError('NoWeight', { pool: uint64 }, 'No batch counts that could share it.')
export const AlreadyDemanded = defineError(
  'AlreadyDemanded',
  {
    pool: uint64,
    batch: uint32,
    index: uint64,
    dueAtBlock: uint64,
  },
  'The leaf is demanded already.',
)
export const NotDemanded = defineError(
  'NotDemanded',
  { pool: uint64, batch: uint32, index: uint64 },
  'Nobody demands this leaf.',
)
export const BatchStands = defineError(
  'BatchStands',
  { pool: uint64, batch: uint32, status: uint8 },
  'The batch was not revoked: its demands are answered or left unanswered.',
)

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
