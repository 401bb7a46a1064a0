/**
 * What the pool asks of the node around it. All reads are of the finalized head; the pool never sees an unfinalized
 * block except through the arguments of `candidates`.
 */

import type { Address, Hash } from '../types/primitives.ts'

/** What the pool must know of a sender at the finalized head. */
export type PoolAccount = {
  readonly nonce: bigint
  readonly balanceWei: bigint
  /**
   * `contract`: code that is not a delegation, so the account may not send (EIP-3607). `delegated`: an EIP-7702
   * delegation, so others may move its funds and nonce and only one of its transactions is held at a time.
   */
  readonly code: 'none' | 'delegated' | 'contract'
}

/** Reads accounts at the finalized head; an unknown address is nonce 0, balance 0, no code. */
export interface AccountReader {
  account(address: Address): PoolAccount
}

/** Recovers signers off the main thread (the recovery workers). Answers are in the order of the question. */
export interface SenderRecovery {
  /** The sender of each transaction (canonical EIP-2718 bytes), or undefined where the signature is invalid. */
  senders(raws: readonly Uint8Array[]): Promise<readonly (Address | undefined)[]>
  /** The authorities of a type 4 transaction in order; undefined for an invalid signature, which the chain skips. */
  authorities(raw: Uint8Array): Promise<readonly (Address | undefined)[]>
}

/** Calls `callback` once after `delayMs`; the returned function cancels it. */
export type Scheduler = (callback: () => void, delayMs: number) => () => void

/** What the next block would be built on. */
export type PoolHead = {
  /** Base fee of the block after the finalized head, in wei a gas. */
  readonly nextBaseFeePerGas: bigint
  /** Gas limit of the next block. */
  readonly gasLimit: bigint
}

/** One transaction of a block that is executed but not final, by which the pool moves its view of the sender. */
export type AncestorTransaction = {
  readonly hash: Hash
  readonly sender: Address
  readonly nonce: bigint
}

/** A new finalized head, as the pool is told of it. */
export type FinalizedHead = PoolHead & {
  /** Hashes of the transactions of every block that became final, in any order. */
  readonly transactionHashes: readonly Hash[]
  /**
   * Every account whose nonce, balance or code changed. One with a value is taken as it is; one with undefined is read
   * through AccountReader; addresses the pool holds nothing of cost nothing. `unknown` (after a sync that skipped
   * execution) reads every sender of the pool anew.
   */
  readonly changedAccounts: ReadonlyMap<Address, PoolAccount | undefined> | 'unknown'
}
