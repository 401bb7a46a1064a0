/**
 * What the network asks of the node around it, and what it offers: the interface of `createHost` (host.ts).
 *
 * Bytes in, bytes out: payloads are encoded and decoded with src/types by whoever owns them. A DecodeError that `onMessage` or
 * `onRequest` throws is the peer's fault; anything else that a handler throws is logged and costs that message only.
 */

import type { Clock } from '../lib/clock.ts'
import type { Result } from '../lib/result.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Hash } from '../types/primitives.ts'
import type { GossipTopic, NoticeKind, RequestKind, Verdict } from './messages.ts'
import type { NodeKey } from './node-key.ts'
import type { Fault, Outcome } from './outcomes.ts'

/** Where a node stands: docs/consensus.md 2.2, message 8. */
export type Status = {
  readonly epoch: number
  readonly view: number
  readonly finalizedHeight: number
  readonly finalizedHash: Hash
  /** Encoded best certificate, or empty. */
  readonly bestCertificate: Uint8Array
}

/** The chain that a host serves; a peer of another one is turned away in the handshake. */
export type ChainIdentity = {
  readonly chainId: number
  readonly genesisHash: Hash
}

/** The part of a logger that this layer uses. */
export type NetworkLog = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** Hooks for metrics; every one is optional and must be cheap. */
export type NetworkMetrics = {
  readonly onBytes?: (direction: 'in' | 'out', bytes: number) => void
  readonly onMessage?: (direction: 'in' | 'out', kind: string) => void
  /** A queued message left unsent, or an inbound one was not taken, with the reason. */
  readonly onDropped?: (kind: string, reason: 'superseded' | 'queue-full' | 'rate-limit' | 'not-validator') => void
  /** A connection or a message ended in one of the named outcomes of outcomes.ts. */
  readonly onOutcome?: (outcome: Outcome) => void
  /** All connected peers, whenever they change. */
  readonly onPeers?: (peers: readonly Pick<PeerInfo, 'direction' | 'isValidator'>[]) => void
}

export type HostLimits = {
  readonly maxInboundConnections: number
  readonly maxOutboundConnections: number
  readonly maxConnectionsPerIp: number
  /** A connection must finish its handshake in this time, ms. */
  readonly handshakeTimeoutMs: number
  /** A frame must arrive whole in this time, ms. */
  readonly frameTimeoutMs: number
  /** A peer must go on taking what waits for it in this time, ms. */
  readonly stallTimeoutMs: number
  /** A peer must be heard, at least by its status every second, in this time, ms. */
  readonly silenceTimeoutMs: number
}

export type HostOptions = {
  readonly nodeKey: NodeKey
  readonly chain: ChainIdentity
  /** Multiaddrs, for example `/ip4/0.0.0.0/tcp/30300`; port 0 lets the system choose. */
  readonly listen: readonly string[]
  /** Multiaddrs that peers are told instead of the ones listened on; empty when those are fine. */
  readonly announce: readonly string[]
  /** Multiaddrs with `/p2p/<peer id>` of peers to know from the start. */
  readonly bootstrap: readonly string[]
  /** Folder of the address book and the bans; created when missing. */
  readonly folder: string
  /** Validators' peer ids; see `Host.setAllowList`. */
  readonly allowList: readonly string[]
  /** What the node calls itself, for example `sahara/0.1.0`. */
  readonly agent: string
  readonly limits?: Partial<HostLimits>
  readonly clock: Clock
  readonly log: NetworkLog
  readonly metrics?: NetworkMetrics
}

export type InboundMessage = {
  readonly peerId: string
  readonly kind: NoticeKind
  /** A view of the receive buffer's own copy: the handler may keep it. */
  readonly bytes: Uint8Array
}

export type InboundRequest = {
  readonly peerId: string
  readonly kind: RequestKind
  readonly bytes: Uint8Array
}

/** Why a request got no payload. */
export type RequestFailure = {
  readonly code: /** No handshaken connection to that peer. */
    | 'NOT_CONNECTED'
    /** No answer in time; the peer was charged for it. */
    | 'TIMEOUT'
    /** The stream or connection ended before the answer. */
    | 'CLOSED'
    /** The peer does not have what was asked for. */
    | 'UNAVAILABLE'
    /** The peer is limiting us. */
    | 'BUSY'
    /** The peer found our request malformed. */
    | 'REFUSED'
    /** Too many of our own requests wait for this peer. */
    | 'TOO_MANY'
}

/** What a handler answers instead of a payload: we do not have it, or the request is not one (the peer is charged). */
export type AnswerRefusal = 'UNAVAILABLE' | 'MALFORMED'

export type HostHandlers = {
  /** A proposal, vote, certificate or evidence of an allow-listed validator, authenticated by `peerId`. */
  onMessage(message: InboundMessage): void
  /** Answers a request; the answer is refused to leave when longer than the kind's limit. */
  onRequest(request: InboundRequest): Promise<Result<Uint8Array, AnswerRefusal>>
  /** Judges a gossiped message; `accept` both takes and forwards it. */
  onGossip(topic: GossipTopic, peerId: string, bytes: Uint8Array): Promise<Verdict> | Verdict
  /** Our own status for handshake and heartbeat. */
  localStatus(): Status
  /** A peer's status, from its handshake and then every second. */
  onStatus(peerId: string, status: Status): void
  /** The peer finished its handshake: messages can be sent to it from now on. */
  onPeerReady(peer: PeerInfo): void
  /** The last connection to a ready peer ended. */
  onPeerGone(peerId: string): void
}

export type PeerInfo = {
  readonly peerId: string
  readonly direction: 'inbound' | 'outbound'
  /** Remote multiaddr. */
  readonly address: string
  readonly agent: string
  readonly isValidator: boolean
  readonly connectedAtMs: number
  /** Last status, from the handshake on. */
  readonly status: Status
  /** 0 is blameless; see peer-scores.ts. */
  readonly score: number
}

/** One row of the peer table: peers known, connected or not, with how the last encounter ended. */
export type KnownPeer = {
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly isConnected: boolean
  readonly isValidator: boolean
  readonly score: number
  /** Unix ms until which the peer is refused; 0 when it is not. */
  readonly bannedUntilMs: number
  readonly lastOutcome: Outcome | 'never-met'
}

export type OutboundMessage = {
  readonly kind: NoticeKind
  readonly bytes: Uint8Array
  /**
   * A message with the same key that still waits is replaced. Without it messages queue in order and, when the queue is
   * full, the oldest leaves first: in consensus an older view's message is worth less than a newer one's.
   */
  readonly key?: string
}

/** Why a host did not start: a port in use, or an address that is not this machine's. */
export type ListenFailure = { readonly code: 'P2P_LISTEN_FAILED'; readonly addresses: readonly string[] }

export type Host = {
  readonly peerId: string
  /** Stops with a CodedError<ListenFailure> when it cannot listen. */
  start(): Promise<void>
  /** Closes every connection, saves the address book and stops all timers; the host cannot be started again. */
  stop(): Promise<void>
  /** Multiaddrs with our peer id, as others can dial them. */
  addresses(): readonly string[]
  /** Connects and completes the handshake; the error is the outcome that ended the attempt. */
  dial(multiaddr: string): Promise<Result<PeerInfo, Outcome>>
  /** Queues a message for one ready peer or for every ready validator; returns how many peers it was queued for. */
  sendConsensus(target: string | 'validators', message: OutboundMessage): number
  /** Asks one peer; the payload is at most the kind's answer limit. `timeoutMs` defaults to 10 s. */
  request(
    peerId: string,
    kind: RequestKind,
    bytes: Uint8Array,
    timeoutMs?: number,
  ): Promise<Result<Uint8Array, RequestFailure>>
  /** Gossips to everyone; returns the number of peers it left for. */
  publish(topic: GossipTopic, bytes: Uint8Array): Promise<number>
  /** Peers that finished the handshake. */
  peers(): readonly PeerInfo[]
  /** Every peer we know of. */
  knownPeers(): readonly KnownPeer[]
  /** Charges a peer for a fault that an upper layer found; may disconnect or ban it. */
  score(peerId: string, fault: Fault): void
  /**
   * The validators that may use the consensus stream: V_e, V_{e+1} and candidates (docs/consensus.md 2.10). Connections to
   * them are kept up as a full mesh for as long as an address is known.
   */
  setAllowList(peerIds: readonly string[]): void
  /** True while a handshaken connection to the peer is up. */
  isConnected(peerId: string): boolean
  /** Refuses the peer for the ban time, at once and across restarts. */
  ban(peerId: string): void
}
