/**
 * What the pool offers the node, the engine's adapter and the RPC. `Mempool` (mempool.ts) implements it.
 */

import type { Result } from '../lib/result.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { SignedTransaction } from '../types/transaction.ts'
import type { AncestorTransaction, FinalizedHead, PoolAccount } from './ports.ts'
import type { Refusal } from './refusal.ts'

/** A transaction in the pool. */
export type PooledTransaction = SignedTransaction & {
  /** Submitted to this node: journalled, announced to peers and announced again while it waits. */
  readonly local: boolean
  /** Milliseconds since the Unix epoch. */
  readonly addedAtMs: number
}

/** What a block builder asks for. */
export type CandidateRequest = {
  readonly baseFeePerGas: bigint
  readonly gasLimit: bigint
  /** Bound on the sum of the transactions' canonical bytes. */
  readonly maxBytes: number
  /**
   * Transactions of the unfinalized ancestors of the block to build, one list a block, ascending; left out, and counted
   * as spent nonces. The same list for the same block saves the pool from reading it again.
   */
  readonly ancestors: readonly (readonly AncestorTransaction[])[]
  /**
   * Accounts that the ancestors changed, read through the parent's overlay, where the caller has them. An address that
   * is absent is taken at the finalized head plus the ancestors' nonces.
   */
  readonly accounts?: ReadonlyMap<Address, PoolAccount>
}

/** Executable now (`pending`) and waiting for an earlier nonce (`queued`), each sender's in nonce order. */
export type PoolContent = {
  readonly pending: ReadonlyMap<Address, readonly PooledTransaction[]>
  readonly queued: ReadonlyMap<Address, readonly PooledTransaction[]>
}

export type PoolStatus = { readonly pending: number; readonly queued: number; readonly bytes: number }

export interface TransactionPool {
  /**
   * Admits canonical EIP-2718 bytes. Resolves once the transaction is in the pool (and, when local, in the journal) or
   * refused; never rejects for bad input.
   */
  add(raw: Uint8Array, origin: 'local' | 'peer'): Promise<Result<PooledTransaction, Refusal>>
  get(hash: Hash): PooledTransaction | undefined
  /** The recovered sender of a pooled transaction, so that a pushed block need not recover it again. */
  senderOf(hash: Hash): Address | undefined
  /** Finalized nonce plus the contiguous transactions of the pool: eth_getTransactionCount(…, "pending"). */
  nextNonce(address: Address): bigint
  content(): PoolContent
  contentFrom(address: Address): {
    readonly pending: readonly PooledTransaction[]
    readonly queued: readonly PooledTransaction[]
  }
  status(): PoolStatus
  /** Transactions for a block, best price first, each sender's in nonce order without gaps. */
  candidates(request: CandidateRequest): readonly PooledTransaction[]
  /** True when `candidates` would return at least one. */
  hasCandidates(request: CandidateRequest): boolean
  /** Lets go of transactions that no block can hold whatever the state: a builder's word. Later nonces wait. */
  discard(hashes: readonly Hash[]): void
  /** Removes what became final or impossible, re-prices the rest. */
  onFinalized(head: FinalizedHead): void
  /** Called with each transaction that becomes pending (newPendingTransactions); returns how to stop. */
  onPending(listener: (transaction: PooledTransaction) => void): () => void
  /**
   * Called when transactions that pay the next base fee have become pending, once for all that were admitted together
   * (the engine's poolReady).
   */
  onReady(listener: () => void): () => void
}
