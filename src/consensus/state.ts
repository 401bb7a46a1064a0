/**
 * What the core remembers: one epoch's rounds, the blocks above the finalized head, and what it waits for.
 *
 * The state is mutated only by `step`, in place, and holds nothing that its inputs did not bring: the same inputs at the same
 * times give the same state. Containers are Maps and arrays iterated in insertion order.
 */

import type { BlockSummary } from '../types/block-summary.ts'
import type { Certificate } from '../types/certificate.ts'
import type { Hash } from '../types/primitives.ts'
import type { ValidatorSet } from '../types/validator-set.ts'
import type { Subject, Vote } from '../types/vote.ts'
import type { ConsensusConfig } from './config.ts'
import type { MessageInput } from './input.ts'
import type { PeerName, ProposalMessage } from './messages.ts'
import type { Schedule } from './schedule.ts'

/** A first vote of a signer, and whether its signature was verified. */
export type StoredVote = { readonly vote: Vote; isVerified: boolean; isBeingVerified: boolean }

/** Votes on one subject, and whether a verification of a quorum of them is under way. */
export type Tally = {
  readonly subject: Subject
  readonly votes: Map<number, Vote>
  power: number
  isVerifying: boolean
}

/** Votes of one view; at most one of each kind per signer is kept. Keys of `first` and `rejected` are from `voteSlot`. */
export type VoteBook = {
  readonly first: Map<number, StoredVote>
  readonly tallies: Tally[]
  /** Slots whose vote failed verification: only verified votes are taken from then on. */
  readonly rejected: Set<number>
  /** Faults already reported, by type and signer, so that a repeated pair of votes is one piece of evidence. */
  readonly reported: Set<number>
}

/** The leader's first valid-looking proposal of a view. */
export type AcceptedProposal = {
  readonly message: ProposalMessage
  readonly from: PeerName | null
  readonly parentHash: Hash
  /** Set when a rule that binds every validator is broken: the view is to be nullified. */
  isInvalid: boolean
}

/** How far we are as leader of a view. */
export type Leading =
  | { readonly stage: 'none' }
  | { readonly stage: 'parent' }
  /** Waits for the earliest time of the block, or for the pool; `timerMs` is what the build timer was set to. */
  | { readonly stage: 'pool'; readonly choice: ParentChoice; readonly timerMs: number | null }
  | { readonly stage: 'building'; readonly choice: ParentChoice }
  | { readonly stage: 'signing'; readonly draft: ProposalDraft }
  | { readonly stage: 'done' }

/** A proposal of ours that waits for its signature. */
export type ProposalDraft = {
  readonly block: BlockSummary | null
  readonly justification: readonly Certificate[]
  readonly subject: Subject
}

/** The parent that rule R1 chose, and the certificates that justify it. */
export type ParentChoice = {
  readonly parentView: number
  readonly parent: BlockSummary
  readonly justification: readonly Certificate[]
}

/** One view's facts (docs/consensus.md 2.3). */
export type Round = {
  readonly view: number
  notarized: Subject | null
  nullified: boolean
  finalizeSent: Subject | null
  /** The signer refused: no notarize vote of ours in this view. */
  isNotarizeRefused: boolean
  /** The signer refused: asked again only by retry. */
  isNullifyRefused: boolean
  /** Own signed votes of this view, for rebroadcast. */
  readonly ownVotes: Vote[]
  ownProposal: ProposalMessage | null
  leading: Leading
  proposal: AcceptedProposal | null
  /** A proposal for the view after the current one. */
  early: MessageInput | null
  notarization: Certificate | null
  nullification: Certificate | null
  finalization: Certificate | null
  /** Null once the view is more than VOTE_WINDOW behind. */
  votes: VoteBook | null
}

/** A block above the finalized head. */
export type BlockEntry = {
  readonly summary: BlockSummary
  execution: 'none' | 'running' | 'ok' | 'failed'
  check: 'none' | 'running' | 'ok' | 'failed'
  /** True once a record of the whole block was appended to the log. */
  isLogged: boolean
}

/** A block that we look for, and whom to ask next. */
export type WantedBlock = { readonly view: number; readonly sources: readonly PeerName[]; next: number }

/** When a peer was last heard, and since when its stream is closed. */
export type PeerRecord = { heardAtMs: number; closedAtMs: number | null; answeredAtMs: number }

export type ConsensusState = {
  readonly config: ConsensusConfig
  /** recovering: records are being fed. closing: the closing block is final, the next epoch has not opened. */
  mode: 'recovering' | 'running' | 'closing' | 'stopped'
  /** Facts changed since the rules last ran. */
  isDirty: boolean

  epoch: number
  set: ValidatorSet
  schedule: Schedule
  /** Our index in `set`, or -1. */
  selfIndex: number
  /** Index in `set` by peer name. */
  indexByPeer: Map<PeerName, number>
  anchor: BlockSummary
  anchorCertificate: Certificate | null

  /** The current view; 0 before `start`. */
  current: number
  /** The highest view that certificates and own votes entitle us to be in. */
  reachable: number
  enteredAtMs: number
  /** Entry's share of t_l that is owed to the idle interval, so that a filling pool can take it back. */
  hasIdleTerm: boolean
  leaderDeadlineMs: number
  certificationDeadlineMs: number
  rounds: Map<number, Round>
  /** Highest view with a finalization (or of the finalized head). */
  lastFinalized: number
  bestFinalization: Certificate | null

  finalized: BlockSummary
  finalizedAtMs: number
  blocks: Map<Hash, BlockEntry>
  /** Blocks that must be executed, with the view whose certificate or proposal asks for it. */
  needed: Map<Hash, { readonly view: number; readonly sources: readonly PeerName[] }>
  wanted: Map<Hash, WantedBlock>
  isFetchTimerSet: boolean

  /** The last (view, step) that we asked to sign in this epoch: assertion A1. */
  signedView: number
  signedStep: number

  peers: Map<PeerName, PeerRecord>
  isPoolReady: boolean
  /** Since when the pool has had nothing executable. */
  poolIdleSinceMs: number
  startedAtMs: number
  resolverTurn: number
  behindReportedAtMs: number
  /** Messages of the next epoch's first views, by peer, kind and view. */
  earlyMessages: Map<string, MessageInput>
  /** True until the epoch's first finalization: the epoch before is kept in the log. */
  keepsEarlierEpoch: boolean
}
