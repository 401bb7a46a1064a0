/**
 * What block sync asks of the node around it: the chain that it feeds, the peers that it asks, and the store that it serves
 * from. The node's adapters join these to the engine's importer, the p2p host and the block store.
 */

import type { Result } from '../lib/result.ts'
import type { SealedBlock } from '../types/block.ts'
import type { Certificate } from '../types/certificate.ts'
import type { Hash } from '../types/primitives.ts'
import type { SyncFault } from './faults.ts'

/** A finalized position of the chain. */
export type ChainPosition = { readonly height: number; readonly hash: Hash }

/**
 * Consecutive blocks, linked by parent hash to the position before them, and the finalization that proves them: that of the
 * last block, or of a descendant whose headers link back to it.
 */
export type VerifiedRange = {
  readonly blocks: readonly SealedBlock[]
  readonly certificate: Certificate
}

/** Why the importer did not take a range. */
export type ImportFailure =
  /** A block's body does not match its header, or a rule of the chain is broken: whoever served it lied. */
  | { readonly code: 'INVALID_BLOCK'; readonly height: number; readonly reason: string }
  /** The chain has moved meanwhile (consensus finalized the same heights): plan again. */
  | { readonly code: 'STALE' }
  /** The node stops or cannot import now: try again later. */
  | { readonly code: 'UNAVAILABLE' }

/** The chain that sync feeds: the engine's importer, which serves consensus and sync alike. */
export type ChainPort = {
  /** The finalized head, after every import that has resolved. */
  finalized(): ChainPosition
  /** Blocks in one epoch; the closing height of epoch e is (e + 1) * epochLength. */
  readonly epochLength: number
  /**
   * Verifies a finalization's signature under its epoch's validators. `unknown` while those are not known, which cannot be
   * for a range that follows the finalized head.
   */
  verifyFinalization(certificate: Certificate): Promise<'valid' | 'invalid' | 'unknown'>
  /** Executes and commits the range, durably, ascending, and tells consensus. Resolves when `finalized()` shows it. */
  importRange(range: VerifiedRange): Promise<Result<ChainPosition, ImportFailure>>
}

export type SyncPeer = {
  readonly peerId: string
  readonly finalizedHeight: number
}

export type PeerPort = {
  /** Ready peers with the heights that they claim. */
  peers(): readonly SyncPeer[]
  /** One BLOCK_RANGE request; bytes as range-codec.ts encodes them. */
  requestRange(
    peerId: string,
    request: Uint8Array,
    timeoutMs: number,
  ): Promise<Result<Uint8Array, { readonly code: string }>>
  report(peerId: string, fault: SyncFault): void
}

/** The store that ranges are served from; reads of heights at or below the finalized head. */
export type ServePort = {
  finalizedHeight(): number
  /** Encoded sealed block (src/types/block-codec.ts), or undefined when it is not kept. */
  blockBytes(height: number): Promise<Uint8Array | undefined> | Uint8Array | undefined
  blockBytesByHash(hash: Hash): Promise<Uint8Array | undefined> | Uint8Array | undefined
  /** RLP of the header. */
  headerBytes(height: number): Promise<Uint8Array | undefined> | Uint8Array | undefined
  /**
   * Encoded finalization of exactly this block, or undefined when only a descendant's is held. A notarization that is stored
   * in its place does not count: the adapter looks at the kind.
   */
  finalization(height: number): Promise<Uint8Array | undefined> | Uint8Array | undefined
}

/** Calls `callback` once after `delayMs`; the returned function cancels it. */
export type Scheduler = (callback: () => void, delayMs: number) => () => void
