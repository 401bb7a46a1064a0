/**
 * Sends on what other leaders propose, at once and changed, so that it may arrive before the original: with a certificate
 * missing, without the block, or with another one. The leader's vote in it is genuine.
 */

import type { ProposalMessage } from '../../../src/consensus/messages.ts'
import type { Prng } from '../../../src/lib/prng.ts'
import type { SimNode } from '../node.ts'
import type { Role } from './role.ts'

export function tampering(prng: Prng): Role {
  return {
    servesBlocks: true,
    outgoing: (_node, _receiver, message) => [message],
    observe(node, from, message) {
      if (message.type !== 'proposal' || !prng.chance(0.8)) return
      const changed = tamper(node, message, prng)
      for (const receiver of node.world.nodes) {
        if (receiver !== node && receiver.index !== from) node.world.carry(node.index, receiver.index, changed)
      }
    },
  }
}

function tamper(node: SimNode, message: ProposalMessage, prng: Prng): ProposalMessage {
  const { block, justification } = message
  const which = prng.below(3)
  if (which === 0 && justification.length > 0) return { ...message, justification: justification.slice(1) }
  if (which === 1 && block !== null) return { ...message, block: null }
  return { ...message, block: node.state.finalized }
}
