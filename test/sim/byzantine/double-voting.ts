/**
 * Votes for everything it hears of, to changing parts of the others: notarizes each proposal, finalizes and nullifies.
 */

import type { ConsensusMessage } from '../../../src/consensus/messages.ts'
import type { Prng } from '../../../src/lib/prng.ts'
import { FINALIZE, NOTARIZE, NULLIFY, nullifySubject, type Subject, subjectOfKind } from '../../../src/types/vote.ts'
import { subjectKey } from '../ledger.ts'
import { voteFor } from './craft.ts'
import type { Role } from './role.ts'

export function doubleVoting(prng: Prng): Role {
  const seen = new Set<string>()
  return {
    servesBlocks: true,
    outgoing: (_node, _receiver, message) => [message],
    observe(node, _from, message) {
      const subject = subjectIn(message)
      if (subject === null || subject.kind === NULLIFY || node.state.selfIndex < 0) return
      const proposed = subjectOfKind(subject, NOTARIZE)
      const key = subjectKey(proposed)
      if (subject.epoch !== node.state.epoch || seen.has(key)) return
      seen.add(key)
      const { world, life, index } = node
      world.after(prng.exponential(30), index, life, () => {
        if (subject.epoch !== node.state.epoch) return
        for (let receiver = 0; receiver < world.nodes.length; receiver++) {
          if (receiver === index) continue
          if (prng.chance(0.6)) world.carry(index, receiver, voteFor(node, proposed))
          if (prng.chance(0.4)) world.carry(index, receiver, voteFor(node, subjectOfKind(subject, FINALIZE)))
          if (prng.chance(0.4)) world.carry(index, receiver, voteFor(node, nullifySubject(subject.epoch, subject.view)))
        }
      })
    },
  }
}

function subjectIn(message: ConsensusMessage): Subject | null {
  if (message.type === 'vote') return message.vote.subject
  return message.type === 'proposal' ? message.leaderVote.subject : null
}
