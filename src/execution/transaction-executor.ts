/**
 * Runs one transaction: checks, fees, the message, refunds, what the receipt says.
 *
 * A plain transfer to an account without code moves balances here and never enters the engine; so does a call of a native
 * module. Only a message that runs contract code may answer with a promise, and only under an engine that does.
 */

import { err, ok, type Result } from '../lib/result.ts'
import { EMPTY_ACCOUNT, EMPTY_CODE_HASH } from '../state/account.ts'
import type { WorldState } from '../state/world-state.ts'
import type { Address } from '../types/primitives.ts'
import type { Log } from '../types/receipt.ts'
import type { Transaction } from '../types/transaction.ts'
import { applyAuthorizations } from './delegation.ts'
import { callDirectly } from './direct-call.ts'
import type { BlockContext, Evm, EvmMessage, EvmResult } from './evm.ts'
import type { NativeModules } from './native-modules.ts'
import { checkTransaction, type InvalidTransaction, type TransactionTerms } from './transaction-check.ts'

/** What does not change between transactions of a block. */
export type ExecutionEnvironment = {
  readonly evm: Evm
  readonly modules: NativeModules
  readonly block: BlockContext
  readonly chainId: bigint
  /** True burns the base fee (Ethereum); false leaves it to the coinbase beside the tip. */
  readonly isBaseFeeBurned: boolean
  /** Precompiles of the engine: a transfer to one of them is a call. */
  readonly precompiles: ReadonlySet<Address>
  /** False sends every transaction through the engine, transfers and native modules too: tests compare both ways. */
  readonly hasDirectTransfers?: boolean | undefined
  /** True makes the engine give up with ExecutionTimeout. */
  readonly isTimeOver?: (() => boolean) | undefined
}

/** What a transaction did. */
export type TransactionOutcome = {
  readonly status: 0 | 1
  readonly gasUsed: bigint
  readonly effectiveGasPrice: bigint
  readonly logs: readonly Log[]
  readonly contractAddress: Address | null
  readonly returnData: Uint8Array
  /** geth's words when status is 0. */
  readonly error: string | undefined
}

export type TransactionResult = Result<TransactionOutcome, InvalidTransaction>

/** EIP-3529: at most a fifth of the gas used is given back. */
const MAX_REFUND_QUOTIENT = 5n

/** Executes one transaction on `state`. An invalid one changes nothing. */
export function executeTransaction(
  tx: Transaction,
  sender: Address,
  state: WorldState,
  environment: ExecutionEnvironment,
  gasAvailable: bigint,
): TransactionResult | Promise<TransactionResult> {
  const checked = checkTransaction(tx, sender, state, environment.block, environment, gasAvailable)
  if (!checked.ok) return err(checked.error)
  const terms = checked.value
  state.beginTransaction()
  if (isDirectTransfer(tx, state, environment)) return ok(transferDirectly(tx, sender, terms, state, environment))
  return executeMessage(tx, sender, terms, state, environment)
}

/** True when no code can run: the receiver has none and is no precompile or native module. */
function isDirectTransfer(tx: Transaction, state: WorldState, environment: ExecutionEnvironment): boolean {
  const { to } = tx
  if (to === null || tx.authorizationList.length > 0 || environment.hasDirectTransfers === false) return false
  if (environment.precompiles.has(to) || environment.modules.at(to) !== undefined) return false
  const receiver = state.getAccount(to)
  return receiver === undefined || receiver.codeHash === EMPTY_CODE_HASH
}

function transferDirectly(
  tx: Transaction,
  sender: Address,
  terms: TransactionTerms,
  state: WorldState,
  environment: ExecutionEnvironment,
): TransactionOutcome {
  const gasUsed = terms.intrinsicGas > terms.floorGas ? terms.intrinsicGas : terms.floorGas
  const account = state.getAccount(sender) ?? EMPTY_ACCOUNT
  const balance = account.balance - tx.value - gasUsed * terms.effectiveGasPrice
  state.setAccount(sender, { nonce: account.nonce + 1n, balance, codeHash: account.codeHash })
  // Adding nothing still touches: an empty receiver is removed at the end (EIP-161).
  if (tx.to !== null && (tx.value > 0n || state.getAccount(tx.to) !== undefined)) state.addBalance(tx.to, tx.value)
  payCoinbase(gasUsed, terms.effectiveGasPrice, state, environment)
  state.endTransaction()
  return {
    status: 1,
    gasUsed,
    effectiveGasPrice: terms.effectiveGasPrice,
    logs: [],
    contractAddress: null,
    returnData: NOTHING,
    error: undefined,
  }
}

const NOTHING = new Uint8Array(0)

function executeMessage(
  tx: Transaction,
  sender: Address,
  terms: TransactionTerms,
  state: WorldState,
  environment: ExecutionEnvironment,
): TransactionResult | Promise<TransactionResult> {
  const account = state.getAccount(sender) ?? EMPTY_ACCOUNT
  state.setAccount(sender, {
    nonce: account.nonce + 1n,
    balance: account.balance - tx.gasLimit * terms.effectiveGasPrice,
    codeHash: account.codeHash,
  })
  const authorizations = applyAuthorizations(tx.authorizationList, state, environment.chainId)
  const message: EvmMessage = {
    caller: sender,
    to: tx.to,
    value: tx.value,
    data: tx.data,
    gasLimit: tx.gasLimit - terms.intrinsicGas,
    gasPrice: terms.effectiveGasPrice,
    nonce: tx.nonce,
    accessList: tx.accessList,
    warmAddresses: authorizations.authorities,
  }
  const result = runMessage(message, state, environment)
  const settle = (done: EvmResult): TransactionResult =>
    ok(settleMessage(tx, sender, terms, authorizations.refund, done, state, environment))
  return result instanceof Promise ? result.then(settle) : settle(result)
}

/** A native module whose method calls nobody else runs here, everything else in the engine. */
function runMessage(
  message: EvmMessage,
  state: WorldState,
  environment: ExecutionEnvironment,
): EvmResult | Promise<EvmResult> {
  const { evm, block, modules, chainId, isTimeOver, hasDirectTransfers } = environment
  const module =
    message.to === null || hasDirectTransfers === false ? undefined : modules.directAt(message.to, message.data)
  if (module === undefined) return evm.execute(message, { state, block, modules, isTimeOver })
  modules.warmSlots(message.accessList, state)
  return callDirectly(module, message, state, block, chainId)
}

/** Gives unused gas back, pays the coinbase and ends the transaction. */
function settleMessage(
  tx: Transaction,
  sender: Address,
  terms: TransactionTerms,
  authorizationRefund: bigint,
  result: EvmResult,
  state: WorldState,
  environment: ExecutionEnvironment,
): TransactionOutcome {
  const gasUsed = chargedGas(terms, terms.intrinsicGas + result.gasUsed, authorizationRefund + state.transaction.refund)
  state.addBalance(sender, (tx.gasLimit - gasUsed) * terms.effectiveGasPrice)
  payCoinbase(gasUsed, terms.effectiveGasPrice, state, environment)
  const { logs } = state.endTransaction()
  return {
    status: result.status === 'success' ? 1 : 0,
    gasUsed,
    effectiveGasPrice: terms.effectiveGasPrice,
    logs,
    // As geth has it: the address is named also when the creation failed.
    contractAddress: result.createdAddress,
    returnData: result.returnData,
    error: result.error,
  }
}

/** Gas after the capped refund, and never below the floor of EIP-7623. */
export function chargedGas(terms: Pick<TransactionTerms, 'floorGas'>, used: bigint, refund: bigint): bigint {
  const cap = used / MAX_REFUND_QUOTIENT
  const after = used - (refund < cap ? refund : cap)
  return after > terms.floorGas ? after : terms.floorGas
}

function payCoinbase(gasUsed: bigint, price: bigint, state: WorldState, environment: ExecutionEnvironment): void {
  const { block, isBaseFeeBurned } = environment
  const reward = gasUsed * (isBaseFeeBurned ? price - block.baseFeePerGas : price)
  if (reward > 0n || state.getAccount(block.coinbase) !== undefined) state.addBalance(block.coinbase, reward)
}
