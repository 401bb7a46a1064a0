/**
 * eth_*: executions without a transaction, each in a worker on a snapshot.
 */

import { unreachable } from '../../lib/assert.ts'
import { CALL_GAS_CAP } from '../../lib/limits.ts'
import type { BlockOverrides, CallContext, CallOutcome, CallRequest, StateOverrides } from '../../types/call.ts'
import { type BlockReference, blockNumberOrHash, demandBlock, isPending, LATEST } from '../block-parameter.ts'
import { blockOverrides, type CallArguments, callArguments, stateOverrides, toCallRequest } from '../call-arguments.ts'
import { executionReverted, prunedHistory, type RpcError, serverError, timedOut, tooManyCalls } from '../errors.ts'
import { dataHex, quantity } from '../hex.ts'
import { COST, defineMethod, type Method } from '../method.ts'
import { optional, required } from '../params.ts'
import type { EstimateFailure, RpcPorts } from '../ports.ts'
import type { Services } from '../services.ts'

export function ethCallMethods({ ports }: Services): Method[] {
  const transaction = required('transaction', callArguments)
  const block = optional('block', blockNumberOrHash, LATEST)
  const state = optional('state overrides', stateOverrides, undefined)
  const overrides = optional('block overrides', blockOverrides, undefined)
  return [
    defineMethod({
      name: 'eth_call',
      params: [transaction, block, state, overrides],
      cost: COST.call,
      run: (_context, args, reference, stateChanges, blockChanges) => {
        const context = contextOf(ports, reference, isPending(reference), stateChanges, blockChanges)
        return call(ports, args, context)
      },
    }),
    defineMethod({
      name: 'eth_estimateGas',
      params: [transaction, block, state, overrides],
      cost: COST.call,
      run: async (_context, args, reference, stateChanges, blockChanges) => {
        const context = contextOf(ports, reference, true, stateChanges, blockChanges)
        return quantity(await estimateGas(ports, toCallRequest(args, ports.facts.chainId), context))
      },
    }),
    defineMethod({
      name: 'eth_createAccessList',
      params: [transaction, block, state],
      cost: COST.call,
      run: (_context, args, reference, stateChanges) =>
        createAccessList(ports, args, contextOf(ports, reference, true, stateChanges, undefined)),
    }),
  ]
}

/** Where a call runs; throws when the block is unknown. */
export function contextOf(
  ports: RpcPorts,
  reference: BlockReference,
  isNextBlock: boolean,
  state: StateOverrides | undefined,
  block: BlockOverrides | undefined,
): CallContext {
  return {
    blockNumber: demandBlock(ports.chain, reference).header.number,
    isNextBlock,
    ...(state === undefined ? {} : { stateOverrides: state }),
    ...(block === undefined ? {} : { blockOverrides: block }),
  }
}

/** The least gas limit that suffices; throws geth's errors. */
export async function estimateGas(ports: RpcPorts, request: CallRequest, context: CallContext): Promise<bigint> {
  const answer = await ports.execution.estimateGas(request, context, CALL_GAS_CAP)
  if (!answer.ok) throw executionError(answer.error)
  return answer.value
}

async function call(ports: RpcPorts, args: CallArguments, context: CallContext): Promise<string> {
  const answer = await ports.execution.call(toCallRequest(args, ports.facts.chainId), context, CALL_GAS_CAP)
  if (!answer.ok) throw executionError(answer.error)
  const { status, returnData } = answer.value
  if (status === 'revert') throw executionReverted(returnData)
  if (status === 'failure') throw serverError(failureText(answer.value))
  return dataHex(returnData)
}

async function createAccessList(ports: RpcPorts, args: CallArguments, context: CallContext): Promise<object> {
  const request = toCallRequest(args, ports.facts.chainId)
  const answer = await ports.execution.createAccessList(request, context, CALL_GAS_CAP)
  if (!answer.ok) throw executionError(answer.error)
  const { accessList, outcome } = answer.value
  const result = { accessList, gasUsed: quantity(outcome.gasUsed) }
  return outcome.status === 'success' ? result : { ...result, error: failureText(outcome) }
}

function failureText(outcome: CallOutcome): string {
  return outcome.error ?? 'execution reverted'
}

/** The answer for an execution that did not take place or has no result. */
function executionError(failure: EstimateFailure): RpcError {
  switch (failure.code) {
    case 'STATE_PRUNED':
      return prunedHistory(failure)
    case 'REFUSED':
    case 'FAILED':
      return serverError(failure.message)
    case 'TIMEOUT':
      return timedOut(failure.limitMs)
    case 'BUSY':
      return tooManyCalls()
    case 'REVERTED':
      return executionReverted(failure.returnData)
    default:
      return unreachable(failure)
  }
}
