/**
 * One core on a table: four validators of equal power, leaders in turn, and a shell that answers what it is told to.
 * View v is led by validator (v - 1) mod 4; we are validator 3 unless said otherwise.
 */

import type { ConsensusConfig } from '../../src/consensus/config.ts'
import type { Effect } from '../../src/consensus/effect.ts'
import type { Input, MessageInput } from '../../src/consensus/input.ts'
import type { ConsensusMessage, ProposalMessage } from '../../src/consensus/messages.ts'
import { openState } from '../../src/consensus/open-state.ts'
import type { WalRecord } from '../../src/consensus/record.ts'
import type { ConsensusState } from '../../src/consensus/state.ts'
import { step } from '../../src/consensus/step.ts'
import { present } from '../../src/lib/assert.ts'
import type { BlockSummary } from '../../src/types/block-summary.ts'
import type { Certificate } from '../../src/types/certificate.ts'
import { type Hash, ZERO_ADDRESS, ZERO_HASH } from '../../src/types/primitives.ts'
import type { ValidatorSet } from '../../src/types/validator-set.ts'
import { FINALIZE, NOTARIZE, nullifySubject, type Subject, type Vote } from '../../src/types/vote.ts'
import { hashJustification } from '../sim/ledger.ts'

export const START_MS = 1_700_000_000_000
export const GENESIS: BlockSummary = {
  hash: '0xgenesis' as Hash,
  parentHash: ZERO_HASH,
  height: 0,
  epoch: 0,
  view: 0,
  parentView: 0,
  timestampMs: START_MS - 60_000,
}
const SIGNATURE = new Uint8Array([1])

export function setOf(epoch: number, powers: readonly number[] = [1, 1, 1, 1]): ValidatorSet {
  const totalPower = powers.reduce((sum, power) => sum + power, 0)
  const validators = powers.map((power, index) => ({
    blsPublicKey: `0x${index}` as const,
    peerId: `peer-${index}`,
    operator: ZERO_ADDRESS,
    feeAddress: ZERO_ADDRESS,
    power,
  }))
  return { epoch, validators, totalPower, quorum: Math.floor((2 * totalPower) / 3) + 1 }
}

export type BenchOptions = {
  readonly self?: number
  readonly powers?: readonly number[]
  readonly config?: Partial<ConsensusConfig>
  readonly records?: readonly WalRecord[]
  readonly head?: BlockSummary
  readonly isPoolReady?: boolean
  readonly starts?: boolean
}

export class Bench {
  readonly state: ConsensusState
  nowMs = START_MS
  /** What the shell answers to `check` and `certify`, by block; absent is valid. */
  readonly invalid = new Set<Hash>()
  readonly malformed = new Set<Hash>()
  /** Everything that left since the last `clear`. */
  effects: Effect[] = []
  private built = 0

  constructor(options: BenchOptions = {}) {
    const set = setOf(0, options.powers)
    const config: ConsensusConfig = {
      ownKey: `0x${options.self ?? 3}`,
      epochLength: 100,
      minBlockIntervalMs: 250,
      idleIntervalMs: 2_000,
      leaderTimeoutMs: 400,
      retryIntervalMs: 400,
      skipTimeoutMs: 5_000,
      statusIntervalMs: 1_000,
      hashJustification,
      scheduleOf: (own) => own.validators.map((_, index) => index),
      ...options.config,
    }
    const head = options.head ?? GENESIS
    this.state = openState(
      config,
      { set, anchor: GENESIS, mixHash: ZERO_HASH, anchorCertificate: null, head },
      this.nowMs,
    )
    for (const record of options.records ?? []) this.feed({ type: 'recovered', record })
    if (options.isPoolReady !== false) this.feed({ type: 'poolReady', isReady: true })
    if (options.starts !== false) this.play({ type: 'start' })
  }

  /** One input, nothing answered. */
  feed(input: Input): Effect[] {
    const effects = step(this.state, input, this.nowMs)
    this.effects.push(...effects)
    return effects
  }

  /** One input, and a shell that signs, checks and executes at once. Returns all that left. */
  play(input: Input): Effect[] {
    const all: Effect[] = []
    const queue: Input[] = [input]
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const effects = this.feed(next)
      all.push(...effects)
      for (const effect of effects) queue.push(...this.answers(effect))
    }
    return all
  }

  private answers(effect: Effect): Input[] {
    switch (effect.type) {
      case 'sign':
        return [{ type: 'signed', vote: vote(effect.subject, this.state.selfIndex) }]
      case 'check':
        return [{ type: 'checked', hash: effect.hash, isValid: !this.malformed.has(effect.hash) }]
      case 'certify':
        return [{ type: 'certified', hash: effect.hash, isValid: !this.invalid.has(effect.hash) }]
      case 'verifyVotes': {
        const { subject, purpose } = effect
        const goodSigners = effect.votes.map((one) => one.signerIndex)
        const certificate = purpose === 'certificate' ? certify(subject, goodSigners) : null
        return [{ type: 'votesVerified', subject, purpose, certificate, goodSigners, badSigners: [] }]
      }
      case 'build': {
        const { epoch, view, parentView } = effect
        return [{ type: 'built', epoch, view, block: this.blockOn(effect.parent, view, parentView) }]
      }
      default:
        return []
    }
  }

  receive(from: number, message: ConsensusMessage, more: Partial<MessageInput> = {}): Effect[] {
    return this.play({ type: 'message', from: `peer-${from}`, message, isVerified: true, ...more })
  }

  receiveVote(subject: Subject, signer: number): Effect[] {
    return this.receive(signer, { type: 'vote', vote: vote(subject, signer) })
  }

  receiveCertificate(certificate: Certificate, from = 0): Effect[] {
    return this.receive(from, { type: 'certificate', certificate })
  }

  timer(name: Extract<Input, { type: 'timer' }>['name'], view = this.state.current): Effect[] {
    return this.play({ type: 'timer', name, epoch: this.state.epoch, view })
  }

  /** Lets virtual time pass without events. */
  pass(ms: number): void {
    this.nowMs += ms
  }

  /** A block of this view with a plausible time. */
  blockOn(
    parent: BlockSummary,
    view: number,
    parentView = parent.view,
    changes: Partial<BlockSummary> = {},
  ): BlockSummary {
    const hash = `0xblock.${view}.${this.built++}` as Hash
    const timestampMs = Math.max(this.nowMs, parent.timestampMs + 250)
    const { epoch } = this.state
    return {
      hash,
      parentHash: parent.hash,
      height: parent.height + 1,
      epoch,
      view,
      parentView,
      timestampMs,
      ...changes,
    }
  }

  /** The leader's proposal arrives; returns it and what left. */
  propose(
    block: BlockSummary,
    justification: readonly Certificate[] = [],
  ): { message: ProposalMessage; effects: Effect[] } {
    const message = proposalOf(block, justification)
    const effects = this.receive(message.leaderVote.signerIndex, message)
    return { message, effects }
  }

  /** A whole happy view: proposal, notarization, finalization. Returns the block and its certificates. */
  completeView(parent: BlockSummary, parentCertificate: Certificate | null, isFinalized = true): Completed {
    const view = this.state.current
    const block = this.blockOn(parent, view)
    const { message } = this.propose(block, parentCertificate === null ? [] : [parentCertificate])
    const notarization = certify(message.leaderVote.subject)
    const finalization = certify({ ...notarization.subject, kind: FINALIZE })
    this.receiveCertificate(notarization)
    if (isFinalized) this.receiveCertificate(finalization)
    return { block, notarization, finalization }
  }

  clear(): void {
    this.effects = []
  }
}

export type Completed = {
  readonly block: BlockSummary
  readonly notarization: Certificate
  readonly finalization: Certificate
}

export function vote(subject: Subject, signerIndex: number): Vote {
  return { subject, signerIndex, signature: SIGNATURE }
}

/** A certificate signed by validators 0, 1 and 2 unless said otherwise. */
export function certify(subject: Subject, signers: readonly number[] = [0, 1, 2]): Certificate {
  const bitmap = new Uint8Array(1)
  for (const signer of signers) bitmap[0] = (bitmap[0] as number) | (1 << signer)
  return { subject, bitmap, signature: SIGNATURE }
}

export function nullification(view: number, epoch = 0): Certificate {
  return certify(nullifySubject(epoch, view))
}

export function proposalOf(
  block: BlockSummary,
  justification: readonly Certificate[] = [],
  signer = (block.view - 1) % 4,
): ProposalMessage {
  return { type: 'proposal', block, justification, leaderVote: vote(subjectOf(block, justification), signer) }
}

export function subjectOf(block: BlockSummary, justification: readonly Certificate[] = []): Subject {
  const { epoch, view, parentView, hash } = block
  return { kind: NOTARIZE, epoch, view, parentView, blockHash: hash, justHash: hashJustification(justification) }
}

/** A re-proposal of a notarized block in `view`. */
export function reproposalOf(
  certificate: Certificate,
  view: number,
  between: readonly Certificate[] = [],
): ProposalMessage {
  const justification = [certificate, ...between]
  const subject: Subject = {
    kind: NOTARIZE,
    epoch: certificate.subject.epoch,
    view,
    parentView: certificate.subject.view,
    blockHash: certificate.subject.blockHash,
    justHash: hashJustification(justification),
  }
  return { type: 'proposal', block: null, justification, leaderVote: vote(subject, (view - 1) % 4) }
}

export function ofType<Type extends Effect['type']>(
  effects: readonly Effect[],
  type: Type,
): Extract<Effect, { type: Type }>[] {
  return effects.filter((effect): effect is Extract<Effect, { type: Type }> => effect.type === type)
}

/** Subjects of the signatures asked for. */
export function asked(effects: readonly Effect[]): Subject[] {
  return ofType(effects, 'sign').map((effect) => effect.subject)
}

/** Messages of a kind that were sent to all. */
export function sentToAll(effects: readonly Effect[], type: ConsensusMessage['type']): ConsensusMessage[] {
  return ofType(effects, 'send')
    .filter((effect) => effect.to === 'all' && effect.message.type === type)
    .map((effect) => effect.message)
}

export function timerAt(effects: readonly Effect[], name: string): number | null {
  const timers = ofType(effects, 'timer').filter((effect) => effect.name === name)
  return present(timers[timers.length - 1], `a ${name} timer was set`).atMs
}
