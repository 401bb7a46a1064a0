/**
 * A new core: on genesis, on the database's finalized head after a restart, or on the anchor of an epoch.
 */

import type { BlockSummary } from '../types/block-summary.ts'
import type { Certificate } from '../types/certificate.ts'
import type { Hash } from '../types/primitives.ts'
import type { ValidatorSet } from '../types/validator-set.ts'
import type { ConsensusConfig } from './config.ts'
import type { PeerName } from './messages.ts'
import type { ConsensusState } from './state.ts'

/** Where the node stands when the process starts: all from the database (genesis on the first start). */
export type Opening = {
  /** Validators of the epoch after the finalized head: `epochOfNextBlock(head.height)`. */
  readonly set: ValidatorSet
  /** The closing block of the epoch before, or genesis. */
  readonly anchor: BlockSummary
  /** The anchor's mixHash. */
  readonly mixHash: Hash
  readonly anchorCertificate: Certificate | null
  /** The finalized head; the anchor itself when nothing of this epoch is final. */
  readonly head: BlockSummary
}

/** The epoch that the block above `height` belongs to. */
export function epochOfNextBlock(height: number, epochLength: number): number {
  return Math.floor(height / epochLength)
}

/**
 * A core in recovery. Feed the certificates stored with the head as `recovered` records, then the surviving log in order,
 * then `start`. Records of other epochs do no harm.
 */
export function openState(config: ConsensusConfig, opening: Opening, nowMs: number): ConsensusState {
  const { set, anchor, head } = opening
  const headView = head.epoch === set.epoch && head.height > anchor.height ? head.view : 0
  return {
    config,
    mode: 'recovering',
    isDirty: false,
    epoch: set.epoch,
    set,
    schedule: config.scheduleOf(set, opening.mixHash),
    selfIndex: set.validators.findIndex((validator) => validator.blsPublicKey === config.ownKey),
    indexByPeer: indexPeers(set),
    anchor,
    anchorCertificate: opening.anchorCertificate,
    current: 0,
    reachable: headView + 1,
    enteredAtMs: nowMs,
    hasIdleTerm: false,
    leaderDeadlineMs: 0,
    certificationDeadlineMs: 0,
    rounds: new Map(),
    lastFinalized: headView,
    bestFinalization: null,
    finalized: head,
    finalizedAtMs: nowMs,
    blocks: new Map(),
    needed: new Map(),
    wanted: new Map(),
    isFetchTimerSet: false,
    signedView: 0,
    signedStep: 0,
    peers: new Map(),
    isPoolReady: false,
    poolIdleSinceMs: nowMs,
    startedAtMs: nowMs,
    resolverTurn: 0,
    behindReportedAtMs: Number.NEGATIVE_INFINITY,
    earlyMessages: new Map(),
    keepsEarlierEpoch: set.epoch > 0,
  }
}

/** Index of each validator by its peer's name. */
export function indexPeers(set: ValidatorSet): Map<PeerName, number> {
  return new Map(set.validators.map((validator, index) => [validator.peerId, index]))
}
