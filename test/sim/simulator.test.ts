/**
 * Five hundred seeds of chaos with every check of CI; the long runs are `npm run sim`.
 */

import { describe, expect, it } from 'vitest'
import { planOf, ROLE_NAMES } from './plan.ts'
import { runSeed, type SeedResult } from './run.ts'

const FIRST_SEED = 1
const SEEDS = 500

const results: SeedResult[] = []
for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) results.push(runSeed(seed))
const mean = (pick: (result: SeedResult) => number): number => results.reduce((sum, one) => sum + pick(one), 0) / SEEDS

describe(`${SEEDS} seeds of chaos from seed ${FIRST_SEED}`, () => {
  it('neither fork, nor blame the honest, nor stay stuck after healing', () => {
    const failed = results.filter((one) => one.violation !== null)
    expect(failed.map((one) => `npm run sim -- --seed ${one.seed}: ${one.violation}`)).toEqual([])
  })

  it('are worth something: many heights and events, and evidence against the guilty', () => {
    expect(mean((one) => one.heights)).toBeGreaterThanOrEqual(15)
    expect(mean((one) => one.events)).toBeGreaterThanOrEqual(5_000)
    expect(mean((one) => one.evidence)).toBeGreaterThan(1)
  })

  it('reach every rule that they are meant to try', () => {
    const counts = new Map<string, number>()
    for (const one of results)
      for (const [name, count] of one.coverage) counts.set(name, (counts.get(name) ?? 0) + count)
    const wanted = [
      'in blockArrived',
      'in buildFailed',
      'in epochOpened',
      'in recovered',
      'in signRefused',
      'in synced',
      'out fetch',
      'out reverify',
      'out sendClosing',
      'out score',
      'evidence type 1',
      'evidence type 2',
      'evidence type 3',
      'evidence type 4',
      'fast skip',
      'finalize several blocks',
      'invalid proposal',
      'notarized block failed',
      'proposal over skipped views',
      're-proposal',
      'views jumped',
      'vote held for the clock',
    ]
    expect(wanted.filter((name) => (counts.get(name) ?? 0) < 10)).toEqual([])
  })

  it('meet every Byzantine role', () => {
    const met = new Set(results.flatMap((one) => [...planOf(one.seed).byzantine.values()]))
    expect([...met].sort()).toEqual([...ROLE_NAMES].sort())
  })

  it('are the same twice: one seed, one history', () => {
    for (const seed of [3, 77, 400]) expect(runSeed(seed).digest).toBe(results[seed - FIRST_SEED]?.digest)
  })
})
