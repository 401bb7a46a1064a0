/**
 * Commit, then reveal: nobody who sees a registration in the pool can register its content first.
 *
 * The commitment binds content, registrant and salt, and must be at least two blocks old when it is revealed; a copier's own
 * commitment can only be younger. The first commitment of a hash counts until it expires: committing again changes nothing,
 * so nobody can make another's younger.
 */

import { MAX_COMMITMENT_AGE_BLOCKS, MIN_COMMITMENT_AGE_BLOCKS } from '../../lib/limits.ts'
import { ok, type Result } from '../../lib/result.ts'
import type { Address, Hash } from '../../types/primitives.ts'
import { encodeValues } from '../abi.ts'
import { address, bytes32 } from '../abi-types.ts'
import { type Failure, failure } from '../failure.ts'
import { CommitmentExpired, CommitmentTooNew, NotCommitted } from './errors.ts'

const MIN_AGE = BigInt(MIN_COMMITMENT_AGE_BLOCKS)
const MAX_AGE = BigInt(MAX_COMMITMENT_AGE_BLOCKS)

const COMMITMENT = { contentHash: bytes32, registrant: address, salt: bytes32 }

/** The bytes whose hash is the commitment: abi.encode(contentHash, registrant, salt). */
export function commitmentPreimage(contentHash: Hash, registrant: Address, salt: Hash): Uint8Array {
  return encodeValues(COMMITMENT, { contentHash, registrant, salt })
}

/** The block that a commitment made in `block` counts from; `known` is the one of the same hash that stands, or 0. */
export function committedAt(known: bigint, block: bigint): bigint {
  return known !== 0n && block <= known + MAX_AGE ? known : block
}

/** Whether a commitment of block `committedAtBlock` (0 is none) may be revealed in `block`. */
export function checkCommitment(commitment: Hash, committedAtBlock: bigint, block: bigint): Result<void, Failure> {
  if (committedAtBlock === 0n) return failure(NotCommitted, { commitment })
  const usableAtBlock = committedAtBlock + MIN_AGE
  const expiredAtBlock = committedAtBlock + MAX_AGE + 1n
  if (block < usableAtBlock) return failure(CommitmentTooNew, { committedAtBlock, usableAtBlock })
  if (block >= expiredAtBlock) return failure(CommitmentExpired, { committedAtBlock, expiredAtBlock })
  return ok(undefined)
}
