import type { Stream } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import { MAX_OUTBOX_BYTES, MAX_OUTBOX_MESSAGES } from '../../src/lib/limits.ts'
import { FrameReader } from '../../src/p2p/framing.ts'
import { ANSWER_BIT, BLOCK_RANGE, PROPOSAL, STATUS, VOTE } from '../../src/p2p/messages.ts'
import { ByteBudget, Outbox } from '../../src/p2p/outbox.ts'

/** What an outbox uses of a stream: it records writes and can be full. */
class RecordingStream extends EventTarget {
  writableNeedsDrain = false
  readonly writes: Uint8Array[] = []
  /** After this many writes the stream asks to wait. */
  room = Number.POSITIVE_INFINITY

  send(bytes: Uint8Array): boolean {
    this.writes.push(bytes)
    this.writableNeedsDrain = this.writes.length >= this.room
    return !this.writableNeedsDrain
  }

  abort(): void {
    this.dispatchEvent(new Event('close'))
  }

  drain(): void {
    this.room = Number.POSITIVE_INFINITY
    this.writableNeedsDrain = false
    this.dispatchEvent(new Event('drain'))
  }

  frames() {
    const reader = new FrameReader(() => MAX_OUTBOX_BYTES)
    return this.writes.flatMap((bytes) => {
      const frames = reader.push(bytes)
      return frames.ok ? frames.value : []
    })
  }
}

function create(budget = new ByteBudget(Number.MAX_SAFE_INTEGER)) {
  const dropped: string[] = []
  let scheduled = 0
  const outbox = new Outbox({
    budget,
    metrics: { onDropped: (kind, reason) => dropped.push(`${kind}:${reason}`) },
    schedule: () => {
      scheduled++
    },
  })
  const stream = new RecordingStream()
  return {
    outbox,
    stream,
    dropped,
    attach: () => outbox.attach(stream as unknown as Stream),
    scheduled: () => scheduled,
  }
}

describe('an outbox', () => {
  it('joins the small frames of one turn into one write and leaves large ones as they are', () => {
    const { outbox, stream, attach } = create()
    attach()
    const block = new Uint8Array(1_000_000)
    for (let i = 0; i < 10; i++) outbox.push(VOTE, 0, Uint8Array.of(i))
    outbox.push(PROPOSAL, 0, block)
    outbox.flush(0)
    expect(stream.writes.length).toBe(3)
    expect(stream.writes[2]).toBe(block)
    expect(stream.frames().map((frame) => frame.payload.length)).toEqual([...Array(10).fill(1), 1_000_000])
  })

  it('keeps everything while there is no stream, and waits when the stream is full', () => {
    const { outbox, stream, attach, scheduled } = create()
    outbox.push(VOTE, 0, Uint8Array.of(1))
    outbox.flush(0)
    stream.room = 1
    attach()
    expect(scheduled()).toBe(2)
    outbox.flush(1)
    outbox.push(VOTE, 0, Uint8Array.of(2))
    outbox.flush(2)
    expect(stream.frames().length).toBe(1)
    expect(outbox.stalledSinceMs).toBe(2)
    stream.drain()
    outbox.flush(3)
    expect(stream.frames().length).toBe(2)
    expect(outbox.stalledSinceMs).toBeUndefined()
  })

  it('replaces a message by a newer one with the same key', () => {
    const { outbox, stream, attach, dropped } = create()
    attach()
    outbox.push(STATUS, 0, Uint8Array.of(1), 'status')
    outbox.push(STATUS, 0, Uint8Array.of(2), 'status')
    outbox.flush(0)
    expect(stream.frames().map((frame) => frame.payload[0])).toEqual([2])
    expect(dropped).toEqual(['status:superseded'])
  })

  it('drops the oldest notices when it is full, but never a request or an answer', () => {
    const { outbox, stream, attach, dropped } = create()
    expect(outbox.push(BLOCK_RANGE, 1, Uint8Array.of(0))).toBe(true)
    for (let i = 0; i < MAX_OUTBOX_MESSAGES; i++) expect(outbox.push(VOTE, 0, Uint8Array.of(i & 0xff))).toBe(true)
    expect(outbox.size).toBe(MAX_OUTBOX_MESSAGES)
    expect(dropped).toEqual(['vote:queue-full'])
    attach()
    outbox.flush(0)
    expect(
      stream
        .frames()
        .slice(0, 2)
        .map((frame) => frame.kind),
    ).toEqual([BLOCK_RANGE, VOTE])
    expect(stream.frames()[1]?.payload[0]).toBe(1)

    const answers = create()
    const half = new Uint8Array(MAX_OUTBOX_BYTES / 2)
    const push = () => answers.outbox.push(BLOCK_RANGE | ANSWER_BIT, 1, half)
    expect([push(), push(), push()]).toEqual([true, true, false])
  })

  it('shares a budget with others and gives back what left or was dropped', () => {
    const budget = new ByteBudget(100)
    const first = create(budget)
    const second = create(budget)
    expect(first.outbox.push(VOTE, 0, new Uint8Array(60))).toBe(true)
    expect(second.outbox.push(VOTE, 0, new Uint8Array(60))).toBe(false)
    first.attach()
    first.outbox.flush(0)
    expect(second.outbox.push(VOTE, 0, new Uint8Array(60))).toBe(true)
    second.outbox.close()
    expect(second.outbox.push(VOTE, 0, new Uint8Array(1))).toBe(false)
    expect(first.outbox.push(VOTE, 0, new Uint8Array(100))).toBe(true)
  })
})
