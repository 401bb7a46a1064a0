/**
 * One sender's transactions by nonce, over its account at the finalized head.
 *
 * Nonces from the account's up to `pendingEnd` are contiguous and executable in order (pending); later ones wait for
 * the gap to fill (queued).
 */

import type { PoolEntry } from './entry.ts'
import type { PoolAccount } from './ports.ts'

export class SenderQueue {
  account: PoolAccount
  /** Wei that all of the sender's pooled transactions can take. */
  spentWei = 0n
  /** Rises with every change, so that what was derived from the queue can tell that it is stale. */
  version = 0
  private readonly byNonce = new Map<number, PoolEntry>()
  private firstNonce: number
  private end: number
  private last = -1
  /** Least tips of the pending transactions up to each position, for `worthOf`; undefined when they must be taken anew. */
  private least: { readonly baseFeePerGas: bigint; readonly tips: bigint[] } | undefined

  constructor(account: PoolAccount) {
    this.account = account
    this.firstNonce = Number(account.nonce)
    this.end = this.firstNonce
  }

  get size(): number {
    return this.byNonce.size
  }

  /** The account's nonce. */
  get nonce(): number {
    return this.firstNonce
  }

  /** The first nonce that is neither spent nor pending. */
  get pendingEnd(): number {
    return this.end
  }

  get pendingCount(): number {
    return this.end - this.firstNonce
  }

  get queuedCount(): number {
    return this.byNonce.size - this.pendingCount
  }

  get(nonce: number): PoolEntry | undefined {
    return this.byNonce.get(nonce)
  }

  /** The entry of the highest nonce. */
  tail(): PoolEntry | undefined {
    return this.byNonce.get(this.last)
  }

  isPending(entry: PoolEntry): boolean {
    return entry.nonce < this.end
  }

  /** Stores an entry and returns the one it replaces. */
  put(entry: PoolEntry): PoolEntry | undefined {
    this.version++
    const replaced = this.byNonce.get(entry.nonce)
    this.byNonce.set(entry.nonce, entry)
    this.spentWei += entry.costWei - (replaced?.costWei ?? 0n)
    if (entry.nonce > this.last) this.last = entry.nonce
    if (replaced !== undefined) this.least = undefined
    this.extend()
    return replaced
  }

  /** Takes an entry out; later ones become queued. */
  remove(entry: PoolEntry): void {
    if (this.byNonce.get(entry.nonce) !== entry) return
    this.version++
    this.byNonce.delete(entry.nonce)
    this.spentWei -= entry.costWei
    if (entry.nonce < this.end && entry.nonce >= this.firstNonce) this.end = entry.nonce
    this.least?.tips.splice(Math.max(0, this.end - this.firstNonce))
    while (this.last >= this.firstNonce && !this.byNonce.has(this.last)) this.last--
  }

  /** Moves to the account of a new finalized head; returns the entries that are spent or can no longer be paid for. */
  advance(account: PoolAccount): PoolEntry[] {
    this.version++
    const nonce = Number(account.nonce)
    const removed: PoolEntry[] = []
    const limited = account.code !== 'none'
    this.account = account
    for (const entry of this.byNonce.values()) {
      const isSpent = entry.nonce < nonce
      // A delegated account's funds and nonce move without it, so only its next transaction is worth keeping.
      const isBeyondLimit = limited && entry.nonce !== nonce
      if (isSpent || isBeyondLimit || account.code === 'contract' || entry.costWei > account.balanceWei) {
        removed.push(entry)
      }
    }
    for (const entry of removed) {
      this.byNonce.delete(entry.nonce)
      this.spentWei -= entry.costWei
    }
    this.firstNonce = nonce
    this.end = nonce
    this.least = undefined
    while (this.last >= nonce && !this.byNonce.has(this.last)) this.last--
    if (this.last < nonce) this.last = -1
    this.extend()
    return removed
  }

  pending(): PoolEntry[] {
    const entries: PoolEntry[] = []
    for (let nonce = this.firstNonce; nonce < this.end; nonce++) {
      const entry = this.byNonce.get(nonce)
      if (entry !== undefined) entries.push(entry)
    }
    return entries
  }

  queued(): PoolEntry[] {
    return [...this.byNonce.values()].filter((entry) => entry.nonce >= this.end).sort((a, b) => a.nonce - b.nonce)
  }

  /**
   * What a pending entry is worth under a base fee: the least tip from the sender's first pending transaction up to it,
   * for it cannot be included before those. (Otherwise one dear last transaction would shelter any number of cheap ones.)
   */
  worthOf(entry: PoolEntry, baseFeePerGas: bigint): bigint {
    if (!this.isPending(entry)) return entry.tipUnder(baseFeePerGas)
    if (this.least === undefined || this.least.baseFeePerGas !== baseFeePerGas) {
      this.least = { baseFeePerGas, tips: [] }
    }
    const { tips } = this.least
    for (let at = tips.length; at <= entry.nonce - this.firstNonce; at++) {
      const tip = this.byNonce.get(this.firstNonce + at)?.tipUnder(baseFeePerGas) ?? 0n
      const before = tips[at - 1]
      tips.push(before !== undefined && before < tip ? before : tip)
    }
    return tips[entry.nonce - this.firstNonce] ?? 0n
  }

  private extend(): void {
    while (this.byNonce.has(this.end)) this.end++
  }
}
