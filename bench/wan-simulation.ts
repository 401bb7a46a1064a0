/**
 * The consensus core of many validators in virtual time over wide-area latencies: block interval and finality without
 * faults, the same on every machine.
 *
 * Validators are spread over five regions. What costs time outside the core is modelled by constants: signing, verifying,
 * executing, one fdatasync before anything leaves, and each validator's uplink, through which a pushed block leaves once for
 * every peer.
 */

import { wantsCertificate } from '../src/consensus/certificates.ts'
import type { ConsensusConfig } from '../src/consensus/config.ts'
import type { Effect } from '../src/consensus/effect.ts'
import type { Input } from '../src/consensus/input.ts'
import type { ConsensusMessage } from '../src/consensus/messages.ts'
import { openState } from '../src/consensus/open-state.ts'
import { buildSchedule } from '../src/consensus/schedule.ts'
import type { ConsensusState } from '../src/consensus/state.ts'
import { step } from '../src/consensus/step.ts'
import { keccak256 } from '../src/crypto/keccak.ts'
import { Prng } from '../src/lib/prng.ts'
import type { BlockSummary } from '../src/types/block-summary.ts'
import type { Certificate } from '../src/types/certificate.ts'
import { hashJustification } from '../src/types/consensus-codec.ts'
import { type Hash, ZERO_ADDRESS, ZERO_HASH } from '../src/types/primitives.ts'
import type { ValidatorSet } from '../src/types/validator-set.ts'
import { EventHeap } from '../test/sim/heap.ts'

/** One-way milliseconds between Virginia, Oregon, Frankfurt, Tokyo and Sydney. */
const LATENCY_MS = [
  [0.5, 32, 45, 75, 100],
  [32, 0.5, 72, 49, 70],
  [45, 72, 0.5, 115, 140],
  [75, 49, 115, 0.5, 52],
  [100, 70, 140, 52, 0.5],
] as const
const JITTER_MS = 2
const SIGN_MS = 1
const VERIFY_MS = 2
const SYNC_MS = 2
const EXECUTE_MS = 10
const UPLINK_BYTES_PER_MS = 125_000
const START_MS = 1_700_000_000_000
const SIGNATURE = new Uint8Array(96)

export type WanFigures = { readonly intervalsMs: number[]; readonly finalityMs: number[]; readonly events: number }

/** Runs `size` validators until each has finalized `heights` blocks. */
export function simulateWan(size: number, blockBytes: number, heights: number): WanFigures {
  const world = new WanWorld(size, blockBytes)
  world.run(heights)
  return world.figures()
}

class WanWorld {
  readonly blockBytes: number
  readonly set: ValidatorSet
  readonly nodes: WanNode[]
  readonly blocks = new Map<Hash, BlockSummary>()
  readonly genesis: BlockSummary
  /** Virtual milliseconds since the start. */
  now = 0
  private events = 0
  private sequence = 0
  private readonly heap = new EventHeap()
  private readonly prng = new Prng(7)

  constructor(size: number, blockBytes: number) {
    this.blockBytes = blockBytes
    this.genesis = this.addBlock({
      parentHash: ZERO_HASH,
      height: 0,
      epoch: 0,
      view: 0,
      parentView: 0,
      timestampMs: START_MS - 1_000,
    })
    const validators = Array.from({ length: size }, (_, index) => ({
      blsPublicKey: keyOf(index),
      peerId: String(index),
      operator: ZERO_ADDRESS,
      feeAddress: ZERO_ADDRESS,
      power: 1,
    }))
    this.set = { epoch: 0, validators, totalPower: size, quorum: Math.floor((2 * size) / 3) + 1 }
    this.nodes = validators.map((_, index) => new WanNode(this, index))
  }

  addBlock(summary: Omit<BlockSummary, 'hash'>): BlockSummary {
    const hash = `0x${this.blocks.size.toString(16).padStart(64, '0')}` as Hash
    const block = { ...summary, hash }
    this.blocks.set(hash, block)
    return block
  }

  after(delayMs: number, run: () => void): void {
    const atMicros = Math.floor((this.now + delayMs) * 1_000)
    this.heap.push({ atMicros, sequence: this.sequence++, node: -1, life: 0, run })
  }

  latencyMs(from: number, to: number): number {
    const row = LATENCY_MS[from % LATENCY_MS.length] ?? LATENCY_MS[0]
    return (row[to % LATENCY_MS.length] ?? 0) + this.prng.exponential(JITTER_MS)
  }

  run(heights: number): void {
    for (const node of this.nodes) node.start()
    while (this.nodes.some((node) => node.finalizedHeight < heights)) {
      const event = this.heap.pop()
      if (event === undefined) throw new Error('the simulation has no more events')
      this.now = event.atMicros / 1_000
      this.events++
      event.run()
    }
  }

  figures(): WanFigures {
    const chain = [...this.blocks.values()].filter((block) => block.height > 0)
    const byHeight = new Map(chain.map((block) => [block.height, block]))
    const intervalsMs = chain.flatMap((block) => {
      const parent = byHeight.get(block.height - 1)
      return parent === undefined ? [] : [block.timestampMs - parent.timestampMs]
    })
    return { intervalsMs, finalityMs: this.nodes.flatMap((node) => node.finalityMs), events: this.events }
  }
}

class WanNode {
  readonly finalityMs: number[] = []
  finalizedHeight = 0
  private readonly world: WanWorld
  private readonly index: number
  private readonly state: ConsensusState
  private readonly timers = new Map<string, number>()
  private timerToken = 0
  private uplinkFreeAt = 0
  private durableAt = 0

  constructor(world: WanWorld, index: number) {
    this.world = world
    this.index = index
    const { genesis, set } = world
    const opening = { set, anchor: genesis, mixHash: ZERO_HASH, anchorCertificate: null, head: genesis }
    this.state = openState(configOf(index), opening, START_MS)
  }

  start(): void {
    this.feed({ type: 'start' })
    for (const peer of this.world.nodes) {
      if (peer !== this) this.feed({ type: 'peerActivity', peer: String(peer.index), activity: 'opened' })
    }
    this.feed({ type: 'poolReady', isReady: true })
  }

  private feed(input: Input): void {
    const effects = step(this.state, input, START_MS + Math.floor(this.world.now))
    if (effects.length === 0) return
    const isSynced = effects.some((effect) => effect.type === 'persist' && effect.isSynced)
    // Effects leave in the order in which they were decided, also past a sync that is under way.
    this.durableAt = Math.max(this.durableAt, this.world.now + (isSynced ? SYNC_MS : 0))
    if (this.durableAt <= this.world.now) this.performAll(effects)
    else this.world.after(this.durableAt - this.world.now, () => this.performAll(effects))
  }

  private performAll(effects: readonly Effect[]): void {
    for (const effect of effects) this.perform(effect)
  }

  private feedAfter(delayMs: number, input: Input): void {
    this.world.after(delayMs, () => this.feed(input))
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case 'sign': {
        const vote = { subject: effect.subject, signerIndex: this.index, signature: SIGNATURE }
        this.feedAfter(SIGN_MS, { type: 'signed', vote })
        return
      }
      case 'verifyVotes': {
        const signers = effect.votes.map((vote) => vote.signerIndex)
        const certificate = effect.purpose === 'certificate' ? certificateOf(effect, signers) : null
        const { subject, purpose } = effect
        this.feedAfter(VERIFY_MS, {
          type: 'votesVerified',
          subject,
          purpose,
          certificate,
          goodSigners: signers,
          badSigners: [],
        })
        return
      }
      case 'send':
        this.send(effect.to, effect.message)
        return
      case 'timer':
        this.setTimer(effect)
        return
      case 'build':
        this.world.after(EXECUTE_MS, () => this.build(effect))
        return
      case 'check':
        this.feedAfter(1, { type: 'checked', hash: effect.hash, isValid: true })
        return
      case 'certify':
        this.feedAfter(EXECUTE_MS, { type: 'certified', hash: effect.hash, isValid: true })
        return
      case 'fetch': {
        const block = this.world.blocks.get(effect.hash)
        const peer = Number(effect.peers[0])
        const delayMs = this.world.latencyMs(this.index, peer) + this.world.latencyMs(peer, this.index)
        if (block !== undefined) this.feedAfter(delayMs, { type: 'blockArrived', block })
        return
      }
      case 'finalize':
        for (const block of effect.blocks) {
          this.finalityMs.push(START_MS + this.world.now - block.timestampMs)
          this.finalizedHeight = block.height
        }
        return
      case 'stop':
        throw new Error(`validator ${this.index} stopped with ${effect.code}: ${effect.detail}`)
      default:
    }
  }

  private build(effect: Extract<Effect, { type: 'build' }>): void {
    const { epoch, view, parent, parentView, notBeforeMs } = effect
    const timestampMs = Math.max(START_MS + Math.floor(this.world.now - EXECUTE_MS), notBeforeMs)
    const summary = { parentHash: parent.hash, height: parent.height + 1, epoch, view, parentView, timestampMs }
    this.feed({ type: 'built', epoch, view, block: this.world.addBlock(summary) })
  }

  private send(to: string, message: ConsensusMessage): void {
    for (const peer of this.world.nodes) {
      if (peer === this || (to !== 'all' && to !== String(peer.index))) continue
      const bytes = message.type === 'proposal' && message.block !== null ? this.world.blockBytes : 300
      this.uplinkFreeAt = Math.max(this.uplinkFreeAt, this.world.now) + bytes / UPLINK_BYTES_PER_MS
      const delayMs = this.uplinkFreeAt - this.world.now + this.world.latencyMs(this.index, peer.index)
      this.world.after(delayMs, () => peer.receive(this.index, message))
    }
  }

  private receive(from: number, message: ConsensusMessage): void {
    const input: Input = { type: 'message', from: String(from), message, isVerified: true }
    if (message.type === 'certificate' && !wantsCertificate(this.state, message.certificate.subject)) return
    // A vote on its signer's own stream waits to be verified with the others of its quorum.
    if (message.type === 'vote') this.feed({ ...input, isVoteVerified: false })
    else this.feedAfter(message.type === 'status' ? 0 : VERIFY_MS, input)
  }

  private setTimer({ name, epoch, view, atMs }: Extract<Effect, { type: 'timer' }>): void {
    const token = this.timerToken++
    this.timers.set(name, token)
    if (atMs === null) return
    this.world.after(Math.max(0, atMs - START_MS - this.world.now), () => {
      if (this.timers.get(name) === token) this.feed({ type: 'timer', name, epoch, view })
    })
  }
}

function keyOf(index: number): `0x${string}` {
  return `0x${index.toString(16).padStart(96, '0')}`
}

function configOf(index: number): ConsensusConfig {
  return {
    ownKey: keyOf(index),
    epochLength: 1_000_000,
    minBlockIntervalMs: 50,
    idleIntervalMs: 2_000,
    leaderTimeoutMs: 1_000,
    retryIntervalMs: 1_000,
    skipTimeoutMs: 5_000,
    statusIntervalMs: 1_000,
    hashJustification,
    scheduleOf: (set, mixHash) => buildSchedule(set, mixHash, keccak256),
  }
}

function certificateOf(effect: Extract<Effect, { type: 'verifyVotes' }>, signers: readonly number[]): Certificate {
  const bitmap = new Uint8Array(16)
  for (const signer of signers) bitmap[signer >> 3] = (bitmap[signer >> 3] ?? 0) | (1 << (signer & 7))
  return { subject: effect.subject, bitmap, signature: SIGNATURE }
}
