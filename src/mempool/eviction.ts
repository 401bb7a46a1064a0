/**
 * Which transaction leaves a full pool: always a sender's last one, so that no gap opens; those that wait for an earlier
 * nonce before those that are executable, then the least worth under the next base fee, then the youngest.
 *
 * The order is a heap of tails, built when the pool first overflows and thrown away when the base fee moves; entries of
 * queues that changed since are recognized by their version and skipped.
 */

import type { PoolEntry } from './entry.ts'
import { Heap } from './heap.ts'
import type { SenderQueue } from './sender-queue.ts'

type Tail = {
  readonly queue: SenderQueue
  readonly version: number
  readonly entry: PoolEntry
  readonly isPending: boolean
  readonly worth: bigint
}

/** Stale tails are swept once they outnumber the senders this many times. */
const STALE_FACTOR = 4

export class EvictionOrder {
  private readonly queues: ReadonlyMap<unknown, SenderQueue>
  private readonly baseFeePerGas: bigint
  private heap: Heap<Tail>

  constructor(queues: ReadonlyMap<unknown, SenderQueue>, baseFeePerGas: bigint) {
    this.queues = queues
    this.baseFeePerGas = baseFeePerGas
    this.heap = this.build()
  }

  /** Notes that a queue has changed. */
  touch(queue: SenderQueue): void {
    if (this.heap.size > this.queues.size * STALE_FACTOR + STALE_FACTOR) this.heap = this.build()
    const tail = this.tailOf(queue)
    if (tail !== undefined) this.heap.push(tail)
  }

  /** The transaction to leave next, or undefined when the pool is empty. */
  worst(): PoolEntry | undefined {
    for (;;) {
      const top = this.heap.peek()
      if (top === undefined) return undefined
      if (top.version === top.queue.version) return top.entry
      this.heap.pop()
    }
  }

  private build(): Heap<Tail> {
    const tails: Tail[] = []
    for (const queue of this.queues.values()) {
      const tail = this.tailOf(queue)
      if (tail !== undefined) tails.push(tail)
    }
    return new Heap(leavesBefore, tails)
  }

  private tailOf(queue: SenderQueue): Tail | undefined {
    const entry = queue.tail()
    if (entry === undefined) return undefined
    const isPending = queue.isPending(entry)
    return { queue, version: queue.version, entry, isPending, worth: queue.worthOf(entry, this.baseFeePerGas) }
  }
}

function leavesBefore(a: Tail, b: Tail): boolean {
  if (a.isPending !== b.isPending) return b.isPending
  if (a.worth !== b.worth) return a.worth < b.worth
  return a.entry.sequence > b.entry.sequence
}
