/**
 * The peers of a host: connections in all their states, the one ready connection of each peer, what we think of each, and
 * what the address book remembers.
 */

import { present } from '../lib/assert.ts'
import type { Clock } from '../lib/clock.ts'
import type { AddressBook } from './address-book.ts'
import type { DialCandidate } from './dialer.ts'
import type { Fault, Outcome } from './outcomes.ts'
import type { Peer } from './peer.ts'
import { encodePeers, type PeerAddresses } from './peer-exchange.ts'
import { BAN_MS, PeerScores } from './peer-scores.ts'
import type { HostHandlers, KnownPeer, NetworkLog, NetworkMetrics, PeerInfo } from './ports.ts'

const DUPLICATE_GRACE_MS = 2_000

export type PeerTableOptions = {
  readonly ownPeerId: string
  readonly bootstrapPeers: ReadonlySet<string>
  readonly allowList: readonly string[]
  readonly book: AddressBook
  readonly clock: Clock
  readonly log: NetworkLog
  readonly metrics: NetworkMetrics
  readonly handlers: HostHandlers
}

export class PeerTable {
  private readonly options: PeerTableOptions
  private readonly scores = new PeerScores()
  private allowList: ReadonlySet<string>
  /** Every connection, by libp2p's connection id. */
  private readonly byConnection = new Map<string, Peer>()
  private readonly ready = new Map<string, Peer>()

  constructor(options: PeerTableOptions) {
    this.options = options
    this.allowList = new Set(options.allowList)
  }

  async load(): Promise<void> {
    for (const ban of await this.options.book.load()) this.scores.ban(ban.peerId, ban.untilMs)
  }

  async save(isForced = false): Promise<void> {
    await this.options.book.save(this.scores.currentBans(this.options.clock.nowMs()), isForced)
  }

  add(peer: Peer): void {
    this.byConnection.set(peer.connection.id, peer)
  }

  ofConnection(connectionId: string): Peer | undefined {
    return this.byConnection.get(connectionId)
  }

  all(): readonly Peer[] {
    return [...this.byConnection.values()]
  }

  readyPeers(): readonly Peer[] {
    return [...this.ready.values()]
  }

  /** The peer's ready connection. */
  get(peerId: string): Peer | undefined {
    return this.ready.get(peerId)
  }

  get validatorCount(): number {
    return this.allowList.size
  }

  isValidator(peerId: string): boolean {
    return this.allowList.has(peerId)
  }

  isWelcome(peerId: string): boolean {
    return this.scores.isWelcome(peerId, this.options.clock.nowMs())
  }

  scoreOf(peerId: string): number {
    return this.scores.scoreOf(peerId, this.options.clock.nowMs())
  }

  /** True when we are a validator and some other one is not connected. */
  get isMeshIncomplete(): boolean {
    if (!this.allowList.has(this.options.ownPeerId)) return false
    for (const peerId of this.allowList) if (peerId !== this.options.ownPeerId && !this.ready.has(peerId)) return true
    return false
  }

  setAllowList(peerIds: readonly string[]): void {
    this.allowList = new Set(peerIds)
    this.reportCounts()
  }

  infos(): readonly PeerInfo[] {
    return this.readyPeers().flatMap((peer) => peer.info() ?? [])
  }

  known(): readonly KnownPeer[] {
    const nowMs = this.options.clock.nowMs()
    return this.options.book.all().map(({ peerId, addresses, lastOutcome }) => ({
      peerId,
      addresses,
      isConnected: this.ready.has(peerId),
      isValidator: this.allowList.has(peerId),
      score: this.scores.scoreOf(peerId, nowMs),
      bannedUntilMs: this.scores.bannedUntilMs(peerId, nowMs),
      lastOutcome,
    }))
  }

  /** Known peers that may be dialled, with why we would. */
  dialCandidates(): readonly DialCandidate[] {
    // Only validators keep the mesh; to a full node a validator is a peer like any other.
    const isInMesh = this.allowList.has(this.options.ownPeerId)
    return this.options.book.all().flatMap(({ peerId, addresses }): DialCandidate[] => {
      if (!this.isWelcome(peerId)) return []
      if (isInMesh && this.allowList.has(peerId)) return [{ peerId, addresses, role: 'validator' }]
      return [{ peerId, addresses, role: this.options.bootstrapPeers.has(peerId) ? 'bootstrap' : 'other' }]
    })
  }

  /** An encoded answer to peer exchange: peers that we have met, the latest first. */
  exchangePeers(asker: string): Uint8Array {
    const met = this.options.book
      .all()
      .filter((entry) => entry.lastMetMs > 0 && entry.peerId !== asker && entry.addresses.length > 0)
    return encodePeers(met.toSorted((a, b) => b.lastMetMs - a.lastMetMs))
  }

  /** Takes hints from peer exchange. */
  learn(peers: readonly PeerAddresses[]): void {
    for (const { peerId, addresses } of peers) {
      if (peerId !== this.options.ownPeerId && addresses.length > 0) this.options.book.learn(peerId, addresses)
    }
  }

  /** Of two connections between the same peers, both sides keep the one that the smaller peer id opened, else the newer. */
  onReady(peer: Peer): void {
    const other = this.ready.get(peer.peerId)
    if (other === undefined) {
      this.ready.set(peer.peerId, peer)
      this.announce(peer)
      return
    }
    const isSmallerOurs = this.options.ownPeerId < peer.peerId
    const isSameDirection = other.connection.direction === peer.connection.direction
    const isNewKept = isSameDirection || (peer.connection.direction === 'outbound') === isSmallerOurs
    if (isNewKept) this.ready.set(peer.peerId, peer)
    const leaving = isNewKept ? other : peer
    // It stays a little, for the other side may not have finished the handshake of the one that is kept.
    setTimeout(() => leaving.end('duplicate'), DUPLICATE_GRACE_MS).unref()
  }

  onEnded(peer: Peer, outcome: Outcome): void {
    this.byConnection.delete(peer.connection.id)
    const current = this.ready.get(peer.peerId)
    if (outcome === 'duplicate' || (current !== undefined && current !== peer)) return
    const { book, handlers, log, metrics } = this.options
    metrics.onOutcome?.(outcome)
    // A peer that keeps coming back with the same fault is news only once.
    const isNews = book.get(peer.peerId)?.lastOutcome !== outcome
    book.learn(peer.peerId, [])
    book.ended(peer.peerId, outcome)
    if (current === undefined) {
      log[isNews ? 'info' : 'debug']({ peer: peer.peerId, outcome }, 'peer was turned away')
      return
    }
    this.ready.delete(peer.peerId)
    this.reportCounts()
    log.info({ peer: peer.peerId, outcome }, 'peer disconnected')
    handlers.onPeerGone(peer.peerId)
  }

  /** A connection that the gate did not let happen. */
  onRefused(peerId: string | undefined, outcome: Outcome): void {
    this.options.metrics.onOutcome?.(outcome)
    if (peerId !== undefined) this.options.book.ended(peerId, outcome)
    this.options.log.debug({ peer: peerId, outcome }, 'connection refused')
  }

  /** Charges a fault and does what follows from it. */
  charge(peerId: string, fault: Fault): void {
    this.options.metrics.onOutcome?.(fault)
    const verdict = this.scores.charge(peerId, fault, this.options.clock.nowMs())
    this.options.log.debug({ peer: peerId, fault, verdict }, 'peer is at fault')
    if (verdict === 'disconnect') this.endAll(peerId, 'score-too-low')
    if (verdict === 'ban') this.onBanned(peerId)
  }

  ban(peerId: string): void {
    this.scores.ban(peerId, this.options.clock.nowMs() + BAN_MS)
    this.onBanned(peerId)
  }

  private onBanned(peerId: string): void {
    this.options.log.warn({ peer: peerId, seconds: BAN_MS / 1000 }, 'peer is banned')
    this.endAll(peerId, 'banned')
    void this.save(true)
  }

  private endAll(peerId: string, outcome: Outcome): void {
    for (const peer of this.all()) if (peer.peerId === peerId) peer.end(outcome)
  }

  private announce(peer: Peer): void {
    const { book, clock, handlers, log, metrics } = this.options
    const info = present(peer.info(), 'a ready peer has said hello')
    book.met(peer.peerId, peer.claimedAddresses, clock.nowMs())
    metrics.onOutcome?.('connected')
    this.reportCounts()
    const { direction, agent, isValidator, status } = info
    log.info({ peer: peer.peerId, direction, agent, isValidator, height: status.finalizedHeight }, 'peer connected')
    handlers.onPeerReady(info)
    handlers.onStatus(peer.peerId, status)
  }

  private reportCounts(): void {
    this.options.metrics.onPeers?.(this.infos())
  }
}
