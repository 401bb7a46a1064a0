/**
 * What validators say to each other, as the consensus core sees it: verified, and with blocks reduced to summaries.
 * The wire forms are in types/consensus-codec.ts (docs/consensus.md 2.2).
 */

import type { BlockSummary } from '../types/block-summary.ts'
import type { Certificate } from '../types/certificate.ts'
import type { Hash } from '../types/primitives.ts'
import type { Vote } from '../types/vote.ts'

/** The name of a connection's other end: a libp2p peer id in production. Validators are found by it in the live set. */
export type PeerName = string

/** A proposal without its transactions; `block` is null in a re-proposal (rule R3). */
export type ProposalMessage = {
  readonly type: 'proposal'
  readonly block: BlockSummary | null
  /** The parent's certificate first (absent when the parent is the anchor), then nullifications of skipped views, ascending. */
  readonly justification: readonly Certificate[]
  readonly leaderVote: Vote
}

export type VoteMessage = { readonly type: 'vote'; readonly vote: Vote }

export type CertificateMessage = { readonly type: 'certificate'; readonly certificate: Certificate }

/** Asks for everything held of at most 64 views. */
export type CertificateRequest = {
  readonly type: 'certificateRequest'
  readonly epoch: number
  readonly views: readonly number[]
}

export type CertificateResponse = {
  readonly type: 'certificateResponse'
  readonly epoch: number
  readonly certificates: readonly Certificate[]
}

/** Heartbeat: sent on connection and every second. */
export type StatusMessage = {
  readonly type: 'status'
  readonly epoch: number
  readonly view: number
  readonly finalizedHeight: number
  readonly finalizedHash: Hash
  /** The sender's newest finalization in `epoch`, or null before the first. */
  readonly bestCertificate: Certificate | null
}

export type ConsensusMessage =
  | ProposalMessage
  | VoteMessage
  | CertificateMessage
  | CertificateRequest
  | CertificateResponse
  | StatusMessage

/** The epoch that a message belongs to; its signatures are checked under that epoch's validators. */
export function epochOfMessage(message: ConsensusMessage): number {
  switch (message.type) {
    case 'proposal':
      return message.leaderVote.subject.epoch
    case 'vote':
      return message.vote.subject.epoch
    case 'certificate':
      return message.certificate.subject.epoch
    default:
      return message.epoch
  }
}
