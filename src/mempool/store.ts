/**
 * The pool's transactions and the rules between them: one per sender and nonce, replacement, limits, eviction.
 *
 * Synchronous and without clock or network. Promises: never more transactions or bytes than the caps; what leaves a
 * full pool is never worth more than what stays; a sender's pending transactions have no gap.
 */

import { err, ok, type Result } from '../lib/result.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Transaction } from '../types/transaction.ts'
import { checkAccount } from './admission.ts'
import { maxFeePerGas, maxTipPerGas, type PoolEntry } from './entry.ts'
import { EvictionOrder } from './eviction.ts'
import type { PoolAccount } from './ports.ts'
import { type Refusal, refuse } from './refusal.ts'
import { SenderQueue } from './sender-queue.ts'

/** A replacement must raise both fees by this many percent, as in geth. */
const REPLACEMENT_BUMP_PERCENT = 10n

export type PoolLimits = {
  readonly transactions: number
  readonly bytes: number
  readonly perSender: number
  readonly nonceGap: number
}

/** What a change did: entries that became pending for the first time, and entries that left. */
export type PoolChange = { readonly promoted: readonly PoolEntry[]; readonly removed: readonly PoolEntry[] }

export class PoolStore {
  readonly entries = new Map<Hash, PoolEntry>()
  readonly queues = new Map<Address, SenderQueue>()
  private readonly limits: PoolLimits
  private readonly authorityCounts = new Map<Address, number>()
  private baseFeePerGas: bigint
  private totalBytes = 0
  private totalPending = 0
  private order: EvictionOrder | undefined

  constructor(limits: PoolLimits, baseFeePerGas: bigint) {
    this.limits = limits
    this.baseFeePerGas = baseFeePerGas
  }

  get bytes(): number {
    return this.totalBytes
  }

  get pendingCount(): number {
    return this.totalPending
  }

  get queuedCount(): number {
    return this.entries.size - this.totalPending
  }

  /** Whether the pool's rules let a transaction of `sender` in, space aside. */
  check(tx: Transaction, sender: Address, account: PoolAccount): Result<Transaction, Refusal> {
    const queue = this.queues.get(sender)
    const replaced = queue?.get(Number(tx.nonce))
    const holdings = { spentWei: queue?.spentWei ?? 0n, replacedCostWei: replaced?.costWei }
    const afforded = checkAccount(tx, sender, account, holdings)
    if (!afforded.ok) return afforded
    const next = queue?.pendingEnd ?? Number(account.nonce)
    if (replaced !== undefined) {
      return isReplacement(tx, replaced)
        ? ok(tx)
        : refuse('REPLACEMENT_UNDERPRICED', 'replacement transaction underpriced')
    }
    if (account.code === 'delegated' || this.authorityCounts.has(sender)) {
      if (queue !== undefined) {
        return refuse('DELEGATED_IN_FLIGHT', 'in-flight transaction limit reached for delegated accounts')
      }
      if (tx.nonce !== account.nonce) return refuse('DELEGATED_GAP', 'gapped-nonce tx from delegated accounts')
    }
    if (tx.nonce > BigInt(next + this.limits.nonceGap)) {
      return refuse('NONCE_TOO_HIGH', `nonce too high: tx nonce ${tx.nonce}, gapped nonce ${next}`)
    }
    if (queue !== undefined && queue.size >= this.limits.perSender) {
      return refuse('ACCOUNT_LIMIT', `account limit exceeded: pooled ${queue.size} txs`)
    }
    return ok(tx)
  }

  /** EIP-7702: an account that is about to be delegated may have at most one transaction of its own in the pool. */
  checkAuthorities(authorities: readonly Address[]): Result<undefined, Refusal> {
    for (const authority of authorities) {
      if ((this.queues.get(authority)?.size ?? 0) > 1) {
        return refuse('AUTHORITY_RESERVED', 'authority already reserved')
      }
    }
    return ok(undefined)
  }

  /** Stores a checked entry and makes room for it; refuses it, with nothing changed, when it is itself worth least. */
  insert(entry: PoolEntry, account: PoolAccount): Result<PoolChange, Refusal> {
    const replaced = this.put(entry, account)
    const evicted: { readonly entry: PoolEntry; readonly account: PoolAccount }[] = []
    while (this.isOver()) {
      const worst = this.worst()
      const queue = worst === undefined ? undefined : this.queues.get(worst.sender)
      if (worst === undefined || queue === undefined) break
      const wasPending = queue.isPending(worst)
      this.drop(worst)
      if (worst === entry) {
        for (const other of evicted.reverse()) this.put(other.entry, other.account)
        if (replaced !== undefined) this.put(replaced, account)
        return wasPending ? refuse('UNDERPRICED', 'transaction underpriced') : refuse('POOL_FULL', 'txpool is full')
      }
      evicted.push({ entry: worst, account: queue.account })
    }
    const promoted = this.promote(entry.sender, entry.nonce)
    const removed = evicted.map((other) => other.entry)
    return ok({ promoted, removed: replaced === undefined ? removed : [replaced, ...removed] })
  }

  /** Moves a sender to its account at a new finalized head. */
  advance(sender: Address, account: PoolAccount): PoolChange {
    const queue = this.queues.get(sender)
    if (queue === undefined) return { promoted: [], removed: [] }
    const removed = this.change(queue, () => queue.advance(account))
    for (const entry of removed) this.forget(entry)
    if (queue.size === 0) this.queues.delete(sender)
    return { promoted: this.promote(sender, queue.nonce), removed }
  }

  /** Takes out the entry with this hash, if it is there. */
  discard(hash: Hash): PoolEntry[] {
    const entry = this.entries.get(hash)
    if (entry === undefined) return []
    this.drop(entry)
    return [entry]
  }

  /** Takes out the queued entries that arrived before `addedBeforeMs`. */
  expireQueued(addedBeforeMs: number): PoolEntry[] {
    const expired: PoolEntry[] = []
    for (const queue of this.queues.values()) {
      if (queue.queuedCount === 0) continue
      for (const entry of queue.queued()) if (entry.addedAtMs < addedBeforeMs) expired.push(entry)
    }
    for (const entry of expired) this.drop(entry)
    return expired
  }

  /** Prices everything anew under the next block's base fee. */
  setBaseFee(baseFeePerGas: bigint): void {
    if (baseFeePerGas !== this.baseFeePerGas) this.order = undefined
    this.baseFeePerGas = baseFeePerGas
  }

  private isOver(): boolean {
    return this.entries.size > this.limits.transactions || this.totalBytes > this.limits.bytes
  }

  private worst(): PoolEntry | undefined {
    this.order ??= new EvictionOrder(this.queues, this.baseFeePerGas)
    return this.order.worst()
  }

  private put(entry: PoolEntry, account: PoolAccount): PoolEntry | undefined {
    let queue = this.queues.get(entry.sender)
    if (queue === undefined) {
      queue = new SenderQueue(account)
      this.queues.set(entry.sender, queue)
    }
    const target = queue
    const replaced = this.change(target, () => target.put(entry))
    if (replaced !== undefined) this.forget(replaced)
    this.entries.set(entry.hash, entry)
    this.totalBytes += entry.raw.length
    for (const authority of entry.authorities) {
      this.authorityCounts.set(authority, (this.authorityCounts.get(authority) ?? 0) + 1)
    }
    return replaced
  }

  private drop(entry: PoolEntry): void {
    const queue = this.queues.get(entry.sender)
    if (queue === undefined) return
    this.change(queue, () => queue.remove(entry))
    if (queue.size === 0) this.queues.delete(entry.sender)
    this.forget(entry)
  }

  /** Runs a change of one queue and keeps what is counted over all queues in step. */
  private change<T>(queue: SenderQueue, run: () => T): T {
    const before = queue.pendingCount
    const result = run()
    this.totalPending += queue.pendingCount - before
    this.order?.touch(queue)
    return result
  }

  private forget(entry: PoolEntry): void {
    this.entries.delete(entry.hash)
    this.totalBytes -= entry.raw.length
    for (const authority of entry.authorities) {
      const left = (this.authorityCounts.get(authority) ?? 1) - 1
      if (left === 0) this.authorityCounts.delete(authority)
      else this.authorityCounts.set(authority, left)
    }
  }

  /** The sender's pending entries from a nonce on that were never pending before. */
  private promote(sender: Address, fromNonce: number): PoolEntry[] {
    const queue = this.queues.get(sender)
    if (queue === undefined) return []
    const promoted: PoolEntry[] = []
    for (let nonce = fromNonce; nonce < queue.pendingEnd; nonce++) {
      const entry = queue.get(nonce)
      if (entry === undefined || entry.wasPending) continue
      entry.wasPending = true
      promoted.push(entry)
    }
    return promoted
  }
}

function isReplacement(tx: Transaction, old: PoolEntry): boolean {
  return isBumped(maxFeePerGas(tx), old.maxFeePerGas) && isBumped(maxTipPerGas(tx), old.maxTipPerGas)
}

function isBumped(fee: bigint, old: bigint): boolean {
  return fee > old && fee >= (old * (100n + REPLACEMENT_BUMP_PERCENT)) / 100n
}

/** A refusal of something that is in the pool or on its way into it. */
export function alreadyKnown(): Result<never, Refusal> {
  return err({ code: 'ALREADY_KNOWN', message: 'already known', blame: 'ignore' })
}
