/**
 * What the core asks to be remembered across a crash: the records of the write-ahead log (docs/consensus.md 2.9).
 *
 * The shell encodes them; a `block` record holds the whole sealed block, an `ownProposal` the justification's bytes exactly as
 * they were sent, for another bitmap would be another subject. After a crash the shell feeds the surviving prefix back, in
 * order, as `recovered` inputs.
 */

import type { BlockSummary } from '../types/block-summary.ts'
import type { Certificate } from '../types/certificate.ts'
import type { Hash } from '../types/primitives.ts'
import type { Vote } from '../types/vote.ts'
import type { ProposalMessage } from './messages.ts'

/** A vote of ours with its signature; durable before it leaves (P1). */
export type OwnVoteRecord = { readonly type: 'ownVote'; readonly vote: Vote }
/** The whole proposal of ours; after a restart exactly this is sent again (R4). */
export type OwnProposalRecord = { readonly type: 'ownProposal'; readonly proposal: ProposalMessage }
/** A whole block that we are about to notarize, or that a certificate names (P1). */
export type BlockRecord = { readonly type: 'block'; readonly block: BlockSummary }
/** A certificate received or built; losing it costs only liveness (P3). */
export type CertificateRecord = { readonly type: 'certificate'; readonly certificate: Certificate }
/** The outcome of an execution: a hint for readers of the log, since overlays die with the process. */
export type CertifiedRecord = {
  readonly type: 'certified'
  readonly epoch: number
  readonly view: number
  readonly hash: Hash
  readonly isValid: boolean
}
/** A leader's first proposal of a view, so that a second one is still evidence after a restart. */
export type SeenProposalRecord = { readonly type: 'seenProposal'; readonly leaderVote: Vote }
/** An epoch was entered on its anchor. */
export type EpochStartRecord = { readonly type: 'epochStart'; readonly epoch: number; readonly anchorHash: Hash }
/** A block was handed to finalization; the database is the authority. */
export type FinalizedRecord = {
  readonly type: 'finalized'
  readonly epoch: number
  readonly view: number
  readonly height: number
  readonly hash: Hash
}

export type WalRecord =
  | OwnVoteRecord
  | OwnProposalRecord
  | BlockRecord
  | CertificateRecord
  | CertifiedRecord
  | SeenProposalRecord
  | EpochStartRecord
  | FinalizedRecord

export type RecordRound = { readonly epoch: number; readonly view: number }

/** The round that a record belongs to; an epoch starts before its first view. */
export function roundOfRecord(record: WalRecord): RecordRound {
  switch (record.type) {
    case 'ownVote':
      return record.vote.subject
    case 'ownProposal':
      return record.proposal.leaderVote.subject
    case 'block':
      return record.block
    case 'certificate':
      return record.certificate.subject
    case 'seenProposal':
      return record.leaderVote.subject
    case 'epochStart':
      return { epoch: record.epoch, view: 0 }
    default:
      return record
  }
}
