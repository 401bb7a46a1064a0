/**
 * One seed from start to verdict.
 */

import type { Mutant } from '../../src/consensus/config.ts'
import { boundsBroken } from './bounds.ts'
import { startChaos } from './chaos.ts'
import { planOf } from './plan.ts'
import { World } from './world.ts'

/** Heights that every honest node must gain after the network heals. */
const RECOVERY_HEIGHTS = 5
/** Virtual time in which it must. */
const RECOVERY_MS = 90_000
/** Events between two looks at the cores' memory. */
const BOUNDS_INTERVAL = 1_000

export type SeedResult = {
  readonly seed: number
  /** What went wrong, or null. */
  readonly violation: string | null
  readonly events: number
  readonly heights: number
  readonly evidence: number
  /** Virtual time from healing to the last honest node's recovery. */
  readonly recoveryMs: number
  readonly digest: number
  readonly coverage: ReadonlyMap<string, number>
}

/** Runs a seed; `trace` gets a line for every input and effect. */
export function runSeed(seed: number, mutant?: Mutant, trace: ((line: string) => void) | null = null): SeedResult {
  const plan = planOf(seed)
  const world = new World(plan, mutant, trace)
  startChaos(world)
  const honest = world.honest
  let healedAtMs = -1
  let targetHeight = 0
  const isDone = (): boolean => {
    if (world.events % BOUNDS_INTERVAL === 0) checkBounds(world)
    if (!world.isHealed) return false
    if (healedAtMs < 0) {
      healedAtMs = world.nowMicros / 1000
      targetHeight = world.ledger.finalizedHeight + RECOVERY_HEIGHTS
    }
    return honest.every((node) => node.finalizedHeight >= targetHeight)
  }
  const isInTime = world.run(plan.chaosMs + RECOVERY_MS, isDone)
  if (!isInTime) {
    const heights = world.nodes.map(
      (node) => `${node.role === null ? '' : '*'}${node.finalizedHeight}/v${node.state.current}`,
    )
    world.ledger.fail(`LIVENESS: heights ${heights.join(' ')} of ${targetHeight}`)
  }
  return {
    seed,
    violation: world.ledger.violation,
    events: world.events,
    heights: world.ledger.finalizedHeight,
    evidence: world.ledger.evidenceCount,
    recoveryMs: world.nowMicros / 1000 - healedAtMs,
    digest: world.digest,
    coverage: world.ledger.coverage,
  }
}

function checkBounds(world: World): void {
  for (const node of world.nodes) {
    const broken = boundsBroken(node.state)
    if (broken !== null) world.ledger.fail(`node ${node.index}: ${broken}`)
  }
}
