/**
 * The transaction pool: what users and peers send, checked, recovered once, ordered, and offered to block builders.
 *
 * It knows the finalized head only. A transaction stays until its nonce is final, so one whose block loses is offered
 * again without further ado. Everything is bounded (lib/limits.ts); refusals carry geth's words.
 */

import { BoundedMap } from '../lib/bounded-map.ts'
import type { Clock } from '../lib/clock.ts'
import { errorMessage } from '../lib/errors.ts'
import {
  MAX_POOL_BYTES,
  MAX_POOL_NONCE_GAP,
  MAX_POOL_RECOVERY_BATCH,
  MAX_POOL_SEEN,
  MAX_POOL_SENDER_TRANSACTIONS,
  MAX_POOL_TRANSACTIONS,
  POOL_JOURNAL_SLACK_BYTES,
  POOL_QUEUED_LIFETIME_MS,
} from '../lib/limits.ts'
import { ok, type Result } from '../lib/result.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Transaction } from '../types/transaction.ts'
import { transactionHash } from '../types/transaction-codec.ts'
import { type AdmissionRules, checkStateless, decodeForPool } from './admission.ts'
import { chooseCandidates, isAnyExecutable } from './candidates.ts'
import { PoolEntry } from './entry.ts'
import type { PoolJournal } from './journal.ts'
import { Listeners } from './listeners.ts'
import type { CandidateRequest, PoolContent, PooledTransaction, PoolStatus, TransactionPool } from './pool.ts'
import type { AccountReader, FinalizedHead, PoolAccount, PoolHead, SenderRecovery } from './ports.ts'
import { RecoveryQueue } from './recovery-queue.ts'
import { type Refusal, refuse } from './refusal.ts'
import { alreadyKnown, type PoolChange, type PoolLimits, PoolStore } from './store.ts'

/** How often queued transactions are looked through for those that waited too long, in ms. */
const EXPIRY_INTERVAL_MS = 60_000

export type MempoolOptions = {
  readonly accounts: AccountReader
  readonly recovery: SenderRecovery
  readonly clock: Clock
  readonly log: Logger
  readonly head: PoolHead
  readonly chainId: bigint
  readonly minBaseFeePerGas: bigint
  /** Least tip this node accepts, wei a unit of gas. */
  readonly minTipPerGas: bigint
  /** Where local transactions are kept across a restart; none are when absent. */
  readonly journal?: PoolJournal
  /** Caps below or above the defaults of lib/limits.ts. */
  readonly limits?: Partial<PoolLimits>
}

type Origin = 'local' | 'peer'
type Admission = Result<PooledTransaction, Refusal>

export class Mempool implements TransactionPool {
  private readonly options: MempoolOptions
  private readonly store: PoolStore
  private readonly recovery: RecoveryQueue
  private readonly inFlight = new Set<Hash>()
  /** Transactions that are final or no state can excuse: copies from peers are dropped before any work. */
  private readonly done = new BoundedMap<Hash, true>(MAX_POOL_SEEN)
  /** Transactions from peers refused under the present head. */
  private readonly refused = new BoundedMap<Hash, true>(MAX_POOL_SEEN)
  private readonly pendingListeners = new Listeners<[PooledTransaction]>()
  private readonly readyListeners = new Listeners<[]>()
  private rules: AdmissionRules
  private head: PoolHead
  private sequence = 0
  private localBytes = 0
  private isReadyScheduled = false
  private isJournalBeingTrimmed = false
  private nextExpiryMs: number

  constructor(options: MempoolOptions) {
    this.options = options
    this.head = options.head
    this.rules = {
      chainId: options.chainId,
      blockGasLimit: options.head.gasLimit,
      minBaseFeePerGas: options.minBaseFeePerGas,
      minTipPerGas: options.minTipPerGas,
    }
    const limits: PoolLimits = {
      transactions: MAX_POOL_TRANSACTIONS,
      bytes: MAX_POOL_BYTES,
      perSender: MAX_POOL_SENDER_TRANSACTIONS,
      nonceGap: MAX_POOL_NONCE_GAP,
      ...options.limits,
    }
    this.store = new PoolStore(limits, options.head.nextBaseFeePerGas)
    this.recovery = new RecoveryQueue(options.recovery)
    this.nextExpiryMs = options.clock.nowMs() + EXPIRY_INTERVAL_MS
  }

  /** Brings back the local transactions of the journal that are still valid. Throws CodedError POOL_JOURNAL_UNREADABLE. */
  async start(): Promise<void> {
    const { journal, log } = this.options
    if (journal === undefined) return
    const raws = await journal.read()
    let admitted = 0
    // In portions, for the queue to the recovery workers is bounded and the journal may be longer.
    for (let from = 0; from < raws.length; from += MAX_POOL_RECOVERY_BATCH) {
      const portion = raws.slice(from, from + MAX_POOL_RECOVERY_BATCH)
      const results = await Promise.all(portion.map((raw) => this.admit(raw, 'local')))
      admitted += results.filter((one) => one.ok).length
    }
    await this.rewriteJournal(journal).catch((thrown: unknown) => this.warnOfRewrite(thrown))
    if (raws.length > 0) log.info({ read: raws.length, admitted }, 'local transactions brought back')
  }

  /** Closes the journal. */
  async stop(): Promise<void> {
    await this.options.journal?.close()
  }

  async add(raw: Uint8Array, origin: Origin): Promise<Admission> {
    const admission = await this.admit(raw, origin)
    if (admission.ok && origin === 'local') await this.writeJournal(raw)
    return admission
  }

  get(hash: Hash): PooledTransaction | undefined {
    return this.store.entries.get(hash)
  }

  senderOf(hash: Hash): Address | undefined {
    return this.store.entries.get(hash)?.sender
  }

  nextNonce(address: Address): bigint {
    const queue = this.store.queues.get(address)
    return queue === undefined ? this.options.accounts.account(address).nonce : BigInt(queue.pendingEnd)
  }

  content(): PoolContent {
    const pending = new Map<Address, readonly PooledTransaction[]>()
    const queued = new Map<Address, readonly PooledTransaction[]>()
    for (const [sender, queue] of this.store.queues) {
      if (queue.pendingCount > 0) pending.set(sender, queue.pending())
      if (queue.queuedCount > 0) queued.set(sender, queue.queued())
    }
    return { pending, queued }
  }

  contentFrom(address: Address): { pending: readonly PooledTransaction[]; queued: readonly PooledTransaction[] } {
    const queue = this.store.queues.get(address)
    return queue === undefined ? { pending: [], queued: [] } : { pending: queue.pending(), queued: queue.queued() }
  }

  status(): PoolStatus {
    const { pendingCount, queuedCount, bytes } = this.store
    return { pending: pendingCount, queued: queuedCount, bytes }
  }

  candidates(request: CandidateRequest): readonly PooledTransaction[] {
    return this.store.entries.size === 0 ? [] : chooseCandidates(this.store, request)
  }

  hasCandidates(request: CandidateRequest): boolean {
    return this.store.entries.size > 0 && isAnyExecutable(this.store, request)
  }

  discard(hashes: readonly Hash[]): void {
    for (const hash of hashes) {
      this.done.set(hash, true)
      this.settle({ promoted: [], removed: this.store.discard(hash) })
    }
  }

  onFinalized(head: FinalizedHead): void {
    const isCheaper = head.nextBaseFeePerGas < this.head.nextBaseFeePerGas
    this.head = { nextBaseFeePerGas: head.nextBaseFeePerGas, gasLimit: head.gasLimit }
    this.rules = { ...this.rules, blockGasLimit: head.gasLimit }
    this.store.setBaseFee(head.nextBaseFeePerGas)
    this.refused.clear()
    for (const [sender, account] of this.accountsAt(head)) this.settle(this.store.advance(sender, account))
    for (const hash of head.transactionHashes) this.done.set(hash, true)
    this.expire()
    this.trimJournal()
    if (isCheaper && this.store.pendingCount > 0) this.scheduleReady()
  }

  onPending(listener: (transaction: PooledTransaction) => void): () => void {
    return this.pendingListeners.add(listener)
  }

  onReady(listener: () => void): () => void {
    return this.readyListeners.add(listener)
  }

  /** Local transactions that are pending, which gossip announces again while they wait. */
  *pendingLocals(): IterableIterator<PooledTransaction> {
    if (this.localBytes === 0) return
    for (const entry of this.store.entries.values()) if (entry.local && entry.wasPending) yield entry
  }

  private async admit(raw: Uint8Array, origin: Origin): Promise<Admission> {
    const decoded = decodeForPool(raw)
    if (!decoded.ok) return decoded
    const hash = transactionHash(raw)
    if (this.isKnown(hash, origin)) return alreadyKnown()
    const stateless = checkStateless(decoded.value, this.rules)
    if (!stateless.ok) return this.note(hash, origin, stateless)
    const recovered = this.recovery.sender(raw)
    if (recovered === 'full') return refuse('POOL_FULL', 'txpool is full')
    this.inFlight.add(hash)
    try {
      const sender = await recovered
      if (sender === undefined) {
        const words = 'invalid sender: invalid transaction v, r, s values'
        return this.note(hash, origin, refuse('INVALID_SENDER', words))
      }
      return this.note(hash, origin, await this.place(decoded.value, raw, hash, sender, origin))
    } finally {
      this.inFlight.delete(hash)
    }
  }

  private isKnown(hash: Hash, origin: Origin): boolean {
    if (this.store.entries.has(hash) || this.inFlight.has(hash)) return true
    return origin === 'peer' && (this.done.has(hash) || this.refused.has(hash))
  }

  /** Remembers what a peer should not make this node check again. */
  private note(hash: Hash, origin: Origin, admission: Admission): Admission {
    if (!admission.ok && origin === 'peer') {
      const memory = admission.error.blame === 'reject' ? this.done : this.refused
      memory.set(hash, true)
    }
    return admission
  }

  private async place(
    tx: Transaction,
    raw: Uint8Array,
    hash: Hash,
    sender: Address,
    origin: Origin,
  ): Promise<Admission> {
    let checked = this.store.check(tx, sender, this.accountOf(sender))
    if (!checked.ok) return checked
    let authorities: readonly Address[] = []
    if (tx.type === 4) {
      // Recovered only for a sender who can pay: each costs as much as a sender.
      const recovered = await this.options.recovery.authorities(raw)
      authorities = recovered.filter((one) => one !== undefined)
      const free = this.store.checkAuthorities(authorities)
      if (!free.ok) return free
      checked = this.store.check(tx, sender, this.accountOf(sender))
      if (!checked.ok) return checked
    }
    const admitted = {
      transaction: tx,
      raw,
      hash,
      sender,
      local: origin === 'local',
      addedAtMs: this.options.clock.nowMs(),
    }
    const entry = new PoolEntry(admitted, this.sequence++, authorities)
    const inserted = this.store.insert(entry, this.accountOf(sender))
    if (!inserted.ok) return inserted
    if (entry.local) this.localBytes += entry.raw.length
    this.settle(inserted.value)
    return ok(entry)
  }

  private accountOf(sender: Address): PoolAccount {
    return this.store.queues.get(sender)?.account ?? this.options.accounts.account(sender)
  }

  /** The senders of the pool that a new head touches, with their accounts there. */
  private accountsAt(head: FinalizedHead): Map<Address, PoolAccount> {
    const { accounts } = this.options
    const touched = new Map<Address, PoolAccount>()
    if (head.changedAccounts === 'unknown') {
      for (const sender of this.store.queues.keys()) touched.set(sender, accounts.account(sender))
      return touched
    }
    for (const [address, account] of head.changedAccounts) {
      if (this.store.queues.has(address)) touched.set(address, account ?? accounts.account(address))
    }
    for (const hash of head.transactionHashes) {
      const sender = this.store.entries.get(hash)?.sender
      if (sender !== undefined && !touched.has(sender)) touched.set(sender, accounts.account(sender))
    }
    return touched
  }

  private settle({ promoted, removed }: PoolChange): void {
    for (const entry of removed) if (entry.local) this.localBytes -= entry.raw.length
    let isReady = false
    for (const entry of promoted) {
      this.pendingListeners.emit(entry)
      isReady ||= entry.maxFeePerGas >= this.head.nextBaseFeePerGas
    }
    if (isReady) this.scheduleReady()
  }

  private scheduleReady(): void {
    if (this.isReadyScheduled) return
    this.isReadyScheduled = true
    setImmediate(() => {
      this.isReadyScheduled = false
      this.readyListeners.emit()
    })
  }

  private expire(): void {
    const now = this.options.clock.nowMs()
    if (now < this.nextExpiryMs) return
    this.nextExpiryMs = now + EXPIRY_INTERVAL_MS
    this.settle({ promoted: [], removed: this.store.expireQueued(now - POOL_QUEUED_LIFETIME_MS) })
  }

  private async writeJournal(raw: Uint8Array): Promise<void> {
    try {
      await this.options.journal?.append(raw)
    } catch (thrown) {
      // The transaction is in the pool and will be mined; only its survival of a restart is lost.
      this.options.log.warn({ reason: errorMessage(thrown) }, 'pool journal could not be written')
    }
  }

  /** Rewrites the journal once most of it is of transactions that have left the pool. */
  private trimJournal(): void {
    const { journal } = this.options
    if (journal === undefined || this.isJournalBeingTrimmed) return
    if (journal.sizeBytes <= POOL_JOURNAL_SLACK_BYTES + 2 * this.localBytes) return
    this.isJournalBeingTrimmed = true
    this.rewriteJournal(journal)
      .catch((thrown: unknown) => this.warnOfRewrite(thrown))
      .finally(() => {
        this.isJournalBeingTrimmed = false
      })
  }

  private warnOfRewrite(thrown: unknown): void {
    this.options.log.warn({ reason: errorMessage(thrown) }, 'pool journal could not be rewritten')
  }

  private rewriteJournal(journal: PoolJournal): Promise<void> {
    const locals = [...this.store.entries.values()].filter((entry) => entry.local)
    return journal.rewrite(locals.map((entry) => entry.raw))
  }
}
