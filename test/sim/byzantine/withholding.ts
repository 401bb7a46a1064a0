/**
 * Tells things to some and not to others, and never serves a block.
 */

import type { Prng } from '../../../src/lib/prng.ts'
import type { Role } from './role.ts'

export function withholding(prng: Prng): Role {
  const reach = 0.3 + prng.float() * 0.5
  return {
    servesBlocks: false,
    outgoing: (_node, _receiver, message) => (prng.chance(reach) ? [message] : []),
  }
}
