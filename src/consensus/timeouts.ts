/**
 * How long a view may take (docs/consensus.md 2.5), in integers so that every build agrees with itself.
 */

import { closingHeight, tipOf } from './execution-status.ts'
import type { ConsensusState } from './state.ts'

/** b(k) = min(1.5^max(0, k - 2), 16) in thousandths, for k = 2, 3, … */
const BACKOFF_PERMILLE = [1_000, 1_500, 2_250, 3_375, 5_063, 7_594, 11_391, 16_000] as const
/** The pool must have been idle this long before we grant the leader the idle interval. */
const POOL_IDLE_GRACE_MS = 500
/** Verification time granted per certificate that the proposal must carry. */
const PER_CERTIFICATE_MS = 1

/** b(k) in thousandths; `views` is k, the views since the last finalized one. */
export function backoffPermille(views: number): number {
  const index = Math.min(Math.max(0, views - 2), BACKOFF_PERMILLE.length - 1)
  return BACKOFF_PERMILLE[index] as number
}

/** base_l * b(k) for the current view. */
export function stretchedTimeoutMs(state: ConsensusState): number {
  const views = state.current - state.lastFinalized - 1
  return Math.floor((state.config.leaderTimeoutMs * backoffPermille(views)) / 1000)
}

export type ViewDeadlines = {
  /** t_l: no proposal by then nullifies the view. */
  readonly leaderMs: number
  /** t_c: no certified notarization by then nullifies it. */
  readonly certificationMs: number
  readonly hasIdleTerm: boolean
}

/** t_l and t_c of the current view, entered at `enteredAtMs`, as things are at `nowMs`. */
export function viewDeadlines(state: ConsensusState, nowMs: number): ViewDeadlines {
  const { enteredAtMs } = state
  const tip = tipOf(state)
  const timeout = stretchedTimeoutMs(state)
  const isIdle = !state.isPoolReady && nowMs - state.poolIdleSinceMs >= POOL_IDLE_GRACE_MS
  const hasIdleTerm = isIdle && tip.block.height < closingHeight(state)
  const idleMs = hasIdleTerm ? Math.max(0, tip.block.timestampMs + state.config.idleIntervalMs - enteredAtMs) : 0
  const justificationMs = PER_CERTIFICATE_MS * (state.current - tip.view)
  const leaderMs = enteredAtMs + idleMs + timeout + justificationMs
  return { leaderMs, certificationMs: leaderMs + timeout, hasIdleTerm }
}

/**
 * When t_l is to be looked at again instead of giving the view up: our pool ran empty so shortly before the view that the
 * idle interval was not granted, but the leader, whose pool is as empty, keeps it all the same. Null: the view is over.
 */
export function prolongedDeadlines(state: ConsensusState, nowMs: number): ViewDeadlines | null {
  // At the closing height the leader proposes the block again and waits for nothing.
  if (state.isPoolReady || state.hasIdleTerm || tipOf(state).block.height >= closingHeight(state)) return null
  const idleFromMs = state.poolIdleSinceMs + POOL_IDLE_GRACE_MS
  if (nowMs < idleFromMs) {
    return { leaderMs: idleFromMs, certificationMs: idleFromMs + stretchedTimeoutMs(state), hasIdleTerm: false }
  }
  const deadlines = viewDeadlines(state, nowMs)
  return deadlines.hasIdleTerm && deadlines.leaderMs > nowMs ? deadlines : null
}
