/**
 * The checks of a transaction that need no state, in geth's order and with geth's words (docs/rpc.md 5), and the check
 * of one against its sender's account. The pool's own rules (replacement, caps, delegations) are in mempool.ts.
 */

import { MAX_POOL_TRANSACTION_BYTES, MAX_TRANSACTION_GAS } from '../lib/limits.ts'
import { ok, type Result } from '../lib/result.ts'
import { DecodeError } from '../types/codec.ts'
import { floorDataGas, intrinsicGas, MAX_INITCODE_BYTES } from '../types/intrinsic-gas.ts'
import type { Address } from '../types/primitives.ts'
import type { Transaction } from '../types/transaction.ts'
import { decodeTransaction, INVALID_SENDER, TYPE_NOT_SUPPORTED } from '../types/transaction-codec.ts'
import { maxCostWei, maxFeePerGas, maxTipPerGas } from './entry.ts'
import type { PoolAccount } from './ports.ts'
import { type Refusal, refuse } from './refusal.ts'

/** EIP-2681: a nonce of 2^64 - 1 can never be spent. */
const NONCE_MAXIMUM = 2n ** 64n - 1n

/** What admission reads of the chain and of the node's own policy. */
export type AdmissionRules = {
  readonly chainId: bigint
  /** Gas limit of the next block. */
  readonly blockGasLimit: bigint
  /** The base fee never falls below this: a transaction that pays less can never be included. */
  readonly minBaseFeePerGas: bigint
  /** Least tip this node accepts, wei a unit of gas. */
  readonly minTipPerGas: bigint
}

/** Decodes canonical bytes; the size is checked first so that garbage costs nothing. */
export function decodeForPool(raw: Uint8Array): Result<Transaction, Refusal> {
  if (raw.length > MAX_POOL_TRANSACTION_BYTES) {
    return refuse('OVERSIZED', `oversized data: transaction size ${raw.length}, limit ${MAX_POOL_TRANSACTION_BYTES}`)
  }
  try {
    return ok(decodeTransaction(raw))
  } catch (thrown) {
    if (!(thrown instanceof DecodeError)) throw thrown
    if (thrown.message === TYPE_NOT_SUPPORTED) return refuse('TYPE_NOT_SUPPORTED', thrown.message)
    if (thrown.message === INVALID_SENDER) {
      return refuse('INVALID_SENDER', `${INVALID_SENDER}: invalid transaction v, r, s values`)
    }
    return refuse('MALFORMED', thrown.message)
  }
}

/** Everything that can be said of a decoded transaction without its sender. */
export function checkStateless(tx: Transaction, rules: AdmissionRules): Result<Transaction, Refusal> {
  if (tx.chainId === undefined) {
    return refuse('NOT_REPLAY_PROTECTED', 'only replay-protected (EIP-155) transactions allowed over RPC')
  }
  if (tx.to === null && tx.data.length > MAX_INITCODE_BYTES) {
    const sizes = `code size ${tx.data.length}, limit ${MAX_INITCODE_BYTES}`
    return refuse('INITCODE_TOO_LARGE', `max initcode size exceeded: ${sizes}`)
  }
  if (tx.gasLimit > MAX_TRANSACTION_GAS) {
    const sizes = `(cap: ${MAX_TRANSACTION_GAS}, tx: ${tx.gasLimit})`
    return refuse('GAS_ABOVE_CAP', `transaction gas limit too high ${sizes}`)
  }
  if (tx.gasLimit > rules.blockGasLimit) return refuse('GAS_ABOVE_BLOCK', 'exceeds block gas limit')
  const maxFee = maxFeePerGas(tx)
  const maxTip = maxTipPerGas(tx)
  if (maxFee < maxTip) {
    const fees = `maxPriorityFeePerGas: ${maxTip}, maxFeePerGas: ${maxFee}`
    return refuse('TIP_ABOVE_MAX_FEE', `max priority fee per gas higher than max fee per gas: ${fees}`)
  }
  if (tx.chainId !== rules.chainId) {
    const ids = `have ${tx.chainId} want ${rules.chainId}`
    return refuse('INVALID_SENDER', `${INVALID_SENDER}: invalid chain id for signer: ${ids}`)
  }
  if (tx.nonce >= NONCE_MAXIMUM) return refuse('NONCE_AT_MAXIMUM', 'nonce has max value')
  return checkGasAndPrice(tx, rules, maxFee, maxTip)
}

function checkGasAndPrice(
  tx: Transaction,
  rules: AdmissionRules,
  maxFee: bigint,
  maxTip: bigint,
): Result<Transaction, Refusal> {
  const intrinsic = intrinsicGas(tx)
  if (tx.gasLimit < intrinsic) {
    return refuse('INTRINSIC_GAS', `intrinsic gas too low: gas ${tx.gasLimit}, minimum needed ${intrinsic}`)
  }
  const floor = floorDataGas(tx.data)
  if (tx.gasLimit < floor) {
    const sizes = `gas ${tx.gasLimit}, minimum needed ${floor}`
    return refuse('FLOOR_DATA_GAS', `insufficient gas for floor data gas cost: ${sizes}`)
  }
  if (maxTip < rules.minTipPerGas) {
    const prices = `gas tip cap ${maxTip}, minimum needed ${rules.minTipPerGas}`
    return refuse('BELOW_MINIMUM_PRICE', `transaction gas price below minimum: ${prices}`)
  }
  if (maxFee < rules.minBaseFeePerGas) {
    const fees = `maxFeePerGas: ${maxFee}, baseFee: ${rules.minBaseFeePerGas}`
    return refuse('BELOW_MINIMUM_BASE_FEE', `max fee per gas less than block base fee: ${fees}`)
  }
  if (tx.type === 4 && tx.authorizationList.length === 0) {
    return refuse('NO_AUTHORIZATIONS', 'set code tx must have at least one authorization tuple')
  }
  return ok(tx)
}

/** What the pool already holds of a sender. */
export type Holdings = {
  /** Wei that all the sender's pooled transactions can take. */
  readonly spentWei: bigint
  /** The same of the transaction that this one would replace. */
  readonly replacedCostWei: bigint | undefined
}

/** A transaction against its sender's account and what the pool already holds of it. */
export function checkAccount(
  tx: Transaction,
  sender: Address,
  account: PoolAccount,
  holdings: Holdings,
): Result<Transaction, Refusal> {
  if (account.code === 'contract') return refuse('SENDER_IS_CONTRACT', `sender not an eoa: address ${sender}`)
  if (tx.nonce < account.nonce) {
    return refuse('NONCE_TOO_LOW', `nonce too low: next nonce ${account.nonce}, tx nonce ${tx.nonce}`)
  }
  const balance = account.balanceWei
  const cost = maxCostWei(tx)
  const short = (numbers: string) =>
    refuse('INSUFFICIENT_FUNDS', `insufficient funds for gas * price + value: balance ${balance}, ${numbers}`)
  if (balance < cost) return short(`tx cost ${cost}, overshot ${cost - balance}`)
  const { spentWei, replacedCostWei } = holdings
  const need = spentWei + cost - (replacedCostWei ?? 0n)
  if (balance >= need) return ok(tx)
  const added = replacedCostWei === undefined ? `tx cost ${cost}` : `tx bumped ${cost - replacedCostWei}`
  return short(`queued cost ${spentWei}, ${added}, overshot ${need - balance}`)
}
