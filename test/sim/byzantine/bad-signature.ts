/**
 * Signs badly: its votes spoil the aggregates that they enter, and it claims certificates that nobody signed.
 */

import type { Prng } from '../../../src/lib/prng.ts'
import { FINALIZE, NOTARIZE, subjectOfKind } from '../../../src/types/vote.ts'
import { BAD_SIGNATURE, certificateFrom } from '../ledger.ts'
import type { Role } from './role.ts'

export function badSignature(prng: Prng): Role {
  return {
    servesBlocks: true,
    outgoing(node, _receiver, message) {
      if (message.type !== 'vote' || !prng.chance(0.6)) return [message]
      const { vote } = message
      const spoiled = { type: 'vote', vote: { ...vote, signature: BAD_SIGNATURE } } as const
      if (vote.subject.kind !== NOTARIZE || !prng.chance(0.3)) return [spoiled]
      const everyone = node.state.set.validators.map((_, index) => index)
      const claimed = certificateFrom(subjectOfKind(vote.subject, FINALIZE), everyone)
      return [spoiled, { type: 'certificate', certificate: claimed }]
    },
  }
}
