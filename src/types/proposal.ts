/**
 * A leader's proposal: the block (absent in a re-proposal, rule R3), the certificates that justify building on its parent,
 * and the leader's own notarize vote, which is the proposal's signature.
 */

import type { SealedBlock } from './block.ts'
import type { Certificate } from './certificate.ts'
import type { Vote } from './vote.ts'

export type Proposal = {
  readonly block: SealedBlock | null
  /** The parent's certificate first (absent for the anchor), then the nullifications of all skipped views, ascending. */
  readonly justification: readonly Certificate[]
  readonly leaderVote: Vote
}
