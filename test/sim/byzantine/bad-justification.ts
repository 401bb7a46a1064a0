/**
 * As leader, builds on an older block without the nullifications that would allow it, or names another justification than
 * the one it sends.
 */

import type { ProposalMessage } from '../../../src/consensus/messages.ts'
import type { Prng } from '../../../src/lib/prng.ts'
import type { BlockSummary } from '../../../src/types/block-summary.ts'
import type { Certificate } from '../../../src/types/certificate.ts'
import type { SimNode } from '../node.ts'
import { craftProposal, parentOf } from './craft.ts'
import { onceAView } from './once-a-view.ts'
import type { Role } from './role.ts'

export function badJustification(prng: Prng): Role {
  return onceAView((node, message) => (prng.chance(0.75) ? forge(node, message, prng) : null))
}

function forge(node: SimNode, message: ProposalMessage, prng: Prng): ProposalMessage | null {
  const { subject } = message.leaderVote
  const older = olderParents(node, subject.view)
  if (older.length > 0 && prng.chance(0.7)) {
    const { parent, parentView, certificate } = prng.pick(older)
    const justification = certificate === null ? [] : [certificate]
    return craftProposal(node, { view: subject.view, parentView, parent, justification })
  }
  const parent = parentOf(node, message)
  if (parent === undefined) return null
  const honest = craftProposal(node, {
    view: subject.view,
    parentView: subject.parentView,
    parent,
    justification: message.justification,
  })
  return { ...honest, justification: message.justification.slice(0, -1) }
}

type OlderParent = {
  readonly parent: BlockSummary
  readonly parentView: number
  readonly certificate: Certificate | null
}

/** The finalized head and notarized blocks below the one before `view`. */
function olderParents(node: SimNode, view: number): OlderParent[] {
  const { state, world } = node
  const found: OlderParent[] = []
  for (let older = view - 2; older > 0 && older >= state.lastFinalized - 1; older--) {
    const round = state.rounds.get(older)
    const certificate = round?.notarization ?? round?.finalization ?? null
    const parent = certificate === null ? undefined : world.ledger.blocks.get(certificate.subject.blockHash)?.summary
    if (parent !== undefined) found.push({ parent, parentView: older, certificate })
  }
  if (state.finalized.hash === state.anchor.hash && view > 1)
    found.push({ parent: state.anchor, parentView: 0, certificate: null })
  return found
}
