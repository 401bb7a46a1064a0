/**
 * Frames on a stream: `[u32 length of the rest][u8 kind][u32 request id][payload]`, big-endian.
 *
 * A reader never holds more than it was sent, refuses a frame as soon as its first nine bytes show that it is too long for its
 * kind, and gives out payloads that nothing else refers to.
 */

import { concatBytes } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'

/** Length, kind and request id. */
export const FRAME_HEADER_BYTES = 9
const LENGTH_BYTES = 4
const LARGE_PAYLOAD_BYTES = 64 * 1024
/** Kind and request id, which the length counts. */
const COUNTED_HEADER_BYTES = FRAME_HEADER_BYTES - LENGTH_BYTES

export type Frame = { readonly kind: number; readonly requestId: number; readonly payload: Uint8Array }

export type FrameFailure = 'oversized-frame' | 'malformed-frame'

/** The nine bytes before a payload. */
export function frameHeader(kind: number, requestId: number, payloadBytes: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER_BYTES)
  const view = new DataView(header.buffer)
  view.setUint32(0, COUNTED_HEADER_BYTES + payloadBytes)
  view.setUint8(4, kind)
  view.setUint32(5, requestId)
  return header
}

/** Cuts a stream of chunks into frames. After a failure the stream is of no more use. */
export class FrameReader {
  private chunks: Uint8Array[] = []
  private held = 0
  private needed = FRAME_HEADER_BYTES
  private readonly maxPayloadBytes: (kind: number) => number | undefined

  /** `maxPayloadBytes` answers undefined for a kind that this stream does not carry. */
  constructor(maxPayloadBytes: (kind: number) => number | undefined) {
    this.maxPayloadBytes = maxPayloadBytes
  }

  /** True between the first byte of a frame and its last. */
  get isMidFrame(): boolean {
    return this.held > 0
  }

  /** The frames that `chunk` completes, in order. */
  push(chunk: Uint8Array): Result<Frame[], FrameFailure> {
    if (chunk.length > 0) {
      this.chunks.push(chunk)
      this.held += chunk.length
    }
    const frames: Frame[] = []
    if (this.held < this.needed) return ok(frames)
    // Joined only when something can be cut off, so a large frame in many chunks is copied a constant number of times.
    const isJoined = this.chunks.length > 1
    const bytes = isJoined ? concatBytes(...this.chunks) : (this.chunks[0] as Uint8Array)
    let at = 0
    this.needed = FRAME_HEADER_BYTES
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at)
      const length = view.getUint32(0)
      const kind = view.getUint8(4)
      const limit = this.maxPayloadBytes(kind)
      if (limit === undefined || length < COUNTED_HEADER_BYTES) return err('malformed-frame')
      if (length - COUNTED_HEADER_BYTES > limit) return err('oversized-frame')
      const end = at + LENGTH_BYTES + length
      if (end > bytes.length) {
        this.needed = end - at
        break
      }
      const start = at + FRAME_HEADER_BYTES
      // A large payload may stay where it was joined; a small one would hold on to everything around it.
      const isKept = isJoined && end - start >= LARGE_PAYLOAD_BYTES
      const payload = isKept ? bytes.subarray(start, end) : copyOf(bytes, start, end)
      frames.push({ kind, requestId: view.getUint32(5), payload })
      at = end
    }
    const rest = bytes.subarray(at)
    this.chunks = rest.length === 0 ? [] : [at === 0 ? rest : copyOf(bytes, at, bytes.length)]
    this.held = rest.length
    return ok(frames)
  }
}

/** A plain array of its own: `slice` of a Buffer would share the receive buffer. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start)
  copy.set(bytes.subarray(start, end))
  return copy
}
