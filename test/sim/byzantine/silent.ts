/**
 * Says nothing, or nothing for most of the time.
 */

import type { Prng } from '../../../src/lib/prng.ts'
import type { Role } from './role.ts'

export function silent(prng: Prng): Role {
  const talkRate = prng.chance(0.5) ? 0 : 0.2
  return {
    servesBlocks: false,
    outgoing: (_node, _receiver, message) => (prng.chance(talkRate) ? [message] : []),
  }
}
