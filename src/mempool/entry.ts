/**
 * A transaction as the pool keeps it: what was decoded and recovered once, and the numbers that ordering reads often.
 */

import type { Address, Hash } from '../types/primitives.ts'
import type { Transaction } from '../types/transaction.ts'
import type { PooledTransaction } from './pool.ts'

export class PoolEntry implements PooledTransaction {
  readonly transaction: Transaction
  readonly raw: Uint8Array
  readonly hash: Hash
  readonly sender: Address
  readonly local: boolean
  readonly addedAtMs: number
  /** The nonce as a number: admission refuses nonces beyond the window after the account's, so it is always safe. */
  readonly nonce: number
  /** The most it can pay for a unit of gas, in wei. */
  readonly maxFeePerGas: bigint
  /** The most of that which goes to the proposer, in wei. */
  readonly maxTipPerGas: bigint
  /** The most it can take from its sender, in wei: gas limit x max fee + value. */
  readonly costWei: bigint
  /** Order of arrival: among equal prices the earlier goes first. */
  readonly sequence: number
  /** Accounts that a type 4 transaction delegates. */
  readonly authorities: readonly Address[]
  /** True once it was announced as pending, which happens once. */
  wasPending = false

  constructor(
    admitted: Pick<PooledTransaction, 'transaction' | 'raw' | 'hash' | 'sender' | 'local' | 'addedAtMs'>,
    sequence: number,
    authorities: readonly Address[],
  ) {
    const { transaction } = admitted
    this.transaction = transaction
    this.raw = admitted.raw
    this.hash = admitted.hash
    this.sender = admitted.sender
    this.local = admitted.local
    this.addedAtMs = admitted.addedAtMs
    this.nonce = Number(transaction.nonce)
    this.maxFeePerGas = maxFeePerGas(transaction)
    this.maxTipPerGas = maxTipPerGas(transaction)
    this.costWei = maxCostWei(transaction)
    this.sequence = sequence
    this.authorities = authorities
  }

  /** Wei a unit of gas that the proposer gets under this base fee; negative when the base fee is not covered. */
  tipUnder(baseFeePerGas: bigint): bigint {
    const left = this.maxFeePerGas - baseFeePerGas
    return left < this.maxTipPerGas ? left : this.maxTipPerGas
  }
}

/** The most a transaction can pay for a unit of gas, in wei. */
export function maxFeePerGas(transaction: Transaction): bigint {
  return transaction.maxFeePerGas ?? transaction.gasPrice ?? 0n
}

/** The most of it that can go to the proposer, in wei a unit of gas. */
export function maxTipPerGas(transaction: Transaction): bigint {
  return transaction.maxPriorityFeePerGas ?? transaction.gasPrice ?? 0n
}

/** The most a transaction can take from its sender, in wei. */
export function maxCostWei(transaction: Transaction): bigint {
  return transaction.gasLimit * maxFeePerGas(transaction) + transaction.value
}
