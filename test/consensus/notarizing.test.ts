/**
 * The notarize rule: V1 to V9 as far as the core sees them.
 */

import { describe, expect, it } from 'vitest'
import { MAX_NOTARIZE_DISTANCE } from '../../src/lib/limits.ts'
import type { Hash } from '../../src/types/primitives.ts'
import { FINALIZE, NOTARIZE, nullifySubject, subjectOfKind } from '../../src/types/vote.ts'
import {
  asked,
  Bench,
  certify,
  GENESIS,
  nullification,
  ofType,
  proposalOf,
  reproposalOf,
  START_MS,
  sentToAll,
  subjectOf,
} from './bench.ts'

describe('a proposal is notarized', () => {
  it('when it is the first of the leader, on the anchor, in the current view', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    const { effects } = bench.propose(block)
    expect(asked(effects)).toEqual([subjectOf(block)])
    const order = effects
      .filter((one) => one.type === 'persist' || one.type === 'send')
      .map((one) => (one.type === 'persist' ? one.record.type : one.message.type))
    expect(order).toEqual(['seenProposal', 'certified', 'block', 'ownVote', 'vote'])
  })

  it('before it is executed: execution overlaps the vote', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    const effects = bench.feed({ type: 'message', from: 'peer-0', message: proposalOf(block), isVerified: true })
    expect(effects.filter((one) => one.type === 'check' || one.type === 'certify').map((one) => one.type)).toEqual([
      'check',
      'certify',
    ])
    expect(asked(bench.feed({ type: 'checked', hash: block.hash, isValid: true }))).toEqual([subjectOf(block)])
  })

  it('after its certificates brought us into its view', () => {
    const bench = new Bench()
    const justification = [nullification(1), nullification(2)]
    const block = bench.blockOn(GENESIS, 3, 0)
    const { effects } = bench.propose(block, justification)
    expect(bench.state.current).toBe(3)
    expect(asked(effects)).toEqual([subjectOf(block, justification)])
  })

  it('when it comes one view early, once the view is entered', () => {
    const bench = new Bench()
    const first = bench.blockOn(GENESIS, 1)
    const notarization = certify(subjectOf(first))
    const second = bench.blockOn(first, 2)
    expect(asked(bench.propose(second, [notarization]).effects)).toEqual([])
    const effects = bench.play({ type: 'blockArrived', block: first })
    expect(asked(effects)).toEqual([subjectOfKind(subjectOf(first), FINALIZE), subjectOf(second, [notarization])])
  })

  it('only once its parent is executed (A5); a missing parent is asked from the proposer first', () => {
    const bench = new Bench()
    const parent = bench.blockOn(GENESIS, 1)
    const notarization = certify(subjectOf(parent), [0, 2, 3])
    const block = bench.blockOn(parent, 2)
    const { effects } = bench.propose(block, [notarization])
    expect(asked(effects)).toEqual([])
    expect(ofType(effects, 'fetch')[0]).toMatchObject({ hash: parent.hash, peers: ['peer-1', 'peer-0'] })
    expect(asked(bench.play({ type: 'blockArrived', block: parent })).map((one) => one.kind)).toEqual([
      FINALIZE,
      NOTARIZE,
    ])
  })

  it('as a re-proposal of the certified parent, whatever its height and time', () => {
    const bench = new Bench()
    const { notarization } = bench.completeView(GENESIS, null, false)
    const again = reproposalOf(notarization, 2)
    expect(asked(bench.receive(1, again))).toEqual([again.leaderVote.subject])
  })
})

describe('a proposal is refused, and the view nullified, when', () => {
  const refused = [nullifySubject(0, 2)]

  it.each([
    ['its height is not the parent’s plus one (V4)', { height: 3 }],
    ['its time is less than the interval after the parent’s (V5)', { timestampMs: START_MS + 249 }],
    ['its time is more than 10 s ahead of our clock (V5)', { timestampMs: START_MS + 10_251 }],
    ['its time is the end of time (V5)', { timestampMs: Number.MAX_SAFE_INTEGER }],
    ['its context names another view (V1)', { view: 3 }],
    ['its context names another epoch (V1)', { epoch: 1 }],
    ['its context names another parent view (V2)', { parentView: 0 }],
    ['its parent is not the certified one (V3)', { parentHash: '0xother' as Hash }],
  ])('%s', (_, changes) => {
    const bench = new Bench()
    const { block, notarization } = bench.completeView(GENESIS, null, false)
    const proposed = { ...bench.blockOn(block, 2), ...changes }
    const message = proposalOf({ ...proposed, view: 2, epoch: 0, parentView: 1 }, [notarization])
    expect(asked(bench.receive(1, { ...message, block: proposed }))).toEqual(refused)
  })

  it.each([
    ['the parent’s certificate is missing', 0],
    ['the certificate is of another view', 1],
    ['a skipped view is not nullified', 2],
    ['the order is not canonical', 3],
    ['a certificate too many is sent', 4],
  ])('its justification is not exactly that of its parent: %s (V3)', (_, which) => {
    const bench = new Bench({ self: 2 })
    const { block, notarization } = bench.completeView(GENESIS, null, false)
    for (const view of [2, 3]) bench.receiveCertificate(nullification(view))
    const [second, third] = [nullification(2), nullification(3)]
    const wrong = [
      [second, third],
      [certify({ ...notarization.subject, view: 2 }), second, third],
      [notarization, third],
      [notarization, third, second],
      [notarization, second, third, third],
    ][which]
    const message = proposalOf(bench.blockOn(block, 4, 1), wrong)
    expect(asked(bench.receive(3, message, { isJustificationVerified: which !== 1 }))).toEqual([nullifySubject(0, 4)])
  })

  it('a certificate in it does not verify (V3)', () => {
    const bench = new Bench()
    const { block, notarization } = bench.completeView(GENESIS, null, false)
    const message = proposalOf(bench.blockOn(block, 2), [notarization])
    expect(asked(bench.receive(1, message, { isJustificationVerified: false }))).toEqual(refused)
  })

  it('the shell finds its content invalid (V4 to V8)', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    bench.malformed.add(block.hash)
    expect(asked(bench.propose(block).effects)).toEqual([nullifySubject(0, 1)])
  })

  it('its parent failed execution', () => {
    const bench = new Bench()
    const parent = bench.blockOn(GENESIS, 1)
    bench.invalid.add(parent.hash)
    const { message } = bench.propose(parent)
    const notarization = certify(message.leaderVote.subject)
    bench.receiveCertificate(notarization)
    bench.receiveCertificate(nullification(1))
    expect(asked(bench.propose(bench.blockOn(parent, 2), [notarization]).effects)).toEqual(refused)
  })

  it('it builds beyond the closing height, where only re-proposals are valid (R3)', () => {
    const bench = new Bench({ config: { epochLength: 2 } })
    const first = bench.completeView(GENESIS, null, false)
    const second = bench.completeView(first.block, first.notarization, false)
    expect(second.block.height).toBe(2)
    expect(asked(bench.propose(bench.blockOn(second.block, 3), [second.notarization]).effects)).toEqual([
      nullifySubject(0, 3),
    ])
    const other = new Bench({ config: { epochLength: 2 } })
    const one = other.completeView(GENESIS, null, false)
    const two = other.completeView(one.block, one.notarization, false)
    const again = reproposalOf(two.notarization, 3)
    expect(asked(other.receive(2, again))).toEqual([again.leaderVote.subject])
  })
})

describe('a proposal waits', () => {
  it('while its time is more than 500 ms ahead of our clock: skew is pending, not invalid (V5)', () => {
    const bench = new Bench()
    const block = { ...bench.blockOn(GENESIS, 1), timestampMs: START_MS + 700 }
    const { effects } = bench.propose(block)
    expect(asked(effects)).toEqual([])
    expect(ofType(effects, 'timer').find((one) => one.name === 'clock')?.atMs).toBe(START_MS + 200)
    bench.pass(200)
    expect(asked(bench.timer('clock'))).toEqual([subjectOf(block)])
  })

  it('when it lies more than 64 blocks above our finalized head (R4)', () => {
    const bench = new Bench()
    const tip = { ...bench.blockOn(GENESIS, 1), height: MAX_NOTARIZE_DISTANCE }
    bench.state.blocks.set(tip.hash, { summary: tip, execution: 'ok', check: 'ok', isLogged: true })
    const notarization = certify(subjectOf(tip))
    bench.receiveCertificate(notarization)
    expect(bench.state.current).toBe(2)
    expect(asked(bench.propose(bench.blockOn(tip, 2), [notarization]).effects)).toEqual([])
  })
})

describe('a proposal is ignored', () => {
  it('of anybody but the leader, who is scored for it', () => {
    const bench = new Bench()
    const effects = bench.receive(2, proposalOf(bench.blockOn(GENESIS, 1), [], 2))
    expect(ofType(effects, 'score')).toMatchObject([{ peer: 'peer-2', fault: 'badProposal' }])
    expect(asked(effects)).toEqual([])
  })

  it.each([
    ['another justification', { justification: [certify(subjectOf(GENESIS), [0, 1, 3])] }],
    ['no block', { block: null }],
    ['another block', { block: { ...GENESIS, hash: '0xother' as Hash } }],
  ])('that carries %s than its leader signed: its sender is scored, and the honest one still counts', (_, changes) => {
    const bench = new Bench()
    const { block, notarization } = bench.completeView(GENESIS, null, false)
    const next = bench.blockOn(block, 2)
    const honest = proposalOf(next, [notarization])
    const effects = bench.receive(0, { ...honest, ...changes })
    expect(ofType(effects, 'score')).toMatchObject([{ peer: 'peer-0', fault: 'badProposal' }])
    expect(asked(effects)).toEqual([])
    expect(asked(bench.propose(next, [notarization]).effects)).toEqual([subjectOf(next, [notarization])])
  })

  it('that carries a block beside a re-proposal: its sender is scored, and the honest one still counts (R3)', () => {
    const bench = new Bench()
    const { block, notarization } = bench.completeView(GENESIS, null, false)
    const honest = reproposalOf(notarization, 2)
    const effects = bench.receive(0, { ...honest, block })
    expect(ofType(effects, 'score')).toMatchObject([{ peer: 'peer-0', fault: 'badProposal' }])
    expect(asked(effects)).toEqual([])
    expect(asked(bench.receive(1, honest))).toEqual([honest.leaderVote.subject])
  })

  it('after we notarized, nullified or finalized in its view', () => {
    const bench = new Bench()
    bench.pass(401)
    bench.timer('leader')
    expect(asked(bench.propose(bench.blockOn(GENESIS, 1)).effects)).toEqual([])
  })

  it('of a view more than one ahead, unless its certificates lead there', () => {
    const bench = new Bench()
    bench.receive(2, { ...proposalOf(bench.blockOn(GENESIS, 3)), justification: [] })
    expect(bench.state.rounds.get(3)?.early ?? null).toBeNull()
  })

  it('of a past view', () => {
    const bench = new Bench()
    bench.receiveCertificate(nullification(1))
    bench.clear()
    bench.propose(bench.blockOn(GENESIS, 1))
    expect(asked(bench.effects)).toEqual([])
    expect(sentToAll(bench.effects, 'vote')).toEqual([])
  })
})
