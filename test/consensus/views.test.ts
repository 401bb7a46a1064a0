/**
 * Entering views, and what is said when they fail: E1 to E3, the nullify and finalize rules, retry, fast-skip.
 */

import { describe, expect, it } from 'vitest'
import { FINALIZE, nullifySubject, subjectOfKind } from '../../src/types/vote.ts'
import {
  asked,
  Bench,
  certify,
  GENESIS,
  nullification,
  ofType,
  proposalOf,
  START_MS,
  sentToAll,
  subjectOf,
  timerAt,
} from './bench.ts'

describe('a view is entered', () => {
  it('after the nullification of the one before (E1)', () => {
    const bench = new Bench()
    bench.receiveCertificate(nullification(1))
    expect(bench.state.current).toBe(2)
  })

  it('after the notarization of the one before, but only once its block is executed (E1)', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    const message = proposalOf(block)
    bench.feed({ type: 'message', from: 'peer-0', message, isVerified: true })
    bench.feed({
      type: 'message',
      from: 'peer-0',
      message: { type: 'certificate', certificate: certify(subjectOf(block)) },
      isVerified: true,
    })
    expect(bench.state.current).toBe(1)
    bench.feed({ type: 'certified', hash: block.hash, isValid: true })
    expect(bench.state.current).toBe(2)
  })

  it('past a finalized one, executed or not (E1)', () => {
    const bench = new Bench()
    const unknown = subjectOfKind(subjectOf(bench.blockOn(GENESIS, 7)), FINALIZE)
    const effects = bench.receiveCertificate(certify(unknown))
    expect(bench.state.current).toBe(8)
    expect(ofType(effects, 'fetch')[0]?.hash).toBe(unknown.blockHash)
  })

  it('when a later view is notarized: that view itself, not the one after (E2)', () => {
    const bench = new Bench()
    bench.receiveCertificate(certify(subjectOf(bench.blockOn(GENESIS, 5))))
    expect(bench.state.current).toBe(5)
  })

  it('never backwards', () => {
    const bench = new Bench()
    bench.receiveCertificate(nullification(6))
    bench.receiveCertificate(nullification(2))
    bench.receiveCertificate(certify(subjectOf(bench.blockOn(GENESIS, 3))))
    expect(bench.state.current).toBe(7)
  })

  it('with timers, and with rounds far below the last finalization dropped (E3)', () => {
    const bench = new Bench()
    for (let view = 1; view <= 20; view++) bench.receiveCertificate(nullification(view))
    expect(bench.state.rounds.has(1)).toBe(true)
    const block = bench.blockOn(GENESIS, 21, 0)
    bench.clear()
    bench.receiveCertificate(certify(subjectOfKind(subjectOf(block), FINALIZE)))
    bench.play({ type: 'blockArrived', block })
    expect(bench.state.finalized).toEqual(block)
    expect(Math.min(...bench.state.rounds.keys())).toBe(11)
    expect(timerAt(bench.effects, 'leader')).toBe(START_MS + 401)
  })
})

describe('nullify is said in the current view', () => {
  it('when t_l passes without a proposal', () => {
    const bench = new Bench()
    bench.pass(401)
    expect(asked(bench.timer('leader'))).toEqual([nullifySubject(0, 1)])
  })

  it('not when t_l passes with one, but when t_c passes without a certified notarization', () => {
    const bench = new Bench()
    bench.propose(bench.blockOn(GENESIS, 1))
    bench.pass(401)
    expect(asked(bench.timer('leader'))).toEqual([])
    bench.pass(400)
    expect(asked(bench.timer('certification'))).toEqual([nullifySubject(0, 1)])
  })

  it('when the leader itself nullifies, after its vote was verified singly', () => {
    const bench = new Bench()
    const effects = bench.receiveVote(nullifySubject(0, 1), 0)
    expect(ofType(effects, 'verifyVotes').map((one) => one.purpose)).toEqual(['single'])
    expect(asked(effects)).toEqual([nullifySubject(0, 1)])
  })

  it('not when anybody else nullifies', () => {
    const bench = new Bench()
    expect(asked(bench.receiveVote(nullifySubject(0, 1), 1))).toEqual([])
  })

  it('when the proposed block fails execution, even after our own notarization', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    bench.invalid.add(block.hash)
    const { effects } = bench.propose(block)
    expect(asked(effects)).toEqual([subjectOf(block), nullifySubject(0, 1)])
  })

  it('once', () => {
    const bench = new Bench()
    bench.pass(401)
    bench.timer('leader')
    expect(asked(bench.timer('certification'))).toEqual([])
  })
})

describe('finalize is said', () => {
  it('for the notarized and executed block of the current view, before the next is entered', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    bench.propose(block)
    bench.clear()
    bench.receiveCertificate(certify(subjectOf(block)))
    expect(asked(bench.effects)).toEqual([subjectOfKind(subjectOf(block), FINALIZE)])
    expect(bench.state.current).toBe(2)
  })

  it('also by one who did not notarize', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    bench.receiveCertificate(certify(subjectOf(block)))
    const effects = bench.play({ type: 'blockArrived', block })
    expect(asked(effects)).toEqual([subjectOfKind(subjectOf(block), FINALIZE)])
  })

  it('not after we nullified the view, though the next is entered all the same', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    bench.propose(block)
    bench.pass(900)
    bench.timer('certification')
    bench.clear()
    bench.receiveCertificate(certify(subjectOf(block)))
    expect(asked(bench.effects)).toEqual([])
    expect(bench.state.current).toBe(2)
  })

  it('not for another proposal than the one we notarized', () => {
    const bench = new Bench()
    const mine = bench.blockOn(GENESIS, 1)
    const theirs = bench.blockOn(GENESIS, 1)
    bench.propose(mine)
    bench.clear()
    bench.receiveCertificate(certify(subjectOf(theirs)))
    bench.play({ type: 'blockArrived', block: theirs })
    expect(asked(bench.effects)).toEqual([])
    expect(bench.state.current).toBe(2)
  })

  it('not for a block of an earlier view', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    bench.receiveCertificate(nullification(2))
    bench.receiveCertificate(certify(subjectOf(block)))
    expect(asked(bench.play({ type: 'blockArrived', block }))).toEqual([])
  })
})

describe('a view that outlives t_c', () => {
  it('is kept alive every t_r: own votes, the proof of the view before, the last finalization, its own notarization', () => {
    const bench = new Bench()
    const { block, notarization, finalization } = bench.completeView(GENESIS, null)
    bench.propose(bench.blockOn(block, 2), [notarization])
    bench.receiveCertificate(nullification(2))
    expect(bench.state.current).toBe(3)
    bench.pass(1_000)
    bench.timer('certification')
    bench.clear()
    const effects = bench.timer('retry')
    const sent = ofType(effects, 'send').map((one) => one.message)
    expect(sent).toContainEqual({ type: 'vote', vote: expect.objectContaining({ subject: nullifySubject(0, 3) }) })
    expect(sent).toContainEqual({ type: 'certificate', certificate: nullification(2) })
    expect(sent).toContainEqual({ type: 'certificate', certificate: finalization })
    expect(timerAt(effects, 'retry')).toBe(bench.nowMs + 400)
    expect(asked(effects)).toEqual([])
  })

  it('sends the notarization of the view itself when its block is still missing', () => {
    const bench = new Bench()
    const notarization = certify(subjectOf(bench.blockOn(GENESIS, 4, 0)))
    bench.receiveCertificate(notarization)
    bench.pass(5_000)
    bench.clear()
    bench.timer('certification')
    expect(sentToAll(bench.effects, 'certificate')).toContainEqual({ type: 'certificate', certificate: notarization })
  })
})

describe('a silent leader', () => {
  const isHeard = (bench: Bench, peers: readonly number[]): void => {
    for (const peer of peers) bench.feed({ type: 'peerActivity', peer: `peer-${peer}`, activity: 'heard' })
  }

  it('is skipped at once on entry, while a quorum was heard', () => {
    const bench = new Bench()
    bench.pass(5_001)
    isHeard(bench, [0, 2])
    expect(asked(bench.receiveCertificate(nullification(1), 0))).toEqual([nullifySubject(0, 2)])
  })

  it('is skipped a second after its stream closed', () => {
    const bench = new Bench()
    bench.feed({ type: 'peerActivity', peer: 'peer-1', activity: 'closed' })
    bench.pass(1_000)
    isHeard(bench, [0, 2])
    expect(asked(bench.receiveCertificate(nullification(1), 0))).toEqual([nullifySubject(0, 2)])
  })

  it('is not skipped when its proposal came before the view was entered', () => {
    const bench = new Bench()
    const first = bench.blockOn(GENESIS, 1)
    const notarization = certify(subjectOf(first))
    const second = bench.blockOn(first, 2)
    bench.propose(second, [notarization])
    bench.feed({ type: 'peerActivity', peer: 'peer-1', activity: 'closed' })
    bench.pass(1_000)
    isHeard(bench, [0, 2])
    const effects = bench.play({ type: 'blockArrived', block: first })
    expect(asked(effects)).toEqual([subjectOfKind(subjectOf(first), FINALIZE), subjectOf(second, [notarization])])
  })

  it('is waited for when no quorum was heard either: we may be the one who is cut off', () => {
    const bench = new Bench()
    bench.pass(5_001)
    isHeard(bench, [0])
    expect(asked(bench.receiveCertificate(nullification(1), 0))).toEqual([])
  })

  it('is waited for when more views than validators passed without finality: the budget', () => {
    const bench = new Bench()
    for (let view = 1; view <= 4; view++) bench.receiveCertificate(nullification(view))
    bench.pass(5_001)
    isHeard(bench, [0, 1, 3])
    expect(asked(bench.receiveCertificate(nullification(6), 0))).toEqual([])
    expect(bench.state.current).toBe(7)
  })
})
