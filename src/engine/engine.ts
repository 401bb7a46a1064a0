/**
 * The engine: the consensus core with its shell (docs/consensus.md 2.12). Inputs wait in a bounded queue; the core steps
 * through them; what it wants remembered becomes durable with one fdatasync; then its effects are performed in order.
 *
 *     const engine = await Engine.open(options)   recovers from database and log, says nothing to anyone
 *     engine.start()                               from here on it speaks
 *     await engine.stop()
 */

import type { Effect, PersistEffect } from '../consensus/effect.ts'
import { tipOf } from '../consensus/execution-status.ts'
import type { Input } from '../consensus/input.ts'
import type { PeerName } from '../consensus/messages.ts'
import { roundOfRecord } from '../consensus/record.ts'
import type { ConsensusState } from '../consensus/state.ts'
import { step } from '../consensus/step.ts'
import { present } from '../lib/assert.ts'
import { BoundedQueue } from '../lib/bounded-queue.ts'
import { MAX_ENGINE_BATCH, MAX_ENGINE_INBOX, MAX_INBOX_BYTES_PER_PEER } from '../lib/limits.ts'
import type { SealedBlock } from '../types/block.ts'
import { DecodeError } from '../types/codec.ts'
import { encodeCertificate, encodeCertificateAnswer } from '../types/consensus-codec.ts'
import { decodeEvidence } from '../types/evidence-codec.ts'
import { type Hash, hashFromBytes } from '../types/primitives.ts'
import { encodeSealedBlock } from '../types/sealed-block-codec.ts'
import { BlockCache } from './block-cache.ts'
import { BlockJudge } from './block-judge.ts'
import { BlockSource } from './block-source.ts'
import { ContextRules } from './context-rules.ts'
import type { EngineOptions, EngineStatus } from './engine-options.ts'
import { EvidencePool } from './evidence-pool.ts'
import { FinalizedChain } from './finalized-chain.ts'
import { Inbound, type PeerStatus, type WireKind } from './inbound.ts'
import { LogPruner } from './log-pruner.ts'
import { createMeters, type EngineMeters } from './meters.ts'
import { Performer } from './performer.ts'
import type { NoticeKind, QuestionKind } from './ports.ts'
import { openCore, replayLog } from './recovery.ts'
import { SteadyClock } from './steady-clock.ts'
import { Verifier } from './verifier.ts'
import { encodeRecord } from './wal-codec.ts'

/** Something from outside that must be read and verified before the core sees it. */
type Arrival = {
  read(): Promise<Input | undefined>
  /** Sees the effects of the input before they are performed, and may take some away. */
  answer?(effects: Effect[]): Effect[]
}

/** How long the core steps before what it wants is performed, in ms: sends must not wait for a flood. */
const MAX_BATCH_MS = 4
const HASH_BYTES = 32

export class Engine {
  private readonly options: EngineOptions
  private readonly state: ConsensusState
  private readonly blocks: BlockCache
  private readonly inbound: Inbound
  private readonly performer: Performer
  private readonly pruner: LogPruner
  private readonly meters: EngineMeters
  private readonly arrivals = new BoundedQueue<Arrival>(MAX_ENGINE_INBOX)
  private readonly answers: Input[] = []
  /** Bytes of each peer's notices among the arrivals. */
  private readonly waitingBytes = new Map<PeerName, number>()
  /** Block sync's way in. */
  readonly chain: FinalizedChain
  private phase: 'opened' | 'running' | 'stopped' = 'opened'
  private isDraining = false
  private isClosed = false
  private idle: Promise<void> = Promise.resolve()
  private readinessTip: Hash | undefined
  private isReadinessStale = true
  private enteredView = { epoch: 0, view: 0, atMs: 0 }
  private stopListening: () => void = () => {}

  /** Recovers from database and log. Rejects with a CodedError when they do not allow it. */
  static async open(given: EngineOptions): Promise<Engine> {
    const options = { ...given, clock: new SteadyClock(given.clock) }
    const head = await options.execution.head()
    const state = await openCore(options, head)
    const evidence = new EvidencePool(options.evidenceLog)
    await evidence.recover(options.recoveredEvidence)
    const engine = new Engine(options, state, evidence, head.block)
    const records = await replayLog(options, state, engine.blocks, engine.pruner)
    options.log.info(
      { epoch: state.epoch, view: state.reachable, height: state.finalized.height, records },
      'consensus recovered',
    )
    return engine
  }

  private constructor(options: EngineOptions, state: ConsensusState, evidence: EvidencePool, head: SealedBlock) {
    this.options = options
    this.state = state
    const { validators, clock, network, timing, chain, metrics } = options
    this.meters = createMeters(metrics, {
      epoch: () => state.epoch,
      view: () => state.current,
      finalizedHeight: () => this.chain.tip.header.number,
      notarizedHeight: () => tipOf(state).block.height,
      pendingEvidence: () => evidence.size,
    })
    const { meters } = this
    this.blocks = new BlockCache((hash) => state.blocks.has(hash))
    this.pruner = new LogPruner(options.wal)
    const setOf = (epoch: number) => (epoch === state.epoch ? state.set : validators.setOf(epoch))
    const verifier = new Verifier({
      chain,
      setOf,
      monotonicMs: () => clock.monotonicMs(),
      onVerified: (elapsedMs) => meters.certificateVerify.observe(elapsedMs / 1000),
    })
    const rules = new ContextRules({ epochLength: timing.epochLengthBlocks, setOf, verifier, evidence })
    const shared = { engine: options, state, blocks: this.blocks, verifier, rules, evidence, meters }
    const ways = { feed: (input: Input) => this.feed(input), halt: (error: Error) => this.halt(error) }
    this.inbound = new Inbound({ state, verifier, blocks: this.blocks, network, meters })
    const engineWithNotice = { ...options, events: this.noticingEvents() }
    this.chain = new FinalizedChain({ ...shared, ...ways, engine: engineWithNotice, head })
    const source = new BlockSource({ ...shared, store: options.store, network, inbound: this.inbound })
    const judge = new BlockJudge({ ...shared, ...ways, source, chain: this.chain })
    this.performer = new Performer({
      ...shared,
      ...ways,
      judge,
      source,
      chain: this.chain,
      inbound: this.inbound,
      pruner: this.pruner,
    })
  }

  /** Enters the view that recovery led to, and says again what was said in it. */
  start(): void {
    if (this.phase !== 'opened') return
    this.phase = 'running'
    this.stopListening = this.options.mempool.onReady(() => {
      this.isReadinessStale = true
      this.wake()
    })
    this.options.events.onEpoch(this.state.epoch)
    this.feed({ type: 'start' })
  }

  /** Stops speaking, finishes what is being made durable, closes the logs. */
  async stop(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    this.phase = 'stopped'
    this.stopListening()
    this.performer.close()
    await this.idle
    await this.chain.close()
    const logs = [this.options.wal.close(), this.options.evidenceLog.close()]
    await Promise.allSettled([...logs, this.options.signer?.close()])
  }

  /** A notice on a peer's consensus stream. */
  onNotice(from: PeerName, kind: NoticeKind, bytes: Uint8Array): void {
    if (kind === 'evidence') this.onEvidence(from, bytes)
    else if (kind !== 'status') this.arriveFrom(from, kind, bytes)
  }

  /** A peer's heartbeat. */
  onStatus(from: PeerName, status: PeerStatus): void {
    this.arrive({ read: () => this.inbound.readStatus(from, status) })
  }

  /** A validator's consensus stream opened or closed. */
  onPeer(peer: PeerName, activity: 'opened' | 'closed'): void {
    this.feed({ type: 'peerActivity', peer, activity })
  }

  /** Answers a peer's question; undefined when we have nothing to say. */
  async answer(from: PeerName, kind: QuestionKind, bytes: Uint8Array): Promise<Uint8Array | undefined> {
    if (kind === 'certificates') return this.answerCertificates(from, bytes)
    if (bytes.length !== HASH_BYTES) return undefined
    const hash = hashFromBytes(bytes)
    const cached = this.blocks.get(hash)
    if (cached !== undefined) return cached.bytes
    const stored = await this.options.store.blockByHash(hash)
    return stored === undefined ? undefined : encodeSealedBlock(stored)
  }

  /** Where the engine stands. Height and hash are durable. */
  status(): EngineStatus {
    const { state } = this
    const { height, hash } = this.chain.finalized()
    return {
      epoch: state.epoch,
      view: state.current,
      finalizedHeight: height,
      finalizedHash: hash,
      bestCertificate: state.bestFinalization === null ? new Uint8Array(0) : encodeCertificate(state.bestFinalization),
    }
  }

  /** Blocks above the finalized head up to the one that the next leader most likely builds on, ascending. */
  unfinalized(): readonly Hash[] {
    const path = this.blocks.pathFrom(this.chain.tip.hash, tipOf(this.state).block.hash)
    return (path ?? []).map((block) => block.hash)
  }

  private onEvidence(from: PeerName, bytes: Uint8Array): void {
    try {
      if (!this.performer.takeEvidence(decodeEvidence(bytes))) this.options.network.score(from, 'invalidSignature')
    } catch (thrown) {
      if (!(thrown instanceof DecodeError)) throw thrown
      this.options.network.score(from, 'malformed')
    }
  }

  private answerCertificates(from: PeerName, bytes: Uint8Array): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => {
      const isQueued = this.arrive({
        read: async () => {
          const input = await this.inbound.read(from, 'certificateQuestion', bytes)
          if (input === undefined) resolve(undefined)
          return input
        },
        answer: (effects) => {
          const isAnswer = (effect: Effect): boolean =>
            effect.type === 'send' && effect.to === from && effect.message.type === 'certificateResponse'
          const found = effects.find(isAnswer)
          const message = found?.type === 'send' ? found.message : undefined
          resolve(message?.type === 'certificateResponse' ? encodeCertificateAnswer(message) : undefined)
          return effects.filter((effect) => !isAnswer(effect))
        },
      })
      if (!isQueued) resolve(undefined)
    })
  }

  /** What one peer may have waiting here is bounded in bytes too, for proposals are large. */
  private arriveFrom(from: PeerName, kind: NoticeKind & WireKind, bytes: Uint8Array): void {
    const waiting = this.waitingBytes.get(from) ?? 0
    // Alone, a notice of any size is taken: its frame had a bound.
    if (waiting > 0 && waiting + bytes.length > MAX_INBOX_BYTES_PER_PEER) {
      this.meters.dropped.inc()
      return
    }
    const read = (): Promise<Input | undefined> => {
      const left = (this.waitingBytes.get(from) ?? 0) - bytes.length
      if (left > 0) this.waitingBytes.set(from, left)
      else this.waitingBytes.delete(from)
      return this.inbound.read(from, kind, bytes)
    }
    if (this.arrive({ read })) this.waitingBytes.set(from, waiting + bytes.length)
  }

  private arrive(arrival: Arrival): boolean {
    if (this.phase !== 'running') return false
    const isTaken = this.arrivals.push(arrival)
    if (!isTaken) this.meters.dropped.inc()
    this.wake()
    return isTaken
  }

  /** An answer to an effect, or an event of our own: never dropped, there are only as many as effects under way. */
  private feed(input: Input): void {
    if (this.phase !== 'running') return
    this.answers.push(input)
    this.wake()
  }

  private wake(): void {
    if (this.isDraining || this.phase !== 'running') return
    this.isDraining = true
    // Everything of this turn of the event loop joins one batch and one fdatasync.
    this.idle = new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.drain())
      .catch((error: unknown) => this.halt(error as Error))
      .finally(() => {
        this.isDraining = false
        const isReadinessDue = this.isReadinessStale && this.state.selfIndex >= 0
        if (this.answers.length > 0 || this.arrivals.size > 0 || isReadinessDue) this.wake()
      })
  }

  private async drain(): Promise<void> {
    while (this.phase === 'running') {
      this.noteReadiness()
      const effects = await this.stepBatch()
      if (effects === undefined) return
      await this.persist(effects)
      if (!this.isRunning()) return
      for (const effect of effects) this.performer.perform(effect)
      this.noteView()
    }
  }

  /** Steps through what waits, up to a bound; undefined when nothing does. */
  private async stepBatch(): Promise<Effect[] | undefined> {
    const { clock } = this.options
    const startedMs = clock.monotonicMs()
    const effects: Effect[] = []
    let steps = 0
    while (steps < MAX_ENGINE_BATCH) {
      const arrival = this.answers.length > 0 ? undefined : this.arrivals.shift()
      const input = this.answers.shift() ?? (arrival === undefined ? undefined : await this.read(arrival))
      if (input !== undefined) {
        const produced = this.step(input)
        effects.push(...(arrival?.answer?.(produced) ?? produced))
      } else if (arrival === undefined) break
      steps++
      if (effects.length > 0 && clock.monotonicMs() - startedMs > MAX_BATCH_MS) break
    }
    return steps === 0 ? undefined : effects
  }

  /** A fault of our own code while it reads a peer's message costs that message: nothing that a peer sends stops the node. */
  private async read(arrival: Arrival): Promise<Input | undefined> {
    try {
      return await arrival.read()
    } catch (error) {
      this.options.log.error({ error }, 'message could not be read')
      arrival.answer?.([])
      return undefined
    }
  }

  private step(input: Input): Effect[] {
    const before = this.state.epoch
    const effects = step(this.state, input, this.options.clock.nowMs())
    if (this.state.epoch !== before) this.options.events.onEpoch(this.state.epoch)
    return effects
  }

  private async persist(effects: readonly Effect[]): Promise<void> {
    const records = effects.filter((effect): effect is PersistEffect => effect.type === 'persist')
    if (records.length === 0) return
    const { wal } = this.options
    for (const { record, isSynced } of records) {
      // A fetched block that came and went within one batch needs no record; one that we notarize must be there.
      const isGone = record.type === 'block' && this.blocks.get(record.block.hash) === undefined
      if (isGone && !isSynced) continue
      const { type, payload } = encodeRecord(
        record,
        (hash) => present(this.blocks.get(hash), 'a block is logged while it is held').bytes,
      )
      this.pruner.note(wal.append(type, payload), roundOfRecord(record))
    }
    if (records.some((effect) => effect.isSynced)) await wal.sync()
    else wal.flush().catch((error: unknown) => this.halt(error as Error))
  }

  /** Tells the core when the pool has become ready or empty on top of the tip. */
  private noteReadiness(): void {
    if (this.state.selfIndex < 0) return
    const tip = tipOf(this.state).block.hash
    if (!this.isReadinessStale && tip === this.readinessTip) return
    this.isReadinessStale = false
    this.readinessTip = tip
    const isReady = this.options.mempool.isReady(this.blocks.pathFrom(this.chain.tip.hash, tip) ?? [])
    if (isReady !== this.state.isPoolReady) this.answers.push({ type: 'poolReady', isReady })
  }

  private noteView(): void {
    const { state, options } = this
    const left = this.enteredView
    if (state.current === left.view && state.epoch === left.epoch) return
    const nowMs = options.clock.monotonicMs()
    if (left.view > 0) this.meters.viewDuration.observe((nowMs - left.atMs) / 1000)
    // The rounds of an epoch go with it, so what was said in its last view is not known any more.
    const round = left.view > 0 && left.epoch === state.epoch ? state.rounds.get(left.view) : undefined
    if (state.selfIndex >= 0 && round?.ownVotes.length === 0) this.meters.missedVotes.inc()
    this.enteredView = { epoch: state.epoch, view: state.current, atMs: nowMs }
  }

  private noticingEvents(): EngineOptions['events'] {
    const { events } = this.options
    return {
      ...events,
      onFinalized: (block, certificate) => {
        this.isReadinessStale = true
        events.onFinalized(block, certificate)
        this.wake()
      },
    }
  }

  private isRunning(): boolean {
    return this.phase === 'running'
  }

  private halt(error: Error): void {
    if (this.phase === 'stopped') return
    this.phase = 'stopped'
    this.stopListening()
    this.performer.close()
    this.options.log.error({ error }, 'engine stopped')
    this.options.events.onStop(error)
  }
}
