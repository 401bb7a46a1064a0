/**
 * One connection to one peer: its handshake, its three outbound channels and whatever it sends to us.
 *
 * Nothing but the handshake is read or sent before both sides know that they serve the same chain. Every message then passes,
 * in this order: its frame and kind, the allow-list, the token bucket, the handler.
 */

import type { Connection, Stream } from '@libp2p/interface'
import { errorMessage } from '../lib/errors.ts'
import { MAX_SERVED_REQUESTS_PER_PEER } from '../lib/limits.ts'
import { DecodeError } from '../types/codec.ts'
import { ANSWER_BUSY, ANSWER_OK, ANSWER_REFUSED, ANSWER_UNAVAILABLE, Channel } from './channel.ts'
import type { Frame } from './framing.ts'
import { checkHello, decodeHello, decodeStatus, encodeHello, encodeStatus, type Hello } from './hello.ts'
import { Intake } from './intake.ts'
import {
  ANSWER_BIT,
  type GossipTopic,
  HELLO,
  type KindRule,
  kindRule,
  MAX_FRAME_BYTES,
  type MessageKind,
  type NoticeKind,
  PEERS,
  type RequestKind,
  STATUS,
  STREAM_CLASSES,
  type StreamClass,
} from './messages.ts'
import { Outbox } from './outbox.ts'
import type { Fault, Outcome } from './outcomes.ts'
import type { PeerContext } from './peer-context.ts'
import type { PeerInfo, Status } from './ports.ts'
import { GOSSIP_RATES, rateOf } from './rates.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'

/** A refused peer closes by itself once it has our hello, which names the reason; this is how long it may take. */
const REFUSAL_GRACE_MS = 1_000

type InboundStream = { readonly intake: Intake; readonly outbox: Outbox }

export class Peer {
  readonly peerId: string
  readonly connection: Connection
  readonly connectedAtMs: number
  readonly channels: Readonly<Record<StreamClass, Channel>>
  private readonly context: PeerContext
  private readonly inbound = new Map<StreamClass, InboundStream>()
  private readonly buckets = new Map<MessageKind | GossipTopic, TokenBucket>()
  private readonly startedMs: number
  private readonly settled = Promise.withResolvers<Outcome>()
  private heardMs: number
  private floodChargedMs = Number.NEGATIVE_INFINITY
  private serving = 0
  private hello: Hello | undefined
  private currentStatus: Status | undefined
  private ended: Outcome | undefined
  /** Why this side has turned the peer away, while the answer that says so is on its way. */
  private refusal: Outcome | undefined

  constructor(connection: Connection, context: PeerContext) {
    this.connection = connection
    this.context = context
    this.peerId = connection.remotePeer.toString()
    this.connectedAtMs = context.clock.nowMs()
    this.startedMs = context.clock.monotonicMs()
    this.heardMs = this.startedMs
    this.channels = {
      consensus: this.createChannel('consensus'),
      block: this.createChannel('block'),
      sync: this.createChannel('sync'),
    }
  }

  get isReady(): boolean {
    return this.hello !== undefined && this.ended === undefined
  }

  /** Why the connection ended, once it has. */
  get outcome(): Outcome | undefined {
    return this.ended
  }

  /** Resolves with `connected` when the handshake is done, or with the outcome that ended the connection. */
  whenSettled(): Promise<Outcome> {
    return this.settled.promise
  }

  info(): PeerInfo | undefined {
    const { hello, currentStatus } = this
    if (hello === undefined || currentStatus === undefined) return undefined
    return {
      peerId: this.peerId,
      direction: this.connection.direction,
      address: this.connection.remoteAddr.toString(),
      agent: hello.agent,
      isValidator: this.context.isValidator(this.peerId),
      connectedAtMs: this.connectedAtMs,
      status: currentStatus,
      score: this.context.scoreOf(this.peerId),
    }
  }

  /** Addresses that the peer gave in its hello. */
  get claimedAddresses(): readonly string[] {
    return this.hello?.addresses ?? []
  }

  /** The dialler's half of the handshake; the listener waits for it. */
  async greet(): Promise<void> {
    const { handshakeTimeoutMs } = this.context.limits
    let hello: Uint8Array
    try {
      hello = encodeHello(this.context.ownHello())
    } catch (thrown) {
      this.context.log.error({ reason: errorMessage(thrown) }, 'own status is not known')
      this.end('closed')
      return
    }
    const answer = await this.channels.sync.request(HELLO, hello, handshakeTimeoutMs)
    if (answer.ok) this.acceptHello(answer.value)
    else this.end(answer.error.code === 'TIMEOUT' ? 'handshake-timeout' : 'closed')
  }

  sendStatus(status: Status): void {
    if (this.isReady) this.channels.sync.notify(STATUS, encodeStatus(status), 'status')
  }

  /** False when the peer brings more gossip than its share; the message is then dropped unread. */
  takeGossip(topic: GossipTopic): boolean {
    const isTaken = this.takeToken(topic, GOSSIP_RATES[topic])
    if (!isTaken) this.context.metrics.onDropped?.(topic, 'rate-limit')
    return isTaken
  }

  /** Takes a stream that the peer opened. Streams other than the handshake's wait, unread, until it is done. */
  async takeStream(streamClass: StreamClass, stream: Stream): Promise<void> {
    stream.maxWriteBufferLength = 2 * MAX_FRAME_BYTES[streamClass] * MAX_SERVED_REQUESTS_PER_PEER
    if (streamClass !== 'sync' && (await this.whenSettled()) !== 'connected')
      return stream.abort(new Error('not ready'))
    if (this.ended !== undefined) return stream.abort(new Error('connection ends'))
    if (streamClass === 'consensus' && !this.context.isValidator(this.peerId)) {
      stream.abort(new Error('not a validator'))
      return this.context.charge(this, 'not-validator')
    }
    this.dropInbound(streamClass)
    const outbox = new Outbox({
      metrics: this.context.metrics,
      budget: this.context.answerBudget,
      schedule: (due) => this.context.schedule(streamClass, due),
    })
    outbox.attach(stream)
    stream.addEventListener('close', () => outbox.close())
    const intake = new Intake(stream, {
      clock: this.context.clock,
      maxPayloadBytes: (kind) => maxPayloadBytes(streamClass, kind),
      onBytes: (bytes) => this.onBytes(bytes),
      onFrame: (frame) => this.onFrame(frame, outbox),
      onFault: (fault) => this.context.charge(this, fault),
    })
    this.inbound.set(streamClass, { intake, outbox })
    intake.start()
  }

  /** Called about twice a second: ends what is too slow or silent. */
  tick(nowMs: number): void {
    const { handshakeTimeoutMs, frameTimeoutMs, stallTimeoutMs, silenceTimeoutMs } = this.context.limits
    if (!this.isReady && nowMs - this.startedMs > handshakeTimeoutMs) {
      this.end('handshake-timeout')
      return
    }
    if (nowMs - this.heardMs > silenceTimeoutMs) {
      this.end('silent')
      return
    }
    for (const streamClass of STREAM_CLASSES)
      this.channels[streamClass].checkPace(nowMs, frameTimeoutMs, stallTimeoutMs)
    for (const [streamClass, { intake, outbox }] of [...this.inbound]) {
      intake.checkPace(nowMs, frameTimeoutMs)
      if (outbox.stalledSinceMs === undefined || nowMs - outbox.stalledSinceMs <= stallTimeoutMs) continue
      this.dropInbound(streamClass)
      this.fault('slow-peer')
    }
  }

  /** Ends the connection with a named outcome; only the first one counts. */
  end(reason: Outcome): void {
    if (this.ended !== undefined) return
    const outcome = this.refusal ?? reason
    this.ended = outcome
    this.settled.resolve(outcome)
    for (const streamClass of STREAM_CLASSES) this.channels[streamClass].close()
    for (const streamClass of STREAM_CLASSES) this.dropInbound(streamClass)
    if (this.connection.status === 'open') this.connection.abort(new Error(outcome))
    this.context.onEnded(this, outcome)
  }

  private dropInbound(streamClass: StreamClass): void {
    const stream = this.inbound.get(streamClass)
    if (stream === undefined) return
    this.inbound.delete(streamClass)
    stream.intake.abandon()
    stream.outbox.close()
  }

  private createChannel(streamClass: StreamClass): Channel {
    return new Channel({
      connection: this.connection,
      streamClass,
      clock: this.context.clock,
      metrics: this.context.metrics,
      budget: this.context.sendBudget,
      schedule: (due, outbox) => this.context.schedule(due, outbox),
      onFault: (fault) => this.context.charge(this, fault),
      onOpenFailed: (reason) => this.onOpenFailed(reason),
      onHeard: () => this.onHeard(),
    })
  }

  private onOpenFailed(reason: string): void {
    if (this.ended !== undefined) return
    this.context.log.debug({ peer: this.peerId, reason }, 'stream could not be opened')
    if (!this.isReady) this.end(reason.includes('protocol') ? 'unknown-protocol' : 'closed')
  }

  private onHeard(): void {
    this.heardMs = this.context.clock.monotonicMs()
  }

  private onBytes(bytes: number): void {
    this.onHeard()
    this.context.metrics.onBytes?.('in', bytes)
  }

  private onFrame(frame: Frame, outbox: Outbox): void {
    const rule = kindRule(frame.kind)
    if (rule === undefined || (rule.form === 'request') !== frame.requestId > 0) {
      this.fault('malformed-frame')
      return
    }
    const kind = frame.kind as MessageKind
    this.context.metrics.onMessage?.('in', rule.name)
    if (this.refusal !== undefined) return
    if (!this.isReady && kind !== HELLO) {
      this.end('handshake-malformed')
      return
    }
    if (rule.isValidatorsOnly && !this.context.isValidator(this.peerId)) {
      this.context.metrics.onDropped?.(rule.name, 'not-validator')
      this.fault('not-validator')
      return
    }
    if (!this.takeToken(kind, rateOf(kind, this.context.validatorCount()))) {
      this.refuseFlood(rule, frame, outbox)
      return
    }
    try {
      if (rule.form === 'notice') this.onNotice(kind, frame.payload)
      else this.onRequest(kind, frame, outbox)
    } catch (thrown) {
      if (thrown instanceof DecodeError) this.fault('malformed-message')
      else
        this.context.log.error(
          { peer: this.peerId, kind: rule.name, reason: errorMessage(thrown) },
          'message handler failed',
        )
    }
  }

  private onNotice(kind: MessageKind, payload: Uint8Array): void {
    if (kind === STATUS) {
      this.currentStatus = decodeStatus(payload)
      this.context.handlers.onStatus(this.peerId, this.currentStatus)
    } else {
      this.context.handlers.onMessage({ peerId: this.peerId, kind: kind as NoticeKind, bytes: payload })
    }
  }

  private onRequest(kind: MessageKind, frame: Frame, outbox: Outbox): void {
    if (kind === HELLO) {
      this.onHello(frame, outbox)
      return
    }
    if (kind === PEERS) {
      answer(outbox, frame, ANSWER_OK, this.context.exchangePeers(this.peerId))
      return
    }
    if (this.serving >= MAX_SERVED_REQUESTS_PER_PEER) {
      answer(outbox, frame, ANSWER_BUSY)
      return
    }
    this.serving++
    void this.serve(kind as RequestKind, frame, outbox).finally(() => {
      this.serving--
    })
  }

  private async serve(kind: RequestKind, frame: Frame, outbox: Outbox): Promise<void> {
    try {
      const result = await this.context.handlers.onRequest({ peerId: this.peerId, kind, bytes: frame.payload })
      if (result.ok) return answer(outbox, frame, ANSWER_OK, result.value)
      if (result.error === 'UNAVAILABLE') return answer(outbox, frame, ANSWER_UNAVAILABLE)
    } catch (thrown) {
      if (!(thrown instanceof DecodeError)) {
        this.context.log.error({ peer: this.peerId, kind, reason: errorMessage(thrown) }, 'request handler failed')
        return answer(outbox, frame, ANSWER_UNAVAILABLE)
      }
    }
    answer(outbox, frame, ANSWER_REFUSED)
    this.fault('malformed-message')
  }

  private onHello(frame: Frame, outbox: Outbox): void {
    if (this.isReady || this.connection.direction === 'outbound') {
      this.fault('malformed-frame')
      return
    }
    answer(outbox, frame, ANSWER_OK, encodeHello(this.context.ownHello()))
    this.acceptHello(frame.payload)
  }

  private acceptHello(bytes: Uint8Array): void {
    if (this.ended !== undefined || this.refusal !== undefined) return
    let hello: Hello
    try {
      hello = decodeHello(bytes)
    } catch {
      this.end('handshake-malformed')
      return
    }
    const refusal = checkHello(this.context.chain, hello)
    if (refusal !== undefined) {
      this.refuse(refusal)
      return
    }
    this.hello = hello
    this.currentStatus = hello.status
    this.settled.resolve('connected')
    this.context.onReady(this)
  }

  /** Lets our own hello reach a peer of another chain before the connection goes, so that it can name the reason too. */
  private refuse(outcome: Outcome): void {
    if (this.connection.direction === 'outbound') {
      this.end(outcome)
      return
    }
    this.refusal = outcome
    setTimeout(() => this.end(outcome), REFUSAL_GRACE_MS).unref()
  }

  private takeToken(name: MessageKind | GossipTopic, rate: Rate): boolean {
    const nowMs = this.context.clock.monotonicMs()
    let bucket = this.buckets.get(name)
    if (bucket === undefined) {
      bucket = new TokenBucket(rate, nowMs)
      this.buckets.set(name, bucket)
    }
    return bucket.take(nowMs)
  }

  /** A flood is charged ten times a second at most: a burst costs little, two seconds of it disconnect. */
  private refuseFlood(rule: KindRule, frame: Frame, outbox: Outbox): void {
    this.context.metrics.onDropped?.(rule.name, 'rate-limit')
    if (rule.form === 'request') answer(outbox, frame, ANSWER_BUSY)
    const nowMs = this.context.clock.monotonicMs()
    if (nowMs - this.floodChargedMs < 100) return
    this.floodChargedMs = nowMs
    this.fault('flood')
  }

  private fault(fault: Fault): void {
    this.context.charge(this, fault)
  }
}

function answer(outbox: Outbox, frame: Frame, result: number, payload: Uint8Array = new Uint8Array(0)): void {
  const bytes = new Uint8Array(1 + payload.length)
  bytes[0] = result
  bytes.set(payload, 1)
  const isTaken = outbox.push(frame.kind | ANSWER_BIT, frame.requestId, bytes)
  if (!isTaken && bytes.length > 1) outbox.push(frame.kind | ANSWER_BIT, frame.requestId, Uint8Array.of(ANSWER_BUSY))
}

function maxPayloadBytes(streamClass: StreamClass, kind: number): number | undefined {
  const rule = kindRule(kind)
  return rule?.streamClass === streamClass ? rule.maxBytes : undefined
}
