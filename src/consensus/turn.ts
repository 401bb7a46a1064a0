/**
 * One turn of the core: the state, the time, and the effects collected so far; with the small helpers every rule uses.
 */

import type { Subject } from '../types/vote.ts'
import { NOTARIZE } from '../types/vote.ts'
import type { Effect, StopCode, TimerName } from './effect.ts'
import type { ConsensusMessage, PeerName } from './messages.ts'
import type { WalRecord } from './record.ts'
import type { ConsensusState } from './state.ts'

export type Turn = { readonly state: ConsensusState; readonly nowMs: number; readonly effects: Effect[] }

/** Adds an effect; while the log is being fed back nothing leaves. */
export function emit(turn: Turn, effect: Effect): void {
  if (turn.state.mode !== 'recovering') turn.effects.push(effect)
}

/** Appends a record that must be durable before anything later leaves. */
export function persistSynced(turn: Turn, view: number, record: WalRecord): void {
  const isSynced = turn.state.config.mutant !== 'no-fsync'
  emit(turn, { type: 'persist', epoch: turn.state.epoch, view, record, isSynced })
}

/** Appends a record whose loss costs only time. */
export function persistLazily(turn: Turn, view: number, record: WalRecord): void {
  emit(turn, { type: 'persist', epoch: turn.state.epoch, view, record, isSynced: false })
}

export function send(turn: Turn, view: number, to: 'all' | PeerName, message: ConsensusMessage): void {
  emit(turn, { type: 'send', epoch: turn.state.epoch, view, to, message })
}

export function setTimer(turn: Turn, name: TimerName, atMs: number | null): void {
  emit(turn, { type: 'timer', epoch: turn.state.epoch, view: turn.state.current, name, atMs })
}

/** Halts: a runtime assertion (A1 to A5) failed or the state diverged. The effects of this turn are taken back. */
export function stop(turn: Turn, view: number, code: StopCode, detail: string): void {
  turn.effects.length = 0
  turn.effects.push({ type: 'stop', epoch: turn.state.epoch, view, code, detail })
  turn.state.mode = 'stopped'
}

/** True when our votes count in this epoch and we may still cast them. */
export function isVoting(state: ConsensusState): boolean {
  return state.mode === 'running' && state.selfIndex >= 0
}

/** Asks for our signature on `subject`. Assertion A1: never on a lower step than before. */
export function requestSignature(turn: Turn, subject: Subject): void {
  const { state } = turn
  const signingStep = subject.kind === NOTARIZE ? 1 : 2
  const isHigher =
    subject.view > state.signedView || (subject.view === state.signedView && signingStep > state.signedStep)
  if (!isHigher && state.config.mutant === undefined) {
    stop(
      turn,
      subject.view,
      'SIGN_NOT_MONOTONE',
      `step ${signingStep} of view ${subject.view} after step ${state.signedStep} of ${state.signedView}`,
    )
    return
  }
  state.signedView = subject.view
  state.signedStep = signingStep
  emit(turn, { type: 'sign', epoch: state.epoch, view: subject.view, subject })
}
