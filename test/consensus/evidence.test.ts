import { describe, expect, it } from 'vitest'
import { evidenceOf } from '../../src/consensus/evidence.ts'
import {
  DOUBLE_FINALIZE,
  DOUBLE_NOTARIZE,
  NOTARIZE_FINALIZE_MISMATCH,
  NULLIFY_AND_FINALIZE,
} from '../../src/types/evidence.ts'
import type { Hash } from '../../src/types/primitives.ts'
import { FINALIZE, NOTARIZE, nullifySubject, type Subject } from '../../src/types/vote.ts'
import { asked, Bench, GENESIS, ofType, subjectOf, vote } from './bench.ts'

const a: Subject = {
  kind: NOTARIZE,
  epoch: 0,
  view: 5,
  parentView: 4,
  blockHash: '0xa' as Hash,
  justHash: '0xj' as Hash,
}
const b: Subject = { ...a, blockHash: '0xb' as Hash }
const justifiedOtherwise: Subject = { ...a, justHash: '0xk' as Hash }
const nullify = nullifySubject(0, 5)
const finalize = (subject: Subject): Subject => ({ ...subject, kind: FINALIZE })

describe('two votes of one signer in one view', () => {
  it.each([
    ['two notarizations', a, b, DOUBLE_NOTARIZE],
    ['two notarizations that differ only in the justification', a, justifiedOtherwise, DOUBLE_NOTARIZE],
    ['two finalizations', finalize(a), finalize(b), DOUBLE_FINALIZE],
    ['a nullification and a finalization', nullify, finalize(a), NULLIFY_AND_FINALIZE],
    ['a notarization and a finalization of another block', a, finalize(b), NOTARIZE_FINALIZE_MISMATCH],
    ['the same notarization twice', a, a, null],
    ['a notarization and its finalization', a, finalize(a), null],
    ['a notarization and a nullification', a, nullify, null],
    ['votes of different views', a, { ...b, view: 6 }, null],
    ['votes of different epochs', a, { ...b, epoch: 1 }, null],
  ])('%s', (_, first, second, type) => {
    const found = evidenceOf(vote(first, 2), vote(second, 2))
    const reversed = evidenceOf(vote(second, 2), vote(first, 2))
    expect(found?.type ?? null).toBe(type)
    expect(reversed?.type ?? null).toBe(type)
    expect(evidenceOf(vote(first, 2), vote(second, 1))).toBeNull()
  })
})

describe('the core', () => {
  it('reports a fault once, however often the votes are repeated', () => {
    const bench = new Bench()
    const one = subjectOf(bench.blockOn(GENESIS, 1))
    const other = subjectOf(bench.blockOn(GENESIS, 1))
    bench.receiveVote(one, 1)
    expect(ofType(bench.receiveVote(other, 1), 'evidence')).toHaveLength(1)
    expect(ofType(bench.receiveVote(other, 1), 'evidence')).toHaveLength(0)
    expect(ofType(bench.receiveVote(one, 1), 'evidence')).toHaveLength(0)
  })

  it('takes a leader that proposes twice as a double notarization, and votes for the first only', () => {
    const bench = new Bench()
    const first = bench.blockOn(GENESIS, 1)
    const second = bench.blockOn(GENESIS, 1)
    expect(asked(bench.propose(first).effects)).toEqual([subjectOf(first)])
    const { effects } = bench.propose(second)
    expect(ofType(effects, 'evidence').map((one) => one.evidence.type)).toEqual([DOUBLE_NOTARIZE])
    expect(asked(effects)).toEqual([])
  })
})
