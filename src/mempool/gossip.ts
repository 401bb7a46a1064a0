/**
 * The pool's side of transaction gossip: announces what users submitted here, takes what peers announce.
 *
 * Only local transactions are announced: the gossip network itself carries a message on to everybody. An announcement
 * holds up to MAX_ANNOUNCED_TRANSACTIONS transactions gathered for at most 10 ms, as a list of byte strings in the
 * codec of types/codec.ts. A local transaction that still waits is announced again every 20 s, because peers that
 * restarted have forgotten it.
 */

import type { Clock } from '../lib/clock.ts'
import type { Blame } from '../lib/errors.ts'
import { MAX_ANNOUNCED_TRANSACTIONS, MAX_ANNOUNCEMENT_BYTES, MAX_POOL_TRANSACTION_BYTES } from '../lib/limits.ts'
import { DecodeError, decodeExactly, Writer } from '../types/codec.ts'
import type { Hash } from '../types/primitives.ts'
import type { Mempool } from './mempool.ts'
import type { Scheduler } from './ports.ts'

const GATHER_MS = 10
const ANNOUNCE_AGAIN_MS = 20_000

export type GossipOptions = {
  readonly pool: Mempool
  readonly clock: Clock
  readonly schedule: Scheduler
  /** Sends one announcement to the network. */
  readonly publish: (announcement: Uint8Array) => void
}

export class TransactionGossip {
  private readonly options: GossipOptions
  private gathered: Uint8Array[] = []
  private gatheredBytes = 0
  private cancelTimer: (() => void) | undefined
  private stopListening: (() => void) | undefined
  /** When each waiting local transaction was announced again last, in ms. */
  private announcedAtMs = new Map<Hash, number>()

  constructor(options: GossipOptions) {
    this.options = options
  }

  /** From now on, local transactions that become pending are announced. */
  start(): void {
    this.stopListening = this.options.pool.onPending((transaction) => {
      if (transaction.local) this.gather(transaction.raw)
    })
  }

  stop(): void {
    this.stopListening?.()
    this.cancelTimer?.()
    this.cancelTimer = undefined
  }

  /**
   * Takes an announcement. `accept`: it brought something new, pass it on; `ignore`: nothing new or nothing this node
   * wants; `reject`: the sender did not check what it sends.
   */
  async receive(announcement: Uint8Array): Promise<'accept' | Blame> {
    const raws = decodeAnnouncement(announcement)
    if (raws === undefined) return 'reject'
    const results = await Promise.all(raws.map((raw) => this.options.pool.add(raw, 'peer')))
    if (results.some((one) => !one.ok && one.error.blame === 'reject')) return 'reject'
    return results.some((one) => one.ok) ? 'accept' : 'ignore'
  }

  /** To be called with each finalized block: announces again what has waited long. */
  onFinalized(): void {
    const now = this.options.clock.nowMs()
    const waiting = new Map<Hash, number>()
    for (const transaction of this.options.pool.pendingLocals()) {
      const announced = this.announcedAtMs.get(transaction.hash) ?? transaction.addedAtMs
      waiting.set(transaction.hash, announced)
      if (now - announced < ANNOUNCE_AGAIN_MS) continue
      waiting.set(transaction.hash, now)
      this.gather(transaction.raw)
    }
    this.announcedAtMs = waiting
  }

  private gather(raw: Uint8Array): void {
    if (this.gatheredBytes + framedLength(raw) > MAX_ANNOUNCEMENT_BYTES) this.flush()
    this.gathered.push(raw)
    this.gatheredBytes += framedLength(raw)
    if (this.gathered.length >= MAX_ANNOUNCED_TRANSACTIONS) this.flush()
    else this.cancelTimer ??= this.options.schedule(() => this.flush(), GATHER_MS)
  }

  private flush(): void {
    this.cancelTimer?.()
    this.cancelTimer = undefined
    if (this.gathered.length === 0) return
    const announcement = encodeAnnouncement(this.gathered)
    this.gathered = []
    this.gatheredBytes = 0
    this.options.publish(announcement)
  }
}

/** The bytes of an announcement. */
export function encodeAnnouncement(raws: readonly Uint8Array[]): Uint8Array {
  return new Writer(4096).list(raws, (writer, raw) => writer.bytes(raw)).finish()
}

/** The transactions of an announcement; undefined when it is malformed, empty or over a bound. */
export function decodeAnnouncement(announcement: Uint8Array): Uint8Array[] | undefined {
  if (announcement.length > MAX_ANNOUNCEMENT_BYTES + 4) return undefined
  try {
    const raws = decodeExactly(announcement, (reader) =>
      reader.list(MAX_ANNOUNCED_TRANSACTIONS, (item) => item.bytes(MAX_POOL_TRANSACTION_BYTES)),
    )
    return raws.length === 0 ? undefined : raws
  } catch (thrown) {
    if (thrown instanceof DecodeError) return undefined
    throw thrown
  }
}

function framedLength(raw: Uint8Array): number {
  return raw.length + 4
}
