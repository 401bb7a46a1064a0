/**
 * How an asset's standing may change: Active to Disputed and back, either to Revoked, and Revoked for ever.
 *
 * While an asset is disputed its owner's share gathers in escrow, so only a resolution, which names who gets it, ends a
 * dispute.
 */

import { ok, type Result } from '../../lib/result.ts'
import { type Failure, failure } from '../failure.ts'
import { StatusChangeRefused, UnknownStatus } from './errors.ts'
import { ACTIVE, DISPUTED, REVOKED } from './kinds.ts'

/** Checks a change without a resolution: it opens a dispute or revokes an asset that is in none. */
export function checkStatusChange(id: bigint, from: bigint, to: bigint): Result<void, Failure> {
  if (to < ACTIVE || to > REVOKED) return failure(UnknownStatus, { status: to })
  const isAllowed = from === ACTIVE && to !== ACTIVE
  return isAllowed ? ok(undefined) : failure(StatusChangeRefused, { id, from, to })
}

/** Checks the end of a dispute. */
export function checkResolution(id: bigint, from: bigint, to: bigint): Result<void, Failure> {
  if (to < ACTIVE || to > REVOKED) return failure(UnknownStatus, { status: to })
  const isAllowed = from === DISPUTED && to !== DISPUTED
  return isAllowed ? ok(undefined) : failure(StatusChangeRefused, { id, from, to })
}
