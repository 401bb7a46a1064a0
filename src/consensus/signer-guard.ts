/**
 * The signer's last line: whether a subject may be signed, given what was signed before (docs/consensus.md 2.9, P2).
 *
 * Per view there are two steps: notarize is 1, nullify or finalize is 2. Only a strictly greater (epoch, view, step) is
 * signed; the identical subject gets the stored signature; a finalization of another subject than the one notarized in the
 * same view is refused. So no history of crashes, restored logs or second processes makes a double sign. The signer makes
 * the new state durable before the signature leaves it.
 */

import { FINALIZE, NOTARIZE, type Subject, sameSubject } from '../types/vote.ts'

/** What was signed in one step. */
export type SignedStep = { readonly subject: Subject; readonly signature: Uint8Array }

/** The highest view signed in, with both its steps. */
export type GuardState = {
  readonly epoch: number
  readonly view: number
  readonly first: SignedStep | null
  readonly second: SignedStep | null
}

/** Nothing was ever signed. */
export const EMPTY_GUARD: GuardState = { epoch: -1, view: 0, first: null, second: null }

export type GuardVerdict =
  | { readonly verdict: 'sign' }
  | { readonly verdict: 'stored'; readonly signature: Uint8Array }
  | { readonly verdict: 'refuse'; readonly reason: string }

/** Decides on `subject`. */
export function guardVerdict(state: GuardState, subject: Subject): GuardVerdict {
  if (isBefore(subject, state))
    return refuse(`view ${subject.view} of epoch ${subject.epoch} is behind ${state.view} of ${state.epoch}`)
  if (isBeyond(subject, state)) return { verdict: 'sign' }
  const held = subject.kind === NOTARIZE ? state.first : state.second
  if (held !== null) {
    if (sameSubject(held.subject, subject)) return { verdict: 'stored', signature: held.signature }
    return refuse('another subject was signed in this step')
  }
  if (subject.kind === NOTARIZE) return refuse('the later step of this view was signed already')
  if (subject.kind === FINALIZE && state.first !== null && !sameBlock(state.first.subject, subject)) {
    return refuse('another block was notarized in this view')
  }
  return { verdict: 'sign' }
}

/** The state after `subject` was signed. */
export function afterSigning(state: GuardState, subject: Subject, signature: Uint8Array): GuardState {
  const base = isBeyond(subject, state)
    ? { epoch: subject.epoch, view: subject.view, first: null, second: null }
    : state
  const step: SignedStep = { subject, signature }
  return subject.kind === NOTARIZE ? { ...base, first: step } : { ...base, second: step }
}

function isBefore(subject: Subject, state: GuardState): boolean {
  return subject.epoch < state.epoch || (subject.epoch === state.epoch && subject.view < state.view)
}

function isBeyond(subject: Subject, state: GuardState): boolean {
  return subject.epoch > state.epoch || (subject.epoch === state.epoch && subject.view > state.view)
}

/** Whether both speak of the same block on the same parent with the same justification. */
function sameBlock(a: Subject, b: Subject): boolean {
  return a.blockHash === b.blockHash && a.parentView === b.parentView && a.justHash === b.justHash
}

function refuse(reason: string): GuardVerdict {
  return { verdict: 'refuse', reason }
}
