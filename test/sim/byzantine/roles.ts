/**
 * The roles by name.
 */

import type { Prng } from '../../../src/lib/prng.ts'
import type { RoleName } from '../plan.ts'
import { badBlock } from './bad-block.ts'
import { badJustification } from './bad-justification.ts'
import { badSignature } from './bad-signature.ts'
import { doubleVoting } from './double-voting.ts'
import { equivocating } from './equivocating.ts'
import { onFailedParent } from './on-failed-parent.ts'
import { replaying } from './replaying.ts'
import type { Role } from './role.ts'
import { silent } from './silent.ts'
import { tampering } from './tampering.ts'
import { withholding } from './withholding.ts'

const ROLES: Record<RoleName, (prng: Prng) => Role> = {
  silent,
  equivocating,
  'double-voting': doubleVoting,
  'bad-justification': badJustification,
  'bad-block': badBlock,
  withholding,
  replaying,
  'bad-signature': badSignature,
  'on-failed-parent': onFailedParent,
  tampering,
}

export function roleOf(name: RoleName, prng: Prng): Role {
  return ROLES[name](prng)
}
