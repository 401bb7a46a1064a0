/**
 * Votes become certificates, lazily verified; what is kept is bounded; what cannot be stops the node (A1 to A5).
 */

import { describe, expect, it } from 'vitest'
import { wantsCertificate } from '../../src/consensus/certificates.ts'
import { voteSlot, wantsVote } from '../../src/consensus/votes.ts'
import { RETAINED_VIEWS, VOTE_WINDOW } from '../../src/lib/limits.ts'
import type { Hash } from '../../src/types/primitives.ts'
import { FINALIZE, NOTARIZE, nullifySubject, type Subject, subjectOfKind } from '../../src/types/vote.ts'
import { asked, Bench, certify, GENESIS, nullification, ofType, sentToAll, subjectOf, vote } from './bench.ts'

const skip = nullifySubject(0, 1)

/** Feeds a vote and answers nothing. */
function feedVote(bench: Bench, subject: Subject, signer: number, isVoteVerified = false) {
  const message = { type: 'vote', vote: vote(subject, signer) } as const
  return bench.feed({ type: 'message', from: `peer-${signer}`, message, isVerified: true, isVoteVerified })
}

describe('votes', () => {
  it('are verified together, once, when they reach a quorum', () => {
    const bench = new Bench()
    expect(ofType(feedVote(bench, skip, 1), 'verifyVotes')).toEqual([])
    expect(ofType(feedVote(bench, skip, 2), 'verifyVotes')).toEqual([])
    const [asking] = ofType(feedVote(bench, skip, 3), 'verifyVotes')
    expect(asking).toMatchObject({
      subject: skip,
      purpose: 'certificate',
      votes: [{ signerIndex: 1 }, { signerIndex: 2 }, { signerIndex: 3 }],
    })
    expect(ofType(feedVote(bench, skip, 0), 'verifyVotes').filter((one) => one.purpose === 'certificate')).toEqual([])
  })

  it('count by power, not by heads', () => {
    const bench = new Bench({ powers: [1, 1, 1, 7] })
    expect(ofType(feedVote(bench, skip, 1), 'verifyVotes')).toEqual([])
    expect(ofType(feedVote(bench, skip, 3), 'verifyVotes')).toHaveLength(1)
  })

  it('that turn out bad are dropped, their signer is scored, and the others make the certificate with the next', () => {
    const bench = new Bench()
    for (const signer of [1, 2, 3]) feedVote(bench, skip, signer)
    const answer = { type: 'votesVerified', subject: skip, purpose: 'certificate', certificate: null } as const
    const effects = bench.feed({ ...answer, goodSigners: [1, 3], badSigners: [2] })
    expect(ofType(effects, 'score')).toMatchObject([{ peer: 'peer-2', fault: 'badVote' }])
    expect(ofType(feedVote(bench, skip, 2), 'verifyVotes')).toEqual([])
    const again = ofType(feedVote(bench, skip, 0), 'verifyVotes').find((one) => one.purpose === 'certificate')
    expect(again?.votes.map((one) => one.signerIndex)).toEqual([0, 1, 3])
  })

  it('of one signer are kept once per kind and view, whatever else it sends', () => {
    const bench = new Bench()
    for (let i = 0; i < 50; i++) feedVote(bench, subjectOf(bench.blockOn(GENESIS, 1)), 1)
    for (let i = 0; i < 50; i++) feedVote(bench, subjectOfKind(subjectOf(bench.blockOn(GENESIS, 1)), FINALIZE), 1)
    feedVote(bench, skip, 1)
    expect(bench.state.rounds.get(1)?.votes?.first.size).toBe(3)
    expect(bench.state.rounds.get(1)?.votes?.tallies).toHaveLength(3)
  })

  it('are taken from ten views behind to one ahead', () => {
    const bench = new Bench()
    for (let view = 1; view <= 20; view++) bench.receiveCertificate(nullification(view))
    for (const view of [21 - VOTE_WINDOW - 1, 21 - VOTE_WINDOW, 22, 23])
      feedVote(bench, subjectOf(bench.blockOn(GENESIS, view)), 1)
    const heard = [...bench.state.rounds.values()].filter((round) => round.votes?.first.has(voteSlot(NOTARIZE, 1)))
    expect(heard.map((round) => round.view)).toEqual([21 - VOTE_WINDOW, 22])
  })

  it('that somebody sends on are wanted in that window, and only while the signer’s own has not come', () => {
    const bench = new Bench()
    bench.receiveCertificate(nullification(19))
    const wanted = (view: number) => wantsVote(bench.state, vote(nullifySubject(0, view), 0))
    expect([9, 10, 21, 22].map(wanted)).toEqual([false, true, true, false])
    bench.receive(0, { type: 'vote', vote: vote(nullifySubject(0, 20), 0) })
    expect(wanted(20)).toBe(false)
    expect(wantsVote(bench.state, vote(nullifySubject(0, 20), 1))).toBe(true)
  })

  it('of nobody in the set are ignored', () => {
    const bench = new Bench()
    feedVote(bench, skip, 9)
    expect(bench.state.rounds.get(1)?.votes ?? null).toBeNull()
  })
})

describe('a certificate', () => {
  it('is told to all once, when built or when first received', () => {
    const bench = new Bench()
    for (const signer of [0, 1, 2]) bench.receiveVote(skip, signer)
    expect(sentToAll(bench.effects, 'certificate')).toHaveLength(1)
    bench.receiveCertificate(nullification(1))
    expect(sentToAll(bench.effects, 'certificate')).toHaveLength(1)
    bench.receiveCertificate(nullification(2))
    bench.receiveCertificate(nullification(2))
    expect(sentToAll(bench.effects, 'certificate')).toHaveLength(2)
  })

  it('is wanted for any view above the floor that lacks it, and for no other', () => {
    const bench = new Bench()
    bench.receiveCertificate(nullification(5))
    expect(wantsCertificate(bench.state, nullifySubject(0, 5))).toBe(false)
    expect(wantsCertificate(bench.state, nullifySubject(0, 4_000))).toBe(true)
    expect(wantsCertificate(bench.state, nullifySubject(1, 4))).toBe(false)
    const block = bench.blockOn(GENESIS, 30, 0)
    bench.receiveCertificate(certify(subjectOfKind(subjectOf(block), FINALIZE)))
    expect(wantsCertificate(bench.state, nullifySubject(0, 30 - RETAINED_VIEWS))).toBe(true)
    expect(wantsCertificate(bench.state, nullifySubject(0, 30 - RETAINED_VIEWS - 1))).toBe(false)
  })
})

describe('the node stops', () => {
  const stopCode = (bench: Bench): string | undefined => ofType(bench.effects, 'stop')[0]?.code

  it('at two certificates of a kind for one view (A2), and does nothing afterwards', () => {
    const bench = new Bench()
    bench.receiveCertificate(certify(subjectOf(bench.blockOn(GENESIS, 1))))
    bench.receiveCertificate(certify(subjectOf(bench.blockOn(GENESIS, 1))))
    expect(stopCode(bench)).toBe('CONFLICTING_CERTIFICATES')
    bench.clear()
    bench.receiveCertificate(nullification(1))
    bench.timer('status')
    expect(bench.effects).toEqual([])
  })

  it('at a notarization and a finalization of different proposals (A2)', () => {
    const bench = new Bench()
    bench.receiveCertificate(certify(subjectOf(bench.blockOn(GENESIS, 1))))
    bench.receiveCertificate(certify(subjectOfKind(subjectOf(bench.blockOn(GENESIS, 1)), FINALIZE)))
    expect(stopCode(bench)).toBe('CONFLICTING_CERTIFICATES')
  })

  it('at a view both finalized and nullified (A3), in either order', () => {
    for (const isReversed of [false, true]) {
      const bench = new Bench()
      const pair = [nullification(1), certify(subjectOfKind(subjectOf(bench.blockOn(GENESIS, 1)), FINALIZE))]
      for (const one of isReversed ? pair.reverse() : pair) bench.receiveCertificate(one)
      expect(stopCode(bench)).toBe('FINALIZED_AND_NULLIFIED')
    }
  })

  it('at a finalized block beside the finalized head (A4)', () => {
    const bench = new Bench()
    bench.completeView(GENESIS, null)
    const beside = bench.blockOn(GENESIS, 4, 0)
    bench.receiveCertificate(certify(subjectOfKind(subjectOf(beside), FINALIZE)))
    bench.state.blocks.set(beside.hash, { summary: beside, execution: 'ok', check: 'ok', isLogged: true })
    bench.receiveCertificate(nullification(6))
    expect(stopCode(bench)).toBe('FINALIZED_FORK')
  })

  it('at a finalized block that turns out to lie at the finalized height, beside the head (A4)', () => {
    const bench = new Bench()
    bench.completeView(GENESIS, null)
    const beside = bench.blockOn(GENESIS, 4, 0)
    bench.receiveCertificate(certify(subjectOfKind(subjectOf(beside), FINALIZE)))
    bench.play({ type: 'blockArrived', block: beside })
    expect(stopCode(bench)).toBe('FINALIZED_FORK')
  })

  it('at a finalized block that failed here: its state diverged', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    bench.invalid.add(block.hash)
    bench.propose(block)
    bench.receiveCertificate(certify(subjectOfKind(subjectOf(block), FINALIZE)))
    expect(stopCode(bench)).toBe('STATE_DIVERGED')
  })

  it('before it asks for a signature below one that it asked for (A1)', () => {
    const bench = new Bench()
    bench.state.signedView = 7
    bench.state.signedStep = 1
    bench.propose(bench.blockOn(GENESIS, 1))
    expect(stopCode(bench)).toBe('SIGN_NOT_MONOTONE')
    expect(asked(bench.effects)).toEqual([])
  })
})

describe('finalization', () => {
  it('commits the block and its ancestors in ascending order, in one effect', () => {
    const bench = new Bench()
    const first = bench.completeView(GENESIS, null, false)
    const second = bench.completeView(first.block, first.notarization, false)
    const third = bench.completeView(second.block, second.notarization)
    expect(ofType(bench.effects, 'finalize')).toMatchObject([
      { blocks: [first.block, second.block, third.block], certificate: third.finalization },
    ])
    expect(bench.state.finalized).toEqual(third.block)
    expect(bench.state.blocks.size).toBe(0)
  })

  it('waits for a missing ancestor, which it fetches from those who signed', () => {
    const bench = new Bench()
    const parent = bench.blockOn(GENESIS, 1)
    const block = bench.blockOn(parent, 2)
    bench.receiveCertificate(certify(subjectOfKind(subjectOf(block, [certify(subjectOf(parent))]), FINALIZE)))
    bench.clear()
    const effects = bench.play({ type: 'blockArrived', block })
    expect(ofType(effects, 'fetch')).toMatchObject([{ hash: parent.hash, peers: ['peer-1', 'peer-0'] }])
    bench.play({ type: 'blockArrived', block: parent })
    expect(ofType(bench.effects, 'finalize')).toMatchObject([{ blocks: [parent, block] }])
  })

  it('lets blocks of dead branches go', () => {
    const bench = new Bench()
    const dead = bench.blockOn(GENESIS, 1)
    bench.propose(dead)
    bench.receiveCertificate(nullification(1))
    const justification = [nullification(1)]
    const block = bench.blockOn(GENESIS, 2, 0)
    bench.propose(block, justification)
    bench.receiveCertificate(certify(subjectOf(block, justification)))
    bench.receiveCertificate(certify(subjectOfKind(subjectOf(block, justification), FINALIZE)))
    expect(ofType(bench.effects, 'forget').flatMap((one) => one.hashes)).toEqual([dead.hash, block.hash])
    expect(bench.state.blocks.has(dead.hash as Hash)).toBe(false)
  })
})
