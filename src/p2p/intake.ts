/**
 * Reads frames from one stream and notices every way in which a stream goes wrong: too long, malformed, cut off, too slow.
 */

import type { Stream } from '@libp2p/interface'
import type { Clock } from '../lib/clock.ts'
import { type Frame, FrameReader } from './framing.ts'
import type { Fault } from './outcomes.ts'

export type IntakeOptions = {
  readonly clock: Clock
  /** Largest payload of a kind on this stream; undefined for a kind that does not belong here. */
  readonly maxPayloadBytes: (kind: number) => number | undefined
  readonly onBytes: (bytes: number) => void
  readonly onFrame: (frame: Frame) => void
  /** Called at most once; the stream is already reset. */
  readonly onFault: (fault: Fault) => void
}

export class Intake {
  readonly stream: Stream
  private readonly options: IntakeOptions
  private readonly reader: FrameReader
  private midFrameSinceMs: number | undefined
  private isDone = false

  constructor(stream: Stream, options: IntakeOptions) {
    this.stream = stream
    this.options = options
    this.reader = new FrameReader(options.maxPayloadBytes)
  }

  start(): void {
    this.stream.addEventListener('remoteCloseWrite', () => this.onEnd())
    this.stream.addEventListener('close', () => this.onEnd())
    this.stream.addEventListener('message', (event) => this.onChunk(event.data.subarray()))
  }

  /** Ends a stream whose current frame takes longer than `timeoutMs`. */
  checkPace(nowMs: number, timeoutMs: number): void {
    if (this.midFrameSinceMs !== undefined && nowMs - this.midFrameSinceMs > timeoutMs) this.fail('slow-peer')
  }

  /** Stops reading without blame, because this side ends the stream. */
  abandon(): void {
    if (this.isDone) return
    this.isDone = true
    this.stream.abort(new Error('stream is replaced or its connection ends'))
  }

  private onChunk(chunk: Uint8Array): void {
    if (this.isDone) return
    this.options.onBytes(chunk.length)
    const frames = this.reader.push(chunk)
    if (!frames.ok) {
      this.fail(frames.error)
      return
    }
    if (frames.value.length > 0) this.midFrameSinceMs = undefined
    if (this.reader.isMidFrame) this.midFrameSinceMs ??= this.options.clock.monotonicMs()
    else this.midFrameSinceMs = undefined
    for (const frame of frames.value) {
      if (this.isDone) return
      this.options.onFrame(frame)
    }
  }

  private onEnd(): void {
    if (this.isDone) return
    if (this.reader.isMidFrame) this.fail('truncated-frame')
    this.isDone = true
  }

  private fail(fault: Fault): void {
    if (this.isDone) return
    this.isDone = true
    this.stream.abort(new Error(fault))
    this.options.onFault(fault)
  }
}
