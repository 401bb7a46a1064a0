/**
 * Crash and recovery: the log's records lead back into the view, and nothing said before is said differently.
 */

import { describe, expect, it } from 'vitest'
import type { WalRecord } from '../../src/consensus/record.ts'
import type { Hash } from '../../src/types/primitives.ts'
import { FINALIZE, NOTARIZE, NULLIFY, nullifySubject, subjectOfKind } from '../../src/types/vote.ts'
import {
  asked,
  Bench,
  certify,
  GENESIS,
  nullification,
  ofType,
  proposalOf,
  sentToAll,
  subjectOf,
  vote,
} from './bench.ts'

/** What a bench wrote to its log. */
function logOf(bench: Bench): WalRecord[] {
  return ofType(bench.effects, 'persist').map((effect) => effect.record)
}

describe('a restarted node', () => {
  it('resumes in the view of its last own vote', () => {
    const bench = new Bench({ records: [{ type: 'ownVote', vote: vote(nullifySubject(0, 6), 3) }] })
    expect(bench.state.current).toBe(6)
  })

  it('resumes in a view that the log knows notarized, not after it', () => {
    const notarization = certify(subjectOf(new Bench().blockOn(GENESIS, 4, 0)))
    const bench = new Bench({ records: [{ type: 'certificate', certificate: notarization }] })
    expect(bench.state.current).toBe(4)
  })

  it('resumes after a view that the log knows nullified, and never below the finalized head', () => {
    expect(new Bench({ records: [{ type: 'certificate', certificate: nullification(4) }] }).state.current).toBe(5)
    const head = { ...new Bench().blockOn(GENESIS, 9, 0), height: 1 }
    expect(new Bench({ head }).state.current).toBe(10)
  })

  it('says again what it said in its view, without its signer', () => {
    const before = new Bench()
    before.propose(before.blockOn(GENESIS, 1))
    before.pass(900)
    before.timer('certification')
    const after = new Bench({ records: logOf(before) })
    expect(sentToAll(after.effects, 'vote').map((one) => (one.type === 'vote' ? one.vote.subject.kind : 0))).toEqual([
      1, 2,
    ])
    expect(asked(after.effects)).toEqual([])
  })

  it('does not vote again: another proposal of its view, nullify after finalize, finalize after nullify', () => {
    const before = new Bench()
    const block = before.blockOn(GENESIS, 1)
    before.propose(block)
    const notarized = new Bench({ records: logOf(before) })
    const other = notarized.blockOn(GENESIS, 1)
    expect(asked(notarized.propose({ ...other, hash: '0xother' as Hash }).effects)).toEqual([])

    const nullified = new Bench({ records: [{ type: 'ownVote', vote: vote(nullifySubject(0, 1), 3) }] })
    nullified.receiveCertificate(certify(subjectOf(block)))
    expect(asked(nullified.play({ type: 'blockArrived', block }))).toEqual([])

    const finalize = subjectOfKind(subjectOf(block), FINALIZE)
    const finalized = new Bench({ records: [{ type: 'ownVote', vote: vote(finalize, 3) }] })
    finalized.pass(900)
    expect(asked(finalized.timer('certification'))).toEqual([])
  })

  it('as leader sends exactly the proposal that it logged, even if the record of its vote was torn off', () => {
    const before = new Bench({ self: 0 })
    const [proposal] = sentToAll(before.effects, 'proposal')
    const records = logOf(before).filter((record) => record.type !== 'ownVote')
    const after = new Bench({ self: 0, records })
    expect(sentToAll(after.effects, 'proposal')).toEqual([proposal])
    expect(ofType(after.effects, 'build')).toEqual([])
    expect(asked(after.effects)).toEqual([])
  })

  it('executes logged blocks anew, for only that makes them certified', () => {
    const before = new Bench()
    const { block } = before.completeView(GENESIS, null, false)
    const after = new Bench({ records: logOf(before), starts: false })
    after.feed({ type: 'start' })
    expect(after.state.current).toBe(1)
    expect(ofType(after.effects, 'certify').map((one) => one.hash)).toEqual([block.hash])
    after.feed({ type: 'certified', hash: block.hash, isValid: true })
    expect(after.state.current).toBe(2)
    expect(asked(after.effects)).toEqual([])
  })

  it('finalizes from the log what the database had not committed yet', () => {
    const before = new Bench()
    const { block } = before.completeView(GENESIS, null)
    const after = new Bench({ records: logOf(before), starts: false })
    after.play({ type: 'start' })
    expect(ofType(after.effects, 'finalize')).toMatchObject([{ blocks: [block] }])
  })

  it('still knows the leader’s first proposal: a second one is evidence', () => {
    const before = new Bench()
    const first = proposalOf(before.blockOn(GENESIS, 1))
    before.receive(0, first)
    const second = proposalOf(before.blockOn(GENESIS, 1))
    const after = new Bench({ records: logOf(before).filter((record) => record.type === 'seenProposal') })
    expect(ofType(after.receive(0, second), 'evidence').map((one) => one.evidence.first)).toEqual([first.leaderVote])
  })

  it('ends in the same state when the log is fed twice', () => {
    const before = new Bench()
    const first = before.completeView(GENESIS, null)
    before.completeView(first.block, first.notarization, false)
    before.pass(900)
    before.timer('certification')
    const records = logOf(before)
    const once = new Bench({ records })
    const twice = new Bench({ records: [...records, ...records] })
    const shape = ({ state }: Bench) =>
      JSON.stringify([
        state.current,
        state.reachable,
        state.lastFinalized,
        state.signedView,
        state.signedStep,
        [...state.rounds],
        [...state.blocks],
      ])
    expect(shape(twice)).toBe(shape(once))
  })

  it.each([NOTARIZE, NULLIFY])('whose own logged vote of kind %i is a quorum makes the certificate of it', (kind) => {
    const subject = kind === NULLIFY ? nullifySubject(0, 1) : subjectOf(new Bench().blockOn(GENESIS, 1))
    const records: WalRecord[] = [{ type: 'ownVote', vote: vote(subject, 0) }]
    const bench = new Bench({ self: 0, powers: [5, 1], records })
    expect(bench.state.rounds.get(1)?.[kind === NULLIFY ? 'nullification' : 'notarization']?.subject).toEqual(subject)
  })

  it('emits nothing while the log is fed', () => {
    const before = new Bench()
    before.completeView(GENESIS, null)
    const after = new Bench({ records: logOf(before), starts: false })
    expect(after.effects).toEqual([])
  })

  it('ignores records of other epochs', () => {
    const bench = new Bench({ records: [{ type: 'certificate', certificate: nullification(9, 3) }] })
    expect(bench.state.current).toBe(1)
  })
})

describe('the signer’s refusal', () => {
  it('means no vote in this step: the view goes on without it', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    bench.feed({ type: 'message', from: 'peer-0', message: proposalOf(block), isVerified: true })
    const [subject] = asked(bench.feed({ type: 'checked', hash: block.hash, isValid: true }))
    if (subject === undefined) throw new Error('a notarization was asked for')
    expect(bench.feed({ type: 'signRefused', subject })).toEqual([])
    bench.feed({ type: 'certified', hash: block.hash, isValid: true })
    bench.clear()
    bench.receiveCertificate(certify(subjectOf(block)))
    expect(asked(bench.effects).map((one) => one.kind)).toEqual([FINALIZE])
  })

  it('of a nullification is asked for again at each retry, for its reason may pass', () => {
    const bench = new Bench()
    bench.pass(900)
    const [subject] = asked(bench.feed({ type: 'timer', name: 'certification', epoch: 0, view: 1 }))
    if (subject === undefined) throw new Error('a nullification was asked for')
    bench.feed({ type: 'signRefused', subject })
    expect(asked(bench.feed({ type: 'poolReady', isReady: false }))).toEqual([])
    expect(asked(bench.timer('retry'))).toEqual([subject])
  })
})
