/**
 * Block sync: brings the finalized head up to what the peers have, and keeps a full node there.
 *
 * Ranges are fetched from several peers at once and imported strictly in order. Nothing is imported that does not link to our
 * own finalized head and is not proved by a finalization under its epoch's validators; whoever served something else is
 * reported, and the range is asked of another.
 */

import type { Clock } from '../lib/clock.ts'
import { errorMessage } from '../lib/errors.ts'
import type { Logger } from '../telemetry/log.ts'
import type { SyncFault } from './faults.ts'
import { decodeHead } from './head-codec.ts'
import { RANGE_TIMEOUT_MS, type RangeRequest, SyncPlan } from './plan.ts'
import type { ChainPort, ImportFailure, PeerPort, Scheduler } from './ports.ts'
import { type CheckedRange, checkRange, isFinalizationOf } from './range-check.ts'
import { encodeRangeQuery } from './range-codec.ts'
import { type SyncRole, shouldSync } from './trigger.ts'

const TICK_MS = 250
/** A head this much older than our own is no news to anyone. */
const FORWARDED_AGE_BLOCKS = 8

export type BlockSyncOptions = {
  readonly chain: ChainPort
  readonly peers: PeerPort
  readonly role: SyncRole
  readonly clock: Clock
  readonly schedule: Scheduler
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
}

export type SyncProgress = {
  readonly isSyncing: boolean
  /** Height at which the current run began. */
  readonly startedAt: number
  readonly height: number
  /** Greatest height that a peer is believed to have. */
  readonly target: number
}

export class BlockSync {
  private readonly options: BlockSyncOptions
  private readonly plan: SyncPlan<CheckedRange>
  /** Heads that gossip proved, by the peer that brought them; they count as that peer's claim until its status catches up. */
  private readonly heads = new Map<string, number>()
  /** Height of the newest head that was proved. */
  private judgedHead = 0
  private lastHeight = 0
  /** Since when a peer is ahead and our head stands still; undefined while neither is so. */
  private stalledSinceMs: number | undefined
  private startedAt = 0
  private isSyncing = false
  private isImporting = false
  private isStopped = true
  private cancelTick: () => void = () => {}

  constructor(options: BlockSyncOptions) {
    this.options = options
    this.plan = new SyncPlan(options.chain.epochLength)
  }

  start(): void {
    this.isStopped = false
    this.lastHeight = this.options.chain.finalized().height
    this.startedAt = this.lastHeight
    this.tick()
  }

  stop(): void {
    this.isStopped = true
    this.cancelTick()
  }

  progress(): SyncProgress {
    const { height } = this.options.chain.finalized()
    return { isSyncing: this.isSyncing, startedAt: this.startedAt, height, target: Math.max(height, this.plan.target) }
  }

  /** Looks again at once, for example because a peer told of a greater height. */
  poke(): void {
    if (!this.isStopped) this.advance()
  }

  /**
   * Judges a gossiped head. The first of its height is forwarded once it is proved, also by a validator that has long had the
   * block, for others hear of it through this node; one that is new here is then fetched.
   */
  async onHead(peerId: string, bytes: Uint8Array): Promise<'accept' | 'ignore' | 'reject'> {
    const decoded = decodeHead(bytes)
    if (!decoded.ok) return 'reject'
    const { header, hash, certificate } = decoded.value
    const { chain } = this.options
    const { height } = chain.finalized()
    if (header.number <= this.judgedHead || header.number + FORWARDED_AGE_BLOCKS <= height) return 'ignore'
    if (!isFinalizationOf(certificate, { height: header.number, hash }, chain.epochLength)) return 'reject'
    const verdict = await chain.verifyFinalization(certificate)
    if (verdict !== 'valid') return verdict === 'invalid' ? 'reject' : 'ignore'
    // Another one may have been proved while this one was; both are true, and one is enough to forward.
    if (header.number <= this.judgedHead) return 'ignore'
    this.judgedHead = header.number
    if (header.number > height) {
      this.heads.set(peerId, header.number)
      this.poke()
    }
    return 'accept'
  }

  private tick(): void {
    if (this.isStopped) return
    this.advance()
    this.cancelTick = this.options.schedule(() => this.tick(), TICK_MS)
  }

  private advance(): void {
    const nowMs = this.options.clock.monotonicMs()
    const { height } = this.options.chain.finalized()
    if (height > this.lastHeight) {
      this.lastHeight = height
      this.stalledSinceMs = undefined
    }
    this.plan.onFinalized(height)
    this.plan.setPeers(this.claims(height), nowMs)
    for (const peerId of this.plan.onTime(nowMs)) this.options.log.debug({ peer: peerId }, 'range request timed out')
    this.decide(height, nowMs)
    if (!this.isSyncing) return
    this.importNext()
    for (const request of this.plan.nextRequests(nowMs)) void this.fetch(request)
  }

  private claims(height: number): { peerId: string; finalizedHeight: number }[] {
    const peers = this.options.peers.peers()
    const connected = new Set(peers.map((peer) => peer.peerId))
    for (const [peerId, head] of this.heads) {
      if (head <= height || !connected.has(peerId)) this.heads.delete(peerId)
    }
    return peers.map(({ peerId, finalizedHeight }) => ({
      peerId,
      finalizedHeight: Math.max(finalizedHeight, this.heads.get(peerId) ?? 0),
    }))
  }

  private decide(height: number, nowMs: number): void {
    const { log, role } = this.options
    const lagBlocks = this.plan.target - height
    this.stalledSinceMs = lagBlocks > 0 ? (this.stalledSinceMs ?? nowMs) : undefined
    const stalledMs = nowMs - (this.stalledSinceMs ?? nowMs)
    const isNeeded = shouldSync({ role, isSyncing: this.isSyncing, lagBlocks, stalledMs })
    if (isNeeded === this.isSyncing) return
    this.isSyncing = isNeeded
    if (isNeeded) this.startedAt = height
    // A follower starts and stops with every block, which is not news.
    const isNews = role === 'validator' || lagBlocks > 1 || height - this.startedAt > 1
    if (isNews) log.info({ height, lagBlocks }, isNeeded ? 'block sync started' : 'block sync caught up')
  }

  private async fetch({ peerId, from, to }: RangeRequest): Promise<void> {
    const { chain, clock, peers } = this.options
    const answer = await peers.requestRange(peerId, encodeRangeQuery({ from, to }), RANGE_TIMEOUT_MS)
    if (this.isStopped) return
    if (!answer.ok) {
      this.plan.onFailure(peerId, from, clock.monotonicMs(), answer.error.code === 'UNAVAILABLE')
      this.options.log.debug({ peer: peerId, from, to, code: answer.error.code }, 'range was not answered')
    } else {
      const checked = await checkRange(answer.value, { from, to }, chain.epochLength)
      if (this.isStopped) return
      if (checked.ok) this.plan.onRange(peerId, from, checked.value.to, { ...checked.value })
      else this.blame(peerId, from, checked.error)
    }
    this.advance()
  }

  private blame(peerId: string, from: number, fault: SyncFault): void {
    this.options.log.info({ peer: peerId, from, fault }, 'range was refused')
    this.options.peers.report(peerId, fault)
    this.plan.onFailure(peerId, from, this.options.clock.monotonicMs(), false)
  }

  private importNext(): void {
    const next = this.isImporting ? undefined : this.plan.importable()
    if (next === undefined) return
    this.isImporting = true
    void this.importRange(next.peerId, next.range)
      .catch((thrown) => {
        this.options.log.error({ reason: errorMessage(thrown) }, 'range import failed')
        return false
      })
      .then((isImported) => {
        this.isImporting = false
        if (isImported) this.poke()
      })
  }

  /** True when it is worth looking for the next one at once. */
  private async importRange(peerId: string, range: CheckedRange): Promise<boolean> {
    const { chain, log } = this.options
    const verdict = await chain.verifyFinalization(range.certificate)
    const head = chain.finalized()
    if (head.height !== range.from - 1) return true
    // The validators of the epoch after our head are always known, so an honest proof never speaks for others.
    if (verdict !== 'valid')
      return this.refuse(peerId, range, verdict === 'invalid' ? 'invalid-signature' : 'false-answer')
    if (range.blocks[0]?.header.parentHash !== head.hash) {
      // A finalization of another history: more than a third of the power signed both, or our own data is of another chain.
      log.error(
        { peer: peerId, height: range.from, head: head.hash },
        'a finalized range contradicts our finalized head',
      )
      return this.refuse(peerId, range, 'invalid-block')
    }
    const result = await chain.importRange({ blocks: range.blocks, certificate: range.certificate })
    if (result.ok) {
      log.debug({ from: range.from, to: range.to, peer: peerId }, 'range imported')
      return true
    }
    return this.onImportFailure(peerId, range, result.error)
  }

  private onImportFailure(peerId: string, range: CheckedRange, failure: ImportFailure): boolean {
    if (failure.code === 'INVALID_BLOCK') {
      this.options.log.warn({ height: failure.height, reason: failure.reason }, 'range holds an invalid block')
      return this.refuse(peerId, range, 'invalid-block')
    }
    return false
  }

  private refuse(peerId: string, range: CheckedRange, fault: SyncFault): boolean {
    this.options.log.info({ peer: peerId, from: range.from, to: range.to, fault }, 'range was refused')
    this.options.peers.report(peerId, fault)
    this.plan.onBadImport(this.options.clock.monotonicMs())
    return true
  }
}
