/**
 * Whatever is fed, in whatever order: the core does not throw, does not go back, signs no two votes that convict it, stays
 * within its bounds, and does the same again when fed the same.
 */

import { describe, expect, it } from 'vitest'
import type { TimerName } from '../../src/consensus/effect.ts'
import { evidenceOf } from '../../src/consensus/evidence.ts'
import type { Input } from '../../src/consensus/input.ts'
import type { ConsensusMessage } from '../../src/consensus/messages.ts'
import { Prng } from '../../src/lib/prng.ts'
import type { BlockSummary } from '../../src/types/block-summary.ts'
import { ZERO_HASH } from '../../src/types/primitives.ts'
import { FINALIZE, NOTARIZE, NULLIFY, nullifySubject, type Subject, subjectOfKind } from '../../src/types/vote.ts'
import { boundsBroken } from '../sim/bounds.ts'
import { Bench, certify, GENESIS, ofType, proposalOf, reproposalOf, START_MS, setOf, subjectOf, vote } from './bench.ts'

const RUNS = 300
const STEPS = 300
const TIMERS: readonly TimerName[] = [
  'leader',
  'certification',
  'retry',
  'resolve',
  'fetch',
  'build',
  'clock',
  'status',
]

/** Inputs that may or may not make sense where they come. */
class Wild {
  private readonly prng: Prng
  private readonly bench: Bench
  private readonly blocks: BlockSummary[] = [GENESIS]
  private readonly decided = new Map<string, Subject>()

  constructor(prng: Prng, bench: Bench) {
    this.prng = prng
    this.bench = bench
  }

  next(): Input {
    const { prng, bench } = this
    const epoch = bench.state.epoch + (prng.chance(0.1) ? prng.below(3) - 1 : 0)
    const view = Math.max(0, bench.state.current + prng.below(7) - 3)
    switch (prng.below(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return this.message({ type: 'vote', vote: vote(this.subject(epoch, view), prng.below(6)) })
      case 4:
        return this.message({ type: 'certificate', certificate: certify(this.certified(epoch, Math.max(1, view))) })
      case 5:
      case 6:
        return this.proposal(view)
      case 7:
        return { type: 'timer', name: prng.pick(TIMERS), epoch, view: prng.chance(0.7) ? bench.state.current : view }
      case 8:
        return { type: 'certified', hash: prng.pick(this.blocks).hash, isValid: prng.chance(0.9) }
      case 9:
        return { type: 'checked', hash: prng.pick(this.blocks).hash, isValid: prng.chance(0.9) }
      case 10:
        return { type: 'blockArrived', block: prng.pick(this.blocks) }
      case 11:
        return prng.chance(0.5)
          ? { type: 'built', epoch, view, block: this.block(view) }
          : { type: 'signRefused', subject: this.subject(epoch, view) }
      case 12:
        return prng.chance(0.5)
          ? { type: 'poolReady', isReady: prng.chance(0.5) }
          : {
              type: 'peerActivity',
              peer: `peer-${prng.below(6)}`,
              activity: prng.pick(['opened', 'heard', 'closed'] as const),
            }
      default:
        return this.rare(epoch, view)
    }
  }

  private rare(epoch: number, view: number): Input {
    const { prng, bench } = this
    const head = prng.pick(this.blocks)
    if (bench.state.mode === 'closing' && prng.chance(0.7)) {
      const anchor = bench.state.finalized
      return {
        type: 'epochOpened',
        set: setOf(bench.state.epoch + 1),
        anchor,
        mixHash: ZERO_HASH,
        anchorCertificate: null,
      }
    }
    if (prng.chance(0.2)) {
      return {
        type: 'epochOpened',
        set: setOf(Math.max(0, epoch)),
        anchor: head,
        mixHash: ZERO_HASH,
        anchorCertificate: null,
      }
    }
    if (prng.chance(0.2)) {
      return {
        type: 'synced',
        head,
        certificate: certify(subjectOfKind(subjectOf({ ...head, view: Math.max(1, view) }), FINALIZE)),
      }
    }
    const { current } = bench.state
    const views = [view, current - 1, current - 2].filter((one) => one > 0)
    return this.message({ type: 'certificateRequest', epoch, views })
  }

  private message(message: ConsensusMessage): Input {
    const from = `peer-${this.prng.below(6)}`
    return { type: 'message', from, message, isVerified: this.prng.chance(0.95), isVoteVerified: this.prng.chance(0.5) }
  }

  private proposal(view: number): Input {
    const { prng } = this
    const held = [...this.bench.state.rounds.values()].map((round) => round.notarization).filter((one) => one !== null)
    if (held.length > 0 && prng.chance(0.2)) return this.message(reproposalOf(prng.pick(held), Math.max(1, view)))
    const certificate = held.length > 0 && prng.chance(0.6) ? prng.pick(held) : null
    return this.message(proposalOf(this.block(Math.max(1, view)), certificate === null ? [] : [certificate]))
  }

  private block(view: number): BlockSummary {
    const parent = this.prng.pick(this.blocks.slice(-4))
    const block = this.bench.blockOn(parent, view)
    this.blocks.push(block)
    return block
  }

  /** What is certified of a view: mostly the same each time, for two different certificates stop the node. */
  private certified(epoch: number, view: number): Subject {
    const { prng } = this
    if (prng.chance(0.002)) return this.subject(epoch, view)
    const place = `${epoch} ${view}`
    const held = this.decided.get(place) ?? this.subject(epoch, view)
    this.decided.set(place, held)
    return held.kind === NULLIFY ? held : subjectOfKind(held, prng.chance(0.7) ? NOTARIZE : FINALIZE)
  }

  private subject(epoch: number, view: number): Subject {
    const { prng } = this
    if (prng.chance(0.3)) return nullifySubject(epoch, view)
    const block = prng.pick(this.blocks.slice(-6))
    return { ...subjectOf({ ...block, epoch, view }), kind: prng.chance(0.5) ? NOTARIZE : FINALIZE }
  }
}

/** Feeds a wild sequence; returns everything that left, as text. */
function runWild(seed: number): string {
  const prng = new Prng(seed)
  const bench = new Bench({ self: prng.below(5), config: { epochLength: 2 + prng.below(6), maxUnfinalizedBlocks: 2 } })
  const wild = new Wild(prng, bench)
  const said: Subject[] = []
  for (let i = 0; i < STEPS && bench.state.mode !== 'stopped'; i++) {
    const { epoch, current } = bench.state
    bench.pass(prng.below(120))
    const input = wild.next()
    const effects = prng.chance(0.7) ? bench.play(input) : bench.feed(input)
    if (bench.state.epoch === epoch) expect(bench.state.current).toBeGreaterThanOrEqual(current)
    expect(bench.state.epoch).toBeGreaterThanOrEqual(epoch)
    for (const { record } of ofType(effects, 'persist')) if (record.type === 'ownVote') said.push(record.vote.subject)
    expect(boundsBroken(bench.state)).toBeNull()
  }
  for (const one of said) for (const other of said) expect(evidenceOf(vote(one, 0), vote(other, 0))).toBeNull()
  expect(bench.nowMs).toBeGreaterThan(START_MS)
  return JSON.stringify(ofType(bench.effects, 'stop')) + JSON.stringify(bench.effects.length) + JSON.stringify(said)
}

describe(`${RUNS} wild sequences of ${STEPS} inputs`, () => {
  it('neither break the core nor make it contradict itself', () => {
    const outcomes = Array.from({ length: RUNS }, (_, index) => runWild(index + 1))
    expect(runWild(7)).toBe(outcomes[6])
    expect(outcomes.some((one) => one.includes('"kind":3'))).toBe(true)
  })
})
