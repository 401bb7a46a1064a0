/**
 * Retry (docs/consensus.md 2.4): in a view that is still current after t_c, say everything again until it ends.
 */

import type { Certificate } from '../types/certificate.ts'
import { nullifyCurrent } from './nullify.ts'
import { resendOwnVotes } from './own-votes.ts'
import { askForCertificates } from './resolver.ts'
import { bestCertificate, roundAt } from './rounds.ts'
import { send, setTimer, type Turn } from './turn.ts'

/** t_c passed: give the view up and begin to repeat. */
export function certificationExpired(turn: Turn): void {
  nullifyCurrent(turn)
  retry(turn)
}

/** Sends own votes of the view, the proof that the view before ended, the best finalization, and N of this view. */
export function retry(turn: Turn): void {
  const { state } = turn
  const round = roundAt(state, state.current)
  // A signer that refused for a passing reason may sign now; its guard decides alone, so asking again is safe.
  if (round.isNullifyRefused) {
    round.isNullifyRefused = false
    nullifyCurrent(turn)
  }
  resendOwnVotes(turn, round)
  const proofs = new Set<Certificate>()
  for (const proof of [
    bestCertificate(state.rounds.get(state.current - 1)),
    state.bestFinalization,
    round.notarization,
  ]) {
    if (proof !== null) proofs.add(proof)
  }
  for (const certificate of proofs) send(turn, state.current, 'all', { type: 'certificate', certificate })
  askForCertificates(turn)
  setTimer(turn, 'retry', turn.nowMs + state.config.retryIntervalMs)
}
