/**
 * One persistent outbound stream to one peer: opened when there is something to say, re-opened with back-off when it ends,
 * and read only for the answers to the requests that left on it.
 */

import type { Connection } from '@libp2p/interface'
import type { Clock } from '../lib/clock.ts'
import { errorMessage } from '../lib/errors.ts'
import { MAX_REQUESTS_PER_PEER } from '../lib/limits.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { Frame } from './framing.ts'
import { Intake } from './intake.ts'
import { ANSWER_BIT, kindRule, MAX_FRAME_BYTES, type MessageKind, PROTOCOLS, type StreamClass } from './messages.ts'
import { type ByteBudget, Outbox } from './outbox.ts'
import type { Fault } from './outcomes.ts'
import type { NetworkMetrics, RequestFailure } from './ports.ts'

const OPEN_TIMEOUT_MS = 10_000
const FIRST_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 5_000

/** The first byte of every answer. */
export const ANSWER_OK = 0
export const ANSWER_UNAVAILABLE = 1
export const ANSWER_BUSY = 2
export const ANSWER_REFUSED = 3

const FAILURES: Readonly<Record<number, RequestFailure['code'] | undefined>> = {
  [ANSWER_UNAVAILABLE]: 'UNAVAILABLE',
  [ANSWER_BUSY]: 'BUSY',
  [ANSWER_REFUSED]: 'REFUSED',
}

type Answer = Result<Uint8Array, RequestFailure>
type Pending = { readonly kind: number; readonly timer: NodeJS.Timeout; readonly resolve: (answer: Answer) => void }

export type ChannelOptions = {
  readonly connection: Connection
  readonly streamClass: StreamClass
  readonly clock: Clock
  readonly metrics: NetworkMetrics
  readonly budget: ByteBudget
  readonly schedule: (streamClass: StreamClass, outbox: Outbox) => void
  readonly onFault: (fault: Fault) => void
  /** The peer does not speak this protocol, or the stream could not be opened for another reason. */
  readonly onOpenFailed: (reason: string) => void
  readonly onHeard: () => void
}

export class Channel {
  readonly outbox: Outbox
  private readonly options: ChannelOptions
  private readonly pending = new Map<number, Pending>()
  private intake: Intake | undefined
  private nextRequestId = 1
  private isOpening = false
  private isClosed = false
  private backoffMs = FIRST_BACKOFF_MS
  private retry: NodeJS.Timeout | undefined

  constructor(options: ChannelOptions) {
    this.options = options
    this.outbox = new Outbox({
      metrics: options.metrics,
      budget: options.budget,
      schedule: (outbox) => {
        this.open()
        options.schedule(options.streamClass, outbox)
      },
    })
  }

  /** Queues a message that wants no answer; false when the queue is full. */
  notify(kind: MessageKind, payload: Uint8Array, key?: string): boolean {
    return !this.isClosed && this.outbox.push(kind, 0, payload, key)
  }

  /** Queues a request and resolves with its answer, never rejects. */
  request(kind: MessageKind, payload: Uint8Array, timeoutMs: number): Promise<Answer> {
    if (this.isClosed) return Promise.resolve(err({ code: 'NOT_CONNECTED' }))
    if (this.pending.size >= MAX_REQUESTS_PER_PEER) return Promise.resolve(err({ code: 'TOO_MANY' }))
    const requestId = this.nextRequestId
    this.nextRequestId = (this.nextRequestId % 0xffff_ffff) + 1
    if (!this.outbox.push(kind, requestId, payload)) return Promise.resolve(err({ code: 'TOO_MANY' }))
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.settle(requestId, err({ code: 'TIMEOUT' }))
        this.options.onFault('request-timeout')
      }, timeoutMs)
      this.pending.set(requestId, { kind, timer, resolve })
    })
  }

  /** Ends streams that are too slow in either direction. */
  checkPace(nowMs: number, frameTimeoutMs: number, stallTimeoutMs: number): void {
    this.intake?.checkPace(nowMs, frameTimeoutMs)
    const stalled = this.outbox.stalledSinceMs
    if (stalled !== undefined && nowMs - stalled > stallTimeoutMs) {
      this.outbox.stalledSinceMs = undefined
      this.intake?.abandon()
      this.options.onFault('slow-peer')
    }
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    clearTimeout(this.retry)
    this.outbox.close()
    this.intake?.abandon()
    this.failPending()
  }

  private open(): void {
    if (this.isClosed || this.isOpening || this.outbox.isAttached || this.retry !== undefined) return
    this.isOpening = true
    void this.openStream().finally(() => {
      this.isOpening = false
    })
  }

  private async openStream(): Promise<void> {
    const { connection, streamClass } = this.options
    try {
      const signal = AbortSignal.timeout(OPEN_TIMEOUT_MS)
      const stream = await connection.newStream(PROTOCOLS[streamClass], { signal })
      if (this.isClosed) return stream.abort(new Error('connection ends'))
      // One largest frame always fits beside what is already there.
      stream.maxWriteBufferLength = 2 * MAX_FRAME_BYTES[streamClass]
      stream.maxReadBufferLength = 2 * MAX_FRAME_BYTES.sync
      stream.addEventListener('close', () => this.onStreamClosed())
      this.intake = this.readAnswers(stream)
      this.outbox.attach(stream)
      this.backoffMs = FIRST_BACKOFF_MS
    } catch (thrown) {
      this.options.onOpenFailed(errorMessage(thrown))
      this.retryLater()
    }
  }

  private readAnswers(stream: Intake['stream']): Intake {
    const { clock, metrics, onFault, onHeard, streamClass } = this.options
    const intake = new Intake(stream, {
      clock,
      maxPayloadBytes: (kind) => maxAnswerBytes(streamClass, kind),
      onBytes: (bytes) => {
        onHeard()
        metrics.onBytes?.('in', bytes)
      },
      onFrame: (frame) => this.onAnswer(frame),
      onFault,
    })
    intake.start()
    return intake
  }

  private onAnswer(frame: Frame): void {
    const pending = this.pending.get(frame.requestId)
    if (pending === undefined) {
      // The answer to a request that timed out is late, not wrong; any other number was never asked.
      if (frame.requestId === 0 || frame.requestId >= this.nextRequestId) this.options.onFault('malformed-frame')
      return
    }
    const result = frame.payload[0]
    const isOk = result === ANSWER_OK
    const failure = result === undefined ? undefined : FAILURES[result]
    if ((frame.kind & ~ANSWER_BIT) !== pending.kind || (!isOk && failure === undefined)) {
      this.options.onFault('malformed-frame')
      this.settle(frame.requestId, err({ code: 'CLOSED' }))
      return
    }
    this.settle(frame.requestId, isOk || failure === undefined ? ok(frame.payload.subarray(1)) : err({ code: failure }))
  }

  private settle(requestId: number, answer: Answer): void {
    const pending = this.pending.get(requestId)
    if (pending === undefined) return
    clearTimeout(pending.timer)
    this.pending.delete(requestId)
    pending.resolve(answer)
  }

  private failPending(): void {
    for (const requestId of [...this.pending.keys()]) this.settle(requestId, err({ code: 'CLOSED' }))
  }

  private onStreamClosed(): void {
    this.intake = undefined
    this.failPending()
    if (!this.isClosed && this.outbox.size > 0) this.retryLater()
  }

  private retryLater(): void {
    if (this.isClosed || this.retry !== undefined) return
    this.retry = setTimeout(() => {
      this.retry = undefined
      if (this.outbox.size > 0) this.open()
    }, this.backoffMs)
    this.backoffMs = Math.min(this.backoffMs * 2, MAX_BACKOFF_MS)
  }
}

function maxAnswerBytes(streamClass: StreamClass, kind: number): number | undefined {
  if ((kind & ANSWER_BIT) === 0) return undefined
  const rule = kindRule(kind & ~ANSWER_BIT)
  if (rule === undefined || rule.form !== 'request' || rule.streamClass !== streamClass) return undefined
  return rule.maxAnswerBytes + 1
}
