import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apportion, buildSchedule, leaderOf, SCHEDULE_SLOTS, shuffle, spread } from '../../src/consensus/schedule.ts'
import { keccak256 } from '../../src/crypto/keccak.ts'
import { bytesToHex } from '../../src/lib/bytes.ts'
import { hashFromBytes, ZERO_HASH } from '../../src/types/primitives.ts'
import { setOf } from './bench.ts'

const powers = fc.array(fc.integer({ min: 1, max: 2 ** 45 }), { minLength: 1, maxLength: 128 })

describe('the slots of an epoch', () => {
  it('are all given, at least one to each validator, in any distribution of power', () => {
    fc.assert(
      fc.property(powers, (list) => {
        const counts = apportion(list, SCHEDULE_SLOTS)
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(SCHEDULE_SLOTS)
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(1)
      }),
    )
  })

  it('never give more to less power', () => {
    fc.assert(
      fc.property(powers, (list) => {
        const sorted = [...list].sort((a, b) => b - a)
        const counts = apportion(sorted, SCHEDULE_SLOTS)
        for (let i = 1; i < counts.length; i++) expect(counts[i] as number).toBeLessThanOrEqual(counts[i - 1] as number)
      }),
    )
  })

  it('follow the power, by largest remainder, ties to the lower index', () => {
    expect(apportion([1, 1, 1], 16)).toEqual([6, 5, 5])
    expect(apportion([5, 3, 2], 10)).toEqual([5, 3, 2])
    expect(apportion([1_000_000, 1, 1], 10)).toEqual([8, 1, 1])
  })

  it('are spread evenly: smooth weighted round robin', () => {
    expect(spread([3, 1, 2])).toEqual([0, 2, 0, 1, 2, 0])
  })
})

describe('the leader schedule', () => {
  it('is frozen: these leaders for these powers and this mixHash, for ever', () => {
    const set = setOf(7, [10, 20, 30, 40])
    const mixHash = hashFromBytes(keccak256(new TextEncoder().encode('anchor')))
    const schedule = buildSchedule(set, mixHash, keccak256)
    expect(schedule.slice(0, 32).join('')).toBe('13102332333011232113333130131031')
    expect(bytesToHex(keccak256(Uint8Array.from(schedule)))).toBe(
      '0x3c034ffa2d26d8abd61008a20f45db4f907808f2b5f2a187e805f40ec6bd01d1',
    )
    expect(buildSchedule(setOf(0), ZERO_HASH, keccak256, 16).join('')).toBe('0220133331202110')
  })

  it('keeps the shares and changes the order with the seed', () => {
    const set = setOf(0, [1, 2, 5])
    const one = buildSchedule(set, ZERO_HASH, keccak256, 64)
    const other = buildSchedule(set, hashFromBytes(keccak256(new Uint8Array(1))), keccak256, 64)
    expect(one).not.toEqual(other)
    expect([...one].sort()).toEqual([...other].sort())
  })

  it('begins anew after its last slot, so that any view is one look-up', () => {
    const schedule = [2, 0, 1]
    expect([1, 2, 3, 4, 3_000_000_001].map((view) => leaderOf(schedule, view))).toEqual([2, 0, 1, 2, 2])
  })

  it('rejects draws beyond the largest multiple of the bound', () => {
    const draws = [0xffffffffffffffffn, 1n, 0n]
    const keccak = (): Uint8Array => {
      const out = new Uint8Array(32)
      new DataView(out.buffer).setBigUint64(0, draws.shift() ?? 0n)
      return out
    }
    // 2^64 - 1 is rejected for a bound of 3; the next draw, 1, exchanges the last with the second.
    expect(shuffle([0, 1, 2], new Uint8Array(32), keccak)).toEqual([2, 0, 1])
    expect(draws).toEqual([])
  })
})
