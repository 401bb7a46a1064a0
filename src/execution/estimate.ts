/**
 * Finds a gas limit with which a transaction succeeds, by geth's search: the ceiling first, then an optimistic guess from the
 * gas it used, then halving until the answer is within 1.5 percent.
 */

import { MAX_TRANSACTION_GAS } from '../lib/limits.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { CallRequest } from '../types/call.ts'
import { TRANSACTION_GAS } from '../types/intrinsic-gas.ts'
import type { Address } from '../types/primitives.ts'
import { type CallRun, type CallStage, runCall } from './call-run.ts'
import type { EstimateFailure } from './call-types.ts'

/** A call from a contract keeps this for its callee when it sends value. */
const CALL_STIPEND = 2_300n
/** The search ends when the bounds are closer than this part of the upper one: 1.5 percent. */
const ERROR_PER_MILLE = 15n

/** geth's estimate, or why no gas limit suffices. */
export async function estimateGas(
  request: CallRequest,
  gasCap: bigint,
  stage: CallStage,
  precompiles: ReadonlySet<Address>,
): Promise<Result<bigint, EstimateFailure>> {
  const ceiling = searchCeiling(request, gasCap, stage)
  if (!ceiling.ok) return ceiling
  const high = ceiling.value
  if (isPlainTransfer(request, stage, precompiles)) {
    const transfer = await attempt(request, TRANSACTION_GAS, stage)
    if (transfer.ok && transfer.value?.status === 'success') return ok(TRANSACTION_GAS)
  }
  const first = await attempt(request, high, stage)
  if (!first.ok) return first
  const run = first.value
  if (run === undefined || (run.status === 'failure' && run.error === 'out of gas')) {
    return err({ code: 'REFUSED', message: `gas required exceeds allowance (${high})` })
  }
  if (run.status === 'revert') return err({ code: 'REVERTED', returnData: run.returnData })
  if (run.status === 'failure') return err({ code: 'FAILED', message: run.error ?? 'execution failed' })
  return search(request, run, high, stage)
}

async function search(
  request: CallRequest,
  run: CallRun,
  ceiling: bigint,
  stage: CallStage,
): Promise<Result<bigint, EstimateFailure>> {
  let low = run.gasUsed - 1n
  let high = ceiling
  // Each call keeps back a 64th, so a little more than was used is nearly always enough.
  let next = ((run.gasBeforeRefund + CALL_STIPEND) * 64n) / 63n
  if (next >= high) next = middle(low, high)
  while (low + 1n < high && (high - low) * 1_000n >= high * ERROR_PER_MILLE) {
    const tried = await attempt(request, next, stage)
    if (!tried.ok) return tried
    if (tried.value?.status === 'success') high = next
    else low = next
    next = middle(low, high)
  }
  return ok(high)
}

/** Most transactions need little more than they use: lean to the lower side. */
function middle(low: bigint, high: bigint): bigint {
  const half = (low + high) / 2n
  return half > low * 2n ? low * 2n : half
}

/** Undefined when the limit is below what the message costs before it runs. */
async function attempt(
  request: CallRequest,
  gasLimit: bigint,
  stage: CallStage,
): Promise<Result<CallRun | undefined, EstimateFailure>> {
  const run = await runCall(request, gasLimit, request.accessList ?? [], stage)
  if (run.ok) return ok(run.value)
  const { error } = run
  if (error.code === 'INTRINSIC_GAS') return ok(undefined)
  if (error.code !== 'MESSAGE') return err(error)
  return err({ code: 'REFUSED', message: `failed with ${gasLimit} gas: ${error.message}` })
}

function searchCeiling(request: CallRequest, gasCap: bigint, stage: CallStage): Result<bigint, EstimateFailure> {
  const { gas, value, from } = request
  const wanted = gas !== undefined && gas >= TRANSACTION_GAS ? gas : stage.block.gasLimit
  const bounds = [wanted, MAX_TRANSACTION_GAS, gasCap]
  const { feeCap } = stage.fees
  if (feeCap > 0n) {
    const balance = stage.state.getBalance(from)
    if (value > balance) return err({ code: 'REFUSED', message: 'insufficient funds for transfer' })
    bounds.push((balance - value) / feeCap)
  }
  return ok(bounds.reduce((least, bound) => (bound < least ? bound : least)))
}

function isPlainTransfer(request: CallRequest, stage: CallStage, precompiles: ReadonlySet<Address>): boolean {
  const { to, data } = request
  if (to === null || data.length > 0 || precompiles.has(to) || stage.moves.has(to)) return false
  return stage.state.getCode(to).length === 0
}
