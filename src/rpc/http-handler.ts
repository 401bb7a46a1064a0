/**
 * One HTTP request to one response, without a socket: method, host, content type, size, rate, then the dispatcher.
 * Errors of JSON-RPC travel with status 200, as wallets expect.
 */

import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { MAX_RPC_BODY_BYTES, MIN_RPC_GZIP_BYTES } from '../lib/limits.ts'
import type { Dispatcher } from './dispatcher.ts'
import { CODE, RpcError } from './errors.ts'
import { corsHeaders, type HttpPolicy, isHostAllowed } from './http-policy.ts'
import { errorText } from './json-rpc.ts'
import { clientKey, type RateLimit } from './rate-limit.ts'

const compress = promisify(gzip)

export type HttpRequest = {
  readonly method: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly remoteAddress: string
}

export type HttpResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

const JSON_TYPES = ['application/json', 'application/json-rpc', 'application/jsonrequest']

export class HttpHandler {
  private readonly dispatcher: Dispatcher
  private readonly policy: HttpPolicy
  private readonly rateLimit: RateLimit | undefined

  constructor(dispatcher: Dispatcher, policy: HttpPolicy, rateLimit: RateLimit | undefined) {
    this.dispatcher = dispatcher
    this.policy = policy
    this.rateLimit = rateLimit
  }

  /** The response when the head of a request settles it; undefined when its body is wanted. */
  beforeBody({ method, headers }: HttpRequest): HttpResponse | undefined {
    if (!isHostAllowed(this.policy, headers['host'])) return plain(403, 'invalid host specified')
    const cors = corsHeaders(this.policy, headers['origin'])
    if (method === 'OPTIONS') return { status: 200, headers: cors, body: '' }
    const length = Number(headers['content-length'] ?? 0)
    const hasBody = length > 0 || headers['transfer-encoding'] !== undefined
    // Load balancers ask with a bare GET whether the server is there.
    if (method === 'GET' && !hasBody) return { status: 200, headers: cors, body: '' }
    if (method !== 'POST') return plain(405, 'method not allowed', { ...cors, Allow: 'POST, GET, OPTIONS' })
    if (length > MAX_RPC_BODY_BYTES) return tooLong(length, cors)
    const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
    if (!JSON_TYPES.includes(type)) {
      return plain(415, 'invalid content type, only application/json is supported', cors)
    }
    return undefined
  }

  /** The response to a whole request that `beforeBody` let pass. */
  async answer(request: HttpRequest, body: Uint8Array): Promise<HttpResponse> {
    const { headers, remoteAddress } = request
    const cors = corsHeaders(this.policy, headers['origin'])
    if (body.length > MAX_RPC_BODY_BYTES) return tooLong(body.length, cors)
    const client = clientKey(remoteAddress)
    const waitForLength = this.rateLimit?.spend(client, this.dispatcher.costOfLength(body.length)) ?? 0
    if (waitForLength > 0) return tooManyRequests(waitForLength, cors)
    const parsed = this.dispatcher.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'))
    const waitSeconds = this.rateLimit?.spend(client, parsed.cost) ?? 0
    if (waitSeconds > 0) return tooManyRequests(waitSeconds, cors)
    const text = await this.dispatcher.run(parsed, { subscriber: undefined })
    if (text === undefined) return { status: 200, headers: cors, body: '' }
    const json = { ...cors, 'Content-Type': 'application/json' }
    const isGzipWanted = /\bgzip\b/.test(headers['accept-encoding'] ?? '')
    if (!isGzipWanted || text.length < MIN_RPC_GZIP_BYTES) return { status: 200, headers: json, body: text }
    const zipped = await compress(text, { level: 1 })
    return { status: 200, headers: { ...json, 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' }, body: zipped }
  }
}

/** A refusal in plain text, for what is not JSON-RPC at all. */
export function plain(status: number, text: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }, body: `${text}\n` }
}

/** The refusal of a body that is longer than the limit. */
export function tooLong(length: number, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return plain(413, `content length too large (${length}>${MAX_RPC_BODY_BYTES})`, headers)
}

function tooManyRequests(waitSeconds: number, cors: Readonly<Record<string, string>>): HttpResponse {
  const error = new RpcError(CODE.limit, `limit exceeded: too many requests, retry in ${waitSeconds} s`)
  return {
    status: 429,
    headers: { ...cors, 'Content-Type': 'application/json', 'Retry-After': String(waitSeconds) },
    body: errorText('null', error),
  }
}
