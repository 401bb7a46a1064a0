/**
 * What goes into and comes out of the ChainExecutor. Everything here survives a structured clone, for it crosses threads.
 */

import type { SealedBlock } from '../types/block.ts'
import type { Evidence } from '../types/evidence.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Receipt } from '../types/receipt.ts'

/** A transaction offered for a block, in the order in which it should be tried. */
export type Candidate = {
  /** Canonical EIP-2718 bytes. */
  readonly raw: Uint8Array
  readonly hash: Hash
  /** Recovered at ingress; not recovered again. */
  readonly sender: Address
}

/** What a leader knows when it builds (docs/consensus.md 2.2). */
export type BuildRequest = {
  readonly parentHash: Hash
  readonly epoch: number
  readonly view: number
  readonly parentView: number
  /** Milliseconds since the Unix epoch; at least the parent's plus the minimal interval. */
  readonly timestampMs: number
  /** 96 bytes: the proposer's BLS signature over (epoch, view). */
  readonly randaoReveal: Uint8Array
  /** Encoded certificate of the parent; empty for block 1. */
  readonly parentCert: Uint8Array
  readonly evidence: readonly Evidence[]
  readonly validatorsHash: Hash
  /** ZERO_HASH except for an epoch's closing block. */
  readonly nextValidatorsHash: Hash
  readonly candidates: readonly Candidate[]
}

/** A candidate that the block does not contain although it was tried. */
export type DroppedCandidate = {
  readonly hash: Hash
  /** `invalid`: no block can hold it, whatever its parent; `postponed`: it may fit another block. */
  readonly kind: 'invalid' | 'postponed'
  /** geth's words where geth has some. */
  readonly reason: string
}

export type BuildOutcome = {
  readonly block: SealedBlock
  /** Senders of the block's transactions in order. */
  readonly senders: readonly Address[]
  readonly dropped: readonly DroppedCandidate[]
}

/** Why nothing was built. */
export type BuildFailure =
  | { readonly code: 'UNKNOWN_PARENT'; readonly parent: Hash }
  | { readonly code: 'TIMESTAMP_TOO_EARLY'; readonly earliestMs: number; readonly timestampMs: number }

/** What certifying a block found out. */
export type CertifiedBlock = {
  readonly hash: Hash
  readonly height: number
  readonly gasUsed: bigint
  readonly transactionCount: number
}

/** One block that became final, with what subscribers and the pool need to know of it. */
export type FinalizedBlock = {
  readonly block: SealedBlock
  readonly transactionHashes: readonly Hash[]
  readonly senders: readonly Address[]
  readonly receipts: readonly Receipt[]
  /** Accounts whose nonce, balance or code changed. */
  readonly changedAccounts: readonly Address[]
}

/** Why a block could not be finalized now. */
export type FinalizeFailure =
  /** The block, or an ancestor of it above the finalized head, is not here: fetch and certify it first. */
  | { readonly code: 'UNKNOWN_BLOCK'; readonly hash: Hash }
  /** Another block of that height is final: two finalizations conflict. */
  | {
      readonly code: 'CONFLICTING_FINALIZATION'
      readonly hash: Hash
      readonly height: number
      readonly finalized: Hash
    }

/** Why the executor stops the process. */
export type ExecutionStop =
  /** A quorum finalized what this node judged invalid (docs/consensus.md 2.6). */
  | {
      readonly code: 'STATE_DIVERGED'
      readonly hash: Hash
      readonly height: number
      readonly expected: string
      readonly actual: string
      /** Encoded sealed block, for replay. */
      readonly block: Uint8Array
    }
  /** The database belongs to another chain. */
  | { readonly code: 'GENESIS_MISMATCH'; readonly expected: Hash; readonly actual: Hash }

/** The finalized head as consensus needs it. */
export type ExecutedHead = { readonly block: SealedBlock; readonly certificate: Uint8Array }
