import { describe, expect, it } from 'vitest'
import { backoffPermille } from '../../src/consensus/timeouts.ts'
import { nullifySubject } from '../../src/types/vote.ts'
import { asked, Bench, GENESIS, nullification, START_MS, timerAt } from './bench.ts'

describe('back-off', () => {
  it('grows by half per view from the third on, up to sixteenfold, from a table of integers', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 50].map(backoffPermille)).toEqual([
      1_000, 1_000, 1_000, 1_500, 2_250, 3_375, 5_063, 7_594, 11_391, 16_000, 16_000,
    ])
  })
})

describe('the deadlines of a view', () => {
  it('are base_l and twice base_l, and 1 ms per certificate', () => {
    const bench = new Bench()
    expect(timerAt(bench.effects, 'leader')).toBe(START_MS + 401)
    expect(timerAt(bench.effects, 'certification')).toBe(START_MS + 801)
  })

  it('are kept when a machine’s timer runs out early', () => {
    const bench = new Bench()
    bench.pass(400)
    const effects = bench.timer('leader')
    expect(asked(effects)).toEqual([])
    expect(timerAt(effects, 'leader')).toBe(START_MS + 401)
  })

  it('stretch with the views since the last finalization', () => {
    const bench = new Bench()
    for (let view = 1; view <= 5; view++) bench.receiveCertificate(nullification(view))
    // View 6: k = 5, b = 3.375, six certificates.
    expect(timerAt(bench.effects, 'leader')).toBe(START_MS + 1_350 + 6)
  })

  it('grant the idle interval while our own pool has had nothing for 500 ms', () => {
    const bench = new Bench({ isPoolReady: false })
    const { block, notarization } = bench.completeView(GENESIS, null)
    bench.pass(500)
    bench.clear()
    bench.propose(bench.blockOn(block, 2), [notarization])
    const next = bench.blockOn(block, 2)
    expect(next.height).toBe(2)
    bench.receiveCertificate(nullification(2))
    expect(timerAt(bench.effects, 'leader')).toBe(block.timestampMs + 2_000 + 400 + 2)
  })

  it('take the idle interval back when the pool fills', () => {
    const bench = new Bench({ isPoolReady: false })
    const { block } = bench.completeView(GENESIS, null)
    bench.pass(600)
    bench.receiveCertificate(nullification(2))
    expect(timerAt(bench.effects, 'leader')).toBe(block.timestampMs + 2_000 + 402)
    bench.clear()
    bench.pass(100)
    bench.feed({ type: 'poolReady', isReady: true })
    expect(timerAt(bench.effects, 'leader')).toBe(bench.nowMs + 400)
    expect(timerAt(bench.effects, 'certification')).toBe(bench.nowMs + 800)
  })

  it('wait on at t_l when our pool ran empty just before the view, for the leader may be waiting too', () => {
    const bench = new Bench()
    const { block } = bench.completeView(GENESIS, null)
    bench.feed({ type: 'poolReady', isReady: false })
    bench.pass(1)
    bench.receiveCertificate(nullification(2))
    const enteredMs = bench.nowMs
    expect(timerAt(bench.effects, 'leader')).toBe(enteredMs + 402)
    bench.clear()
    bench.pass(402)
    expect(asked(bench.timer('leader'))).toEqual([])
    expect(timerAt(bench.effects, 'leader')).toBe(enteredMs - 1 + 500)
    bench.clear()
    bench.pass(97)
    expect(asked(bench.timer('leader'))).toEqual([])
    expect(timerAt(bench.effects, 'leader')).toBe(block.timestampMs + 2_000 + 402)
    bench.pass(2_000)
    expect(asked(bench.timer('leader'))).toEqual([nullifySubject(0, 3)])
  })
})
