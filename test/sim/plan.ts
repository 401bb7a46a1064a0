/**
 * What one seed means: how many validators, which of them are Byzantine and how, the network's and the disks' manners, the
 * chain's parameters, and how long chaos lasts.
 */

import { Prng } from '../../src/lib/prng.ts'

export const ROLE_NAMES = [
  'silent',
  'equivocating',
  'double-voting',
  'bad-justification',
  'bad-block',
  'withholding',
  'replaying',
  'bad-signature',
  'on-failed-parent',
  'tampering',
] as const
export type RoleName = (typeof ROLE_NAMES)[number]

export type Plan = {
  readonly seed: number
  readonly size: number
  readonly basePowers: readonly number[]
  /** Role by node; honest nodes are absent. */
  readonly byzantine: ReadonlyMap<number, RoleName>
  readonly epochLength: number
  readonly minBlockIntervalMs: number
  readonly idleIntervalMs: number
  readonly leaderTimeoutMs: number
  readonly retryIntervalMs: number
  readonly skipTimeoutMs: number
  readonly statusIntervalMs: number
  readonly maxUnfinalizedBlocks: number
  readonly latencyMs: number
  readonly jitterMs: number
  readonly lossRate: number
  readonly duplicateRate: number
  readonly executionMs: number
  readonly signMs: number
  /** Chances per 10 ms of chaos. */
  readonly crashRate: number
  readonly partitionRate: number
  /** At these times all nodes crash at once. */
  readonly blackoutsMs: readonly number[]
  /** One honest node (counted with the faulty) whose log comes back from an older copy, but its signer's state does not; or -1. */
  readonly restoredNode: number
  /** One honest node whose signer sometimes refuses during chaos; or -1. */
  readonly refusingNode: number
  readonly clockSkewsMs: readonly number[]
  readonly chaosMs: number
}

/** The plan of a seed. */
export function planOf(seed: number): Plan {
  const prng = new Prng(seed).fork('plan')
  const size = prng.pick([4, 4, 4, 5, 6, 7, 7, 8, 10])
  const basePowers = Array.from({ length: size }, () => (prng.chance(0.5) ? 3 : 1 + prng.below(6)))
  const byzantine = chooseByzantine(prng, basePowers)
  const honest = basePowers.map((_, index) => index).filter((index) => !byzantine.has(index))
  const chaosMs = 6_000 + prng.below(3_000)
  const isLossy = prng.chance(0.5)
  return {
    seed,
    size,
    basePowers,
    byzantine,
    epochLength: prng.pick([2, 3, 4, 5, 8, 12]),
    minBlockIntervalMs: prng.pick([30, 60, 100, 200]),
    idleIntervalMs: 300 + prng.below(700),
    leaderTimeoutMs: 150 + prng.below(350),
    retryIntervalMs: 150 + prng.below(300),
    skipTimeoutMs: 800 + prng.below(1_500),
    statusIntervalMs: 400,
    maxUnfinalizedBlocks: prng.pick([1, 2, 3, 32]),
    latencyMs: 1 + prng.exponential(15),
    jitterMs: prng.exponential(12),
    lossRate: isLossy ? prng.float() * 0.25 : 0,
    duplicateRate: prng.chance(0.3) ? prng.float() * 0.15 : 0,
    executionMs: 1 + prng.exponential(12),
    signMs: 0.2 + prng.exponential(prng.chance(0.2) ? 15 : 0.8),
    crashRate: prng.chance(0.6) ? prng.float() * 0.02 : 0,
    partitionRate: prng.chance(0.6) ? prng.float() * 0.01 : 0,
    blackoutsMs: prng.chance(0.35) ? [1_000 + prng.below(chaosMs - 1_500), chaosMs - prng.below(1_000)] : [],
    restoredNode: prng.chance(0.8) ? chooseRestored(prng, basePowers, byzantine) : -1,
    refusingNode: prng.chance(0.1) ? prng.pick(honest) : -1,
    clockSkewsMs: basePowers.map(() => (prng.chance(0.06) ? 500 + prng.below(2_000) : prng.below(300) - 150)),
    chaosMs,
  }
}

/**
 * An honest node whose log may be put back to an older copy. It loses votes that its signer will not give again, so with the
 * Byzantine it stays under a third of the power; -1 when that leaves nobody.
 */
function chooseRestored(prng: Prng, powers: readonly number[], byzantine: ReadonlyMap<number, RoleName>): number {
  const total = powers.reduce((sum, power) => sum + power, 0)
  const taken = powers.reduce((sum, power, node) => sum + (byzantine.has(node) ? power : 0), 0)
  const nodes = powers.map((_, node) => node)
  const fit = nodes.filter((node) => !byzantine.has(node) && 3 * (taken + (powers[node] as number)) < total)
  return fit.length > 0 ? prng.pick(fit) : -1
}

/** Byzantine validators keep under a third of the power in every epoch, so powers vary by less than the slack (powers.ts). */
function chooseByzantine(prng: Prng, powers: readonly number[]): Map<number, RoleName> {
  const byzantine = new Map<number, RoleName>()
  if (prng.chance(0.15)) return byzantine
  const total = powers.reduce((sum, power) => sum + power, 0)
  let taken = 0
  for (const index of prng.shuffle(powers.map((_, at) => at))) {
    const power = powers[index] as number
    if (3 * (taken + power) >= total || !prng.chance(0.75)) continue
    taken += power
    byzantine.set(index, prng.chance(0.2) ? 'equivocating' : prng.pick(ROLE_NAMES))
  }
  return byzantine
}
