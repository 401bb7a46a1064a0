/**
 * As leader, proposes blocks that break a rule: false roots, a malformed body, a wrong height, a time from another age, a
 * block beyond the epoch's end.
 */

import type { ProposalMessage } from '../../../src/consensus/messages.ts'
import type { Prng } from '../../../src/lib/prng.ts'
import type { SimNode } from '../node.ts'
import { craftProposal, type Draft, parentOf } from './craft.ts'
import { onceAView } from './once-a-view.ts'
import type { Role } from './role.ts'

export function badBlock(prng: Prng): Role {
  return onceAView((node, message) => spoil(node, message, prng))
}

function spoil(node: SimNode, message: ProposalMessage, prng: Prng): ProposalMessage | null {
  const { subject } = message.leaderVote
  const { view, parentView } = subject
  const parent = parentOf(node, message) ?? node.world.ledger.blocks.get(subject.blockHash)?.summary
  if (parent === undefined) return null
  const base: Draft = { view, parentView, parent, justification: message.justification }
  switch (prng.below(7)) {
    case 0:
      return craftProposal(node, { ...base, isMalformed: true })
    case 1:
      return craftProposal(node, { ...base, changes: { height: parent.height + 2 } })
    case 2:
      return craftProposal(node, { ...base, changes: { timestampMs: parent.timestampMs } })
    case 3:
      return craftProposal(node, { ...base, changes: { timestampMs: Number.MAX_SAFE_INTEGER } })
    case 4:
      return craftProposal(node, { ...base, changes: { timestampMs: node.nowMs + 900 } })
    case 5:
      return craftProposal(node, { ...base, isFalse: true })
    default:
      return null
  }
}
