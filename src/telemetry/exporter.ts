/**
 * The operator's HTTP server: GET /metrics, /status, /livez (the event loop turns) and /readyz (the node can serve).
 * 200 when well, 503 with the failing checks as JSON when not.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { errorMessage } from '../lib/errors.ts'
import { MAX_METRICS_CONNECTIONS } from '../lib/limits.ts'
import type { MetricsRegistry } from './metrics.ts'

/** A named check: `ok`, or a sentence that says what is wrong. */
export type HealthCheck = { readonly name: string; readonly check: () => Promise<string> | string }

export type ExporterOptions = {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly metrics: MetricsRegistry
  readonly live: readonly HealthCheck[]
  readonly ready: readonly HealthCheck[]
  /** What GET /status answers, as JSON. */
  readonly status: () => object
}

export class Exporter {
  private readonly options: ExporterOptions
  private readonly server: Server

  constructor(options: ExporterOptions) {
    this.options = options
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((thrown) => respond(response, 500, 'text/plain', errorMessage(thrown)))
    })
    this.server.maxConnections = MAX_METRICS_CONNECTIONS
  }

  /** Listens and returns the port; rejects with the system's error when the port is taken. */
  start(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(this.options.port, this.options.host, () => {
        // A connection that cannot be accepted, for want of files perhaps, is that client's loss.
        this.server.on('error', () => {})
        const address = this.server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : this.options.port)
      })
    })
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve())
      this.server.closeAllConnections()
    })
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0]
    if (request.method !== 'GET' && request.method !== 'HEAD') return respond(response, 405, 'text/plain', 'use GET')
    if (path === '/metrics') {
      return respond(response, 200, this.options.metrics.contentType, await this.options.metrics.page())
    }
    if (path === '/livez') return this.report(response, this.options.live)
    if (path === '/status') {
      return respond(response, 200, 'application/json', `${JSON.stringify(this.options.status())}\n`)
    }
    if (path === '/readyz') return this.report(response, this.options.ready)
    respond(response, 404, 'text/plain', 'there are /metrics, /status, /livez and /readyz')
  }

  private async report(response: ServerResponse, checks: readonly HealthCheck[]): Promise<void> {
    const results: Record<string, string> = {}
    for (const { name, check } of checks) {
      results[name] = await Promise.resolve().then(check).catch(errorMessage)
    }
    const isWell = Object.values(results).every((result) => result === 'ok')
    respond(response, isWell ? 200 : 503, 'application/json', `${JSON.stringify(results)}\n`)
  }
}

function respond(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
  response.end(body)
}
