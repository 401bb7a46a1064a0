/**
 * Block sync's word: the database now ends in another finalized head (docs/consensus.md 2.11, S1).
 */

import { addCertificate } from './certificates.ts'
import { acceptHead } from './finalization.ts'
import type { SyncedInput } from './input.ts'
import type { Turn } from './turn.ts'

/** Takes over a head that block sync made final; older or foreign ones are ignored. */
export function headSynced(turn: Turn, { head, certificate }: SyncedInput): void {
  const { state } = turn
  if (certificate.subject.epoch !== state.epoch || head.height <= state.finalized.height) return
  addCertificate(turn, certificate)
  if (state.mode === 'stopped') return
  acceptHead(turn, head)
}
