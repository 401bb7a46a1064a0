/**
 * As leader, proposes two to three blocks for one view and shows each validator one of them, or all; votes for all.
 */

import type { ProposalMessage } from '../../../src/consensus/messages.ts'
import type { Prng } from '../../../src/lib/prng.ts'
import { craftProposal, parentOf } from './craft.ts'
import type { Role } from './role.ts'

export function equivocating(prng: Prng): Role {
  let view = ''
  let versions: ProposalMessage[] = []
  return {
    servesBlocks: true,
    outgoing(node, _receiver, message) {
      if (message.type !== 'proposal') return [message]
      const { subject } = message.leaderVote
      const parent = parentOf(node, message)
      if (parent === undefined) return [message]
      const place = `${subject.epoch} ${subject.view}`
      if (place !== view) {
        view = place
        versions = [message]
        const { parentView } = subject
        const draft = { view: subject.view, parentView, parent, justification: message.justification }
        for (let i = 0; i < 1 + prng.below(2); i++) versions.push(craftProposal(node, draft))
      }
      const chosen = prng.pick(versions)
      if (prng.chance(0.25)) return prng.shuffle(versions)
      const votes = versions
        .filter((one) => one !== chosen && prng.chance(0.7))
        .map((one) => ({ type: 'vote', vote: one.leaderVote }) as const)
      return [chosen, ...votes]
    },
  }
}
