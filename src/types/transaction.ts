/**
 * Ethereum transactions of types 0, 1, 2 and 4 (EIP-155, 2930, 1559, 7702). Type 3 is refused everywhere.
 */

import type { Address, Hash } from './primitives.ts'

export type AccessListItem = { readonly address: Address; readonly storageKeys: readonly Hash[] }

/** EIP-7702 authorization; `chainId` 0 means any chain. */
export type Authorization = {
  readonly chainId: bigint
  readonly address: Address
  readonly nonce: bigint
  readonly yParity: number
  readonly r: bigint
  readonly s: bigint
}

/** A decoded transaction. `gasPrice` is set for types 0 and 1, the two max fees for 2 and 4. */
export type Transaction = {
  readonly type: 0 | 1 | 2 | 4
  /** Undefined only for a legacy transaction without EIP-155 replay protection. */
  readonly chainId: bigint | undefined
  readonly nonce: bigint
  readonly gasPrice: bigint | undefined
  readonly maxFeePerGas: bigint | undefined
  readonly maxPriorityFeePerGas: bigint | undefined
  readonly gasLimit: bigint
  /** Null creates a contract. */
  readonly to: Address | null
  readonly value: bigint
  readonly data: Uint8Array
  readonly accessList: readonly AccessListItem[]
  readonly authorizationList: readonly Authorization[]
  /** 0 or 1. */
  readonly yParity: number
  readonly r: bigint
  readonly s: bigint
}

/** A transaction with what is derived from its bytes once and kept. */
export type SignedTransaction = {
  readonly transaction: Transaction
  /** Canonical EIP-2718 bytes. */
  readonly raw: Uint8Array
  readonly hash: Hash
  /** Recovered from the signature, exactly once, at ingress. */
  readonly sender: Address
}
