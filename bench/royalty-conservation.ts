/**
 * Conservation of a measured chain, computed from its state.
 */

import { ROYALTY_MODULE } from '../src/precompiles/addresses.ts'
import type { WorldState } from '../src/state/world-state.ts'
import { auditState } from '../test/precompiles/model/state-audit.ts'
import type { Report } from './report.ts'

/** Says whether the state holds exactly what came in and was not paid out, and nothing else. */
export function checkConserved(report: Report, name: string, state: WorldState): void {
  const { difference, booked } = auditState(state, 0)
  const surplus = state.getBalance(ROYALTY_MODULE) - booked
  report.note(`conserved=${difference === 0n && surplus === 0n} difference=${difference} wei (${name})`)
  if (difference !== 0n || surplus !== 0n)
    throw new Error(`${name}: ${difference} wei are missing, ${surplus} too much`)
}
