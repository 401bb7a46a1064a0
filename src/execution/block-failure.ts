/**
 * Why a block was refused, and what that says of the peer who sent it (docs/consensus.md 2.4 and 2.6).
 *
 * `ignore` means that it cannot be judged yet; `reject` that no honest validator made it. Every failure carries what was
 * expected and what the block says.
 */

import type { Hash } from '../types/primitives.ts'

/** A header or context field that does not have the one value which the parent and the chainspec allow. */
export type FieldMismatch = {
  readonly code:
    | 'BASE_FEE_MISMATCH'
    | 'COINBASE_MISMATCH'
    | 'CONTEXT_MISMATCH'
    | 'EPOCH_MISMATCH'
    | 'EVIDENCE_ROOT_MISMATCH'
    | 'GAS_LIMIT_MISMATCH'
    | 'GAS_USED_MISMATCH'
    | 'HEADER_CONSTANT_MISMATCH'
    | 'LOGS_BLOOM_MISMATCH'
    | 'MIX_HASH_MISMATCH'
    | 'NUMBER_MISMATCH'
    | 'PARENT_CERT_MISMATCH'
    | 'RECEIPTS_ROOT_MISMATCH'
    | 'STATE_ROOT_MISMATCH'
    | 'TRANSACTIONS_ROOT_MISMATCH'
    | 'VALIDATORS_MISMATCH'
  readonly blame: 'reject'
  /** The field's name in the header or context. */
  readonly field: string
  readonly expected: string
  readonly actual: string
}

/** A quantity beyond its bound. */
export type LimitExceeded = {
  readonly code:
    | 'BLOCK_TOO_LARGE'
    | 'EVIDENCE_TOO_MANY'
    | 'EXTRA_DATA_TOO_LONG'
    | 'GAS_LIMIT_EXCEEDED'
    | 'TIMESTAMP_TOO_EARLY'
  readonly blame: 'reject'
  readonly limit: number | bigint
  readonly actual: number | bigint
}

export type BlockFailure =
  | { readonly code: 'UNKNOWN_PARENT'; readonly blame: 'ignore'; readonly parent: Hash }
  | {
      readonly code: 'TOO_FAR_AHEAD'
      readonly blame: 'ignore'
      readonly height: number
      readonly finalizedHeight: number
    }
  | {
      readonly code: 'NOT_ABOVE_FINALIZED'
      readonly blame: 'ignore'
      readonly height: number
      readonly finalizedHeight: number
    }
  | FieldMismatch
  | LimitExceeded
  | {
      readonly code: 'INVALID_TRANSACTION'
      readonly blame: 'reject'
      readonly index: number
      readonly hash: Hash
      readonly reason: string
    }

/** One sentence for the log. */
export function describeBlockFailure(failure: BlockFailure): string {
  switch (failure.code) {
    case 'UNKNOWN_PARENT':
      return `parent ${failure.parent} is not known`
    case 'TOO_FAR_AHEAD':
    case 'NOT_ABOVE_FINALIZED':
      return `${failure.code}: height ${failure.height}, finalized height ${failure.finalizedHeight}`
    case 'INVALID_TRANSACTION':
      return `transaction ${failure.index} (${failure.hash}): ${failure.reason}`
    default:
      return 'field' in failure
        ? `${failure.code}: ${failure.field} is ${failure.actual}, expected ${failure.expected}`
        : `${failure.code}: ${failure.actual}, limit ${failure.limit}`
  }
}
