/**
 * The table of errors: every code and message that a caller may meet. Messages are geth's, because viem, ethers and
 * wallets match their text (docs/rpc.md section 5).
 */

import type { RpcPorts, StatePruned } from './ports.ts'
import { decodeRevertReason } from './revert-reason.ts'

/** An answer that is an error. Thrown by methods and parameter codecs, and sent as it is. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  readonly data: string | undefined

  constructor(code: number, message: string, data?: string) {
    super(message)
    this.code = code
    this.data = data
  }
}

export const CODE = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  server: -32000,
  responseTooLarge: -32003,
  limit: -32005,
  reverted: 3,
  timeout: 4,
  prunedHistory: 4444,
} as const

export const parseError = () => new RpcError(CODE.parse, 'parse error')
export const invalidRequest = (message = 'invalid request') => new RpcError(CODE.invalidRequest, message)
export const methodNotFound = (method: string) =>
  new RpcError(CODE.methodNotFound, `the method ${method.slice(0, 256)} does not exist/is not available`)
export const notificationsUnsupported = () => new RpcError(CODE.methodNotFound, 'notifications not supported')
export const unknownSubscription = (name: string) =>
  new RpcError(CODE.methodNotFound, `no ${JSON.stringify(name.slice(0, 64))} subscription in eth namespace`)
export const invalidParams = (message: string) => new RpcError(CODE.invalidParams, message)
export const internalError = () => new RpcError(CODE.internal, 'internal error')
export const responseTooLarge = () => new RpcError(CODE.responseTooLarge, 'response too large')
export const limitExceeded = (what: string) => new RpcError(CODE.limit, `limit exceeded: ${what}`)
export const tooManyCalls = () => limitExceeded('too many calls are waiting')
/** A refusal in geth's words under its general code. */
export const serverError = (message: string) => new RpcError(CODE.server, message)

export const headerNotFound = () => serverError('header not found')
export const headerForHashNotFound = () => serverError('header for hash not found')
export const unknownBlock = () => serverError('unknown block')
export const filterNotFound = () => serverError('filter not found')
export const subscriptionNotFound = () => serverError('subscription not found')
export const timedOut = (limitMs: number) => serverError(`execution aborted (timeout = ${limitMs / 1000}s)`)

/** History that this node no longer keeps; the message names the window. */
export function prunedHistory(pruned: StatePruned): RpcError {
  return new RpcError(
    CODE.prunedHistory,
    `pruned history unavailable: the oldest block with state is ${pruned.oldestBlock}`,
  )
}

/** A block whose body and receipts this node no longer keeps. */
export function prunedBlock(ports: Pick<RpcPorts, 'chain'>): RpcError {
  return new RpcError(
    CODE.prunedHistory,
    `pruned history unavailable: the oldest block is ${ports.chain.oldestBlock()}`,
  )
}

/** A revert with its reason, where the data holds one, and the data. */
export function executionReverted(returnData: Uint8Array): RpcError {
  const reason = decodeRevertReason(returnData)
  const message = reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`
  return new RpcError(CODE.reverted, message, `0x${Buffer.from(returnData).toString('hex')}`)
}

/** eth_sendRawTransactionSync: sent, but not final in time. The data is the transaction's hash (EIP-7966). */
export function notFinalInTime(hash: string, limitMs: number): RpcError {
  const limit = `${limitMs / 1000}s`
  const message = `The transaction was added to the transaction pool but wasn't processed in ${limit}`
  return new RpcError(CODE.timeout, message, hash)
}
