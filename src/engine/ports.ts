/**
 * What the engine asks of the node around it. The node answers with libp2p, the execution worker and LevelDB; tests and the
 * consensus benchmark answer from memory, and the engine is the same.
 *
 * Promises here may reject only for a stop: the engine then stops the process with the error it was given.
 */

import type { PeerFault } from '../consensus/effect.ts'
import type { PeerName } from '../consensus/messages.ts'
import type { Result } from '../lib/result.ts'
import type { SealedBlock } from '../types/block.ts'
import type { Evidence } from '../types/evidence.ts'
import type { Hash } from '../types/primitives.ts'
import type { ValidatorSet } from '../types/validator-set.ts'

/** Why execution did not take a block. `ignore`: it cannot be judged yet; `reject`: it breaks a rule of the chain. */
export type BlockRefusal = {
  readonly code: string
  readonly blame: 'ignore' | 'reject'
  /** One sentence for the log. */
  readonly reason: string
}

/** What a leader gives to the builder, besides the transactions, which the node takes from its pool. */
export type BlockRequest = {
  readonly parentHash: Hash
  readonly epoch: number
  readonly view: number
  readonly parentView: number
  /** Milliseconds since the Unix epoch. */
  readonly timestampMs: number
  /** 96 bytes. */
  readonly randaoReveal: Uint8Array
  /** Encoded certificate of the parent; empty for block 1. */
  readonly parentCert: Uint8Array
  readonly evidence: readonly Evidence[]
  readonly validatorsHash: Hash
  /** ZERO_HASH except for an epoch's closing block. */
  readonly nextValidatorsHash: Hash
  /** Blocks above the finalized head up to the parent, ascending: their transactions are spent. */
  readonly ancestors: readonly SealedBlock[]
}

/** The finalized head and its finalization, encoded (empty for genesis). */
export type FinalizedHead = { readonly block: SealedBlock; readonly certificate: Uint8Array }

/** Executes and stores blocks: the execution worker. */
export interface ExecutionPort {
  head(): Promise<FinalizedHead>
  /** Rules V4 to V7 of docs/consensus.md 2.4 without executing; the parent was certified or is the finalized head. */
  check(block: SealedBlock): Promise<Result<null, BlockRefusal>>
  /** Checks and executes the block on its parent, and keeps the outcome until it is finalized or forgotten. */
  certify(block: SealedBlock): Promise<Result<null, BlockRefusal>>
  /** A sealed block that needs no `certify` any more. */
  build(request: BlockRequest): Promise<Result<SealedBlock, BlockRefusal>>
  /**
   * Makes the certified block and its certified ancestors final: one durable batch per block, ascending, the last one with
   * `certificate`, its encoded finalization. Already final is a success.
   */
  finalize(hash: Hash, certificate: Uint8Array): Promise<Result<null, BlockRefusal>>
  /** Outcomes of these blocks are of no use any more. */
  forget(hashes: readonly Hash[]): void
}

/** Reads of the finalized chain. */
export interface StorePort {
  blockByHash(hash: Hash): Promise<SealedBlock | undefined>
  blockByHeight(height: number): Promise<SealedBlock | undefined>
  /** The encoded finalization stored with the block of that height; undefined when only a descendant's is held. */
  finalization(height: number): Promise<Uint8Array | undefined>
}

/** The validators of each epoch. Epoch e + 1's are known as soon as the closing block of epoch e is final. */
export interface ValidatorsPort {
  setOf(epoch: number): ValidatorSet
}

/** Kinds of notice between engines. */
export type NoticeKind = 'proposal' | 'vote' | 'certificate' | 'evidence' | 'status'
/** Kinds of question between engines. */
export type QuestionKind = 'block' | 'certificates'

export interface NetworkPort {
  /** Sends to every other connected validator, or to one peer. Lost when there is no connection; never waits. */
  send(to: 'all' | PeerName, kind: NoticeKind, bytes: Uint8Array): void
  /** Asks one peer; undefined when it has no answer, cannot be reached, or takes too long. */
  ask(peer: PeerName, kind: QuestionKind, bytes: Uint8Array): Promise<Uint8Array | undefined>
  /** Tells of a peer's fault. */
  score(peer: PeerName, fault: PeerFault | 'malformed' | 'invalidSignature'): void
}

/** The transaction pool as far as timing needs it. */
export interface MempoolPort {
  /** Whether something is executable on top of the given unfinalized blocks (ascending). */
  isReady(ancestors: readonly SealedBlock[]): boolean
  /** Calls back whenever that may have become true; returns how to stop. */
  onReady(listener: () => void): () => void
}

/** Block sync, which is told when a peer is ahead by more than consensus repairs. */
export interface SyncPort {
  behind(peer: PeerName, height: number): void
}

export interface TimersPort {
  /** Calls `callback` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void
}

/**
 * A log of records in segments: `Wal` of storage/. A record is durable once a `sync` that was called after its `append` has
 * resolved. A failure of writing or syncing surfaces in `flush` and `sync`, which reject with a CodedError, now and for ever:
 * the process must then stop, for a second fsync proves nothing.
 */
export interface LogPort {
  /** Appends in memory and returns the number of the segment that will hold the record. */
  append(type: number, payload: Uint8Array): number
  /** Hands everything appended to the operating system: it survives this process, not the machine. */
  flush(): Promise<void>
  sync(): Promise<void>
  /** Deletes whole segments below `segment`; the newest one always stays. */
  dropBefore(segment: number): Promise<void>
  close(): Promise<void>
}

/** One record that a log gives back when it is opened, in file order. */
export type LoggedRecord = { readonly type: number; readonly payload: Uint8Array; readonly segment: number }
