/**
 * Everything that can happen to the consensus core (docs/consensus.md 2.12). The shell feeds inputs one at a time, each after
 * the effects of the one before were taken over (they may still be running).
 *
 * Verified means: the shell checked signatures under the message's epoch's validators before feeding it, as said per input.
 */

import type { BlockSummary } from '../types/block-summary.ts'
import type { Certificate } from '../types/certificate.ts'
import type { Hash } from '../types/primitives.ts'
import type { ValidatorSet } from '../types/validator-set.ts'
import type { Subject, Vote } from '../types/vote.ts'
import type { TimerName } from './effect.ts'
import type { ConsensusMessage, PeerName } from './messages.ts'
import type { WalRecord } from './record.ts'

/**
 * A message of a peer. Before feeding it, when its epoch is the state's epoch, the shell must:
 * - proposal: verify leaderVote under the signer's key (drop the message and score the peer if bad), check that the block
 *   decodes, hashes to `block.hash`, and is within size; keep the block's bytes by hash; verify all certificates of the
 *   justification and tell the outcome in `isJustificationVerified` (false is a fault of the leader, fed all the same).
 * - certificate, certificateResponse, status: verify every certificate that `wantsCertificate` asks for; drop bad ones.
 * - vote: feed with `isVoteVerified` false when it came on the stream of its own signer, else verify it singly first (drop it
 *   if bad) and feed with true.
 * A message of a later epoch cannot be verified yet: feed it as it is, marked `isVerified` false. The core keeps a bounded
 * few and returns them in a `reverify` effect when that epoch opens. Messages of earlier epochs are fed unverified as well.
 */
export type MessageInput = {
  readonly type: 'message'
  readonly from: PeerName
  readonly message: ConsensusMessage
  /** False only for messages of another epoch. */
  readonly isVerified: boolean
  /** Of votes: whether the signature was verified already. */
  readonly isVoteVerified?: boolean
  /** Of proposals: whether every certificate of the justification verified. Default true. */
  readonly isJustificationVerified?: boolean
}

/** Answer to `sign`: the vote, whose signature the signer's own state made durable. */
export type SignedInput = { readonly type: 'signed'; readonly vote: Vote }

/** Answer to `sign`: the signer's guard refused; there is no vote of ours in this step. */
export type SignRefusedInput = { readonly type: 'signRefused'; readonly subject: Subject }

/**
 * Answer to `verifyVotes`. All good: `certificate` (purpose certificate) or null (purpose single) and no bad signers.
 * Otherwise `badSigners` names those whose signature does not verify; the others are good.
 */
export type VotesVerifiedInput = {
  readonly type: 'votesVerified'
  readonly subject: Subject
  readonly purpose: 'certificate' | 'single'
  readonly certificate: Certificate | null
  readonly goodSigners: readonly number[]
  readonly badSigners: readonly number[]
}

/** A timer set by a `timer` effect ran out. Stale ones do no harm. */
export type TimerInput = {
  readonly type: 'timer'
  readonly name: TimerName
  readonly epoch: number
  readonly view: number
}

/** Answer to `build`: our sealed and executed block; the shell keeps its bytes by hash. */
export type BuiltInput = {
  readonly type: 'built'
  readonly epoch: number
  readonly view: number
  readonly block: BlockSummary
}

/** Answer to `build`: no block can be made. */
export type BuildFailedInput = { readonly type: 'buildFailed'; readonly epoch: number; readonly view: number }

/** Answer to `check`: the deterministic rules V4 to V8 that need no execution. */
export type CheckedInput = { readonly type: 'checked'; readonly hash: Hash; readonly isValid: boolean }

/** Answer to `certify`: the block was executed on its parent; false when any rule or root failed. Never for "not available". */
export type CertifiedInput = { readonly type: 'certified'; readonly hash: Hash; readonly isValid: boolean }

/** A block asked for by `fetch` arrived (or any block worth keeping); it decodes and hashes to its name. */
export type BlockArrivedInput = { readonly type: 'blockArrived'; readonly block: BlockSummary }

/**
 * Block sync finalized blocks up to `head` in the database; `certificate` finalizes exactly `head` and was verified. For a
 * head in a later epoch than the state's, feed `epochOpened` of that epoch first.
 */
export type SyncedInput = { readonly type: 'synced'; readonly head: BlockSummary; readonly certificate: Certificate }

/**
 * The closing block of the epoch before is durably finalized (after a `finalize` effect that contains it, or through sync):
 * the validators of the epoch that it opens, read from the state that the closing block commits to.
 */
export type EpochOpenedInput = {
  readonly type: 'epochOpened'
  readonly set: ValidatorSet
  /** The closing block, which is view 0 of the new epoch. */
  readonly anchor: BlockSummary
  /** mixHash of the closing block: seeds the leader schedule. */
  readonly mixHash: Hash
  /** Any finalization of the closing block: sent to peers that are still in the epoch before. */
  readonly anchorCertificate: Certificate | null
}

/** Whether the pool now holds a transaction that is executable on top of the chain's tip; fed on every change. */
export type PoolReadyInput = { readonly type: 'poolReady'; readonly isReady: boolean }

/** A peer's consensus stream opened, closed, or carried anything at all that is not fed as a message. */
export type PeerActivityInput = {
  readonly type: 'peerActivity'
  readonly peer: PeerName
  readonly activity: 'opened' | 'heard' | 'closed'
}

/** One record of the write-ahead log, in file order, before `start`. Yields no effects. */
export type RecoveredInput = { readonly type: 'recovered'; readonly record: WalRecord }

/** Recovery is over (or there was nothing to recover): enter the view, arm timers, send again what was said in it. */
export type StartInput = { readonly type: 'start' }

export type Input =
  | MessageInput
  | SignedInput
  | SignRefusedInput
  | VotesVerifiedInput
  | TimerInput
  | BuiltInput
  | BuildFailedInput
  | CheckedInput
  | CertifiedInput
  | BlockArrivedInput
  | SyncedInput
  | EpochOpenedInput
  | PoolReadyInput
  | PeerActivityInput
  | RecoveredInput
  | StartInput
