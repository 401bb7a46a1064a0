/**
 * The core's parameters: the chain's timing and bounds, who we are, and the few pure functions that the core does not own.
 */

import type { Certificate } from '../types/certificate.ts'
import type { Hash } from '../types/primitives.ts'
import type { ValidatorSet } from '../types/validator-set.ts'
import type { Schedule } from './schedule.ts'

export type ConsensusConfig = {
  /** Our BLS public key, found in each epoch's set; null for a node that only follows. */
  readonly ownKey: `0x${string}` | null
  /** Blocks per epoch, at least 2. The closing height of epoch e is (e + 1) * epochLength. */
  readonly epochLength: number
  readonly minBlockIntervalMs: number
  readonly idleIntervalMs: number
  /** base_l of docs/consensus.md 2.5. */
  readonly leaderTimeoutMs: number
  /** base_r of docs/consensus.md 2.5. */
  readonly retryIntervalMs: number
  /** A leader unheard for this long, while a quorum was heard, is skipped at once. */
  readonly skipTimeoutMs: number
  readonly statusIntervalMs: number
  /** Notarized blocks above the finalized head at which a leader proposes the tip again (R4). Default MAX_UNFINALIZED. */
  readonly maxUnfinalizedBlocks?: number
  /** justHash: sha256 of the canonical encoding (types/consensus-codec.ts `hashJustification`). */
  readonly hashJustification: (justification: readonly Certificate[]) => Hash
  /** Leaders of an epoch from its set and the mixHash of its anchor (schedule.ts `buildSchedule`). */
  readonly scheduleOf: (set: ValidatorSet, mixHash: Hash) => Schedule
  /** Removes one rule, to prove that the simulator would notice. Set only by tests. */
  readonly mutant?: Mutant
}

/** Rules whose removal the simulator must notice. */
export const MUTANTS = [
  'quorum',
  'double-notarize',
  'finalize-after-nullify',
  'finalize-mismatch',
  'no-justification-check',
  'uncertified-parent',
  'no-fsync',
  'guard-off',
  'block-not-durable',
] as const
export type Mutant = (typeof MUTANTS)[number]

/** How often a node tells where it stands (docs/consensus.md 2.2). */
export const DEFAULT_STATUS_INTERVAL_MS = 1_000
