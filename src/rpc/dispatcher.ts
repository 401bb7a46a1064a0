/**
 * From a body's text to the answer's text: finds methods, reads parameters, runs them, and holds batches to their bounds.
 * The same for HTTP, WebSocket and tests.
 */

import { MAX_RPC_BATCH_BYTES, MAX_RPC_BATCH_ITEMS, MAX_RPC_OVERLAPPING, RPC_BYTES_PER_TOKEN } from '../lib/limits.ts'
import type { Logger } from '../telemetry/log.ts'
import { type Metrics, SECONDS_BUCKETS } from '../telemetry/metrics.ts'
import { internalError, invalidRequest, methodNotFound, RpcError, responseTooLarge } from './errors.ts'
import { type Body, type Call, errorText, type Item, parseBody, successText } from './json-rpc.ts'
import { COST, decodeParams, type RequestContext } from './method.ts'
import type { MethodTable } from './method-table.ts'
import { Turns } from './turns.ts'

/** A parsed body with what it costs, so that a rate limit can refuse it before anything runs. */
export type ParsedBody = { readonly body: Body; readonly cost: number }

export type DispatcherOptions = {
  readonly methods: MethodTable
  readonly log: Logger
  readonly metrics: Metrics
  /** Monotonic milliseconds, for the time that requests take. */
  readonly monotonicMs: () => number
}

export class Dispatcher {
  private readonly methods: MethodTable
  private readonly log: Logger
  private readonly monotonicMs: () => number
  private readonly requests
  private readonly errors
  private readonly seconds

  constructor({ methods, log, metrics, monotonicMs }: DispatcherOptions) {
    this.methods = methods
    this.log = log
    this.monotonicMs = monotonicMs
    this.requests = metrics.counter('rpc_requests_total', 'Requests by method', ['method'])
    this.errors = metrics.counter('rpc_errors_total', 'Answers that are errors, by code', ['code'])
    this.seconds = metrics.histogram('rpc_request_seconds', 'Time from request to answer', SECONDS_BUCKETS)
  }

  /** What a body costs for its length alone; to be paid before it is parsed. */
  costOfLength(bytes: number): number {
    return Math.floor(bytes / RPC_BYTES_PER_TOKEN)
  }

  /** Parses a body and prices it. */
  parse(text: string): ParsedBody {
    const body = parseBody(text)
    if (body.kind === 'refused') return { body, cost: COST.ordinary }
    if (body.kind === 'single') return { body, cost: this.costOf(body.item) }
    return { body, cost: body.items.reduce((sum, item) => sum + this.costOf(item), 0) }
  }

  /** The answer's text, or undefined when nothing is to be answered (notifications). */
  async run({ body }: ParsedBody, context: RequestContext): Promise<string | undefined> {
    if (body.kind === 'refused') return errorText('null', body.error)
    if (body.kind === 'single') return this.answer(body.item, context)
    if (body.items.length > MAX_RPC_BATCH_ITEMS) return `[${errorText(firstId(body.items), batchTooLarge())}]`
    return this.runBatch(body.items, context)
  }

  private costOf(item: Item): number {
    return item.kind === 'call' ? (this.methods.get(item.call.method)?.cost ?? COST.ordinary) : COST.ordinary
  }

  /** Runs a batch in order; neighbours that may overlap run side by side. */
  private async runBatch(items: readonly Item[], context: RequestContext): Promise<string | undefined> {
    const answers: string[] = []
    const turns = new Turns(this.monotonicMs)
    let bytes = 0
    for (let start = 0; start < items.length; ) {
      const group = this.groupAt(items, start)
      const isFull = bytes > MAX_RPC_BATCH_BYTES
      const texts = isFull ? group.map(tooLarge) : await Promise.all(group.map((item) => this.answer(item, context)))
      texts.forEach((text, i) => {
        if (text === undefined) return
        bytes += text.length
        const shown = bytes > MAX_RPC_BATCH_BYTES ? tooLarge(group[i] as Item) : text
        if (shown !== undefined) answers.push(shown)
      })
      start += group.length
      if (turns.isOver) await turns.next()
    }
    return answers.length === 0 ? undefined : `[${answers.join(',')}]`
  }

  private groupAt(items: readonly Item[], start: number): readonly Item[] {
    let end = start
    while (end < items.length && end - start < MAX_RPC_OVERLAPPING && this.isOverlapping(items[end] as Item)) end++
    return items.slice(start, Math.max(end, start + 1))
  }

  private isOverlapping(item: Item): boolean {
    return item.kind === 'call' && this.methods.get(item.call.method)?.isOverlapping === true
  }

  private async answer(item: Item, context: RequestContext): Promise<string | undefined> {
    if (item.kind === 'invalid') return errorText(item.id, this.count(invalidRequest()))
    const { id } = item.call
    const started = this.monotonicMs()
    const outcome = await this.execute(item.call, context)
    this.seconds.observe((this.monotonicMs() - started) / 1000)
    if (id === undefined) return undefined
    return outcome instanceof RpcError ? errorText(id, this.count(outcome)) : successText(id, outcome)
  }

  /** The result as JSON, or the error. */
  private async execute(call: Call, context: RequestContext): Promise<string | RpcError> {
    const method = this.methods.get(call.method)
    // Unknown names are counted together: a caller must not be able to grow the metrics.
    this.requests.inc({ method: method?.name ?? 'unknown' })
    if (method === undefined) return methodNotFound(call.method)
    try {
      const result = await method.run(context, decodeParams(method.params, call.params))
      return JSON.stringify(result)
    } catch (thrown) {
      if (thrown instanceof RpcError) return thrown
      this.log.error({ method: method.name, error: thrown }, 'request failed')
      return internalError()
    }
  }

  private count(error: RpcError): RpcError {
    this.errors.inc({ code: error.code })
    return error
  }
}

function batchTooLarge(): RpcError {
  return invalidRequest('batch too large')
}

/** The id of the first call of a batch, which carries the error for all of it, as in geth. */
function firstId(items: readonly Item[]): string {
  for (const item of items) if (item.kind === 'call' && item.call.id !== undefined) return item.call.id
  return 'null'
}

function tooLarge(item: Item): string | undefined {
  const id = item.kind === 'call' ? item.call.id : item.id
  return id === undefined ? undefined : errorText(id, responseTooLarge())
}
