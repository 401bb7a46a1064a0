/**
 * One message executed on a state that is put back afterwards: the common core of calling, estimating and listing accesses.
 */

import { err, ok, type Result } from '../lib/result.ts'
import { EMPTY_ACCOUNT } from '../state/account.ts'
import type { WorldState } from '../state/world-state.ts'
import type { CallOutcome, CallRequest } from '../types/call.ts'
import { floorDataGas, intrinsicGas, MAX_INITCODE_BYTES } from '../types/intrinsic-gas.ts'
import type { AccessListItem } from '../types/transaction.ts'
import type { CallFees } from './call-fees.ts'
import type { CallFailure } from './call-types.ts'
import { applyAuthorizations } from './delegation.ts'
import { type BlockContext, type Evm, type EvmResult, ExecutionTimeout } from './evm.ts'
import type { NativeModules } from './native-modules.ts'
import type { PrecompileMoves } from './state-overrides.ts'
import { chargedGas } from './transaction-executor.ts'

/** Everything a message runs on; the state stays as it is between runs. */
export type CallStage = {
  readonly evm: Evm
  readonly modules: NativeModules
  readonly chainId: bigint
  readonly state: WorldState
  readonly block: BlockContext
  readonly fees: CallFees
  readonly moves: PrecompileMoves
  /** True ends every run. */
  readonly isTimeOver: () => boolean
  /** The limit as the caller is told of it. */
  readonly limitMs: number
}

/** What a run found. */
export type CallRun = CallOutcome & {
  /** Gas before the refund, which the limit must cover. */
  readonly gasBeforeRefund: bigint
  readonly touched: readonly AccessListItem[]
}

/**
 * Why a message does not run: MESSAGE for its fees, funds or size; INTRINSIC_GAS for too little gas to begin with, where an
 * estimate goes on with more. geth wraps both in words that tell the gas limit.
 */
export type CallRefusal =
  | CallFailure
  | { readonly code: 'INTRINSIC_GAS'; readonly message: string }
  | { readonly code: 'MESSAGE'; readonly message: string }

/** Executes the message with this gas limit and access list. */
export async function runCall(
  request: CallRequest,
  gasLimit: bigint,
  accessList: readonly AccessListItem[],
  stage: CallStage,
): Promise<Result<CallRun, CallRefusal>> {
  const authorizationList = request.authorizationList ?? []
  const shape = { to: request.to, data: request.data, accessList, authorizationList }
  const intrinsic = intrinsicGas(shape)
  const floorGas = floorDataGas(request.data)
  const refusal = checkMessage(request, gasLimit, intrinsic > floorGas ? intrinsic : floorGas, stage)
  if (refusal !== undefined) return err(refusal)
  const { state } = stage
  const depth = state.depth
  state.checkpoint()
  try {
    state.beginTransaction()
    const refund = takeFromSender(request, gasLimit, stage)
    const result = await execute(request, gasLimit - intrinsic, accessList, refund.authorities, stage)
    const used = intrinsic + result.gasUsed
    const gasUsed = chargedGas({ floorGas }, used, refund.gas + state.transaction.refund)
    const { status, error, returnData } = result
    const outcome: CallOutcome = { status, error: status === 'failure' ? error : undefined, returnData, gasUsed }
    return ok({ ...outcome, gasBeforeRefund: used > floorGas ? used : floorGas, touched: result.accessList ?? [] })
  } catch (thrown) {
    if (thrown instanceof ExecutionTimeout) return err({ code: 'TIMEOUT', limitMs: stage.limitMs })
    throw thrown
  } finally {
    while (state.depth > depth) state.revert()
  }
}

function checkMessage(
  request: CallRequest,
  gasLimit: bigint,
  needed: bigint,
  stage: CallStage,
): CallRefusal | undefined {
  const { from, value, data, to } = request
  const have = stage.state.getBalance(from)
  const want = gasLimit * stage.fees.feeCap + value
  if (have < want) {
    const amounts = `address ${from} have ${have} want ${want}`
    return { code: 'MESSAGE', message: `insufficient funds for gas * price + value: ${amounts}` }
  }
  if (to === null && data.length > MAX_INITCODE_BYTES) {
    const sizes = `code size ${data.length} limit ${MAX_INITCODE_BYTES}`
    return { code: 'MESSAGE', message: `max initcode size exceeded: ${sizes}` }
  }
  if (gasLimit < needed) {
    return { code: 'INTRINSIC_GAS', message: `intrinsic gas too low: have ${gasLimit}, want ${needed}` }
  }
  return undefined
}

/** Counts the nonce, takes the gas money and applies authorizations, as a transaction does before its message. */
function takeFromSender(request: CallRequest, gasLimit: bigint, stage: CallStage) {
  const { state, fees, chainId } = stage
  const account = state.getAccount(request.from) ?? EMPTY_ACCOUNT
  const balance = account.balance - gasLimit * fees.gasPrice
  state.setAccount(request.from, { nonce: account.nonce + 1n, balance, codeHash: account.codeHash })
  const applied = applyAuthorizations(request.authorizationList ?? [], state, chainId)
  return { gas: applied.refund, authorities: applied.authorities }
}

async function execute(
  request: CallRequest,
  gasLimit: bigint,
  accessList: readonly AccessListItem[],
  warmAddresses: readonly CallRequest['from'][],
  stage: CallStage,
): Promise<EvmResult> {
  const { state, block, modules, fees, moves, isTimeOver } = stage
  const message = {
    caller: request.from,
    to: request.to,
    value: request.value,
    data: request.data,
    gasLimit,
    gasPrice: fees.gasPrice,
    nonce: request.nonce ?? 0n,
    accessList,
    warmAddresses,
  }
  return await stage.evm.execute(message, {
    state,
    block,
    modules,
    isTimeOver,
    precompileMoves: moves,
    reportAccess: true,
  })
}
