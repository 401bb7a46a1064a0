import { describe, expect, it } from 'vitest'
import { runKills } from './kill-rounds.ts'

describe('four validators, killed at random while transactions flow', () => {
  it('never contradict themselves, agree on every block and state root, and come back', async () => {
    const seed = Date.now() % 1e9
    const report = await runKills({ kills: 3, seed })
    expect(report.faults, `seed ${seed}`).toEqual([])
    expect(report.kills).toBe(3)
    expect(report.votes).toBeGreaterThan(10)
    expect(report.transactions).toBeGreaterThan(0)
  }, 300_000)
})
