import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evidenceOf } from '../../src/consensus/evidence.ts'
import { afterSigning, EMPTY_GUARD, type GuardState, guardVerdict } from '../../src/consensus/signer-guard.ts'
import type { Hash } from '../../src/types/primitives.ts'
import { FINALIZE, NOTARIZE, NULLIFY, nullifySubject, type Subject, type VoteKind } from '../../src/types/vote.ts'
import { vote } from './bench.ts'

const signature = new Uint8Array([7])

function subject(kind: VoteKind, view: number, block: string, epoch = 0): Subject {
  if (kind === NULLIFY) return nullifySubject(epoch, view)
  return { kind, epoch, view, parentView: view - 1, blockHash: `0x${block}` as Hash, justHash: '0xj' as Hash }
}

function signed(...subjects: Subject[]): GuardState {
  return subjects.reduce((state, one) => afterSigning(state, one, signature), EMPTY_GUARD)
}

describe('the signer', () => {
  it.each([
    ['a first notarization', [], subject(NOTARIZE, 1, 'a'), 'sign'],
    ['the next view', [subject(FINALIZE, 4, 'a')], subject(NOTARIZE, 5, 'b'), 'sign'],
    ['the next epoch, whatever the view', [subject(FINALIZE, 40, 'a')], subject(NOTARIZE, 1, 'b', 1), 'sign'],
    ['a finalization of what was notarized', [subject(NOTARIZE, 3, 'a')], subject(FINALIZE, 3, 'a'), 'sign'],
    ['a finalization without own notarization', [], subject(FINALIZE, 3, 'a'), 'sign'],
    ['a nullification after the notarization', [subject(NOTARIZE, 3, 'a')], subject(NULLIFY, 3, ''), 'sign'],
    ['the identical subject: the stored signature', [subject(NOTARIZE, 3, 'a')], subject(NOTARIZE, 3, 'a'), 'stored'],
    ['the identical nullification', [subject(NULLIFY, 3, '')], subject(NULLIFY, 3, ''), 'stored'],
    [
      'the identical notarization below a later step',
      [subject(NOTARIZE, 3, 'a'), subject(NULLIFY, 3, '')],
      subject(NOTARIZE, 3, 'a'),
      'stored',
    ],
    ['a second notarization', [subject(NOTARIZE, 3, 'a')], subject(NOTARIZE, 3, 'b'), 'refuse'],
    ['a second finalization', [subject(FINALIZE, 3, 'a')], subject(FINALIZE, 3, 'b'), 'refuse'],
    ['a finalization after the nullification', [subject(NULLIFY, 3, '')], subject(FINALIZE, 3, 'a'), 'refuse'],
    ['a nullification after the finalization', [subject(FINALIZE, 3, 'a')], subject(NULLIFY, 3, ''), 'refuse'],
    [
      'a finalization of another block than notarized',
      [subject(NOTARIZE, 3, 'a')],
      subject(FINALIZE, 3, 'b'),
      'refuse',
    ],
    ['a notarization below a later step', [subject(NULLIFY, 3, '')], subject(NOTARIZE, 3, 'a'), 'refuse'],
    ['an earlier view', [subject(NOTARIZE, 3, 'a')], subject(NULLIFY, 2, ''), 'refuse'],
    ['an earlier epoch', [subject(NOTARIZE, 3, 'a', 1)], subject(NOTARIZE, 9, 'a', 0), 'refuse'],
  ] as const)('asked for %s: %#', (_, before, next, verdict) => {
    expect(guardVerdict(signed(...before), next).verdict).toBe(verdict)
  })

  it('never makes two votes that are evidence, whatever it is asked in whatever order', () => {
    const anySubject = fc.record({
      kind: fc.constantFrom<VoteKind>(NOTARIZE, NULLIFY, FINALIZE),
      epoch: fc.integer({ min: 0, max: 1 }),
      view: fc.integer({ min: 1, max: 3 }),
      block: fc.constantFrom('a', 'b', 'c'),
    })
    fc.assert(
      fc.property(fc.array(anySubject, { maxLength: 40 }), (wishes) => {
        let state = EMPTY_GUARD
        const cast: Subject[] = []
        for (const wish of wishes) {
          const next = subject(wish.kind, wish.view, wish.block, wish.epoch)
          const verdict = guardVerdict(state, next)
          if (verdict.verdict === 'sign') state = afterSigning(state, next, signature)
          if (verdict.verdict !== 'refuse') cast.push(next)
        }
        for (const a of cast) for (const b of cast) expect(evidenceOf(vote(a, 0), vote(b, 0))).toBeNull()
      }),
      { numRuns: 2_000 },
    )
  })
})
