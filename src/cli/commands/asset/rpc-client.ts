/**
 * Asks a node over JSON-RPC. What the node answers with an error, and a node that does not answer, are coded errors.
 */

import { CodedError, errorMessage } from '../../../lib/errors.ts'

export type RpcFailure =
  | { readonly code: 'NODE_UNREACHABLE'; readonly url: string }
  /** The node's own error; `data` holds what a reverted call returned. */
  | {
      readonly code: 'RPC_REFUSED'
      readonly method: string
      readonly rpcCode: number
      readonly data: string | undefined
    }

type Answer = {
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

/** Milliseconds that an answer may take: an audit of a large state, or a transaction that waits for its block. */
const ANSWER_TIMEOUT_MS = 120_000

export class RpcClient {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  /** The result of a method. Throws CodedError<RpcFailure>. */
  async ask<T>(method: string, ...params: readonly unknown[]): Promise<T> {
    const answer = await this.post(method, params)
    if (answer.error === undefined) return answer.result as T
    const { code: rpcCode, message, data } = answer.error
    const detail: RpcFailure = {
      ...{ code: 'RPC_REFUSED', method, rpcCode },
      data: typeof data === 'string' ? data : undefined,
    }
    throw new CodedError(detail, `${method}: ${message}`)
  }

  /** A quantity that a method answers with. */
  async askQuantity(method: string, ...params: readonly unknown[]): Promise<bigint> {
    return BigInt(await this.ask<string>(method, ...params))
  }

  private async post(method: string, params: readonly unknown[]): Promise<Answer> {
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      })
      return (await response.json()) as Answer
    } catch (thrown) {
      const detail: RpcFailure = { code: 'NODE_UNREACHABLE', url: this.url }
      throw new CodedError(detail, `no node answers at ${this.url}: ${causeOf(thrown)}`, { cause: thrown })
    }
  }
}

/** fetch hides the reason in the cause. */
function causeOf(thrown: unknown): string {
  return thrown instanceof Error && thrown.cause !== undefined ? errorMessage(thrown.cause) : errorMessage(thrown)
}
