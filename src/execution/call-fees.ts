/**
 * The price per gas of a message that is only called, as geth understands it: a message without a price sees no base fee.
 */

import { err, ok, type Result } from '../lib/result.ts'
import type { CallRequest } from '../types/call.ts'

export type CallFees = {
  /** Wei per gas that GASPRICE shows and the sender must be able to pay. */
  readonly gasPrice: bigint
  /** Wei per gas that the sender offers at most; what its funds are checked against. */
  readonly feeCap: bigint
  /** What BASEFEE shows. */
  readonly baseFeePerGas: bigint
}

/** Works out the fees, or says why geth refuses them. */
export function callFees(request: CallRequest, baseFeePerGas: bigint): Result<CallFees, string> {
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas: tip = 0n, from } = request
  if (gasPrice !== undefined && (maxFeePerGas !== undefined || request.maxPriorityFeePerGas !== undefined)) {
    return err('both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified')
  }
  const feeCap = gasPrice ?? maxFeePerGas ?? tip + (tip > 0n ? baseFeePerGas : 0n)
  if (feeCap === 0n && tip === 0n) return ok({ gasPrice: 0n, feeCap: 0n, baseFeePerGas: 0n })
  if (gasPrice === undefined && tip > feeCap) {
    const fees = `address ${from}, maxPriorityFeePerGas: ${tip}, maxFeePerGas: ${feeCap}`
    return err(`max priority fee per gas higher than max fee per gas: ${fees}`)
  }
  if (feeCap < baseFeePerGas) {
    const fees = `address ${from}, maxFeePerGas: ${feeCap}, baseFee: ${baseFeePerGas}`
    return err(`max fee per gas less than block base fee: ${fees}`)
  }
  const wanted = baseFeePerGas + tip
  return ok({ gasPrice: gasPrice ?? (wanted < feeCap ? wanted : feeCap), feeCap, baseFeePerGas })
}
