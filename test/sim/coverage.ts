/**
 * Which rules a run reached, as counts by name.
 */

import type { Effect } from '../../src/consensus/effect.ts'
import { mayFastSkip } from '../../src/consensus/peers.ts'
import { NULLIFY } from '../../src/types/vote.ts'
import type { SimNode } from './node.ts'

/** Notes what one turn of an honest core did. */
export function noteCoverage(node: SimNode, effects: readonly Effect[], epochBefore: number, viewBefore: number): void {
  const { state, world } = node
  const { ledger } = world
  for (const effect of effects) {
    ledger.note(`out ${effect.type}`)
    if (effect.type === 'sign') {
      ledger.note(`sign kind ${effect.subject.kind}`)
      if (effect.subject.kind === NULLIFY && mayFastSkip(state, node.nowMs)) ledger.note('fast skip')
    }
    if (effect.type === 'send' && effect.message.type === 'proposal') {
      ledger.note(effect.message.block === null ? 're-proposal' : 'proposal')
      if (effect.message.justification.length > 2) ledger.note('proposal over skipped views')
    }
    if (effect.type === 'finalize' && effect.blocks.length > 1) ledger.note('finalize several blocks')
    if (effect.type === 'timer' && effect.name === 'clock' && effect.atMs !== null)
      ledger.note('vote held for the clock')
    if (effect.type === 'evidence') ledger.note(`evidence type ${effect.evidence.type}`)
  }
  if (state.epoch === epochBefore && state.current > viewBefore + 1 && viewBefore > 0) ledger.note('views jumped')
  if (state.rounds.get(state.current)?.proposal?.isInvalid) ledger.note('invalid proposal')
  const notarized = state.rounds.get(state.current)?.notarization?.subject.blockHash
  if (notarized !== undefined && state.blocks.get(notarized)?.execution === 'failed')
    ledger.note('notarized block failed')
  if (state.finalized.height > 0 && tipDistance(node) >= 8) ledger.note('eight unfinalized blocks')
}

function tipDistance({ state }: SimNode): number {
  let height = state.finalized.height
  for (const { summary } of state.blocks.values()) height = Math.max(height, summary.height)
  return height - state.finalized.height
}
