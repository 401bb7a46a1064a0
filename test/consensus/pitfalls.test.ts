/**
 * The known pitfalls of Simplex implementations (docs/consensus.md 2b), one row each, and the rule that avoids it.
 */

import { describe, expect, it } from 'vitest'
import { openState } from '../../src/consensus/open-state.ts'
import { ZERO_HASH } from '../../src/types/primitives.ts'
import { FINALIZE, nullifySubject, subjectOfKind } from '../../src/types/vote.ts'
import { asked, Bench, certify, GENESIS, nullification, ofType, proposalOf, setOf, subjectOf, vote } from './bench.ts'

describe('a node', () => {
  it('does not vote differently after a restart: vote and block are synced before the vote leaves', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    const { effects } = bench.propose(block)
    const voteAt = effects.findIndex((one) => one.type === 'send' && one.message.type === 'vote')
    const synced = effects
      .slice(0, voteAt)
      .flatMap((one) => (one.type === 'persist' && one.isSynced ? [one.record.type] : []))
    expect(synced).toEqual(['block', 'ownVote'])
  })

  it('advances on a certified notarization after having nullified; only the finalize vote is withheld', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    bench.pass(401)
    bench.timer('leader')
    bench.receiveCertificate(certify(subjectOf(block)))
    const effects = bench.play({ type: 'blockArrived', block })
    expect(ofType(effects, 'certify')).toHaveLength(1)
    expect(bench.state.current).toBe(2)
    expect(asked(effects)).toEqual([])
  })

  it('fills its certificate holes in the background, before any leader needs them', () => {
    const bench = new Bench()
    bench.receiveCertificate(nullification(9))
    const [request] = ofType(bench.timer('resolve'), 'send')
    expect(request?.message).toMatchObject({ type: 'certificateRequest', views: [8, 7, 6, 5, 4, 3, 2, 1] })
  })

  it('that holds a nullification follows a proposal on the notarization of the same view, and fetches the parent', () => {
    const bench = new Bench()
    bench.receiveCertificate(nullification(1))
    const parent = bench.blockOn(GENESIS, 1)
    const notarization = certify(subjectOf(parent), [0, 2])
    const block = bench.blockOn(parent, 2)
    const { effects } = bench.propose(block, [notarization])
    expect(ofType(effects, 'fetch')[0]?.peers[0]).toBe('peer-1')
    expect(asked(bench.play({ type: 'blockArrived', block: parent }))).toEqual([subjectOf(block, [notarization])])
  })

  it('does not churn through views at network speed while finality stalls: the skip budget is n views', () => {
    const bench = new Bench()
    bench.pass(6_000)
    for (const peer of [0, 1]) bench.feed({ type: 'peerActivity', peer: `peer-${peer}`, activity: 'heard' })
    let skipped = 0
    for (let view = 1; view <= 12; view++)
      skipped += asked(bench.receiveCertificate(nullification(view), 0)).filter((one) => one.kind === 2).length
    expect(skipped).toBe(1)
  })

  it('starts from the greater of the database’s finalized head and the log', () => {
    const head = { ...new Bench().blockOn(GENESIS, 9, 0), height: 1 }
    const behind = new Bench({ head, records: [{ type: 'certificate', certificate: nullification(3) }] })
    expect(behind.state.current).toBe(10)
    const ahead = new Bench({ head, records: [{ type: 'certificate', certificate: nullification(12) }] })
    expect(ahead.state.current).toBe(13)
  })

  it('remembers equivocation across a restart: the leader’s proposal is in the log', () => {
    const bench = new Bench()
    const { message, effects } = bench.propose(bench.blockOn(GENESIS, 1))
    expect(ofType(effects, 'persist').map((one) => one.record)).toContainEqual({
      type: 'seenProposal',
      leaderVote: message.leaderVote,
    })
    const after = new Bench({ records: [{ type: 'seenProposal', leaderVote: message.leaderVote }] })
    expect(ofType(after.receive(0, proposalOf(bench.blockOn(GENESIS, 1))), 'evidence')).toHaveLength(1)
  })

  it('does not grow with certificates of far-future views: each moves it there, and what is behind is dropped with finality', () => {
    const bench = new Bench()
    for (let view = 1_000; view < 1_400; view += 2) bench.receiveCertificate(nullification(view))
    expect(bench.state.rounds.size).toBeLessThan(410)
    const block = bench.blockOn(GENESIS, 1_500, 0)
    bench.receiveCertificate(certify(subjectOfKind(subjectOf(block), FINALIZE)))
    bench.play({ type: 'blockArrived', block })
    expect(bench.state.rounds.size).toBeLessThan(12)
  })

  it('is not halted by a timestamp at the end of time', () => {
    const bench = new Bench()
    const { effects } = bench.propose({ ...bench.blockOn(GENESIS, 1), timestampMs: Number.MAX_SAFE_INTEGER })
    expect(asked(effects)).toEqual([nullifySubject(0, 1)])
    expect(ofType(effects, 'timer').filter((one) => one.name === 'clock')).toEqual([])
  })

  it('that crashed between the end of one epoch and the start of the next opens the next from the database', () => {
    const closing = { ...new Bench().blockOn(GENESIS, 2), height: 100 }
    const state = openState(
      new Bench().state.config,
      { set: setOf(1), anchor: closing, mixHash: ZERO_HASH, anchorCertificate: null, head: closing },
      0,
    )
    expect(state).toMatchObject({ epoch: 1, reachable: 1, lastFinalized: 0, mode: 'recovering' })
  })

  it('restarted among peers far ahead takes any certificate and jumps', () => {
    const bench = new Bench({ records: [{ type: 'ownVote', vote: vote(nullifySubject(0, 3), 3) }] })
    const block = bench.blockOn(GENESIS, 400, 399)
    bench.receiveCertificate(certify(subjectOf(block)))
    expect(bench.state.current).toBe(400)
  })
})
