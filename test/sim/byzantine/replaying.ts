/**
 * Repeats old messages, its own and others', to anyone.
 */

import type { ConsensusMessage } from '../../../src/consensus/messages.ts'
import type { Prng } from '../../../src/lib/prng.ts'
import type { Role } from './role.ts'

const MEMORY = 64

export function replaying(prng: Prng): Role {
  const heard: ConsensusMessage[] = []
  return {
    servesBlocks: true,
    outgoing: (_node, _receiver, message) =>
      heard.length > 0 && prng.chance(0.3) ? [message, prng.pick(heard)] : [message],
    observe(_node, _from, message) {
      if (heard.length < MEMORY) heard.push(message)
      else if (prng.chance(0.1)) heard[prng.below(MEMORY)] = message
    },
  }
}
