/**
 * Runs a call of a native module: finds the method, refuses what the method does not allow, decodes, runs and encodes.
 *
 * Who calls `dispatch` has opened a checkpoint of the state and moved the value; it commits on success and reverts on
 * anything else, so a refusal or running out of gas leaves nothing behind. Logs are returned in order, for on a revert they
 * must vanish with the rest. A method that calls out answers with a promise, every other at once.
 */

import type { Log } from '../types/receipt.ts'
import { encodeTuple } from './abi.ts'
import { AbiFault, AbiListTooLong, AbiReader } from './abi-reader.ts'
import { ModuleRevert } from './context.ts'
import { type CallOut, ModuleFrame, type ModuleMessage } from './frame.ts'
import { CALLDATA_WORD_GAS, DISPATCH_GAS, OutOfGas, RETURN_WORD_GAS } from './gas.ts'
import { type Method, type ModuleDefinition, selectorNumber } from './module.ts'
import {
  BareTransferRefused,
  DelegateCallRefused,
  InvalidCalldata,
  ListTooLong,
  StaticCallRefused,
  UnknownMethod,
  ValueRefused,
} from './standard-errors.ts'

/** How a call ended. A `failure` used all its gas; logs are only those of a success. */
export type ModuleOutcome = {
  readonly status: 'success' | 'revert' | 'failure'
  readonly gasUsed: bigint
  readonly returnData: Uint8Array
  readonly logs: readonly Log[]
}

/** The method that calldata names, if the module has it. */
export function methodOf(module: ModuleDefinition, data: Uint8Array): Method | undefined {
  return data.length < SELECTOR_BYTES ? undefined : module.bySelector.get(selectorNumber(data))
}

/** Runs the call; a promise only for a method that calls out, which needs `callOut`. */
export function dispatch(
  module: ModuleDefinition,
  message: ModuleMessage,
  callOut?: CallOut,
): ModuleOutcome | Promise<ModuleOutcome> {
  const frame = new ModuleFrame(module.address, message, callOut)
  try {
    const method = enter(module, message, frame)
    const params = decodeParams(method, message.data)
    const returned = method.run(frame, params)
    if (!(returned instanceof Promise)) return succeed(method, returned, frame)
    return returned.then(
      (value) => succeedOrEnd(method, value, frame, message),
      (thrown) => endOf(thrown, frame, message),
    )
  } catch (thrown) {
    return endOf(thrown, frame, message)
  }
}

const SELECTOR_BYTES = 4
const NOTHING = new Uint8Array(0)

/** The method, or a refusal of the call as it is. */
function enter(module: ModuleDefinition, message: ModuleMessage, frame: ModuleFrame): Method {
  const { data, value, isStatic, isDelegate } = message
  frame.gas.charge(DISPATCH_GAS + CALLDATA_WORD_GAS * Math.ceil(data.length / 32))
  if (isDelegate) throw new ModuleRevert(DelegateCallRefused.name, DelegateCallRefused.encode({}))
  if (data.length === 0) throw new ModuleRevert(BareTransferRefused.name, BareTransferRefused.encode({}))
  const method = methodOf(module, data)
  if (method === undefined) {
    const selector = `0x${Buffer.from(data.subarray(0, SELECTOR_BYTES)).toString('hex').padEnd(8, '0')}` as const
    throw new ModuleRevert(UnknownMethod.name, UnknownMethod.encode({ selector }))
  }
  const { access } = method
  if (isStatic && (access === 'payable' || access === 'write')) {
    throw new ModuleRevert(StaticCallRefused.name, StaticCallRefused.encode({}))
  }
  if (value > 0n && access !== 'payable') throw new ModuleRevert(ValueRefused.name, ValueRefused.encode({ value }))
  return method
}

function decodeParams(method: Method, data: Uint8Array): unknown {
  try {
    return method.paramsType.read(new AbiReader(data), SELECTOR_BYTES)
  } catch (thrown) {
    if (thrown instanceof AbiFault) {
      throw new ModuleRevert(thrown.message, InvalidCalldata.encode({ position: BigInt(thrown.position) }))
    }
    if (thrown instanceof AbiListTooLong) {
      const { length, maxLength } = thrown
      throw new ModuleRevert(thrown.message, ListTooLong.encode({ length, maxLength: BigInt(maxLength) }))
    }
    throw thrown
  }
}

function succeedOrEnd(method: Method, returned: unknown, frame: ModuleFrame, message: ModuleMessage): ModuleOutcome {
  try {
    return succeed(method, returned, frame)
  } catch (thrown) {
    return endOf(thrown, frame, message)
  }
}

function succeed(method: Method, returned: unknown, frame: ModuleFrame): ModuleOutcome {
  const returnData = method.hasReturns ? encodeTuple(method.returnsType, returned) : NOTHING
  frame.gas.charge(RETURN_WORD_GAS * Math.ceil(returnData.length / 32))
  return { status: 'success', gasUsed: frame.gas.used, returnData, logs: frame.logs }
}

/** The outcome of a call that ended early; anything but a refusal or an empty tank is a bug and goes on up. */
function endOf(thrown: unknown, frame: ModuleFrame, message: ModuleMessage): ModuleOutcome {
  if (thrown instanceof ModuleRevert) {
    return { status: 'revert', gasUsed: frame.gas.used, returnData: thrown.data, logs: [] }
  }
  if (thrown instanceof OutOfGas) {
    return { status: 'failure', gasUsed: message.gasLimit, returnData: NOTHING, logs: [] }
  }
  throw thrown
}
