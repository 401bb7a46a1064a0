/**
 * The shell around one core in the simulator: performs effects with simulated delays, verifies what arrives, dies and comes
 * back from its disk. A Byzantine node runs the same core without the signer's guard, and a role bends what it says.
 */

import { wantsCertificate } from '../../src/consensus/certificates.ts'
import type { Effect, TimerName } from '../../src/consensus/effect.ts'
import { isExecuted } from '../../src/consensus/execution-status.ts'
import type { Input } from '../../src/consensus/input.ts'
import { type ConsensusMessage, epochOfMessage } from '../../src/consensus/messages.ts'
import { epochOfNextBlock, openState } from '../../src/consensus/open-state.ts'
import type { ConsensusState } from '../../src/consensus/state.ts'
import { step } from '../../src/consensus/step.ts'
import { assert } from '../../src/lib/assert.ts'
import type { Prng } from '../../src/lib/prng.ts'
import type { BlockSummary } from '../../src/types/block-summary.ts'
import type { Hash } from '../../src/types/primitives.ts'
import type { ValidatorSet } from '../../src/types/validator-set.ts'
import { NOTARIZE, type Subject } from '../../src/types/vote.ts'
import type { Role } from './byzantine/role.ts'
import { noteCoverage } from './coverage.ts'
import { SimDisk } from './disk.ts'
import { certificateFrom, GOOD_SIGNATURE } from './ledger.ts'
import { nodeOfKey, peerName } from './validators.ts'
import type { World } from './world.ts'

/** How often a node outside the set looks for newer finalized blocks. */
const FOLLOW_MS = 300

export class SimNode {
  readonly world: World
  readonly index: number
  readonly role: Role | null
  readonly disk: SimDisk
  isUp = false
  life = 0
  state: ConsensusState
  /** Its log came back from an older copy once: it may ask the signer for what it must refuse. */
  wasRestored = false
  /** Dies within one of the next turns, between the log and the network. */
  diesInTurn = false
  private lastSignedLife = 0
  private readonly prng: Prng
  private readonly bytes = new Set<Hash>()
  private readonly timers = new Map<TimerName, number>()
  private timerToken = 0

  constructor(world: World, index: number, role: Role | null) {
    this.world = world
    this.index = index
    this.role = role
    this.prng = world.stream(`node:${index}`)
    this.disk = new SimDisk(world.genesis)
    this.state = this.open()
  }

  get finalizedHeight(): number {
    return this.disk.head.height
  }

  get nowMs(): number {
    return this.world.nowMs + (this.world.plan.clockSkewsMs[this.index] as number)
  }

  private open(): ConsensusState {
    const { world, disk } = this
    const epoch = epochOfNextBlock(disk.head.height, world.plan.epochLength)
    const anchor = disk.chain[epoch * world.plan.epochLength] as BlockSummary
    const opening = {
      set: world.setOf(epoch),
      anchor,
      mixHash: anchor.hash,
      anchorCertificate: disk.finalizations.get(anchor.hash) ?? null,
      head: disk.head,
    }
    return openState(world.configOf(this.index), opening, this.nowMs)
  }

  /** Starts the process: database, then log, then the network. */
  boot(): void {
    this.isUp = true
    this.life++
    this.bytes.clear()
    this.timers.clear()
    this.state = this.open()
    for (const record of this.disk.records) if (record.type === 'block') this.bytes.add(record.block.hash)
    const proven = this.disk.highestProven()
    if (proven !== null)
      this.feed({ type: 'recovered', record: { type: 'certificate', certificate: proven.certificate } })
    for (const record of [...this.disk.records]) this.feed({ type: 'recovered', record })
    this.feed({ type: 'start' })
    this.after(FOLLOW_MS, () => this.follow())
  }

  /** Outside the set nobody talks consensus to us: finalized heads are gossiped, and block sync follows them. */
  private follow(): void {
    if (this.state.selfIndex < 0) this.syncFrom(this.prng.below(this.world.nodes.length))
    this.after(FOLLOW_MS, () => this.follow())
  }

  /** The process dies at once. */
  die(): void {
    this.isUp = false
    this.life++
    this.diesInTurn = false
    this.disk.crash(this.prng)
  }

  /** One input; nothing of it leaves when the process dies in the middle. */
  feed(input: Input): void {
    if (!this.isUp) return
    this.world.trace?.(`${this.label()} <- ${describe(input)}`)
    this.world.ledger.note(`in ${input.type}`)
    const epochBefore = this.state.epoch
    const viewBefore = this.state.current
    const effects = step(this.state, input, this.nowMs)
    if (this.role === null) noteCoverage(this, effects, epochBefore, viewBefore)
    this.perform(effects)
  }

  private after(delayMs: number, run: () => void): void {
    this.world.after(delayMs, this.index, this.life, run)
  }

  private feedAfter(delayMs: number, input: Input): void {
    this.after(delayMs, () => this.feed(input))
  }

  private perform(effects: readonly Effect[]): void {
    if (effects.length === 0) return
    let isSyncDue = false
    for (const effect of effects) {
      if (effect.type !== 'persist') continue
      this.disk.append(effect.record)
      isSyncDue ||= effect.isSynced
    }
    if (this.diesInTurn && this.prng.chance(0.2)) {
      if (isSyncDue && this.prng.chance(0.5)) this.disk.sync()
      this.world.trace?.(`${this.label()} dies between log and network`)
      this.die()
      return
    }
    if (isSyncDue) this.disk.sync()
    for (const effect of effects) {
      if (!this.isUp) return
      this.performOne(effect)
    }
  }

  private performOne(effect: Effect): void {
    const { world } = this
    const { plan, ledger } = world
    if (world.trace !== null && effect.type !== 'timer') world.trace(`${this.label()} -> ${describe(effect)}`)
    switch (effect.type) {
      case 'persist':
        return
      case 'sign':
        this.checkAsked(effect.subject)
        this.after(plan.signMs, () => this.sign(effect.subject))
        return
      case 'verifyVotes':
        this.after(0.5, () => this.verifyVotes(effect))
        return
      case 'send':
        this.send(effect.to, effect.message)
        return
      case 'timer':
        this.setTimer(effect)
        return
      case 'build':
        this.build(effect)
        return
      case 'check':
        this.feedAfter(0.5, {
          type: 'checked',
          hash: effect.hash,
          isValid: !ledger.blocks.get(effect.hash)?.isMalformed,
        })
        return
      case 'certify':
        assert(this.bytes.has(effect.hash), 'only blocks that are here are executed')
        this.feedAfter(this.executionMs(), {
          type: 'certified',
          hash: effect.hash,
          isValid: ledger.executes(effect.hash),
        })
        return
      case 'fetch':
        for (const peer of effect.peers) this.fetch(nodeOfPeer(peer), effect.hash)
        return
      case 'finalize':
        this.finalize(effect.blocks)
        this.disk.finalizations.set(effect.certificate.subject.blockHash, effect.certificate)
        return
      case 'prune':
        this.disk.prune(effect.epoch, effect.view, effect.dropsEarlierEpochs)
        return
      case 'forget':
        for (const hash of effect.hashes) this.bytes.delete(hash)
        return
      case 'evidence':
        this.noteEvidence(
          effect.evidence.first.signerIndex,
          effect.epoch,
          effect.evidence.first.signature,
          effect.evidence.second.signature,
        )
        return
      case 'score':
        if (world.nodes[nodeOfPeer(effect.peer)]?.role === null)
          ledger.fail(`honest ${effect.peer} was scored for ${effect.fault}`)
        return
      case 'sendClosing':
        this.sendClosing(effect.to, effect.closedEpoch)
        return
      case 'behind':
        this.syncFrom(nodeOfPeer(effect.peer))
        return
      case 'reverify':
        // Not at once: an input must not overtake the effects of the one before.
        for (const input of effect.inputs) this.after(0.3, () => this.receive(nodeOfPeer(input.from), input.message))
        return
      case 'stop':
        if (this.role === null) ledger.fail(`node ${this.index} stopped with ${effect.code}: ${effect.detail}`)
        return
    }
  }

  private executionMs(): number {
    return 0.5 + this.prng.exponential(this.world.plan.executionMs)
  }

  /** An honest core notarizes only on a parent that it executed, and only past views that are nullified. */
  private checkAsked(subject: Subject): void {
    if (this.role !== null || subject.kind !== NOTARIZE) return
    const { ledger } = this.world
    const block = ledger.blocks.get(subject.blockHash)?.summary
    const isReproposal = block !== undefined && block.view !== subject.view
    const parent = isReproposal ? subject.blockHash : block?.parentHash
    if (parent === undefined || !isExecuted(this.state, parent)) {
      ledger.fail(`node ${this.index} notarizes on a parent that it has not executed`)
    } else if (!ledger.isJustified(subject, parent)) {
      ledger.fail(
        `node ${this.index} notarizes view ${subject.view} without proof of the views since ${subject.parentView}`,
      )
    }
  }

  private sign(subject: Subject): void {
    const { world } = this
    const isHonest = this.role === null
    const isChaos = !world.isHealed
    if (isChaos && world.plan.refusingNode === this.index && this.prng.chance(0.05)) {
      this.feed({ type: 'signRefused', subject })
      return
    }
    const isGuarded = isHonest && world.mutant !== 'guard-off'
    const answer = this.disk.askSigner(subject, isGuarded)
    if (answer === null) {
      // A vote signed in an earlier life may have died with it before it was logged; one of this life was not forgotten.
      const isExpected = this.wasRestored || this.lastSignedLife !== this.life
      if (!isExpected)
        world.ledger.fail(`node ${this.index} asked its signer for a double sign in view ${subject.view}`)
      this.feed({ type: 'signRefused', subject })
      return
    }
    this.lastSignedLife = this.life
    if (subject.epoch !== this.state.epoch) return
    this.feed({ type: 'signed', vote: world.ledger.sign(subject, this.state.selfIndex, isHonest) })
  }

  private verifyVotes(effect: Extract<Effect, { type: 'verifyVotes' }>): void {
    const { subject, purpose } = effect
    const badSigners: number[] = []
    const goodSigners: number[] = []
    for (const vote of effect.votes)
      (vote.signature === GOOD_SIGNATURE ? goodSigners : badSigners).push(vote.signerIndex)
    const isCertificate = purpose === 'certificate' && badSigners.length === 0
    const certificate = isCertificate ? certificateFrom(subject, goodSigners) : null
    if (certificate !== null) {
      const set = this.world.setOf(subject.epoch)
      const isTrue = this.world.ledger.verifyCertificate(certificate, set, this.world.quorumOf(set))
      assert(isTrue, 'a certificate built from good votes is true')
    }
    this.feed({ type: 'votesVerified', subject, purpose, certificate, goodSigners, badSigners })
  }

  /** Sends as the core wants, or as the role bends it. */
  private send(to: string, message: ConsensusMessage): void {
    if (this.role === null) this.checkDurable(message)
    for (const validator of this.state.set.validators) {
      const receiver = nodeOfKey(validator.blsPublicKey)
      if (receiver === this.index || (to !== 'all' && to !== validator.peerId)) continue
      this.sendTo(receiver, message)
    }
    this.role?.afterSend?.(this, to, message)
  }

  sendTo(receiver: number, message: ConsensusMessage): void {
    if (this.role === null) this.world.carry(this.index, receiver, message)
    else for (const bent of this.role.outgoing(this, receiver, message)) this.world.carry(this.index, receiver, bent)
  }

  /** Nothing we said may be forgotten: the vote and its block are durable before they leave. */
  private checkDurable(message: ConsensusMessage): void {
    const vote = message.type === 'vote' ? message.vote : message.type === 'proposal' ? message.leaderVote : null
    if (vote === null || this.disk.holdsDurably(vote.subject)) return
    this.world.ledger.fail(
      `node ${this.index} sent a vote of view ${vote.subject.view} that is not durable with its block`,
    )
  }

  private setTimer(effect: Extract<Effect, { type: 'timer' }>): void {
    const token = this.timerToken++
    const { name, epoch, view, atMs } = effect
    this.timers.set(name, token)
    if (atMs === null) return
    // A machine's timer may run out a moment early.
    const earlyMs = this.prng.chance(0.2) ? this.prng.float() * 2 : 0
    this.after(atMs - this.nowMs - earlyMs, () => {
      if (this.timers.get(name) === token) this.feed({ type: 'timer', name, epoch, view })
    })
  }

  private build(effect: Extract<Effect, { type: 'build' }>): void {
    const { epoch, view, parent, parentView } = effect
    this.after(this.executionMs(), () => {
      if (this.prng.chance(0.01)) {
        this.feed({ type: 'buildFailed', epoch, view })
        return
      }
      const timestampMs = Math.max(this.nowMs, effect.notBeforeMs)
      const summary = { parentHash: parent.hash, height: parent.height + 1, epoch, view, parentView, timestampMs }
      const block = this.world.ledger.addBlock(summary)
      this.bytes.add(block.hash)
      this.feed({ type: 'built', epoch, view, block })
    })
  }

  private fetch(peer: number, hash: Hash): void {
    const { world } = this
    world.deliverTo(this.index, peer, (holder) => {
      if (!holder.hasBlock(hash) || holder.role?.servesBlocks === false) return
      const block = world.ledger.blocks.get(hash)?.summary
      if (block === undefined) return
      world.deliverTo(peer, this.index, () => {
        this.bytes.add(hash)
        this.feed({ type: 'blockArrived', block })
      })
    })
  }

  private hasBlock(hash: Hash): boolean {
    return this.bytes.has(hash) || this.disk.chain.some((block) => block.hash === hash)
  }

  private finalize(blocks: readonly BlockSummary[]): void {
    const { disk, world } = this
    for (const block of blocks) {
      assert(
        block.height === disk.head.height + 1 && block.parentHash === disk.head.hash,
        'finalized blocks follow the head',
      )
      disk.chain.push(block)
      if (this.role === null) world.ledger.noteFinalized(this.index, block)
    }
    if (disk.head.height % world.plan.epochLength === 0)
      this.after(0.5 + this.prng.exponential(5), () => this.openEpoch())
  }

  /** Feeds the epoch that the database's head calls for. */
  private openEpoch(): void {
    const { world, disk } = this
    const epoch = epochOfNextBlock(disk.head.height, world.plan.epochLength)
    const anchor = disk.chain[epoch * world.plan.epochLength] as BlockSummary
    const anchorCertificate = disk.finalizations.get(anchor.hash) ?? null
    this.feed({ type: 'epochOpened', set: world.setOf(epoch), anchor, mixHash: anchor.hash, anchorCertificate })
  }

  private noteEvidence(signer: number, epoch: number, first: Uint8Array, second: Uint8Array): void {
    const { ledger } = this.world
    if (first !== GOOD_SIGNATURE || second !== GOOD_SIGNATURE) return
    ledger.evidenceCount++
    const accused = nodeOfKey(this.world.setOf(epoch).validators[signer]?.blsPublicKey ?? '')
    if (this.world.nodes[accused]?.role === null) ledger.fail(`evidence against the honest node ${accused}`)
  }

  private sendClosing(to: string, closedEpoch: number): void {
    const closing = this.disk.chain[(closedEpoch + 1) * this.world.plan.epochLength]
    const certificate = closing === undefined ? undefined : this.disk.finalizations.get(closing.hash)
    if (certificate !== undefined) this.sendTo(nodeOfPeer(to), { type: 'certificate', certificate })
  }

  /** Block sync: the peer's finalized blocks that it can prove, into the database, and the core is told. */
  private syncFrom(peer: number): void {
    const { world } = this
    world.deliverTo(this.index, peer, (holder) => {
      if (holder.role !== null) return
      const proven = holder.disk.highestProven()
      if (proven === null) return
      const { block, certificate } = proven
      const chain = holder.disk.chain.slice(0, block.height + 1)
      world.deliverTo(peer, this.index, () => this.importChain(chain, block, certificate))
    })
  }

  private importChain(
    chain: readonly BlockSummary[],
    head: BlockSummary,
    certificate: ConsensusState['bestFinalization'],
  ): void {
    if (certificate === null || head.height <= this.disk.head.height) return
    this.finalizeSynced(chain.slice(this.disk.head.height + 1))
    this.disk.finalizations.set(head.hash, certificate)
    if (head.epoch > this.state.epoch) this.openEpochOf(head)
    this.feed({ type: 'synced', head, certificate })
    if (head.height % this.world.plan.epochLength === 0) this.openEpoch()
  }

  private finalizeSynced(blocks: readonly BlockSummary[]): void {
    for (const block of blocks) {
      this.disk.chain.push(block)
      if (this.role === null) this.world.ledger.noteFinalized(this.index, block)
    }
  }

  private openEpochOf(head: BlockSummary): void {
    const { world, disk } = this
    const anchor = disk.chain[head.epoch * world.plan.epochLength] as BlockSummary
    const anchorCertificate = disk.finalizations.get(anchor.hash) ?? null
    this.feed({ type: 'epochOpened', set: world.setOf(head.epoch), anchor, mixHash: anchor.hash, anchorCertificate })
  }

  /** What the engine does with a frame: decode, verify, feed. */
  receive(from: number, message: ConsensusMessage): void {
    this.role?.observe?.(this, from, message)
    if (this.role === null) this.world.witness?.(message)
    const peer = peerName(from)
    const { state } = this
    if (epochOfMessage(message) !== state.epoch) {
      this.feed({ type: 'message', from: peer, message, isVerified: false })
      return
    }
    const { set } = state
    switch (message.type) {
      case 'vote': {
        const { vote } = message
        const isOwnStream = set.validators[vote.signerIndex]?.peerId === peer
        if (!isOwnStream && vote.signature !== GOOD_SIGNATURE) return
        this.feed({ type: 'message', from: peer, message, isVerified: true, isVoteVerified: !isOwnStream })
        return
      }
      case 'certificate':
        if (!wantsCertificate(state, message.certificate.subject) || !this.isTrue(message.certificate, set)) return
        break
      case 'certificateResponse': {
        const certificates = message.certificates.filter((one) => this.isTrue(one, set))
        this.feed({ type: 'message', from: peer, message: { ...message, certificates }, isVerified: true })
        return
      }
      case 'status':
        if (message.bestCertificate !== null && !this.isTrue(message.bestCertificate, set)) return
        break
      case 'proposal': {
        if (message.leaderVote.signature !== GOOD_SIGNATURE) return
        if (message.block !== null) this.bytes.add(message.block.hash)
        const isJustificationVerified = message.justification.every((one) => this.isTrue(one, set))
        this.feed({ type: 'message', from: peer, message, isVerified: true, isJustificationVerified })
        return
      }
      default:
    }
    this.feed({ type: 'message', from: peer, message, isVerified: true })
  }

  private isTrue(certificate: NonNullable<ConsensusState['bestFinalization']>, set: ValidatorSet): boolean {
    if (certificate.subject.epoch !== set.epoch) return false
    return this.world.ledger.verifyCertificate(certificate, set, this.world.quorumOf(set))
  }

  private label(): string {
    const { state } = this
    return `${(this.world.nowMicros / 1000).toFixed(1)} node ${this.index}${this.role === null ? '' : '*'} e${state.epoch} v${state.current} h${state.finalized.height}`
  }
}

export function nodeOfPeer(peer: string): number {
  return Number(peer.slice(5))
}

function describe(value: Input | Effect): string {
  return JSON.stringify(value, (key, inner: unknown) =>
    key === 'signature' || key === 'bitmap' ? undefined : inner instanceof Map ? [...inner] : inner,
  ).slice(0, 400)
}
