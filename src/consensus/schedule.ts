/**
 * Who leads which view of an epoch (docs/consensus.md 2.1): slots in proportion to stake, spread evenly, then shuffled by a
 * seed that only the epoch's anchor determines. Integer arithmetic throughout, ties by index, so every node agrees.
 */

import { assert, present } from '../lib/assert.ts'
import { concatBytes, hexToBytes, u64ToBytes } from '../lib/bytes.ts'
import type { Hash } from '../types/primitives.ts'
import type { ValidatorSet } from '../types/validator-set.ts'

/** Validator index by slot; view v is led by slot (v - 1) mod length. */
export type Schedule = readonly number[]

/** Slots of a schedule in production: 128 validators still differ in share by less than a thousandth. */
export const SCHEDULE_SLOTS = 1024

export type HashFunction = (bytes: Uint8Array) => Uint8Array

/** The leader's index for view >= 1. */
export function leaderOf(schedule: Schedule, view: number): number {
  return present(schedule[(view - 1) % schedule.length], 'a schedule has slots')
}

/** The schedule of the epoch whose anchor has `mixHash`; `slots` at least the number of validators. */
export function buildSchedule(
  set: ValidatorSet,
  mixHash: Hash,
  keccak: HashFunction,
  slots = SCHEDULE_SLOTS,
): Schedule {
  assert(slots >= set.validators.length, 'every validator has a slot')
  const powers = set.validators.map((validator) => validator.power)
  const seed = keccak(concatBytes(new TextEncoder().encode('sahara/seed'), hexToBytes(mixHash)))
  return shuffle(spread(apportion(powers, slots)), seed, keccak)
}

/**
 * Slots per validator by largest remainder, at least one each. Those whose quota is below one get one and leave; the rest
 * share what remains, again by quota, until all quotas are at least one.
 */
export function apportion(powers: readonly number[], slots: number): number[] {
  const counts = powers.map(() => 0)
  let open = powers.map((_, index) => index)
  let free = slots
  for (;;) {
    const total = open.reduce((sum, index) => sum + BigInt(powers[index] as number), 0n)
    const poor = open.filter((index) => BigInt(powers[index] as number) * BigInt(free) < total)
    if (poor.length === 0) {
      shareByRemainder(open, powers, free, total, counts)
      return counts
    }
    for (const index of poor) counts[index] = 1
    free -= poor.length
    open = open.filter((index) => counts[index] === 0)
  }
}

function shareByRemainder(
  open: readonly number[],
  powers: readonly number[],
  slots: number,
  total: bigint,
  counts: number[],
): void {
  const remainders = open.map((index) => {
    const product = BigInt(powers[index] as number) * BigInt(slots)
    counts[index] = Number(product / total)
    return { index, remainder: product % total }
  })
  const given = open.reduce((sum, index) => sum + (counts[index] as number), 0)
  remainders.sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1))
  for (const { index } of remainders.slice(0, slots - given)) counts[index] = (counts[index] as number) + 1
}

/** Smooth weighted round robin: each index as often as `counts` says, as evenly as can be. */
export function spread(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const credit = counts.map(() => 0)
  const order: number[] = []
  for (let slot = 0; slot < total; slot++) {
    let best = 0
    for (let index = 0; index < counts.length; index++) {
      credit[index] = (credit[index] as number) + (counts[index] as number)
      if ((credit[index] as number) > (credit[best] as number)) best = index
    }
    credit[best] = (credit[best] as number) - total
    order.push(best)
  }
  return order
}

/** Fisher-Yates from the end, with draws from keccak(seed || u64 counter). */
export function shuffle(items: readonly number[], seed: Uint8Array, keccak: HashFunction): number[] {
  const out = [...items]
  let counter = 0
  const below = (bound: number): number => {
    const limit = 2n ** 64n - (2n ** 64n % BigInt(bound))
    for (;;) {
      const digest = keccak(concatBytes(seed, u64ToBytes(counter++)))
      const draw = new DataView(digest.buffer, digest.byteOffset).getBigUint64(0)
      if (draw < limit) return Number(draw % BigInt(bound))
    }
  }
  for (let i = out.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const held = out[i] as number
    out[i] = out[j] as number
    out[j] = held
  }
  return out
}
