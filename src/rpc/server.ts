/**
 * The RPC server: HTTP and WebSocket on one port, and the same without a socket for tests (`inject`).
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../lib/clock.ts'
import { CodedError, errorMessage } from '../lib/errors.ts'
import {
  MAX_LOG_RANGE_BLOCKS,
  MAX_RPC_BODY_BYTES,
  MAX_RPC_CONNECTIONS,
  MAX_RPC_MESSAGE_BYTES,
  RPC_CLOSE_GRACE_MS,
  RPC_IDLE_TIMEOUT_MS,
  RPC_PING_INTERVAL_MS,
  RPC_RATE_BURST,
  RPC_RATE_PER_SECOND,
  RPC_REQUEST_TIMEOUT_MS,
} from '../lib/limits.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { Dispatcher } from './dispatcher.ts'
import { HttpHandler, type HttpRequest, type HttpResponse, tooLong } from './http-handler.ts'
import { isHostAllowed, isOriginAllowed } from './http-policy.ts'
import { createMethodTable } from './method-table.ts'
import type { RpcPorts } from './ports.ts'
import { isLoopback, RateLimit, type RateLimitSetting } from './rate-limit.ts'
import { createServices } from './services.ts'
import { WebSocketConnection } from './websocket-connection.ts'

export type RpcServerOptions = {
  readonly ports: RpcPorts
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly corsDomains: readonly string[]
  readonly vhosts: readonly string[]
  /** Most blocks that one eth_getLogs may span. */
  readonly maxLogRangeBlocks?: number
  /** Token bucket of each client address; undefined is the default, and none on a loopback host. */
  readonly rateLimit?: RateLimitSetting
  /** Open connections at most. */
  readonly maxConnections?: number
}

/** Why the server does not listen. */
export type RpcServerFailure = {
  readonly code: 'RPC_LISTEN'
  readonly host: string
  readonly port: number
  readonly reason: string
}

/** A request for `inject`; `body` is sent as it is. */
export type InjectedRequest = {
  readonly body: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly remoteAddress?: string
}

export class RpcServer {
  private readonly options: RpcServerOptions
  private readonly dispatcher: Dispatcher
  private readonly handler: HttpHandler
  private readonly rateLimit: RateLimit | undefined
  private readonly http: Server
  private readonly webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_RPC_MESSAGE_BYTES,
    perMessageDeflate: false,
  })
  private readonly connections = new Set<WebSocketConnection>()
  private readonly sockets = new Set<Socket>()
  private pings: NodeJS.Timeout | undefined

  constructor(options: RpcServerOptions) {
    this.options = options
    const { ports, clock, log, metrics } = options
    const services = createServices(ports, clock, options.maxLogRangeBlocks ?? MAX_LOG_RANGE_BLOCKS)
    const monotonicMs = () => clock.monotonicMs()
    this.dispatcher = new Dispatcher({ methods: createMethodTable(services), log, metrics, monotonicMs })
    this.rateLimit = rateLimitOf(options)
    this.handler = new HttpHandler(this.dispatcher, options, this.rateLimit)
    // Java's client offers HTTP/2 with its first request: an upgrade that is not to a WebSocket is passed over.
    const shouldUpgradeCallback = ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket'
    this.http = createServer({ shouldUpgradeCallback }, (request, response) => void this.serve(request, response))
    this.http.requestTimeout = RPC_REQUEST_TIMEOUT_MS
    this.http.headersTimeout = RPC_REQUEST_TIMEOUT_MS
    this.http.keepAliveTimeout = RPC_IDLE_TIMEOUT_MS
    this.http.on('connection', (socket) => this.admit(socket))
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head))
    metrics.gauge('rpc_connections', 'Open connections', [], () => this.sockets.size)
    metrics.gauge('rpc_websockets', 'Open WebSocket connections', [], () => this.connections.size)
  }

  /** Listens; the promise is rejected with CodedError RPC_LISTEN when the port is taken or forbidden. */
  async start(): Promise<void> {
    const { host, port, log } = this.options
    await new Promise<void>((resolve, reject) => {
      this.http.once('error', (thrown) => reject(listenFailure(host, port, thrown)))
      this.http.listen(port, host, resolve)
    })
    this.http.on('error', (thrown) => log.error({ error: thrown }, 'rpc listener failed'))
    this.pings = setInterval(() => {
      for (const connection of this.connections) connection.ping()
    }, RPC_PING_INTERVAL_MS)
    this.pings.unref()
    log.info({ url: this.url, websocket: this.url.replace('http', 'ws') }, 'rpc is listening')
  }

  /** Stops listening, ends every connection. */
  async stop(): Promise<void> {
    clearInterval(this.pings)
    for (const connection of this.connections) connection.close(1001, 'server is shutting down')
    this.webSockets.close()
    const closed = new Promise<void>((resolve) => this.http.close(() => resolve()))
    for (const socket of this.sockets) socket.destroySoon()
    // A client that does not read would keep its connection, and with it the node, for ever.
    const grace = setTimeout(() => {
      for (const socket of this.sockets) socket.destroy()
    }, RPC_CLOSE_GRACE_MS)
    await closed
    clearTimeout(grace)
  }

  /** The port it listens on. */
  get port(): number {
    const address = this.http.address() as AddressInfo | null
    return address?.port ?? this.options.port
  }

  get url(): string {
    const { host } = this.options
    return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${this.port}`
  }

  /** Answers one request as over HTTP, without a socket. */
  async inject(request: InjectedRequest): Promise<HttpResponse> {
    const body = new TextEncoder().encode(request.body)
    const head: HttpRequest = {
      method: request.method ?? 'POST',
      headers: { 'content-type': 'application/json', 'content-length': String(body.length), ...request.headers },
      remoteAddress: request.remoteAddress ?? '127.0.0.1',
    }
    return this.handler.beforeBody(head) ?? this.handler.answer(head, body)
  }

  private admit(socket: Socket): void {
    if (this.sockets.size >= (this.options.maxConnections ?? MAX_RPC_CONNECTIONS)) {
      const text = 'too many connections\n'
      const head = 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n'
      socket.end(`${head}Content-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`)
      socket.destroySoon()
      return
    }
    this.sockets.add(socket)
    socket.on('close', () => this.sockets.delete(socket))
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const head: HttpRequest = {
      method: request.method ?? '',
      headers: request.headers as Readonly<Record<string, string | undefined>>,
      remoteAddress: request.socket.remoteAddress ?? '',
    }
    try {
      const settled = this.handler.beforeBody(head)
      if (settled !== undefined) {
        request.resume()
        reply(response, settled, settled.status >= 400)
        return
      }
      const body = await readBody(request)
      if (typeof body === 'number') reply(response, tooLong(body), true)
      else reply(response, await this.handler.answer(head, body), false)
    } catch (thrown) {
      // The client went away in the middle of its request, or this program is wrong; either way nobody is owed JSON.
      this.options.log.debug({ reason: errorMessage(thrown) }, 'request ended without an answer')
      response.destroy()
    }
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { host, origin } = request.headers
    if (!isHostAllowed(this.options, host) || !isOriginAllowed(this.options, origin)) {
      socket.on('error', () => {})
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.openWebSocket(webSocket, request.socket.remoteAddress ?? '')
    })
  }

  private openWebSocket(socket: WebSocket, remoteAddress: string): void {
    const connection = new WebSocketConnection(socket, this.dispatcher, this.rateLimit, remoteAddress)
    this.connections.add(connection)
    connection.open(() => this.connections.delete(connection))
  }
}

function rateLimitOf({ rateLimit, host, clock }: RpcServerOptions): RateLimit | undefined {
  if (rateLimit === 'off' || (rateLimit === undefined && isLoopback(host))) return undefined
  const { burst, perSecond } = rateLimit ?? { burst: RPC_RATE_BURST, perSecond: RPC_RATE_PER_SECOND }
  return new RateLimit({ burst, perSecond, monotonicMs: () => clock.monotonicMs() })
}

function listenFailure(host: string, port: number, thrown: Error): CodedError<RpcServerFailure> {
  const detail: RpcServerFailure = { code: 'RPC_LISTEN', host, port, reason: thrown.message }
  return new CodedError(detail, `JSON-RPC cannot listen on ${host}:${port}: ${thrown.message}`)
}

/** The body's bytes, or their number so far as soon as there are too many. Rejects when the client goes away. */
function readBody(request: IncomingMessage): Promise<Uint8Array | number> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= MAX_RPC_BODY_BYTES) chunks.push(chunk)
      else {
        // The rest is read and dropped, so that the client can read the refusal.
        chunks.length = 0
        resolve(length)
      }
    })
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    request.on('close', () => reject(new Error('the client closed the connection')))
    request.on('error', reject)
  })
}

function reply(response: ServerResponse, { status, headers, body }: HttpResponse, isLast: boolean): void {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  response.writeHead(status, {
    ...headers,
    'Content-Length': length,
    ...(isLast ? { Connection: 'close' } : {}),
  })
  response.end(body)
}
