/**
 * As leader, proposes blocks with false roots; when one of them was notarized (notarizing precedes execution), builds on it.
 */

import type { ProposalMessage } from '../../../src/consensus/messages.ts'
import type { Prng } from '../../../src/lib/prng.ts'
import type { Certificate } from '../../../src/types/certificate.ts'
import type { SimNode } from '../node.ts'
import { craftProposal, parentOf } from './craft.ts'
import { onceAView } from './once-a-view.ts'
import type { Role } from './role.ts'

export function onFailedParent(prng: Prng): Role {
  return onceAView(
    (node, message) =>
      buildOnFailed(node, message.leaderVote.subject.view) ?? (prng.chance(0.6) ? falseBlock(node, message) : null),
  )
}

function falseBlock(node: SimNode, message: ProposalMessage): ProposalMessage | null {
  const parent = parentOf(node, message)
  const { view, parentView } = message.leaderVote.subject
  if (parent === undefined) return null
  return craftProposal(node, { view, parentView, parent, justification: message.justification, isFalse: true })
}

/** A block on a notarized one that does not execute, if one is in reach with all nullifications above it. */
function buildOnFailed(node: SimNode, view: number): ProposalMessage | null {
  const { state, world } = node
  const nullifications: Certificate[] = []
  for (let older = view - 1; older > state.lastFinalized; older--) {
    const round = state.rounds.get(older)
    const certificate = round?.notarization ?? null
    const parent = certificate === null ? undefined : world.ledger.blocks.get(certificate.subject.blockHash)
    if (certificate !== null && parent?.isFalse === true) {
      const justification = [certificate, ...nullifications.toReversed()]
      return craftProposal(node, { view, parentView: older, parent: parent.summary, justification })
    }
    if (!round?.nullification) return null
    nullifications.push(round.nullification)
  }
  return null
}
