/**
 * The node's place in the network: one libp2p host with tcp, noise and yamux, direct authenticated streams for consensus,
 * blocks and sync, and gossip for transactions and finalized heads (docs/consensus.md 5.3).
 *
 * Promises: no bytes from a peer throw out of this layer; whoever serves another chain is turned away by name; every queue,
 * rate, frame and connection count is bounded; a validator that went away is dialled until it is back.
 */

import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { assert } from '../lib/assert.ts'
import { CodedError, errorMessage } from '../lib/errors.ts'
import { MAX_ANSWER_BYTES, MAX_GOSSIP_BYTES, MAX_SEND_BYTES } from '../lib/limits.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { AddressBook } from './address-book.ts'
import { DEFAULT_HOST_LIMITS } from './default-limits.ts'
import { type DialCandidate, Dialer } from './dialer.ts'
import { FlushQueue } from './flush-queue.ts'
import { createGate } from './gate.ts'
import { subscribeAll, topicName } from './gossip.ts'
import { guardHandlers } from './guarded-handlers.ts'
import { PROTOCOL_VERSION } from './hello.ts'
import { createLibp2pNode, DIAL_TIMEOUT_MS, type Libp2pNode } from './libp2p-node.ts'
import {
  type GossipTopic,
  KIND_RULES,
  PEERS,
  PROTOCOLS,
  type RequestKind,
  STREAM_CLASSES,
  type Verdict,
} from './messages.ts'
import { ByteBudget } from './outbox.ts'
import type { Fault, Outcome } from './outcomes.ts'
import { Peer } from './peer.ts'
import type { PeerContext } from './peer-context.ts'
import { decodePeers, isTcpAddress, splitPeerAddress } from './peer-exchange.ts'
import { PeerTable } from './peer-table.ts'
import type {
  Host,
  HostHandlers,
  HostLimits,
  HostOptions,
  KnownPeer,
  ListenFailure,
  OutboundMessage,
  PeerInfo,
  RequestFailure,
} from './ports.ts'

const TICK_MS = 500
const LATE_TICK_MS = 2_000
const STATUS_MS = 1_000
const SAVE_MS = 10_000
/** Peers are asked for others this often, and more often while a validator is missing. */
const EXCHANGE_MS = 30_000
const URGENT_EXCHANGE_MS = 2_000
const REQUEST_TIMEOUT_MS = 10_000

/** A host that is not started yet. */
export function createHost(options: HostOptions, handlers: HostHandlers): Host {
  return new NetworkHost(options, handlers)
}

class NetworkHost implements Host {
  readonly peerId: string
  private readonly options: HostOptions
  private readonly handlers: HostHandlers
  private readonly limits: HostLimits
  private readonly book: AddressBook
  private readonly table: PeerTable
  private readonly flushQueue: FlushQueue
  private readonly dialer: Dialer
  private readonly context: PeerContext
  private readonly timers: NodeJS.Timeout[] = []
  private node: Libp2pNode | undefined
  private isStopping = false
  private askedForPeersMs = 0
  private tickedMs = 0

  constructor(options: HostOptions, handlers: HostHandlers) {
    this.options = options
    this.handlers = guardHandlers(handlers, options.log)
    this.peerId = options.nodeKey.peerId
    this.limits = { ...DEFAULT_HOST_LIMITS, ...options.limits }
    const bootstrapPeers = new Set(options.bootstrap.flatMap((text) => splitPeerAddress(text)?.peerId ?? []))
    this.book = new AddressBook(options.folder, options.log, bootstrapPeers)
    this.flushQueue = new FlushQueue(options.clock)
    const { allowList, clock, log, metrics = {} } = options
    this.table = new PeerTable({
      ownPeerId: this.peerId,
      bootstrapPeers,
      allowList,
      book: this.book,
      clock,
      log,
      metrics,
      handlers: this.handlers,
    })
    this.context = this.createContext()
    this.dialer = new Dialer({
      ownPeerId: this.peerId,
      isOwnValidator: () => this.table.isValidator(this.peerId),
      candidates: () => this.table.dialCandidates(),
      isConnected: (peerId) => this.table.get(peerId) !== undefined,
      outboundCount: () => this.connections().filter((one) => one.direction === 'outbound').length,
      maxOutbound: this.limits.maxOutboundConnections,
      dial: (candidate) => this.dialCandidate(candidate),
    })
  }

  async start(): Promise<void> {
    assert(this.node === undefined && !this.isStopping, 'a host starts once')
    await this.table.load()
    this.learnBootstrap()
    const node = await createLibp2pNode(this.options, this.limits, this.createGate())
    this.node = node
    await this.listen(node)
    await this.startNode(node)
    subscribeAll(node.services.gossip, {
      genesisHash: this.options.chain.genesisHash,
      log: this.options.log,
      judge: (topic, peerId, bytes) => this.judge(topic, peerId, bytes),
    })
    this.every(TICK_MS, () => this.tick())
    this.every(STATUS_MS, () => this.sendStatus())
    this.every(SAVE_MS, () => void this.table.save())
    this.tick()
    this.options.log.info({ peer: this.peerId, addresses: this.addresses() }, 'network is up')
  }

  async stop(): Promise<void> {
    if (this.isStopping) return
    this.isStopping = true
    for (const timer of this.timers) clearInterval(timer)
    this.dialer.stop()
    for (const peer of this.table.all()) peer.end('stopping')
    this.flushQueue.stop()
    await this.table.save(true)
    await this.node?.stop()
  }

  addresses(): readonly string[] {
    return this.node?.getMultiaddrs().map((address) => address.toString()) ?? []
  }

  async dial(address: string): Promise<Result<PeerInfo, Outcome>> {
    if (!isTcpAddress(address) || this.node === undefined || this.isStopping) return err('dial-failed')
    const target = splitPeerAddress(address)
    if (target?.peerId === this.peerId) return err('own-peer-id')
    try {
      return await this.handshaken(
        await this.node.dial(multiaddr(address), { signal: AbortSignal.timeout(DIAL_TIMEOUT_MS) }),
      )
    } catch (thrown) {
      this.options.log.debug({ address, reason: errorMessage(thrown) }, 'dial failed')
      return err(target === undefined || this.table.isWelcome(target.peerId) ? 'dial-failed' : 'banned')
    }
  }

  sendConsensus(target: string | 'validators', message: OutboundMessage): number {
    const { streamClass } = KIND_RULES[message.kind]
    const isToAll = target === 'validators'
    const peers = isToAll ? this.table.readyPeers() : [this.table.get(target)]
    let count = 0
    for (const peer of peers) {
      if (peer === undefined || (isToAll && !this.table.isValidator(peer.peerId))) continue
      if (peer.channels[streamClass].notify(message.kind, message.bytes, message.key)) count++
    }
    return count
  }

  async request(
    peerId: string,
    kind: RequestKind,
    bytes: Uint8Array,
    timeoutMs = REQUEST_TIMEOUT_MS,
  ): Promise<Result<Uint8Array, RequestFailure>> {
    const peer = this.table.get(peerId)
    if (peer === undefined) return err({ code: 'NOT_CONNECTED' })
    return peer.channels[KIND_RULES[kind].streamClass].request(kind, bytes, timeoutMs)
  }

  async publish(topic: GossipTopic, bytes: Uint8Array): Promise<number> {
    assert(bytes.length <= MAX_GOSSIP_BYTES, `a gossiped message has at most ${MAX_GOSSIP_BYTES} bytes`)
    if (this.node === undefined || this.isStopping) return 0
    try {
      const name = topicName(topic, this.options.chain.genesisHash)
      return (await this.node.services.gossip.publish(name, bytes)).recipients.length
    } catch (thrown) {
      this.options.log.debug({ topic, reason: errorMessage(thrown) }, 'message could not be gossiped')
      return 0
    }
  }

  peers(): readonly PeerInfo[] {
    return this.table.infos()
  }

  knownPeers(): readonly KnownPeer[] {
    return this.table.known()
  }

  score(peerId: string, fault: Fault): void {
    this.table.charge(peerId, fault)
  }

  setAllowList(peerIds: readonly string[]): void {
    this.table.setAllowList(peerIds)
    if (this.node !== undefined) this.dialer.tick(this.options.clock.monotonicMs())
  }

  isConnected(peerId: string): boolean {
    return this.table.get(peerId) !== undefined
  }

  ban(peerId: string): void {
    this.table.ban(peerId)
  }

  private async startNode(node: Libp2pNode): Promise<void> {
    try {
      await node.start()
    } catch (thrown) {
      const { listen } = this.options
      const detail: ListenFailure = { code: 'P2P_LISTEN_FAILED', addresses: listen }
      throw new CodedError(detail, `p2p cannot listen on ${listen.join(', ')}: ${errorMessage(thrown)}`, {
        cause: thrown,
      })
    }
  }

  private learnBootstrap(): void {
    for (const text of this.options.bootstrap) {
      const peer = splitPeerAddress(text)
      if (peer !== undefined) this.table.learn([{ peerId: peer.peerId, addresses: [peer.address] }])
      else this.options.log.warn({ address: text }, 'bootstrap address is not /…/tcp/<port>/p2p/<peer id>')
    }
  }

  private createGate() {
    return createGate({
      limits: this.limits,
      ownPeerId: this.peerId,
      connections: () => this.connections(),
      isValidator: (peerId) => this.table.isValidator(peerId),
      isWelcome: (peerId) => this.table.isWelcome(peerId),
      onRefused: (peerId, outcome) => this.table.onRefused(peerId, outcome),
    })
  }

  private createContext(): PeerContext {
    const { options, table } = this
    return {
      chain: options.chain,
      limits: this.limits,
      clock: options.clock,
      log: options.log,
      metrics: options.metrics ?? {},
      handlers: this.handlers,
      sendBudget: new ByteBudget(MAX_SEND_BYTES),
      answerBudget: new ByteBudget(MAX_ANSWER_BYTES),
      schedule: (streamClass, outbox) => this.flushQueue.schedule(streamClass, outbox),
      ownHello: () => ({
        version: PROTOCOL_VERSION,
        chain: options.chain,
        status: this.handlers.localStatus(),
        agent: options.agent,
        addresses: this.addresses(),
      }),
      exchangePeers: (asker) => table.exchangePeers(asker),
      isValidator: (peerId) => table.isValidator(peerId),
      validatorCount: () => table.validatorCount,
      scoreOf: (peerId) => table.scoreOf(peerId),
      charge: (peer, fault) => table.charge(peer.peerId, fault),
      onReady: (peer) => this.onReady(peer),
      onEnded: (peer, outcome) => table.onEnded(peer, outcome),
    }
  }

  private async listen(node: Libp2pNode): Promise<void> {
    node.addEventListener('connection:open', (event) => this.onConnection(event.detail))
    node.addEventListener('connection:close', (event) => this.table.ofConnection(event.detail.id)?.end('closed'))
    for (const streamClass of STREAM_CLASSES) {
      await node.handle(
        PROTOCOLS[streamClass],
        (stream, connection) => void this.peerOf(connection).takeStream(streamClass, stream),
        { maxInboundStreams: 4, maxOutboundStreams: 4 },
      )
    }
  }

  private connections(): readonly Connection[] {
    return this.node?.getConnections() ?? []
  }

  private peerOf(connection: Connection): Peer {
    const known = this.table.ofConnection(connection.id)
    if (known !== undefined) return known
    const peer = new Peer(connection, this.context)
    this.table.add(peer)
    return peer
  }

  private onConnection(connection: Connection): void {
    if (this.isStopping) {
      connection.abort(new Error('stopping'))
      return
    }
    const peer = this.peerOf(connection)
    if (connection.direction === 'outbound') void peer.greet()
  }

  private onReady(peer: Peer): void {
    this.dialer.succeeded(peer.peerId)
    this.table.onReady(peer)
    if (this.table.isMeshIncomplete) void this.askForPeers(peer)
  }

  private async handshaken(connection: Connection): Promise<Result<PeerInfo, Outcome>> {
    const peer = this.peerOf(connection)
    const outcome = await peer.whenSettled()
    if (outcome !== 'connected') return err(outcome)
    const info = this.table.get(peer.peerId)?.info()
    return info === undefined ? err(peer.outcome ?? 'closed') : ok(info)
  }

  private async judge(topic: GossipTopic, peerId: string, bytes: Uint8Array): Promise<Verdict> {
    if (this.table.get(peerId)?.takeGossip(topic) !== true) return 'ignore'
    const verdict = await this.handlers.onGossip(topic, peerId, bytes)
    if (verdict === 'reject') this.table.charge(peerId, 'invalid-gossip')
    return verdict
  }

  private tick(): void {
    const nowMs = this.options.clock.monotonicMs()
    // After a pause of our own (a stopped process, a blocked event loop) nobody else is to blame for the silence.
    const isLate = nowMs - this.tickedMs > LATE_TICK_MS
    this.tickedMs = nowMs
    if (!isLate) for (const peer of this.table.all()) peer.tick(nowMs)
    this.dialer.tick(nowMs)
    const waitMs = this.table.isMeshIncomplete ? URGENT_EXCHANGE_MS : EXCHANGE_MS
    if (nowMs - this.askedForPeersMs < waitMs) return
    this.askedForPeersMs = nowMs
    const peers = this.table.readyPeers()
    const peer = peers[Math.floor(Math.random() * peers.length)]
    if (peer !== undefined) void this.askForPeers(peer)
  }

  private sendStatus(): void {
    const peers = this.table.readyPeers()
    if (peers.length === 0) return
    try {
      const status = this.handlers.localStatus()
      for (const peer of peers) peer.sendStatus(status)
    } catch (thrown) {
      this.options.log.error({ reason: errorMessage(thrown) }, 'own status is not known')
    }
  }

  private async askForPeers(peer: Peer): Promise<void> {
    const answer = await peer.channels.sync.request(PEERS, new Uint8Array(0), REQUEST_TIMEOUT_MS)
    if (!answer.ok) return
    try {
      this.table.learn(decodePeers(answer.value))
    } catch {
      this.table.charge(peer.peerId, 'malformed-message')
    }
  }

  private async dialCandidate({ peerId, addresses }: DialCandidate): Promise<boolean> {
    const node = this.node
    if (node === undefined || this.isStopping) return false
    try {
      const targets = addresses.map((address) => multiaddr(`${address}/p2p/${peerId}`))
      const connection = await node.dial(targets, { signal: AbortSignal.timeout(DIAL_TIMEOUT_MS) })
      return (await this.handshaken(connection)).ok
    } catch (thrown) {
      this.book.ended(peerId, 'dial-failed')
      this.options.log.debug({ peer: peerId, reason: errorMessage(thrown) }, 'dial failed')
      return false
    }
  }

  private every(intervalMs: number, action: () => void): void {
    const timer = setInterval(action, intervalMs)
    timer.unref()
    this.timers.push(timer)
  }
}
