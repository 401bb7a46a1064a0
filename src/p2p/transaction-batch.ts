/**
 * Transaction batches for gossip: up to 64 transactions or 10 ms of them in one message, whichever comes first.
 */

import { MAX_ANNOUNCED_TRANSACTIONS, MAX_GOSSIP_BYTES, MAX_POOL_TRANSACTION_BYTES } from '../lib/limits.ts'
import { decodeExactly, Writer } from '../types/codec.ts'

export const BATCH_DELAY_MS = 10
/** Room for the count and each transaction's length beside the transactions themselves. */
const MAX_BATCH_BYTES = MAX_GOSSIP_BYTES - 4 - 4 * MAX_ANNOUNCED_TRANSACTIONS

/** A batch's bytes; the caller keeps to the bounds of this file. */
export function encodeTransactionBatch(transactions: readonly Uint8Array[]): Uint8Array {
  return new Writer(4_096).list(transactions, (writer, raw) => writer.bytes(raw)).finish()
}

/** Canonical bytes of each transaction, at least one. Throws DecodeError. */
export function decodeTransactionBatch(bytes: Uint8Array): Uint8Array[] {
  return decodeExactly(bytes, (reader) =>
    reader.list(MAX_ANNOUNCED_TRANSACTIONS, (item) => item.bytes(MAX_POOL_TRANSACTION_BYTES)),
  )
}

/** Collects transactions and hands out full or ripe batches. */
export class TransactionBatcher {
  private readonly publish: (batch: Uint8Array) => void
  private waiting: Uint8Array[] = []
  private waitingBytes = 0
  private timer: NodeJS.Timeout | undefined

  constructor(publish: (batch: Uint8Array) => void) {
    this.publish = publish
  }

  /** Takes canonical bytes of one transaction within the pool's size limit. */
  add(raw: Uint8Array): void {
    if (this.waitingBytes + raw.length > MAX_BATCH_BYTES) this.flush()
    this.waiting.push(raw)
    this.waitingBytes += raw.length
    if (this.waiting.length >= MAX_ANNOUNCED_TRANSACTIONS) this.flush()
    else this.timer ??= setTimeout(() => this.flush(), BATCH_DELAY_MS)
  }

  /** Sends what waits now. */
  flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.waiting.length === 0) return
    const batch = encodeTransactionBatch(this.waiting)
    this.waiting = []
    this.waitingBytes = 0
    this.publish(batch)
  }

  /** Drops what waits; for shutdown. */
  stop(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.waiting = []
    this.waitingBytes = 0
  }
}
