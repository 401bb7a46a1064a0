/**
 * A leader that decides once a view what it proposes instead of the honest core's proposal, and sends everyone the same.
 */

import type { ProposalMessage } from '../../../src/consensus/messages.ts'
import type { SimNode } from '../node.ts'
import type { Role } from './role.ts'

/** `decide` returns what goes out in the view; null leaves the honest proposal. */
export function onceAView(decide: (node: SimNode, message: ProposalMessage) => ProposalMessage | null): Role {
  let view = ''
  let sent: ProposalMessage | null = null
  return {
    servesBlocks: true,
    outgoing(node, _receiver, message) {
      if (message.type !== 'proposal') return [message]
      const { subject } = message.leaderVote
      const place = `${subject.epoch} ${subject.view}`
      if (place !== view) {
        view = place
        sent = decide(node, message)
      }
      return [sent ?? message]
    },
  }
}
