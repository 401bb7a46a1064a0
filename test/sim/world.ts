/**
 * The whole cluster on one thread in virtual time: events in order, the network between nodes, and one ledger that sees all.
 */

import type { ConsensusConfig, Mutant } from '../../src/consensus/config.ts'
import type { ConsensusMessage } from '../../src/consensus/messages.ts'
import { apportion, type Schedule, spread } from '../../src/consensus/schedule.ts'
import { Prng } from '../../src/lib/prng.ts'
import type { BlockSummary } from '../../src/types/block-summary.ts'
import { type Hash, ZERO_HASH } from '../../src/types/primitives.ts'
import type { ValidatorSet } from '../../src/types/validator-set.ts'
import { roleOf } from './byzantine/roles.ts'
import { EventHeap } from './heap.ts'
import { hashJustification, Ledger } from './ledger.ts'
import { SimNode } from './node.ts'
import type { Plan } from './plan.ts'
import { keyOf, validatorsOf } from './validators.ts'

const SCHEDULE_SLOTS = 24
/** Virtual time starts here, so that timestamps look like times. */
export const START_MS = 1_700_000_000_000

export class World {
  readonly plan: Plan
  readonly mutant: Mutant | undefined
  readonly ledger = new Ledger()
  readonly nodes: SimNode[]
  readonly genesis: BlockSummary
  readonly trace: ((line: string) => void) | null
  nowMicros = 0
  events = 0
  digest = 0
  /** Sides of a partition by node; null when the network is whole. */
  partition: readonly number[] | null = null
  /** In an asymmetric partition only side 0 reaches side 1. */
  isAsymmetric = false
  isHealed = false
  /** Sees every message that an honest node gets. */
  witness: ((message: ConsensusMessage) => void) | null = null
  private readonly heap = new EventHeap()
  private sequence = 0
  private readonly net: Prng
  private readonly sets = new Map<number, ValidatorSet>()
  private readonly schedules = new Map<string, Schedule>()

  constructor(plan: Plan, mutant: Mutant | undefined, trace: ((line: string) => void) | null) {
    this.plan = plan
    this.mutant = mutant
    this.trace = trace
    this.net = this.stream('net')
    const timestampMs = START_MS - 1_000
    const genesis = { parentHash: ZERO_HASH, height: 0, epoch: 0, view: 0, parentView: 0, timestampMs }
    this.genesis = this.ledger.addBlock(genesis)
    this.nodes = plan.basePowers.map((_, index) => {
      const role = plan.byzantine.get(index)
      return new SimNode(this, index, role === undefined ? null : roleOf(role, this.stream(`byzantine:${index}`)))
    })
  }

  /** A generator of its own for each subsystem. */
  stream(label: string): Prng {
    return new Prng(this.plan.seed).fork(label)
  }

  get nowMs(): number {
    return START_MS + Math.floor(this.nowMicros / 1000)
  }

  get honest(): SimNode[] {
    return this.nodes.filter((node) => node.role === null)
  }

  configOf(node: number): ConsensusConfig {
    const { plan, mutant } = this
    return {
      ownKey: keyOf(node),
      epochLength: plan.epochLength,
      minBlockIntervalMs: plan.minBlockIntervalMs,
      idleIntervalMs: plan.idleIntervalMs,
      leaderTimeoutMs: plan.leaderTimeoutMs,
      retryIntervalMs: plan.retryIntervalMs,
      skipTimeoutMs: plan.skipTimeoutMs,
      statusIntervalMs: plan.statusIntervalMs,
      maxUnfinalizedBlocks: plan.maxUnfinalizedBlocks,
      hashJustification,
      scheduleOf: (set, mixHash) => this.scheduleOf(set, mixHash),
      ...(mutant === undefined || plan.byzantine.has(node) ? {} : { mutant }),
    }
  }

  setOf(epoch: number): ValidatorSet {
    let set = this.sets.get(epoch)
    if (set === undefined) {
      set = validatorsOf(this.plan, epoch, this.stream(`epoch:${epoch}`))
      this.sets.set(epoch, set)
    }
    return set
  }

  quorumOf(set: ValidatorSet): number {
    return this.mutant === 'quorum' ? Math.floor(set.totalPower / 2) + 1 : set.quorum
  }

  /** The epoch's shares as in production, shuffled by the anchor's name with the simulator's own generator. */
  private scheduleOf(set: ValidatorSet, mixHash: Hash): Schedule {
    const name = `schedule:${set.epoch}:${mixHash}`
    let schedule = this.schedules.get(name)
    if (schedule === undefined) {
      const powers = set.validators.map((validator) => validator.power)
      schedule = this.stream(name).shuffle(spread(apportion(powers, SCHEDULE_SLOTS)))
      this.schedules.set(name, schedule)
    }
    return schedule
  }

  /** Runs `run` after a delay, unless the node has died since; node -1 is the world. */
  after(delayMs: number, node: number, life: number, run: () => void): void {
    const atMicros = this.nowMicros + Math.max(0, Math.floor(delayMs * 1000))
    this.heap.push({ atMicros, sequence: this.sequence++, node, life, run })
  }

  /** Carries a message: lost, delayed, doubled and reordered as the plan says. */
  carry(from: number, to: number, message: ConsensusMessage): void {
    this.deliverTo(from, to, (node) => node.receive(from, message))
  }

  /** Carries anything else between two nodes under the same conditions. */
  deliverTo(from: number, to: number, deliver: (node: SimNode) => void): void {
    const { plan, net } = this
    if (this.isCut(from, to)) return
    if (!this.isHealed && plan.lossRate > 0 && net.chance(plan.lossRate)) return
    const node = this.nodes[to] as SimNode
    const delayMs = plan.latencyMs + net.exponential(plan.jitterMs)
    this.after(delayMs, -1, 0, () => node.isUp && deliver(node))
    if (plan.duplicateRate > 0 && net.chance(plan.duplicateRate)) {
      this.after(delayMs + net.exponential(150), -1, 0, () => node.isUp && deliver(node))
    }
  }

  isCut(from: number, to: number): boolean {
    const { partition } = this
    if (partition === null || partition[from] === partition[to]) return false
    return !(this.isAsymmetric && partition[from] === 0)
  }

  /** Runs events until `isDone` says so or virtual time is over; false at the deadline. */
  run(deadlineMs: number, isDone: () => boolean): boolean {
    for (;;) {
      const event = this.heap.pop()
      if (event === undefined || this.ledger.violation !== null) return true
      this.nowMicros = event.atMicros
      if (event.node >= 0) {
        const node = this.nodes[event.node] as SimNode
        if (!node.isUp || node.life !== event.life) continue
      }
      this.events++
      this.digest = (Math.imul(this.digest ^ event.atMicros, 0x01000193) + event.node) | 0
      event.run()
      if (isDone()) return true
      if (this.nowMicros > deadlineMs * 1000) return false
    }
  }
}
