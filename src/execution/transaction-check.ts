/**
 * What a transaction must satisfy before it runs: the checks of Ethereum's state transition under Osaka rules. The pool may
 * check less; a block that holds a transaction failing one of these is invalid.
 *
 * Messages are geth's (docs/rpc.md section 5): a user sees them.
 */

import { MAX_TRANSACTION_GAS } from '../lib/limits.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { type Account, EMPTY_ACCOUNT, EMPTY_CODE_HASH } from '../state/account.ts'
import type { WorldState } from '../state/world-state.ts'
import { floorDataGas, intrinsicGas, MAX_INITCODE_BYTES } from '../types/intrinsic-gas.ts'
import type { Address } from '../types/primitives.ts'
import type { Transaction } from '../types/transaction.ts'
import { isDelegation } from './delegation.ts'
import type { BlockContext } from './evm.ts'

/** Why a transaction cannot be part of a block on this state. */
export type InvalidTransaction = {
  readonly code:
    | 'CHAIN_ID'
    | 'FEE_TOO_LOW'
    | 'GAS_ALLOWANCE'
    | 'GAS_CAP'
    | 'INITCODE_SIZE'
    | 'INSUFFICIENT_FUNDS'
    | 'INTRINSIC_GAS'
    | 'NONCE_MAX'
    | 'NONCE_TOO_HIGH'
    | 'NONCE_TOO_LOW'
    | 'NO_AUTHORIZATIONS'
    | 'PRIORITY_ABOVE_MAX'
    | 'SENDER_HAS_CODE'
  /** geth's words. */
  readonly message: string
}

/** What a valid transaction costs before and whatever it does. */
export type TransactionTerms = {
  readonly intrinsicGas: bigint
  /** EIP-7623: least gas that is charged in the end. */
  readonly floorGas: bigint
  /** Wei per gas that the sender pays. */
  readonly effectiveGasPrice: bigint
}

/** What stays the same for all transactions of a chain. */
export type TransactionRules = { readonly chainId: bigint }

const MAX_NONCE = 2n ** 64n - 1n
const MAX_WEI = 2n ** 256n

/** Checks everything; `gasAvailable` is what the block has left. */
export function checkTransaction(
  tx: Transaction,
  sender: Address,
  state: WorldState,
  block: Pick<BlockContext, 'baseFeePerGas'>,
  rules: TransactionRules,
  gasAvailable: bigint,
): Result<TransactionTerms, InvalidTransaction> {
  const account = state.getAccount(sender) ?? EMPTY_ACCOUNT
  const intrinsic = intrinsicGas(tx)
  const floorGas = floorDataGas(tx.data)
  const failure =
    checkForm(tx, rules) ??
    checkGas(tx, intrinsic, floorGas, gasAvailable) ??
    checkNonce(tx, account) ??
    checkSenderCode(account, sender, state) ??
    checkFees(tx, block.baseFeePerGas) ??
    checkFunds(tx, account, sender)
  if (failure !== undefined) return err(failure)
  return ok({ intrinsicGas: intrinsic, floorGas, effectiveGasPrice: effectiveGasPrice(tx, block.baseFeePerGas) })
}

/** Wei per gas that is paid at this base fee; the fee cap when that is lower. */
export function effectiveGasPrice(tx: Transaction, baseFeePerGas: bigint): bigint {
  if (tx.maxFeePerGas === undefined) return tx.gasPrice ?? 0n
  const wanted = baseFeePerGas + (tx.maxPriorityFeePerGas ?? 0n)
  return wanted < tx.maxFeePerGas ? wanted : tx.maxFeePerGas
}

function invalid(code: InvalidTransaction['code'], message: string): InvalidTransaction {
  return { code, message }
}

function checkForm(tx: Transaction, rules: TransactionRules): InvalidTransaction | undefined {
  if (tx.chainId !== undefined && tx.chainId !== rules.chainId) {
    return invalid('CHAIN_ID', `invalid chain id for signer: have ${tx.chainId} want ${rules.chainId}`)
  }
  if (tx.type === 4 && tx.authorizationList.length === 0) {
    return invalid('NO_AUTHORIZATIONS', 'EIP-7702 transaction with empty auth list')
  }
  if (tx.to === null && tx.data.length > MAX_INITCODE_BYTES) {
    const sizes = `code size ${tx.data.length}, limit ${MAX_INITCODE_BYTES}`
    return invalid('INITCODE_SIZE', `max initcode size exceeded: ${sizes}`)
  }
  return undefined
}

function checkGas(
  tx: Transaction,
  intrinsic: bigint,
  floorGas: bigint,
  gasAvailable: bigint,
): InvalidTransaction | undefined {
  const { gasLimit } = tx
  if (gasLimit > MAX_TRANSACTION_GAS) {
    return invalid('GAS_CAP', `transaction gas limit too high (cap: ${MAX_TRANSACTION_GAS}, tx: ${gasLimit})`)
  }
  if (gasLimit > gasAvailable) return invalid('GAS_ALLOWANCE', 'gas limit reached')
  if (gasLimit < intrinsic) {
    return invalid('INTRINSIC_GAS', `intrinsic gas too low: gas ${gasLimit}, minimum needed ${intrinsic}`)
  }
  if (gasLimit < floorGas) {
    const sizes = `gas ${gasLimit}, minimum needed ${floorGas}`
    return invalid('INTRINSIC_GAS', `insufficient gas for floor data gas cost: ${sizes}`)
  }
  return undefined
}

function checkNonce(tx: Transaction, account: Account): InvalidTransaction | undefined {
  if (tx.nonce < account.nonce) {
    return invalid('NONCE_TOO_LOW', `nonce too low: next nonce ${account.nonce}, tx nonce ${tx.nonce}`)
  }
  if (tx.nonce > account.nonce) {
    return invalid('NONCE_TOO_HIGH', `nonce too high: next nonce ${account.nonce}, tx nonce ${tx.nonce}`)
  }
  // EIP-2681: the nonce after this transaction must fit as well.
  if (tx.nonce >= MAX_NONCE) return invalid('NONCE_MAX', `nonce has max value: nonce: ${tx.nonce}`)
  return undefined
}

/** EIP-3607, with the exception of EIP-7702: a delegated account still sends. */
function checkSenderCode(account: Account, sender: Address, state: WorldState): InvalidTransaction | undefined {
  if (account.codeHash === EMPTY_CODE_HASH || isDelegation(state.getCode(sender))) return undefined
  return invalid('SENDER_HAS_CODE', `sender not an eoa: address ${sender}, codehash: ${account.codeHash}`)
}

function checkFees(tx: Transaction, baseFeePerGas: bigint): InvalidTransaction | undefined {
  const cap = tx.maxFeePerGas ?? tx.gasPrice ?? 0n
  const tip = tx.maxPriorityFeePerGas ?? 0n
  if (tx.maxFeePerGas !== undefined && tip > cap) {
    const fees = `maxPriorityFeePerGas: ${tip}, maxFeePerGas: ${cap}`
    return invalid('PRIORITY_ABOVE_MAX', `max priority fee per gas higher than max fee per gas: ${fees}`)
  }
  if (cap < baseFeePerGas) {
    const fees = `maxFeePerGas: ${cap}, baseFee: ${baseFeePerGas}`
    return invalid('FEE_TOO_LOW', `max fee per gas less than block base fee: ${fees}`)
  }
  return undefined
}

function checkFunds(tx: Transaction, account: Account, sender: Address): InvalidTransaction | undefined {
  const cost = tx.gasLimit * (tx.maxFeePerGas ?? tx.gasPrice ?? 0n) + tx.value
  if (cost > account.balance || cost >= MAX_WEI) {
    const amounts = `address ${sender} have ${account.balance} want ${cost}`
    return invalid('INSUFFICIENT_FUNDS', `insufficient funds for gas * price + value: ${amounts}`)
  }
  return undefined
}
