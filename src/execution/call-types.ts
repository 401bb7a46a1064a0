/**
 * Why a message without a signature was not executed, or not to its end, and what estimates and access lists answer. The
 * message itself is in types/call.ts. Everything here survives a structured clone.
 */

import type { CallOutcome } from '../types/call.ts'
import type { AccessListItem } from '../types/transaction.ts'

/** Why nothing was executed, or not to its end. `message` is geth's. */
export type CallFailure =
  | { readonly code: 'STATE_PRUNED'; readonly oldestBlock: number }
  | { readonly code: 'REFUSED'; readonly message: string }
  | { readonly code: 'TIMEOUT'; readonly limitMs: number }

/** Why no amount of gas makes a transaction succeed. */
export type EstimateFailure =
  | CallFailure
  | { readonly code: 'REVERTED'; readonly returnData: Uint8Array }
  | { readonly code: 'FAILED'; readonly message: string }

/** What a call touches, and how it ended. */
export type AccessListOutcome = { readonly accessList: readonly AccessListItem[]; readonly outcome: CallOutcome }
