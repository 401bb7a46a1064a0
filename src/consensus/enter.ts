/**
 * Entering views (docs/consensus.md 2.4, E1 to E3): forward only, as far as certificates entitle us to.
 */

import { dropUnvotedBlocks } from './blocks.ts'
import { isExecuted } from './execution-status.ts'
import { nullifyCurrent } from './nullify.ts'
import { mayFastSkip } from './peers.ts'
import { beginLeading } from './propose.ts'
import { dropOldRounds, roundAt } from './rounds.ts'
import { leaderOf } from './schedule.ts'
import { prolongedDeadlines, stretchedTimeoutMs, type ViewDeadlines, viewDeadlines } from './timeouts.ts'
import { setTimer, type Turn } from './turn.ts'

/**
 * E1: past a nullified, finalized, or notarized and executed view. E2: into a notarized view beyond. `reachable` already
 * says what certificates alone allow; the executed notarization of the current view is looked at here.
 */
export function advanceRule(turn: Turn): void {
  const { state } = turn
  if (state.mode !== 'running') return
  const notarized = state.rounds.get(state.current)?.notarization?.subject.blockHash
  if (notarized !== undefined && isExecuted(state, notarized)) {
    state.reachable = Math.max(state.reachable, state.current + 1)
  }
  if (state.reachable > state.current) enterView(turn, state.reachable)
}

/** E3: arms the timers, begins to lead if it is our turn, skips a leader known to be silent whose proposal is not here. */
export function enterView(turn: Turn, view: number): void {
  const { state, nowMs } = turn
  state.current = view
  state.enteredAtMs = nowMs
  state.isDirty = true
  dropOldRounds(state)
  dropUnvotedBlocks(turn)
  setDeadlines(turn, viewDeadlines(state, nowMs))
  for (const name of ['retry', 'build', 'clock'] as const) setTimer(turn, name, null)
  if (leaderOf(state.schedule, view) === state.selfIndex) beginLeading(turn)
  else if (roundAt(state, view).early === null && mayFastSkip(state, nowMs)) nullifyCurrent(turn)
}

/** The pool has something to execute after all: the leader is no longer owed the idle interval. */
export function withdrawIdleTerm(turn: Turn): void {
  const { state, nowMs } = turn
  if (!state.hasIdleTerm || state.mode !== 'running') return
  const timeout = stretchedTimeoutMs(state)
  if (nowMs + timeout >= state.leaderDeadlineMs) return
  setDeadlines(turn, { leaderMs: nowMs + timeout, certificationMs: nowMs + 2 * timeout, hasIdleTerm: false })
}

/** t_l passed: without a proposal the view is given up, unless the leader turns out to be owed the idle interval. */
export function leaderExpired(turn: Turn): void {
  const { state, nowMs } = turn
  if (roundAt(state, state.current).proposal !== null) return
  const prolonged = prolongedDeadlines(state, nowMs)
  if (prolonged === null) nullifyCurrent(turn)
  else setDeadlines(turn, prolonged)
}

function setDeadlines(turn: Turn, deadlines: ViewDeadlines): void {
  const { state } = turn
  state.leaderDeadlineMs = deadlines.leaderMs
  state.certificationDeadlineMs = deadlines.certificationMs
  state.hasIdleTerm = deadlines.hasIdleTerm
  setTimer(turn, 'leader', deadlines.leaderMs)
  setTimer(turn, 'certification', deadlines.certificationMs)
}
