/**
 * A native module inside a message of the library's engine: its result in the library's form, and the calls it makes.
 *
 * The engine has opened a checkpoint and moved the value before, and reverts on anything but success. A call out of a module
 * is an inner message of the module's address, or of the module that it names: one deeper, with 63/64 of what is left, its
 * logs in order, what it destroyed, created and refunded kept when it succeeds.
 */

import { type EVM, EVMError, type ExecResult, Message } from '@ethereumjs/evm'
import { Address as LibraryAddress } from '@ethereumjs/util'
import { hexToBytes } from '../lib/bytes.ts'
import { MAX_CALL_DEPTH, MAX_MODULE_CALL_RETURN_BYTES } from '../lib/limits.ts'
import type { ModuleCall } from '../precompiles/context.ts'
import type { ModuleOutcome } from '../precompiles/dispatch.ts'
import type { CallOut, CallOutResult } from '../precompiles/frame.ts'
import {
  CALL_NEW_ACCOUNT_GAS,
  CALL_STIPEND_GAS,
  CALL_VALUE_GAS,
  COLD_ACCOUNT_GAS,
  type GasMeter,
  type TouchListener,
  WARM_ACCOUNT_GAS,
} from '../precompiles/gas.ts'
import type { ModuleDefinition } from '../precompiles/module.ts'
import { type Address, addressFromBytes, hashFromBytes } from '../types/primitives.ts'
import type { Log } from '../types/receipt.ts'
import { delegationTarget } from './delegation.ts'
import type { EvmHost } from './evm.ts'
import { dispatchGuarded } from './guarded-dispatch.ts'
import { fromLibraryAddress } from './state-adapter.ts'

/** What a module runs on: the engine, its host, and the message that reached the module. */
export type EngineFrame = { readonly evm: EVM; readonly host: EvmHost; readonly message: Message }

/** Runs the module for `message`, which has `gasLimit` left. */
export function callModule(
  module: ModuleDefinition,
  frame: EngineFrame,
  data: Uint8Array,
  gasLimit: bigint,
): ExecResult | Promise<ExecResult> {
  const { evm, host, message } = frame
  const { accessList } = evm.journal
  const self = message.to === undefined ? module.address : fromLibraryAddress(message.to)
  const outcome = dispatchGuarded(
    module,
    {
      caller: fromLibraryAddress(message.caller),
      value: message.value,
      data,
      gasLimit,
      isStatic: message.isStatic,
      // CALLCODE keeps the account of its caller and is no delegate call to the library.
      isDelegate: message.delegatecall || self !== module.address,
      block: host.block,
      chainId: evm.common.chainId(),
      state: host.state,
      onTouch: accessList === undefined ? undefined : listing(accessList),
    },
    callingOut(frame),
  )
  return outcome instanceof Promise
    ? outcome.then((done) => toExecResult(done, message))
    : toExecResult(outcome, message)
}

/** Adds what a module touches to the engine's list of accesses, which names everything without 0x. */
function listing(accessList: Map<string, Set<string>>): TouchListener {
  return (address, slot) => {
    const name = address.slice(2)
    const slots = accessList.get(name) ?? new Set<string>()
    accessList.set(name, slots.add(slot.slice(2)))
  }
}

function callingOut(frame: EngineFrame): CallOut {
  return async (request, gas, isStatic) => {
    const { message, host } = frame
    const value = request.value ?? 0n
    chargeCall(frame, request.to, value, gas)
    const available = gas.left - gas.left / 64n
    const { gasLimit: wanted = available } = request
    const limit = wanted < available ? wanted : available
    const self = request.from ?? fromLibraryAddress(message.to as LibraryAddress)
    const isImpossible = message.depth >= MAX_CALL_DEPTH || host.state.getBalance(self) < value
    if (isImpossible) return { isSuccess: false, returnData: new Uint8Array(0), logs: [] }
    gas.charge(limit)
    const stipend = value > 0n ? BigInt(CALL_STIPEND_GAS) : 0n
    return runInner(frame, request, gas, limit + stipend, isStatic)
  }
}

/** What CALL costs before the callee runs (EIP-2929, EIP-7702). */
function chargeCall(frame: EngineFrame, to: Address, value: bigint, gas: GasMeter): void {
  const { state } = frame.host
  chargeAccount(frame, to, gas)
  const target = delegationTarget(state.getCode(to))
  if (target !== undefined) chargeAccount(frame, target, gas)
  if (value === 0n) return
  gas.charge(CALL_VALUE_GAS)
  if (state.isEmpty(to)) gas.charge(CALL_NEW_ACCOUNT_GAS)
}

function chargeAccount({ evm: { journal } }: EngineFrame, address: Address, gas: GasMeter): void {
  const bytes = hexToBytes(address)
  const isWarm = journal.isWarmedAddress(bytes)
  gas.charge(isWarm ? WARM_ACCOUNT_GAS : COLD_ACCOUNT_GAS)
  if (!isWarm) journal.addWarmedAddress(bytes)
}

async function runInner(
  { evm, message }: EngineFrame,
  request: ModuleCall,
  gas: GasMeter,
  gasLimit: bigint,
  isStatic: boolean,
): Promise<CallOutResult> {
  const selfdestruct = new Map(message.selfdestruct)
  const createdAddresses = new Set(message.createdAddresses)
  const inner = new Message({
    caller: request.from === undefined ? (message.to as LibraryAddress) : new LibraryAddress(hexToBytes(request.from)),
    to: new LibraryAddress(hexToBytes(request.to)),
    value: request.value ?? 0n,
    data: request.data,
    gasLimit,
    depth: message.depth + 1,
    isStatic,
    selfdestruct,
    createdAddresses,
    gasRefund: message.gasRefund,
  })
  const { execResult } = await evm.runCall({ message: inner })
  gas.giveBack(gasLimit - execResult.executionGasUsed)
  const error = execResult.exceptionError?.error
  const isSuccess = error === undefined
  if (isSuccess) {
    for (const [address, heir] of selfdestruct) message.selfdestruct?.set(address, heir)
    for (const address of createdAddresses) message.createdAddresses?.add(address)
    message.gasRefund = execResult.gasRefund ?? 0n
  }
  const hasData = isSuccess || error === EVMError.errorMessages.REVERT
  const returnData = hasData ? execResult.returnValue.slice(0, MAX_MODULE_CALL_RETURN_BYTES) : new Uint8Array(0)
  return { isSuccess, returnData, logs: (execResult.logs ?? []).map(fromLibraryLog) }
}

type LibraryLog = NonNullable<ExecResult['logs']>[number]

function fromLibraryLog([address, topics, data]: LibraryLog): Log {
  return { address: addressFromBytes(address), topics: topics.map(hashFromBytes), data: data.slice() }
}

function toLibraryLog({ address, topics, data }: Log): LibraryLog {
  return [hexToBytes(address), topics.map(hexToBytes), data]
}

function toExecResult({ status, gasUsed, returnData, logs }: ModuleOutcome, message: Message): ExecResult {
  const result = { executionGasUsed: gasUsed, returnValue: returnData }
  if (status === 'success') {
    const { selfdestruct, createdAddresses } = message
    return {
      ...result,
      logs: logs.map(toLibraryLog),
      ...(selfdestruct === undefined ? {} : { selfdestruct }),
      ...(createdAddresses === undefined ? {} : { createdAddresses }),
    }
  }
  const { REVERT, OUT_OF_GAS } = EVMError.errorMessages
  return { ...result, exceptionError: new EVMError(status === 'revert' ? REVERT : OUT_OF_GAS) }
}
