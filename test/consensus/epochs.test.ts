/**
 * Epochs: the closing block hands over; who is early is kept, who is late is told.
 */

import { describe, expect, it } from 'vitest'
import type { Input } from '../../src/consensus/input.ts'
import { MAX_EARLY_MESSAGES_PER_PEER } from '../../src/lib/limits.ts'
import type { BlockSummary } from '../../src/types/block-summary.ts'
import { ZERO_HASH } from '../../src/types/primitives.ts'
import { nullifySubject } from '../../src/types/vote.ts'
import { asked, Bench, certify, GENESIS, nullification, ofType, proposalOf, setOf, subjectOf, vote } from './bench.ts'

const SHORT = { config: { epochLength: 2 } } as const

function opened(anchor: BlockSummary, epoch = 1): Input {
  return { type: 'epochOpened', set: setOf(epoch), anchor, mixHash: ZERO_HASH, anchorCertificate: null }
}

/** A bench that has finalized the closing block of epoch 0. */
function closed() {
  const bench = new Bench(SHORT)
  const first = bench.completeView(GENESIS, null)
  const closing = bench.completeView(first.block, first.notarization)
  return { bench, closing }
}

describe('when the closing block is final', () => {
  it('the epoch stops voting, until the next one opens on it', () => {
    const { bench, closing } = closed()
    expect(bench.state.mode).toBe('closing')
    bench.clear()
    bench.pass(2_000)
    bench.timer('leader')
    bench.timer('certification')
    bench.propose(bench.blockOn(closing.block, 3), [closing.notarization])
    expect(asked(bench.effects)).toEqual([])
    bench.play(opened(closing.block))
    expect(bench.state).toMatchObject({
      mode: 'running',
      epoch: 1,
      current: 1,
      lastFinalized: 0,
      anchor: closing.block,
    })
    expect(ofType(bench.effects, 'persist').map((one) => one.record)).toContainEqual({
      type: 'epochStart',
      epoch: 1,
      anchorHash: closing.block.hash,
    })
  })

  it('the first block of the next epoch builds on it without a justification', () => {
    const { bench, closing } = closed()
    bench.play(opened(closing.block))
    const block = bench.blockOn(closing.block, 1, 0)
    expect(block.epoch).toBe(1)
    expect(asked(bench.propose(block).effects)).toEqual([subjectOf(block)])
  })

  it('the epoch before is dropped from the log only with the first finalization of the next', () => {
    const { bench, closing } = closed()
    expect(ofType(bench.effects, 'prune').map((one) => one.dropsEarlierEpochs)).toEqual([false, false])
    bench.play(opened(closing.block))
    bench.clear()
    bench.completeView({ ...closing.block, view: 0 }, null)
    expect(ofType(bench.effects, 'prune').map((one) => one.dropsEarlierEpochs)).toEqual([true])
  })

  it('a second opening of the same epoch changes nothing', () => {
    const { bench, closing } = closed()
    bench.play(opened(closing.block))
    bench.receiveCertificate(nullification(1, 1))
    expect(bench.play(opened(closing.block))).toEqual([])
    expect(bench.state.current).toBe(2)
  })
})

describe('messages of the next epoch', () => {
  it('are kept, one per peer, kind and view, for views 1 and 2, and come back when it opens', () => {
    const { bench, closing } = closed()
    const early = (view: number) => ({ type: 'vote', vote: vote(nullifySubject(1, view), 0) }) as const
    for (const view of [1, 1, 2, 3])
      bench.feed({ type: 'message', from: 'peer-0', message: early(view), isVerified: false })
    bench.feed({
      type: 'message',
      from: 'peer-0',
      message: { type: 'vote', vote: vote(nullifySubject(2, 1), 0) },
      isVerified: false,
    })
    expect(bench.state.earlyMessages.size).toBe(2)
    const effects = bench.play(opened(closing.block))
    expect(ofType(effects, 'reverify').flatMap((one) => one.inputs.map((input) => input.message))).toEqual([
      early(1),
      early(2),
    ])
    expect(bench.state.earlyMessages.size).toBe(0)
  })

  it('are bounded, whoever sends them', () => {
    const bench = new Bench(SHORT)
    for (let peer = 0; peer < 200; peer++) {
      const message = { type: 'vote', vote: vote(nullifySubject(1, 1), 0) } as const
      bench.feed({ type: 'message', from: `stranger-${peer}`, message, isVerified: false })
    }
    expect(bench.state.earlyMessages.size).toBe(4 * MAX_EARLY_MESSAGES_PER_PEER)
  })

  it('are not kept with a justification that no view so early needs', () => {
    const bench = new Bench(SHORT)
    const long = proposalOf({ ...bench.blockOn(GENESIS, 2), epoch: 1 }, [nullification(1, 1), nullification(1, 1)])
    bench.feed({ type: 'message', from: 'peer-0', message: long, isVerified: false })
    expect(bench.state.earlyMessages.size).toBe(0)
    const short = { ...long, justification: long.justification.slice(1) }
    bench.feed({ type: 'message', from: 'peer-0', message: short, isVerified: false })
    expect(bench.state.earlyMessages.size).toBe(1)
  })

  it('call for block sync when they tell of a head far ahead', () => {
    const bench = new Bench(SHORT)
    const status = {
      type: 'status',
      epoch: 9,
      view: 1,
      finalizedHeight: 18,
      finalizedHash: ZERO_HASH,
      bestCertificate: null,
    } as const
    const effects = bench.feed({ type: 'message', from: 'peer-2', message: status, isVerified: false })
    expect(ofType(effects, 'behind')).toMatchObject([{ peer: 'peer-2', height: 18 }])
    expect(
      ofType(bench.feed({ type: 'message', from: 'peer-1', message: status, isVerified: false }), 'behind'),
    ).toEqual([])
  })
})

describe('messages of an earlier epoch', () => {
  it('are answered with the closing block’s finalization, to validators only, and not at every message', () => {
    const { bench, closing } = closed()
    bench.play(opened(closing.block))
    const message = { type: 'vote', vote: vote(nullifySubject(0, 3), 1) } as const
    const late = { type: 'message', from: 'peer-1', message, isVerified: false } as const
    expect(ofType(bench.feed(late), 'sendClosing')).toMatchObject([{ to: 'peer-1', closedEpoch: 0 }])
    expect(ofType(bench.feed(late), 'sendClosing')).toEqual([])
    bench.pass(500)
    expect(ofType(bench.feed(late), 'sendClosing')).toHaveLength(1)
    expect(ofType(bench.feed({ ...late, from: 'stranger' }), 'sendClosing')).toEqual([])
  })
})

describe('block sync', () => {
  it('moves the finalized head and the view, in the same epoch', () => {
    const bench = new Bench()
    const head = { ...bench.blockOn(GENESIS, 40, 39), height: 30 }
    const certificate = certify({ ...subjectOf(head), kind: 3 })
    bench.play({ type: 'synced', head, certificate })
    expect(bench.state).toMatchObject({ current: 41, lastFinalized: 40, finalized: head })
    expect(bench.state.wanted.size).toBe(0)
  })

  it('moves into a later epoch when that is opened first, and ends it when the head closes it', () => {
    const bench = new Bench(SHORT)
    const anchor = { ...bench.blockOn(GENESIS, 7, 6), height: 6, epoch: 2 }
    bench.play(opened(anchor, 3))
    expect(bench.state).toMatchObject({ epoch: 3, current: 1, finalized: anchor })
    const head = { ...bench.blockOn(anchor, 5, 4), height: 8 }
    bench.play({ type: 'synced', head, certificate: certify({ ...subjectOf(head), kind: 3 }) })
    expect(bench.state).toMatchObject({ mode: 'closing', finalized: head })
  })

  it('is ignored for what is final already', () => {
    const bench = new Bench()
    const { block, finalization } = bench.completeView(GENESIS, null)
    expect(bench.play({ type: 'synced', head: block, certificate: finalization })).toEqual([])
  })

  it('is called for after two seconds without finality while a peer is ahead', () => {
    const bench = new Bench()
    const status = {
      type: 'status',
      epoch: 0,
      view: 2,
      finalizedHeight: 1,
      finalizedHash: ZERO_HASH,
      bestCertificate: null,
    } as const
    expect(ofType(bench.receive(1, status), 'behind')).toEqual([])
    bench.pass(2_001)
    expect(ofType(bench.receive(1, status), 'behind')).toHaveLength(1)
  })
})

describe('a node outside the set', () => {
  it('follows without a word', () => {
    const bench = new Bench({ self: 9 })
    const block = bench.blockOn(GENESIS, 1)
    const { message } = bench.propose(block)
    bench.receiveCertificate(certify(message.leaderVote.subject))
    bench.receiveCertificate(certify({ ...message.leaderVote.subject, kind: 3 }))
    expect(bench.state.finalized).toEqual(block)
    expect(asked(bench.effects)).toEqual([])
    expect(proposalOf(block).leaderVote.signerIndex).toBe(0)
  })
})
