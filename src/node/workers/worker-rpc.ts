/**
 * Calls between threads: a request and its answer over a MessagePort. The thread that calls holds a bounded number of
 * requests in flight; a thread that dies fails them all and tells the node, which stops.
 */

import type { MessagePort, Transferable } from 'node:worker_threads'
import { CodedError, errorMessage } from '../../lib/errors.ts'

/** What a worker answers to, as a type: method names with their argument and result. */
export type WorkerMethods = Readonly<Record<string, (argument: never) => unknown>>
type Argument<M extends WorkerMethods, Name extends keyof M> = Parameters<M[Name]>[0]
type Answer<M extends WorkerMethods, Name extends keyof M> = Awaited<ReturnType<M[Name]>>

export type WorkerFailure =
  | { readonly code: 'WORKER_BUSY'; readonly worker: string; readonly inFlight: number }
  | { readonly code: 'WORKER_STOPPED'; readonly worker: string; readonly reason: string }
  | { readonly code: 'WORKER_FAILED'; readonly worker: string; readonly method: string }

type Request = { readonly id: number; readonly method: string; readonly argument: unknown }
type Fault = {
  readonly message: string
  readonly stack: string | undefined
  readonly detail: { code: string } | undefined
}
type Reply = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly fault: Fault }

/** The part of a Worker or MessagePort that calls need. */
export type CallPort = Pick<MessagePort, 'postMessage'> & {
  on(event: 'message', listener: (message: unknown) => void): unknown
}

/** A buffer smaller than this is cheaper to copy than to hand over. */
const MIN_TRANSFER_BYTES = 64 * 1024

/** Answers requests on `port` with `handlers`, which may run at the same time. */
export function serveCalls(port: CallPort, handlers: WorkerMethods): void {
  port.on('message', (message) => {
    const { id, method, argument } = message as Request
    const handler = handlers[method] as ((argument: unknown) => unknown) | undefined
    Promise.resolve()
      .then(() => {
        if (handler === undefined) throw new TypeError(`this worker has no method ${method}`)
        return handler(argument)
      })
      .then(
        (value) => port.postMessage({ id, value }, ownedBuffers(value)),
        (thrown) => port.postMessage({ id, fault: describeFault(thrown) }),
      )
  })
}

type Waiting = { readonly method: string; resolve(value: unknown): void; reject(error: Error): void }

/** The calling side of one worker. */
export class WorkerCalls<M extends WorkerMethods> {
  private readonly waiting = new Map<number, Waiting>()
  private nextId = 1
  private stopped: Error | undefined
  private readonly port: CallPort
  private readonly worker: string
  private readonly maxInFlight: number

  constructor(port: CallPort, worker: string, maxInFlight: number) {
    this.port = port
    this.worker = worker
    this.maxInFlight = maxInFlight
    port.on('message', (message) => this.settle(message as Reply))
  }

  get inFlight(): number {
    return this.waiting.size
  }

  /** Rejects with what the method threw, WORKER_BUSY over the bound, or WORKER_STOPPED. */
  call<Name extends keyof M & string>(method: Name, argument: Argument<M, Name>): Promise<Answer<M, Name>> {
    if (this.stopped !== undefined) return Promise.reject(this.stopped)
    if (this.waiting.size >= this.maxInFlight) {
      const detail: WorkerFailure = { code: 'WORKER_BUSY', worker: this.worker, inFlight: this.waiting.size }
      return Promise.reject(new CodedError(detail, `the ${this.worker} worker has ${detail.inFlight} calls in flight`))
    }
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { method, resolve: resolve as (value: unknown) => void, reject })
      this.port.postMessage({ id, method, argument } satisfies Request)
    })
  }

  /** Fails every call in flight and every later one: the thread is gone. */
  stop(reason: string): void {
    if (this.stopped !== undefined) return
    const detail: WorkerFailure = { code: 'WORKER_STOPPED', worker: this.worker, reason }
    this.stopped = new CodedError(detail, `the ${this.worker} worker has stopped: ${reason}`)
    for (const { reject } of this.waiting.values()) reject(this.stopped)
    this.waiting.clear()
  }

  private settle(reply: Reply): void {
    const waiting = this.waiting.get(reply.id)
    if (waiting === undefined) return
    this.waiting.delete(reply.id)
    if ('fault' in reply) waiting.reject(this.rebuildFault(reply.fault, waiting.method))
    else waiting.resolve(reply.value)
  }

  /** A coded error keeps its detail across threads; anything else is a fault of the worker's program. */
  private rebuildFault(fault: Fault, method: string): Error {
    const cause = new Error(fault.message)
    if (fault.stack !== undefined) cause.stack = fault.stack
    if (fault.detail !== undefined) return new CodedError(fault.detail, fault.message, { cause })
    const detail: WorkerFailure = { code: 'WORKER_FAILED', worker: this.worker, method }
    return new CodedError(detail, fault.message, { cause })
  }
}

function describeFault(thrown: unknown): Fault {
  return {
    message: errorMessage(thrown),
    stack: thrown instanceof Error ? thrown.stack : undefined,
    detail: thrown instanceof CodedError ? thrown.detail : undefined,
  }
}

/** Large byte arrays that fill their buffer, one level deep: they are handed over instead of copied. */
function ownedBuffers(value: unknown): Transferable[] {
  if (!(value instanceof Uint8Array)) return []
  const isWhole = value.byteLength === value.buffer.byteLength && value.byteLength >= MIN_TRANSFER_BYTES
  return isWhole && value.buffer instanceof ArrayBuffer ? [value.buffer] : []
}
