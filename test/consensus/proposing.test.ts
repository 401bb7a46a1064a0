/**
 * Leading a view: R1 to R4. We are validator 0, who leads views 1, 5, 9, …
 */

import { describe, expect, it } from 'vitest'
import type { WalRecord } from '../../src/consensus/record.ts'
import { MAX_JUSTIFICATION, MAX_UNFINALIZED, MAX_VIEWS_IN_MEMORY } from '../../src/lib/limits.ts'
import { nullifySubject } from '../../src/types/vote.ts'
import {
  asked,
  Bench,
  certify,
  GENESIS,
  nullification,
  ofType,
  START_MS,
  sentToAll,
  subjectOf,
  timerAt,
} from './bench.ts'

const SELF = { self: 0 } as const

/** A bench in view 5 on a notarized block of view 1 and nullified views 2 to 4. */
function inViewFive(options: { isPoolReady?: boolean } = {}) {
  const bench = new Bench({ ...SELF, ...options, starts: false })
  const block = bench.blockOn(GENESIS, 1)
  const notarization = certify(subjectOf(block), [1, 2, 3])
  bench.feed({ type: 'recovered', record: { type: 'block', block } })
  bench.feed({ type: 'recovered', record: { type: 'certificate', certificate: notarization } })
  for (const view of [2, 3])
    bench.feed({ type: 'recovered', record: { type: 'certificate', certificate: nullification(view) } })
  bench.play({ type: 'start' })
  return { bench, block, notarization }
}

describe('the leader', () => {
  it('builds on the highest certified block, and proves that every view between was nullified (R1)', () => {
    const { bench, block, notarization } = inViewFive()
    bench.pass(1_000)
    const effects = bench.receiveCertificate(nullification(4))
    expect(ofType(effects, 'build')).toMatchObject([
      { view: 5, parent: block, parentView: 1, parentCertificate: notarization, notBeforeMs: block.timestampMs + 250 },
    ])
    const [message] = sentToAll(effects, 'proposal')
    expect(message).toMatchObject({
      justification: [notarization, nullification(2), nullification(3), nullification(4)],
    })
    expect(asked(effects)).toHaveLength(1)
  })

  it('logs block, proposal and vote before it pushes them, and does not send the vote twice', () => {
    const { bench } = inViewFive()
    bench.pass(1_000)
    const effects = bench.receiveCertificate(nullification(4))
    const kinds = effects.flatMap((one) =>
      one.type === 'persist' ? [one.record.type] : one.type === 'send' ? [one.message.type] : [],
    )
    expect(kinds).toEqual(['certificate', 'certificate', 'block', 'ownProposal', 'ownVote', 'proposal'])
  })

  it('gives the view up at once when a view is a hole, and asks for its certificates (R1)', () => {
    const leader = new Bench(SELF)
    leader.receiveCertificate(nullification(4))
    expect(asked(leader.effects)).toContainEqual(nullifySubject(0, 5))
    const requests = ofType(leader.effects, 'send').flatMap((one) =>
      one.message.type === 'certificateRequest' ? [one.message.views] : [],
    )
    expect(requests).toContainEqual([3, 2, 1])
  })

  it('waits for a notarized block that is still being executed (R1)', () => {
    const bench = new Bench(SELF)
    for (const view of [1, 2, 3]) bench.receiveCertificate(nullification(view))
    const block = bench.blockOn(GENESIS, 4, 0)
    bench.feed({
      type: 'message',
      from: 'peer-3',
      message: { type: 'certificate', certificate: certify(subjectOf(block)) },
      isVerified: true,
    })
    bench.feed({ type: 'blockArrived', block })
    expect(bench.state.current).toBe(4)
    bench.pass(1_000)
    const effects = bench.play({ type: 'certified', hash: block.hash, isValid: true })
    expect(ofType(effects, 'build')).toMatchObject([{ view: 5, parent: block, parentView: 4 }])
  })

  it('builds no earlier than the least interval after the parent when there are transactions (R2)', () => {
    const { bench, block } = inViewFive()
    const effects = bench.receiveCertificate(nullification(4))
    expect(ofType(effects, 'build')).toEqual([])
    expect(timerAt(effects, 'build')).toBe(block.timestampMs + 250)
    bench.pass(249)
    const early = bench.timer('build')
    expect(ofType(early, 'build')).toEqual([])
    expect(timerAt(early, 'build')).toBe(block.timestampMs + 250)
    bench.pass(1)
    expect(ofType(bench.timer('build'), 'build')).toHaveLength(1)
  })

  it('waits for the idle interval when there are none, or until there are (R2)', () => {
    const { bench, block } = inViewFive({ isPoolReady: false })
    const effects = bench.receiveCertificate(nullification(4))
    expect(timerAt(effects, 'build')).toBe(block.timestampMs + 2_000)
    bench.pass(600)
    expect(ofType(bench.play({ type: 'poolReady', isReady: true }), 'build')).toHaveLength(1)
  })

  it('alone in its set finalizes what it proposes', () => {
    const bench = new Bench({ self: 0, powers: [1] })
    const [finalize] = ofType(bench.effects, 'finalize')
    expect(finalize?.blocks.map((block) => block.height)).toEqual([1])
    expect(bench.state).toMatchObject({ current: 2, finalized: { height: 1 } })
    bench.pass(250)
    bench.timer('build')
    expect(bench.state.finalized.height).toBe(2)
  })

  it('gives the view up when no block can be made', () => {
    const { bench } = inViewFive()
    bench.pass(1_000)
    bench.feed({
      type: 'message',
      from: 'peer-1',
      message: { type: 'certificate', certificate: nullification(4) },
      isVerified: true,
    })
    expect(asked(bench.play({ type: 'buildFailed', epoch: 0, view: 5 }))).toEqual([nullifySubject(0, 5)])
  })

  it('gives the view up when its signer refuses the proposal', () => {
    const { bench } = inViewFive()
    bench.pass(1_000)
    bench.feed({
      type: 'message',
      from: 'peer-1',
      message: { type: 'certificate', certificate: nullification(4) },
      isVerified: true,
    })
    const block = bench.blockOn(GENESIS, 5, 1)
    const [subject] = asked(bench.feed({ type: 'built', epoch: 0, view: 5, block }))
    expect(subject?.blockHash).toBe(block.hash)
    if (subject !== undefined)
      expect(asked(bench.feed({ type: 'signRefused', subject }))).toEqual([nullifySubject(0, 5)])
  })

  it('gives the view up when its justification would be longer than anybody takes', () => {
    const records = Array.from({ length: MAX_JUSTIFICATION + 4 }, (_, index): WalRecord => {
      return { type: 'certificate', certificate: nullification(index + 1) }
    })
    const bench = new Bench({ ...SELF, records })
    expect(bench.state.current).toBe(MAX_JUSTIFICATION + 5)
    expect(ofType(bench.effects, 'build')).toEqual([])
    expect(asked(bench.effects)).toContainEqual(nullifySubject(0, MAX_JUSTIFICATION + 5))
    expect(bench.state.rounds.size).toBeLessThanOrEqual(MAX_VIEWS_IN_MEMORY + 1)
  })

  it('drops a block that comes after its view ended', () => {
    const { bench } = inViewFive()
    bench.pass(1_000)
    bench.feed({
      type: 'message',
      from: 'peer-1',
      message: { type: 'certificate', certificate: nullification(4) },
      isVerified: true,
    })
    bench.receiveCertificate(nullification(5))
    const block = bench.blockOn(GENESIS, 5, 1)
    const effects = bench.play({ type: 'built', epoch: 0, view: 5, block })
    expect(asked(effects)).toEqual([])
    expect(ofType(effects, 'forget')).toMatchObject([{ hashes: [block.hash] }])
  })

  it('proposes the closing block again, at once and without a block, when the parent closes the epoch (R3)', () => {
    const bench = new Bench({ ...SELF, config: { epochLength: 4 } })
    const block = { ...bench.blockOn(GENESIS, 4, 0), height: 4 }
    const notarization = certify(subjectOf(block), [1, 2, 3])
    bench.receiveCertificate(notarization)
    bench.clear()
    bench.play({ type: 'blockArrived', block })
    expect(bench.state.current).toBe(5)
    expect(ofType(bench.effects, 'build')).toEqual([])
    const subject = { blockHash: block.hash, view: 5, parentView: 4 }
    expect(sentToAll(bench.effects, 'proposal')).toMatchObject([
      { block: null, justification: [notarization], leaderVote: { subject } },
    ])
    expect(timerAt(bench.effects, 'leader')).toBe(START_MS + 400 * 2.25 + 1)
  })

  it(`proposes the tip again when ${MAX_UNFINALIZED} blocks wait for finality (R4)`, () => {
    const bench = new Bench({ ...SELF, config: { maxUnfinalizedBlocks: 1 } })
    const block = bench.blockOn(GENESIS, 4, 0)
    const certificate = certify(subjectOf(block), [1, 2, 3])
    bench.receiveCertificate(certificate)
    bench.clear()
    bench.play({ type: 'blockArrived', block })
    expect(sentToAll(bench.effects, 'proposal')).toMatchObject([
      { block: null, leaderVote: { subject: { blockHash: block.hash, view: 5 } } },
    ])
  })
})
