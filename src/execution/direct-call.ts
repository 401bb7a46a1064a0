/**
 * A message to a native module without an engine: value, checkpoint, gas and logs as the engine has them, and at once.
 */

import { assert } from '../lib/assert.ts'
import type { ModuleDefinition } from '../precompiles/module.ts'
import type { WorldState } from '../state/world-state.ts'
import type { BlockContext, EvmMessage, EvmResult } from './evm.ts'
import { gethErrorWords } from './evm-errors.ts'
import { dispatchGuarded } from './guarded-dispatch.ts'

/** Runs the message; the sender is known to have the value. Its method must not call out. */
export function callDirectly(
  module: ModuleDefinition,
  message: EvmMessage,
  state: WorldState,
  block: BlockContext,
  chainId: bigint,
): EvmResult {
  const { caller, value, data, gasLimit } = message
  state.checkpoint()
  if (value > 0n) {
    state.subtractBalance(caller, value)
    state.addBalance(module.address, value)
  }
  const call = { caller, value, data, gasLimit, isStatic: false, isDelegate: false, block, chainId, state }
  const outcome = dispatchGuarded(module, call)
  assert(!(outcome instanceof Promise), 'a method that calls out runs inside the engine')
  const { status, gasUsed, returnData, logs, fault } = outcome
  const common = { status, gasUsed, returnData, createdAddress: null, accessList: undefined }
  if (status !== 'success') {
    state.revert()
    const words = gethErrorWords(status === 'revert' ? 'revert' : 'out of gas', undefined)
    return { ...common, error: fault === undefined ? words : `native module fault: ${fault}` }
  }
  state.commit()
  for (const log of logs) state.transaction.addLog(log)
  return { ...common, error: undefined }
}
