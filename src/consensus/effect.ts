/**
 * Everything that the consensus core asks of the shell around it (docs/consensus.md 2.12).
 *
 * The contract: of the effects that one or several steps returned, the shell first appends every `persist` in order, then,
 * if one of them has `isSynced` set, calls fdatasync once, and only then performs the others in order. If the append or the
 * fdatasync fails the process stops and sends nothing. Effects that take time (sign, verifyVotes, build, check, certify,
 * fetch, finalize) are answered by the inputs named here; the answers may come in any order, but never while the effects of
 * a turn are still being taken over: an input fed from inside an effect would overtake the signatures asked for after it.
 */

import type { BlockSummary } from '../types/block-summary.ts'
import type { Certificate } from '../types/certificate.ts'
import type { Evidence } from '../types/evidence.ts'
import type { Hash } from '../types/primitives.ts'
import type { Subject, Vote } from '../types/vote.ts'
import type { MessageInput } from './input.ts'
import type { ConsensusMessage, PeerName } from './messages.ts'
import type { WalRecord } from './record.ts'

/** Round: where the effect was decided; for logs, metrics and for dropping what a later view made worthless. */
type InRound = { readonly epoch: number; readonly view: number }

/** Appends to the write-ahead log. `isSynced`: durable before any later effect leaves; otherwise synced whenever. */
export type PersistEffect = InRound & {
  readonly type: 'persist'
  readonly record: WalRecord
  readonly isSynced: boolean
}

/** Signs through the guard (signer-guard.ts), strictly in order. Answered by `signed` or `signRefused`. */
export type SignEffect = InRound & { readonly type: 'sign'; readonly subject: Subject }

/**
 * Purpose certificate: `votes` are a quorum on `subject`; aggregate, verify once, on failure verify singly.
 * Purpose single: verify each. Answered by `votesVerified` with the same subject and purpose.
 */
export type VerifyVotesEffect = InRound & {
  readonly type: 'verifyVotes'
  readonly subject: Subject
  readonly votes: readonly Vote[]
  readonly purpose: 'certificate' | 'single'
}

/** Sends to every other validator of the live set, or to one peer. A proposal goes with the whole block, from its hash. */
export type SendEffect = InRound & {
  readonly type: 'send'
  readonly to: 'all' | PeerName
  readonly message: ConsensusMessage
}

export type TimerName = 'leader' | 'certification' | 'retry' | 'resolve' | 'fetch' | 'build' | 'clock' | 'status'

/** Sets the timer of this name (replacing an earlier one) to `atMs` on the clock of `now`; null cancels it. */
export type TimerEffect = InRound & { readonly type: 'timer'; readonly name: TimerName; readonly atMs: number | null }

/**
 * Builds, executes and seals a block for this view now. Its timestamp is max(now, `notBeforeMs`); its consensus body holds
 * `parentCertificate` (null only for the first block of all, or the first block of an epoch when it is the anchor and we
 * hold no finalization of it; then the shell takes the anchor's from the database). Answered by `built` or `buildFailed`.
 */
export type BuildEffect = InRound & {
  readonly type: 'build'
  readonly parent: BlockSummary
  readonly parentView: number
  readonly parentCertificate: Certificate | null
  /** Earliest timestamp: the parent's plus the least interval. */
  readonly notBeforeMs: number
  /** True when the block closes its epoch and its context must commit to the next validators. */
  readonly isClosing: boolean
}

/** Checks V4 to V8 without executing (parent is certified). Answered by `checked`. */
export type CheckEffect = InRound & { readonly type: 'check'; readonly hash: Hash }

/** Executes the block on its parent's overlay (the parent is certified or finalized). Answered by `certified`. */
export type CertifyEffect = InRound & { readonly type: 'certify'; readonly hash: Hash }

/** Asks each of `peers` once for the block; the core repeats with others. Answered, perhaps, by `blockArrived`. */
export type FetchEffect = InRound & { readonly type: 'fetch'; readonly hash: Hash; readonly peers: readonly PeerName[] }

/**
 * Commits `blocks` (ascending, all certified, contiguous above the finalized head) durably, one atomic batch each;
 * `certificate` finalizes the last of them. If the last one closes the epoch, the shell then feeds `epochOpened`.
 */
export type FinalizeEffect = InRound & {
  readonly type: 'finalize'
  readonly blocks: readonly BlockSummary[]
  readonly certificate: Certificate
}

/** Records of `epoch` below `view`, and of all earlier epochs if `dropsEarlierEpochs`, may leave the log after finalization is durable. */
export type PruneEffect = InRound & { readonly type: 'prune'; readonly dropsEarlierEpochs: boolean }

/** These blocks are on no live branch or are finalized: their bytes and overlays may be dropped once finalization is durable. */
export type ForgetEffect = InRound & { readonly type: 'forget'; readonly hashes: readonly Hash[] }

/** Two votes that no honest validator casts. The shell verifies both singly, then stores, gossips once, and proposes it. */
export type EvidenceEffect = InRound & { readonly type: 'evidence'; readonly evidence: Evidence }

/** A peer's fault, for its score. The signer of a bad vote is disconnected. */
export type ScoreEffect = InRound & { readonly type: 'score'; readonly peer: PeerName; readonly fault: PeerFault }

export type PeerFault = 'badVote' | 'equivocation' | 'badProposal' | 'badRequest'

/** Sends `to` the finalization of the closing block of `closedEpoch`, from the database. */
export type SendClosingEffect = InRound & {
  readonly type: 'sendClosing'
  readonly to: PeerName
  readonly closedEpoch: number
}

/** `peer` is ahead of us by more than consensus repairs on its own: start or hasten block sync (S1). */
export type BehindEffect = InRound & { readonly type: 'behind'; readonly peer: PeerName; readonly height: number }

/** The epoch opened: verify these messages now and feed them again. */
export type ReverifyEffect = InRound & { readonly type: 'reverify'; readonly inputs: readonly MessageInput[] }

/** Stop the process at once, without sending anything more: halting is better than forking. */
export type StopEffect = InRound & { readonly type: 'stop'; readonly code: StopCode; readonly detail: string }

export type StopCode =
  | 'SIGN_NOT_MONOTONE'
  | 'CONFLICTING_CERTIFICATES'
  | 'FINALIZED_AND_NULLIFIED'
  | 'FINALIZED_FORK'
  | 'PARENT_NOT_CERTIFIED'
  | 'STATE_DIVERGED'

export type Effect =
  | PersistEffect
  | SignEffect
  | VerifyVotesEffect
  | SendEffect
  | TimerEffect
  | BuildEffect
  | CheckEffect
  | CertifyEffect
  | FetchEffect
  | FinalizeEffect
  | PruneEffect
  | ForgetEffect
  | EvidenceEffect
  | ScoreEffect
  | SendClosingEffect
  | BehindEffect
  | ReverifyEffect
  | StopEffect
