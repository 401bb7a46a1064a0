/**
 * A quorum's votes on one subject, aggregated: a bitmap of signers (bit i of byte i>>3) and one 96-byte signature.
 */

import type { Subject } from './vote.ts'

export type Certificate = {
  readonly subject: Subject
  readonly bitmap: Uint8Array
  readonly signature: Uint8Array
}
