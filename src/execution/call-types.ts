/**
 * Messages that are executed without a signature and change nothing: eth_call, eth_estimateGas, eth_createAccessList. The
 * shapes are those of rpc/ports.ts, which this layer may not import. Everything here survives a structured clone.
 */

import type { Address, Hash } from '../types/primitives.ts'
import type { AccessListItem, Authorization } from '../types/transaction.ts'

/** A message. Undefined means that the caller left it out. */
export type CallRequest = {
  /** The zero address when the caller named none. */
  readonly from: Address
  /** Null creates a contract. */
  readonly to: Address | null
  readonly gas: bigint | undefined
  readonly gasPrice: bigint | undefined
  readonly maxFeePerGas: bigint | undefined
  readonly maxPriorityFeePerGas: bigint | undefined
  readonly value: bigint
  readonly nonce: bigint | undefined
  readonly data: Uint8Array
  readonly accessList: readonly AccessListItem[] | undefined
  readonly authorizationList: readonly Authorization[] | undefined
}

/** Changes to one account before the call. `state` replaces the whole storage, `stateDiff` single slots; not both. */
export type AccountOverride = {
  readonly balance?: bigint
  readonly nonce?: bigint
  readonly code?: Uint8Array
  readonly state?: ReadonlyMap<Hash, Hash>
  readonly stateDiff?: ReadonlyMap<Hash, Hash>
  /** Moves a precompile to this address first. */
  readonly movePrecompileToAddress?: Address
}

export type StateOverrides = ReadonlyMap<Address, AccountOverride>

/** Fields of the block context that the call sees instead of the block's own. */
export type BlockOverrides = {
  readonly number?: number
  /** Seconds. */
  readonly time?: number
  readonly gasLimit?: bigint
  readonly feeRecipient?: Address
  readonly prevRandao?: Hash
  readonly baseFeePerGas?: bigint
  readonly blobBaseFee?: bigint
}

/** Where and on what a call runs. */
export type CallContext = {
  /** The state after this block. */
  readonly blockNumber: number
  /** False: the context is that block's own. True: the block after it, with its base fee and the present time. */
  readonly isNextBlock: boolean
  readonly stateOverrides?: StateOverrides
  readonly blockOverrides?: BlockOverrides
}

/** An execution that took place. */
export type CallOutcome = {
  readonly status: 'success' | 'revert' | 'failure'
  /** geth's words for a failure; undefined otherwise. */
  readonly error: string | undefined
  readonly returnData: Uint8Array
  readonly gasUsed: bigint
}

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
