/**
 * Performs the core's effects (docs/consensus.md 2.12). The engine has made the log durable before anything here runs.
 *
 * What takes time answers with an input; what fails for good halts the engine.
 */

import type {
  Effect,
  FetchEffect,
  FinalizeEffect,
  SendEffect,
  SignEffect,
  StopEffect,
  TimerEffect,
  TimerName,
  VerifyVotesEffect,
} from '../consensus/effect.ts'
import type { Input, MessageInput } from '../consensus/input.ts'
import type { PeerName } from '../consensus/messages.ts'
import { leaderOf } from '../consensus/schedule.ts'
import type { ConsensusState } from '../consensus/state.ts'
import { present, unreachable } from '../lib/assert.ts'
import type { SealedBlock } from '../types/block.ts'
import { summarize } from '../types/block-summary.ts'
import type { Certificate } from '../types/certificate.ts'
import { encodeCertificate, encodeCertificateQuestion, encodeProposal, encodeVote } from '../types/consensus-codec.ts'
import type { Evidence } from '../types/evidence.ts'
import { encodeEvidence } from '../types/evidence-codec.ts'
import type { Hash } from '../types/primitives.ts'
import { NOTARIZE, NULLIFY } from '../types/vote.ts'
import type { BlockCache } from './block-cache.ts'
import type { BlockJudge } from './block-judge.ts'
import { makeBlock } from './block-maker.ts'
import type { BlockSource } from './block-source.ts'
import type { ContextRules } from './context-rules.ts'
import { EngineError } from './engine-errors.ts'
import type { EngineOptions } from './engine-options.ts'
import type { EvidencePool } from './evidence-pool.ts'
import { divergence, type FinalizedChain } from './finalized-chain.ts'
import type { Inbound } from './inbound.ts'
import type { LogPruner } from './log-pruner.ts'
import type { EngineMeters } from './meters.ts'
import type { NoticeKind } from './ports.ts'
import type { Verifier } from './verifier.ts'

export type PerformerOptions = {
  readonly engine: EngineOptions
  readonly state: ConsensusState
  readonly blocks: BlockCache
  readonly verifier: Verifier
  readonly rules: ContextRules
  readonly judge: BlockJudge
  readonly source: BlockSource
  readonly evidence: EvidencePool
  readonly chain: FinalizedChain
  readonly inbound: Inbound
  readonly pruner: LogPruner
  readonly meters: EngineMeters
  readonly feed: (input: Input) => void
  readonly halt: (error: Error) => void
}

export class Performer {
  private readonly options: PerformerOptions
  private readonly timers = new Map<TimerName, () => void>()

  constructor(options: PerformerOptions) {
    this.options = options
  }

  /** Starts one effect. `persist` has been done by the engine. */
  perform(effect: Effect): void {
    const { chain, engine, judge, pruner, halt } = this.options
    switch (effect.type) {
      case 'persist':
        if (effect.record.type === 'certificate') this.measure(effect.record.certificate)
        return
      case 'sign':
        this.run(this.sign(effect))
        return
      case 'verifyVotes':
        // After the sends of this turn have left: they need not wait a millisecond for a verification.
        setImmediate(() => this.verifyVotes(effect))
        return
      case 'send':
        this.send(effect)
        return
      case 'timer':
        this.setTimer(effect)
        return
      case 'build':
        this.run(makeBlock(this.options, effect).then(this.options.feed))
        return
      case 'check':
        this.run(judge.check(effect.hash))
        return
      case 'certify':
        this.run(judge.certify(effect.hash))
        return
      case 'fetch':
        this.fetch(effect)
        return
      case 'finalize':
        this.finalize(effect)
        return
      case 'prune':
        chain.afterwards(() => pruner.prune(effect, effect.dropsEarlierEpochs))
        return
      case 'forget':
        chain.afterwards(() => this.forget(effect.hashes))
        return
      case 'evidence':
        this.takeEvidence(effect.evidence)
        return
      case 'score':
        engine.network.score(effect.peer, effect.fault)
        return
      case 'sendClosing':
        this.run(this.sendClosing(effect.to, effect.closedEpoch))
        return
      case 'behind':
        engine.sync.behind(effect.peer, effect.height)
        return
      case 'reverify':
        this.outlive(this.reverify(effect.inputs))
        return
      case 'stop':
        halt(this.stopError(effect))
        return
      default:
        unreachable(effect)
    }
  }

  /** Every certificate that is news to the core is logged once, and counted then. */
  private measure({ subject }: Certificate): void {
    const { state, meters, engine } = this.options
    if (subject.kind === NULLIFY && subject.epoch === state.epoch) {
      const proposal = state.rounds.get(subject.view)?.proposal
      const reason =
        proposal === null || proposal === undefined ? 'no_proposal' : proposal.isInvalid ? 'invalid' : 'late'
      meters.nullifiedViews.inc({ reason })
      meters.leaderMissed.inc({ validator: leaderOf(state.schedule, subject.view) })
    }
    const block = subject.kind === NOTARIZE ? state.blocks.get(subject.blockHash) : undefined
    if (block !== undefined) {
      meters.timeToNotarize.observe((engine.clock.nowMs() - block.summary.timestampMs) / 1000)
    }
  }

  /** Evidence, ours or a peer's: verified, kept, and told once. True unless it proves nothing. */
  takeEvidence(evidence: Evidence): boolean {
    const { evidence: pool, rules, engine, meters } = this.options
    if (!pool.isNews(evidence, this.options.state.epoch)) return true
    if (!rules.isEvidenceValid(evidence)) return false
    pool.add(evidence)
    meters.evidence.inc()
    const { type, first } = evidence
    const { epoch, view } = first.subject
    engine.log.warn({ epoch, view, signer: first.signerIndex, type }, 'validator fault proven')
    this.notify('all', 'evidence', encodeEvidence(evidence))
    return true
  }

  /** Stops all timers. */
  close(): void {
    for (const cancel of this.timers.values()) cancel()
    this.timers.clear()
    this.options.judge.close()
  }

  private run(work: Promise<void>): void {
    work.catch((error: unknown) => this.options.halt(error as Error))
  }

  /** For work on what peers sent: a fault of our own code in it costs the message, not the node. */
  private outlive(work: Promise<void>): void {
    work.catch((error: unknown) => this.options.engine.log.error({ error }, 'message could not be read'))
  }

  private async sign({ subject }: SignEffect): Promise<void> {
    const { engine, feed, meters, state } = this.options
    const signerIndex = state.selfIndex
    const signed = await present(engine.signer, 'only a validator is asked to sign').sign(subject)
    if (signed.ok) {
      feed({ type: 'signed', vote: { subject, signerIndex, signature: signed.value } })
      return
    }
    meters.signerRefused.inc()
    const { kind, epoch, view } = subject
    engine.log.warn({ kind, epoch, view, reason: signed.error.reason }, 'signer refused')
    feed({ type: 'signRefused', subject })
  }

  private verifyVotes({ subject, votes, purpose }: VerifyVotesEffect): void {
    const { verifier, feed } = this.options
    const verified = purpose === 'certificate' ? verifier.verifyQuorum(subject, votes) : verifier.verifySingly(votes)
    feed({ type: 'votesVerified', subject, purpose, ...verified })
  }

  private send({ to, message }: SendEffect): void {
    switch (message.type) {
      case 'proposal': {
        const { justification, leaderVote } = message
        const cached = message.block === null ? undefined : this.options.blocks.get(message.block.hash)
        // A leader that has given its block up has nothing to push.
        if (message.block !== null && cached === undefined) return
        const proposal = { block: cached?.block ?? null, justification, leaderVote }
        this.notify(to, 'proposal', encodeProposal(proposal, cached?.bytes))
        return
      }
      case 'vote':
        this.notify(to, 'vote', encodeVote(message.vote))
        return
      case 'certificate':
        this.notify(to, 'certificate', encodeCertificate(message.certificate))
        return
      case 'certificateRequest':
        if (to !== 'all') this.outlive(this.askCertificates(to, encodeCertificateQuestion(message)))
        return
      case 'certificateResponse':
        // The engine answers questions itself; whatever else has this form goes as single certificates.
        for (const one of message.certificates) this.notify(to, 'certificate', encodeCertificate(one))
        return
      case 'status':
        // The heartbeat is the network's, which asks the engine where it stands.
        return
      default:
        unreachable(message)
    }
  }

  /** Only validators of the live set may speak on consensus streams. */
  private notify(to: 'all' | PeerName, kind: NoticeKind, bytes: Uint8Array): void {
    if (this.options.state.selfIndex >= 0) this.options.engine.network.send(to, kind, bytes)
  }

  private async askCertificates(peer: PeerName, question: Uint8Array): Promise<void> {
    const { engine, inbound, feed } = this.options
    const answer = await engine.network.ask(peer, 'certificates', question)
    const input = answer === undefined ? undefined : await inbound.read(peer, 'certificateAnswer', answer)
    if (input !== undefined) feed(input)
  }

  private setTimer({ name, atMs, epoch, view }: TimerEffect): void {
    this.timers.get(name)?.()
    this.timers.delete(name)
    if (atMs !== null) this.armTimer(name, atMs, () => this.options.feed({ type: 'timer', name, epoch, view }))
  }

  /** The platform's timers may ring a moment early, and the core takes no deadline for passed before it has. */
  private armTimer(name: TimerName, atMs: number, ring: () => void): void {
    const { timers, clock } = this.options.engine
    const cancel = timers.after(Math.max(0, atMs - clock.nowMs()), () => {
      this.timers.delete(name)
      if (clock.nowMs() < atMs) this.armTimer(name, atMs, ring)
      else ring()
    })
    this.timers.set(name, cancel)
  }

  private fetch({ hash, peers }: FetchEffect): void {
    const held = this.options.blocks.get(hash)
    if (held !== undefined) this.arrived(held.block)
    else for (const peer of peers) this.outlive(this.fetchFrom(peer, hash))
  }

  private async fetchFrom(peer: PeerName, hash: Hash): Promise<void> {
    const block = await this.options.source.askFor(peer, hash)
    if (block !== undefined) this.arrived(block)
  }

  private finalize({ blocks, certificate, view }: FinalizeEffect): void {
    const { chain, engine, meters, source } = this.options
    const nowMs = engine.clock.nowMs()
    for (const { hash, height, epoch, timestampMs } of blocks) {
      const transactions = this.options.blocks.get(hash)?.block.transactions.length ?? 0
      const elapsedMs = nowMs - timestampMs
      meters.timeToFinalize.observe(elapsedMs / 1000)
      engine.log.info({ height, hash, epoch, view, transactions, elapsedMs }, 'block finalized')
    }
    const hashes = blocks.map((block) => block.hash)
    chain.finalize(hashes, certificate, (hash) => source.obtain(hash))
  }

  private arrived(block: SealedBlock): void {
    this.options.feed({ type: 'blockArrived', block: summarize(block) })
  }

  private forget(hashes: readonly Hash[]): void {
    const { blocks, state, engine, chain } = this.options
    // A block may have been fetched anew, and even be final, since the core let go of it.
    const gone = hashes.filter((hash) => !state.blocks.has(hash) && !chain.isWaiting(hash))
    for (const hash of gone) blocks.delete(hash)
    blocks.dropUpTo(chain.tip.header.number)
    engine.execution.forget(gone)
  }

  private async sendClosing(to: PeerName, closedEpoch: number): Promise<void> {
    const { engine } = this.options
    const bytes = await engine.store.finalization((closedEpoch + 1) * engine.timing.epochLengthBlocks)
    if (bytes !== undefined && bytes.length > 0) this.notify(to, 'certificate', bytes)
  }

  private async reverify(inputs: readonly MessageInput[]): Promise<void> {
    for (const { from, message } of inputs) {
      const input = await this.options.inbound.verify(from, message)
      if (input !== undefined) this.options.feed(input)
    }
  }

  private stopError({ code, detail, epoch, view }: StopEffect): Error {
    if (code !== 'STATE_DIVERGED') {
      return new EngineError({ code, epoch, view }, `${code} in view ${view} of epoch ${epoch}: ${detail}`)
    }
    const { blocks, judge, state } = this.options
    for (const [hash, { execution }] of state.blocks) {
      const block = blocks.get(hash)?.block
      const reason = judge.refusalOf(hash)?.reason
      if (execution === 'failed' && block !== undefined && detail.includes(hash)) {
        return divergence(block, reason ?? 'refused')
      }
    }
    return new Error(detail)
  }
}
