/**
 * Why the pool refused a transaction. The messages are geth's, word for word, because viem, ethers and wallets match
 * them (docs/rpc.md 5); the code is for this program and for metrics.
 */

import type { Blame } from '../lib/errors.ts'
import { type Err, err } from '../lib/result.ts'

export type RefusalCode =
  | 'MALFORMED'
  | 'TYPE_NOT_SUPPORTED'
  | 'OVERSIZED'
  | 'NOT_REPLAY_PROTECTED'
  | 'INITCODE_TOO_LARGE'
  | 'GAS_ABOVE_CAP'
  | 'GAS_ABOVE_BLOCK'
  | 'TIP_ABOVE_MAX_FEE'
  | 'INVALID_SENDER'
  | 'NONCE_AT_MAXIMUM'
  | 'INTRINSIC_GAS'
  | 'FLOOR_DATA_GAS'
  | 'BELOW_MINIMUM_PRICE'
  | 'BELOW_MINIMUM_BASE_FEE'
  | 'NO_AUTHORIZATIONS'
  | 'ALREADY_KNOWN'
  | 'SENDER_IS_CONTRACT'
  | 'NONCE_TOO_LOW'
  | 'NONCE_TOO_HIGH'
  | 'INSUFFICIENT_FUNDS'
  | 'REPLACEMENT_UNDERPRICED'
  | 'ACCOUNT_LIMIT'
  | 'DELEGATED_IN_FLIGHT'
  | 'DELEGATED_GAP'
  | 'AUTHORITY_RESERVED'
  | 'POOL_FULL'
  | 'UNDERPRICED'

/** `blame` says whether an honest peer could have relayed it: `reject` counts against the peer. */
export type Refusal = { readonly code: RefusalCode; readonly message: string; readonly blame: Blame }

/**
 * Codes that no state can excuse: a peer that relays such a transaction did not check it. A transaction that only
 * other limits or prices refuse is nobody's fault.
 */
const FAULTS: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'MALFORMED',
  'TYPE_NOT_SUPPORTED',
  'OVERSIZED',
  'NOT_REPLAY_PROTECTED',
  'INITCODE_TOO_LARGE',
  'GAS_ABOVE_CAP',
  'TIP_ABOVE_MAX_FEE',
  'INVALID_SENDER',
  'INTRINSIC_GAS',
  'FLOOR_DATA_GAS',
  'NO_AUTHORIZATIONS',
])

/** A refusal as the error of a Result. */
export function refuse(code: RefusalCode, message: string): Err<Refusal> {
  return err({ code, message, blame: FAULTS.has(code) ? 'reject' : 'ignore' })
}
