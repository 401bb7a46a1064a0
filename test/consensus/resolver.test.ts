/**
 * Finding what is missing: certificates by view, blocks by hash.
 */

import { describe, expect, it } from 'vitest'
import { missingViews } from '../../src/consensus/resolver.ts'
import { MAX_CERTIFICATE_VIEWS } from '../../src/lib/limits.ts'
import { FINALIZE } from '../../src/types/vote.ts'
import { Bench, certify, GENESIS, nullification, ofType, sentToAll, subjectOf, timerAt } from './bench.ts'

describe('the resolver', () => {
  it('asks for every view between the floor and the current one that could stop a leader', () => {
    const bench = new Bench()
    bench.completeView(GENESIS, null)
    bench.receiveCertificate(nullification(3))
    const pending = certify(subjectOf(bench.blockOn(GENESIS, 5)))
    bench.receiveCertificate(pending)
    bench.receiveCertificate(nullification(6))
    expect(missingViews(bench.state)).toEqual([5, 4, 2])
  })

  it('asks at most for 64 views at once', () => {
    const bench = new Bench()
    bench.receiveCertificate(nullification(500))
    expect(missingViews(bench.state)).toHaveLength(MAX_CERTIFICATE_VIEWS)
  })

  it('asks peers in turn, every half retry interval, and nobody when nothing is missing', () => {
    const bench = new Bench()
    expect(ofType(bench.timer('resolve'), 'send')).toEqual([])
    bench.receiveCertificate(nullification(5))
    const peers = [1, 2, 3, 4].map(() => ofType(bench.timer('resolve'), 'send')[0]?.to)
    expect(new Set(peers)).toEqual(new Set(['peer-0', 'peer-1', 'peer-2']))
    expect(ofType(bench.timer('resolve'), 'timer').find((one) => one.name === 'resolve')?.atMs).toBe(bench.nowMs + 200)
  })

  it('asks for the proof of the finalized head when none came with it', () => {
    const head = { ...new Bench().blockOn(GENESIS, 9, 0), height: 1 }
    expect(missingViews(new Bench({ head }).state)).toEqual([9])
  })

  it('answers with everything held of the views asked for', () => {
    const bench = new Bench()
    const { notarization, finalization } = bench.completeView(GENESIS, null)
    bench.receiveCertificate(nullification(2))
    const effects = bench.receive(1, { type: 'certificateRequest', epoch: 0, views: [1, 2, 3] })
    expect(ofType(effects, 'send')).toMatchObject([
      { to: 'peer-1', message: { certificates: [finalization, notarization, nullification(2)] } },
    ])
    expect(ofType(bench.receive(1, { type: 'certificateRequest', epoch: 0, views: [7] }), 'send')).toEqual([])
  })

  it('scores who asks for too many', () => {
    const bench = new Bench()
    const views = Array.from({ length: MAX_CERTIFICATE_VIEWS + 1 }, (_, index) => index + 1)
    expect(ofType(bench.receive(1, { type: 'certificateRequest', epoch: 0, views }), 'score')).toMatchObject([
      { fault: 'badRequest' },
    ])
  })
})

describe('the heartbeat', () => {
  it('tells every interval where we are, with the newest finalization as proof', () => {
    const bench = new Bench()
    const { block, finalization } = bench.completeView(GENESIS, null)
    const effects = bench.timer('status')
    const status = { epoch: 0, view: 2, finalizedHeight: 1, finalizedHash: block.hash, bestCertificate: finalization }
    expect(sentToAll(effects, 'status')).toEqual([{ type: 'status', ...status }])
    expect(timerAt(effects, 'status')).toBe(bench.nowMs + 1_000)
  })

  it('of a peer with a newer finalization moves us', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 6, 0)
    const bestCertificate = certify({ ...subjectOf(block), kind: FINALIZE })
    bench.receive(2, {
      type: 'status',
      epoch: 0,
      view: 9,
      finalizedHeight: 1,
      finalizedHash: block.hash,
      bestCertificate,
    })
    expect(bench.state.current).toBe(7)
    bench.play({ type: 'blockArrived', block })
    expect(bench.state.finalized).toEqual(block)
  })
})

describe('a missing block', () => {
  it('is asked from two who have it, and after 250 ms from the next two, never only from the proposer', () => {
    const bench = new Bench({ powers: [1, 1, 1, 1] })
    const block = bench.blockOn(GENESIS, 1)
    bench.clear()
    bench.receiveCertificate(certify(subjectOf(block), [0, 1, 2]))
    const first = ofType(bench.effects, 'fetch').map((one) => one.peers)
    bench.pass(250)
    const second = ofType(bench.timer('fetch'), 'fetch').map((one) => one.peers)
    expect(first).toEqual([['peer-0', 'peer-1']])
    expect(second).toEqual([['peer-2', 'peer-0']])
    bench.play({ type: 'blockArrived', block })
    expect(ofType(bench.timer('fetch'), 'fetch')).toEqual([])
  })

  it('is not executed before its parent, nor judged while it is away', () => {
    const bench = new Bench()
    const parent = bench.blockOn(GENESIS, 1)
    const child = bench.blockOn(parent, 2)
    bench.receiveCertificate(certify(subjectOf(child, [certify(subjectOf(parent))])))
    expect(ofType(bench.play({ type: 'blockArrived', block: child }), 'certify')).toEqual([])
    const effects = bench.play({ type: 'blockArrived', block: parent })
    expect(ofType(effects, 'certify').map((one) => one.hash)).toEqual([parent.hash, child.hash])
  })

  it('that nobody asked for is not kept', () => {
    const bench = new Bench()
    const block = bench.blockOn(GENESIS, 1)
    expect(ofType(bench.play({ type: 'blockArrived', block }), 'forget')).toMatchObject([{ hashes: [block.hash] }])
    expect(bench.state.blocks.size).toBe(0)
  })

  it('is not kept for ever when it was proposed, but neither voted for nor certified', () => {
    const bench = new Bench()
    bench.pass(401)
    bench.timer('leader')
    const block = bench.blockOn(GENESIS, 1)
    bench.propose(block)
    expect(bench.state.blocks.has(block.hash)).toBe(true)
    bench.receiveCertificate(nullification(11))
    expect(ofType(bench.effects, 'forget').flatMap((one) => one.hashes)).toEqual([block.hash])
  })

  it('whose ancestor failed fails with it', () => {
    const bench = new Bench()
    const parent = bench.blockOn(GENESIS, 1)
    bench.invalid.add(parent.hash)
    bench.propose(parent)
    const child = bench.blockOn(parent, 2)
    bench.receiveCertificate(certify(subjectOf(child, [certify(subjectOf(parent))])))
    bench.play({ type: 'blockArrived', block: child })
    expect(bench.state.blocks.get(child.hash)?.execution).toBe('failed')
  })
})
