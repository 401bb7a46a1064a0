/**
 * What waits to be written to one stream: a bounded queue that is flushed in few large writes and never more than the stream
 * asks for.
 *
 * Notices may be dropped, the oldest first, and one with a key replaces its predecessor; requests and answers are refused
 * instead when the queue is full. Without a stream everything waits, so a re-opened stream goes on where the last one ended.
 */

import type { Stream } from '@libp2p/interface'
import { concatBytes } from '../lib/bytes.ts'
import { MAX_OUTBOX_BYTES, MAX_OUTBOX_MESSAGES } from '../lib/limits.ts'
import { FRAME_HEADER_BYTES, frameHeader } from './framing.ts'
import { ANSWER_BIT, kindRule } from './messages.ts'
import type { NetworkMetrics } from './ports.ts'

/** Small frames are joined up to this many bytes into one write: one encryption and one packet instead of many. */
const WRITE_BYTES = 64 * 1024

type Waiting = {
  readonly kind: number
  readonly requestId: number
  readonly payload: Uint8Array
  readonly key: string | undefined
  readonly isDroppable: boolean
}

/** Bytes that several outboxes may hold together. */
export class ByteBudget {
  private readonly maxBytes: number
  private usedBytes = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** False when the bytes do not fit. */
  take(bytes: number): boolean {
    if (this.usedBytes + bytes > this.maxBytes) return false
    this.usedBytes += bytes
    return true
  }

  give(bytes: number): void {
    this.usedBytes -= bytes
  }
}

export type OutboxOptions = {
  /** Shared with other outboxes, so that many slow peers together cannot fill the memory. */
  readonly budget: ByteBudget
  /** Asks for `flush` soon; called when there is something to write. */
  readonly schedule: (outbox: Outbox) => void
  readonly metrics: NetworkMetrics
}

export class Outbox {
  private waiting: Waiting[] = []
  private waitingBytes = 0
  private isClosed = false
  private stream: Stream | undefined
  private readonly options: OutboxOptions
  /** Monotonic ms since when the stream has not taken anything although something waits; undefined while it flows. */
  stalledSinceMs: number | undefined

  constructor(options: OutboxOptions) {
    this.options = options
  }

  get size(): number {
    return this.waiting.length
  }

  /** Writes go to `stream` from now on, until it closes. */
  attach(stream: Stream): void {
    this.stream = stream
    this.stalledSinceMs = undefined
    stream.addEventListener('drain', () => this.resume(stream))
    stream.addEventListener('close', () => {
      if (this.stream === stream) this.stream = undefined
    })
    if (this.waiting.length > 0) this.options.schedule(this)
  }

  get isAttached(): boolean {
    return this.stream !== undefined
  }

  /** Queues a frame; false when it was not taken. */
  push(kind: number, requestId: number, payload: Uint8Array, key?: string): boolean {
    if (this.isClosed) return false
    const isDroppable = requestId === 0
    const item: Waiting = { kind, requestId, payload, key, isDroppable }
    if (key !== undefined) {
      const at = this.waiting.findIndex((other) => other.key === key)
      if (at !== -1) {
        this.release(this.waiting.splice(at, 1))
        this.dropped(kind, 'superseded')
      }
    }
    if (!this.makeRoom(payload.length) || !this.options.budget.take(payload.length)) {
      this.dropped(kind, 'queue-full')
      return false
    }
    this.waiting.push(item)
    this.waitingBytes += payload.length
    this.options.schedule(this)
    return true
  }

  /** Writes what the stream takes. `nowMs` is monotonic. */
  flush(nowMs: number): void {
    const stream = this.stream
    if (stream === undefined || this.waiting.length === 0) return
    if (stream.writableNeedsDrain) {
      this.stalledSinceMs ??= nowMs
      return
    }
    this.stalledSinceMs = undefined
    let sent = 0
    let canSend = true
    try {
      while (canSend && sent < this.waiting.length) {
        const end = this.writeEnd(sent)
        canSend = this.write(stream, sent, end)
        sent = end
      }
    } catch (thrown) {
      // A stream that ended between the check and the write; its close event detaches it and what was not sent waits.
      stream.abort(thrown instanceof Error ? thrown : new Error('write failed'))
    }
    this.forget(sent)
    if (this.waiting.length > 0) this.stalledSinceMs = nowMs
  }

  /** Drops what waits and takes nothing more. */
  close(): void {
    this.isClosed = true
    this.stalledSinceMs = undefined
    this.release(this.waiting)
    this.waiting = []
  }

  private resume(stream: Stream): void {
    if (this.stream !== stream) return
    this.stalledSinceMs = undefined
    this.options.schedule(this)
  }

  /** The end of the run of frames, from `start`, that fit one write; at least one. */
  private writeEnd(start: number): number {
    let bytes = 0
    let end = start
    while (end < this.waiting.length) {
      bytes += FRAME_HEADER_BYTES + (this.waiting[end] as Waiting).payload.length
      if (end > start && bytes > WRITE_BYTES) break
      end++
    }
    return end
  }

  private write(stream: Stream, start: number, end: number): boolean {
    const parts: Uint8Array[] = []
    let bytes = 0
    for (let i = start; i < end; i++) {
      const { kind, requestId, payload } = this.waiting[i] as Waiting
      parts.push(frameHeader(kind, requestId, payload.length), payload)
      bytes += FRAME_HEADER_BYTES + payload.length
      this.options.metrics.onMessage?.('out', kindName(kind))
    }
    this.options.metrics.onBytes?.('out', bytes)
    if (bytes <= WRITE_BYTES) return stream.send(concatBytes(...parts))
    // A large payload goes as it is: every peer of a broadcast shares the one array.
    return parts.map((part) => stream.send(part)).at(-1) ?? true
  }

  private forget(count: number): void {
    this.release(this.waiting.slice(0, count))
    this.waiting = count === this.waiting.length ? [] : this.waiting.slice(count)
  }

  private release(items: readonly Waiting[]): void {
    for (const { payload } of items) {
      this.waitingBytes -= payload.length
      this.options.budget.give(payload.length)
    }
  }

  private makeRoom(bytes: number): boolean {
    while (this.waiting.length >= MAX_OUTBOX_MESSAGES || this.waitingBytes + bytes > MAX_OUTBOX_BYTES) {
      const at = this.waiting.findIndex((item) => item.isDroppable)
      if (at === -1) return false
      const removed = this.waiting.splice(at, 1)
      this.release(removed)
      for (const { kind } of removed) this.dropped(kind, 'queue-full')
    }
    return true
  }

  private dropped(kind: number, reason: 'superseded' | 'queue-full'): void {
    this.options.metrics.onDropped?.(kindName(kind), reason)
  }
}

function kindName(kind: number): string {
  return kindRule(kind & ~ANSWER_BIT)?.name ?? 'unknown'
}
