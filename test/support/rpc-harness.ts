/**
 * An RPC server over a chain in memory, asked without a socket.
 */

import { RpcServer, type RpcServerOptions } from '../../src/rpc/server.ts'
import { silentLogger } from '../../src/telemetry/log.ts'
import { noMetrics } from '../../src/telemetry/metrics.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryChain } from './memory-chain.ts'

export type RpcError = { readonly code: number; readonly message: string; readonly data?: string }
export type Answer = {
  readonly jsonrpc: string
  readonly id: unknown
  readonly result?: unknown
  readonly error?: RpcError
}

export class RpcHarness {
  readonly chain = new MemoryChain()
  readonly clock = new ManualClock(1_800_000_000_000)
  readonly server: RpcServer

  constructor(options: Partial<RpcServerOptions> = {}) {
    this.server = new RpcServer({
      ports: this.chain.ports,
      clock: this.clock,
      log: silentLogger,
      metrics: noMetrics,
      host: '127.0.0.1',
      port: 0,
      corsDomains: [],
      vhosts: ['localhost'],
      ...options,
    })
  }

  /** The result; throws what the answer's error says. */
  async call<T = unknown>(method: string, ...params: unknown[]): Promise<T> {
    const answer = await this.ask(method, params)
    if (answer.error !== undefined) throw new Error(`${answer.error.code} ${answer.error.message}`)
    return answer.result as T
  }

  /** The error; throws when there is a result. */
  async error(method: string, ...params: unknown[]): Promise<RpcError> {
    const answer = await this.ask(method, params)
    if (answer.error === undefined) throw new Error(`expected an error, got ${JSON.stringify(answer.result)}`)
    return answer.error
  }

  async ask(method: string, params: unknown): Promise<Answer> {
    const text = await this.post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
    return JSON.parse(text) as Answer
  }

  /** The text that answers a body. */
  async post(body: string): Promise<string> {
    const { body: answer } = await this.server.inject({ body })
    return typeof answer === 'string' ? answer : Buffer.from(answer).toString('utf8')
  }
}
