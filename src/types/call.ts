/**
 * Messages that are executed without a signature and change nothing: eth_call, eth_estimateGas, eth_createAccessList.
 * Everything here survives a structured clone, for it crosses threads.
 */

import type { Address, Hash } from './primitives.ts'
import type { AccessListItem, Authorization } from './transaction.ts'

/** A message to execute without a signature. Undefined means that the caller left it out. */
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
  /**
   * False: the context is that block's own (eth_call). True: the block after it, with its base fee and the present time,
   * which is what a transaction sent now would meet (eth_estimateGas, and `pending`).
   */
  readonly isNextBlock: boolean
  readonly stateOverrides?: StateOverrides
  readonly blockOverrides?: BlockOverrides
}

/** An execution that took place. */
export type CallOutcome = {
  readonly status: 'success' | 'revert' | 'failure'
  /** geth's words for a failure, such as `out of gas` or `invalid opcode: INVALID`; undefined otherwise. */
  readonly error: string | undefined
  readonly returnData: Uint8Array
  readonly gasUsed: bigint
}
