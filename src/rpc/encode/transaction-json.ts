/**
 * Transactions as the RPC shows them: geth's fields, those of the type only.
 */

import type { Hash } from '../../types/primitives.ts'
import type { Authorization, SignedTransaction, Transaction } from '../../types/transaction.ts'
import { dataHex, quantity } from '../hex.ts'

/** Where a transaction is final. */
export type TransactionPosition = {
  readonly blockHash: Hash
  readonly blockNumber: number
  /** Seconds. */
  readonly blockTimestamp: number
  readonly index: number
  readonly baseFeePerGas: bigint
}

/** A transaction in a block, or in the pool when `position` is undefined. */
export function transactionJson(signed: SignedTransaction, position: TransactionPosition | undefined): object {
  const { transaction: tx } = signed
  return {
    blockHash: position?.blockHash ?? null,
    blockNumber: position === undefined ? null : quantity(position.blockNumber),
    blockTimestamp: position === undefined ? null : quantity(position.blockTimestamp),
    from: signed.sender,
    gas: quantity(tx.gasLimit),
    gasPrice: quantity(position === undefined ? maxGasPrice(tx) : effectiveGasPrice(tx, position.baseFeePerGas)),
    ...dynamicFees(tx),
    hash: signed.hash,
    input: dataHex(tx.data),
    nonce: quantity(tx.nonce),
    to: tx.to,
    transactionIndex: position === undefined ? null : quantity(position.index),
    value: quantity(tx.value),
    type: quantity(tx.type),
    ...typeFields(tx),
    ...signatureFields(tx),
  }
}

/** The most that a unit of gas may cost. */
export function maxGasPrice(tx: Transaction): bigint {
  return tx.gasPrice ?? tx.maxFeePerGas ?? 0n
}

/** What a unit of gas costs at a base fee: base fee + min(tip, max fee - base fee). */
export function effectiveGasPrice(tx: Transaction, baseFeePerGas: bigint): bigint {
  if (tx.gasPrice !== undefined) return tx.gasPrice
  const most = tx.maxFeePerGas ?? 0n
  const wanted = baseFeePerGas + (tx.maxPriorityFeePerGas ?? 0n)
  return wanted < most ? wanted : most
}

function dynamicFees(tx: Transaction): object {
  if (tx.type === 0 || tx.type === 1) return {}
  return {
    maxFeePerGas: quantity(tx.maxFeePerGas ?? 0n),
    maxPriorityFeePerGas: quantity(tx.maxPriorityFeePerGas ?? 0n),
  }
}

function typeFields(tx: Transaction): object {
  const chainId = tx.chainId === undefined ? {} : { chainId: quantity(tx.chainId) }
  if (tx.type === 0) return chainId
  const accessList = tx.accessList.map(({ address, storageKeys }) => ({ address, storageKeys }))
  if (tx.type !== 4) return { accessList, ...chainId }
  return { accessList, ...chainId, authorizationList: tx.authorizationList.map(authorizationJson) }
}

function signatureFields(tx: Transaction): object {
  const rs = { r: quantity(tx.r), s: quantity(tx.s) }
  if (tx.type !== 0) return { v: quantity(tx.yParity), ...rs, yParity: quantity(tx.yParity) }
  const base = tx.chainId === undefined ? 27n : tx.chainId * 2n + 35n
  return { v: quantity(base + BigInt(tx.yParity)), ...rs }
}

/** One authorization of a type 4 transaction. */
export function authorizationJson(one: Authorization): object {
  return {
    chainId: quantity(one.chainId),
    address: one.address,
    nonce: quantity(one.nonce),
    yParity: quantity(one.yParity),
    r: quantity(one.r),
    s: quantity(one.s),
  }
}
