/**
 * What the RPC asks of the node about assets, royalties and pools. Everything is read from the state after a finalized block
 * (or, for earnings, from the logs of finalized blocks), in read workers; amounts are in units of 1e-18.
 */

import type { Result } from '../lib/result.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Busy, StatePruned } from './ports.ts'

/** What a reading may be refused for, besides its own reasons. */
export type ReadRefusal = StatePruned | Busy

/** A native coin's address is zero. */
export type TokenAmount = { readonly token: Address; readonly amount: bigint }

export type EdgeView = {
  readonly parent: bigint
  readonly relation: string
  readonly relativePpm: bigint
  readonly floorPpm: bigint
  readonly floorGens: bigint
  readonly licenceId: Hash
}

export type TermsView = {
  readonly relations: readonly string[]
  readonly minRelativePpm: bigint
  readonly floorPpm: bigint
  readonly floorGens: bigint
  readonly isOpen: boolean
}

/** Who may still join a pool: nobody once it has a batch, contributors up to a weight, or anybody for ever. */
export type PoolPolicyView = {
  readonly policy: 'closed' | 'capped' | 'open'
  /** The cap, null of a pool that is not capped. */
  readonly maxWeight: bigint | null
  /** What counts now, and with the batches that wait for their notice. */
  readonly weight: bigint
  readonly committedWeight: bigint
}

export type AssetView = {
  readonly id: bigint
  readonly kind: string
  readonly status: string
  readonly owner: Address
  readonly operator: Address | null
  readonly registrant: Address
  readonly registeredAtBlock: bigint
  readonly previousVersion: bigint | null
  readonly contentHash: Hash
  readonly dataRoot: Hash
  readonly lineageHash: Hash
  readonly uri: string
  readonly royaltyBps: bigint
  /** The contributor pool of its slot, null without one. */
  readonly pool: bigint | null
  readonly poolPpm: bigint
  /** Who may still join that pool, null without one. */
  readonly poolPolicy: PoolPolicyView | null
  /** Null when nobody may build on it. */
  readonly terms: TermsView | null
  readonly parents: readonly EdgeView[]
  /** What a direct payment owes ancestors that are not parents. */
  readonly floors: readonly { readonly ancestor: bigint; readonly ppm: bigint; readonly gens: bigint }[]
  readonly usage: { readonly anchors: bigint; readonly entries: bigint }
}

/** One asset of an ancestry. */
export type LineageEntry = {
  readonly id: bigint
  readonly kind: string
  readonly status: string
  readonly owner: Address
  readonly lineageHash: Hash
  readonly parents: readonly EdgeView[]
}

/** Ancestors by descending id, so that each comes after all its descendants; `next` continues, null at the end. */
export type LineagePage = { readonly entries: readonly LineageEntry[]; readonly next: bigint | null }

/** The ancestry is larger than one walk. */
export type LineageFailure = { readonly code: 'LINEAGE_TOO_LARGE'; readonly limit: number }

export type LineageRequest = { readonly id: bigint; readonly below: bigint | undefined; readonly limit: number }

/** A slot of a node: whom it pays and how many parts of a million. */
export type SlotView = {
  readonly to: 'fee' | 'parent' | 'ancestor' | 'pool' | 'owner'
  /** The asset of a parent's or ancestor's slot, the pool of a pool's. */
  readonly id: bigint | null
  readonly ppm: bigint
}

export type NodeView = {
  readonly slots: readonly SlotView[]
  readonly tokens: readonly {
    readonly token: Address
    readonly inflow: bigint
    readonly acc: bigint
    /** inflow - acc * 1,000,000: what waits for the next flush. */
    readonly pending: bigint
  }[]
}

export type LedgerView = {
  readonly asset: bigint
  readonly direct: NodeView
  readonly all: NodeView
  /** The owner's share while the asset is disputed. */
  readonly escrow: readonly TokenAmount[]
}

export type QueueView = {
  readonly token: Address
  readonly drainingNodes: bigint
  readonly collectingNodes: bigint
  /** The block at whose end the oldest queued generation began to collect. */
  readonly oldestSinceBlock: bigint | null
}

export type WaitingBatch = {
  readonly pool: bigint
  readonly batch: bigint
  readonly change: 'activate' | 'leave'
  readonly readyAtBlock: bigint
}

export type SweepView = {
  readonly queues: readonly QueueView[]
  readonly waitingBatches: bigint
  /** The first of them. */
  readonly batches: readonly WaitingBatch[]
}

/** A leaf and what it may claim. `payee` is where that goes. */
export type LeafView = {
  readonly index: bigint
  readonly account: Address
  readonly payee: Address
  readonly weight: bigint
  readonly claims: readonly { readonly token: Address; readonly earned: bigint; readonly paid: bigint }[]
}

export type BatchView = {
  readonly pool: bigint
  readonly batch: bigint
  readonly status: string
  readonly isFrozen: boolean
  readonly root: Hash
  readonly depth: bigint
  readonly weight: bigint
  readonly dataHash: Hash
}

/** Leaves of one batch by ascending index and one proof of all: of a single leaf it is that leaf's proof. */
export type ClaimProof = BatchView & { readonly leaves: readonly LeafView[]; readonly proof: Uint8Array }

export type LeafSelection =
  | { readonly kind: 'account'; readonly account: Address }
  | { readonly kind: 'indices'; readonly indices: readonly bigint[] }

export type ClaimProofFailure =
  | ReadRefusal
  | { readonly code: 'UNKNOWN_BATCH'; readonly pool: bigint; readonly batch: bigint }
  /** This node does not serve the leaf file. */
  | { readonly code: 'LEAF_FILE_NOT_SERVED'; readonly dataHash: Hash }
  | { readonly code: 'NO_SUCH_LEAF'; readonly wanted: string; readonly leaves: number }

export type EntitlementsView = {
  readonly account: Address
  /** Credited and waiting for `claim`. */
  readonly owed: readonly TokenAmount[]
  /** Leaves in the batches whose leaf files this node serves, with what each may claim. */
  readonly leaves: readonly (LeafView & BatchView)[]
  readonly searchedLeafFiles: number
  /** Batches that these are the files of, and all that were ever appended on the chain. */
  readonly searchedBatches: number
  readonly batches: number
  /** False when a batch was not searched, for its leaf file is not here, or when the leaves do not fit one answer. */
  readonly isComplete: boolean
}

/**
 * What one asset earned its owner in one token, by the asset that paid it: itself for direct payments, else a child that handed
 * on royalties, null for what waited in the asset's node when the range began.
 */
export type EarningRow = {
  readonly asset: bigint
  readonly payerAsset: bigint | null
  readonly token: Address
  /** What the asset's node handed on of what came from there. */
  readonly relayed: bigint
  /** The owner's part of it that was credited; per asset and token the rows sum to exactly what was credited. */
  readonly earned: bigint
  readonly flushes: number
}

/** What a dispute about an asset had held back, as it became owed to an account. */
export type ReleasedEscrow = {
  readonly asset: bigint
  readonly token: Address
  readonly amount: bigint
  readonly blockNumber: number
}

export type EarningsView = {
  readonly account: Address
  readonly from: number
  readonly to: number
  readonly rows: readonly EarningRow[]
  /** In the order of their release; not part of the rows. */
  readonly released: readonly ReleasedEscrow[]
}

export type EarningsFailure =
  | ReadRefusal
  | { readonly code: 'TOO_MANY_FLUSHES'; readonly limit: number; readonly block: number }

/** One token's books: `booked` = carries + owed + pools + escrow + bonds, when nothing was lost or made. */
export type ConservationView = {
  readonly token: Address
  readonly totalIn: bigint
  readonly claimed: bigint
  readonly booked: bigint
  readonly carries: bigint
  readonly owed: bigint
  readonly pools: bigint
  readonly escrow: bigint
  /** Deposits of who asked for withheld leaves. */
  readonly bonds: bigint
  /** |booked - (carries + owed + pools + escrow + bonds)|, rounded up. */
  readonly difference: bigint
  /** What N02 holds; null for tokens, whose contracts know. */
  readonly balance: bigint | null
  readonly isConserved: boolean
}

export type AuditView = {
  readonly blockNumber: number
  readonly isConserved: boolean
  readonly tokens: readonly ConservationView[]
  readonly counted: {
    readonly nodes: bigint
    readonly holders: bigint
    readonly pools: bigint
    readonly batches: bigint
  }
}

export type AuditFailure = ReadRefusal | { readonly code: 'AUDIT_RUNNING' }

/** A piece of a leaf file that somebody hands to this node. The first piece has no ticket. */
export type LeafUpload = {
  readonly pool: bigint
  readonly batch: bigint
  readonly offset: number
  readonly bytes: Uint8Array
  readonly ticket: string | undefined
}

export type UploadProgress = {
  readonly ticket: string
  readonly receivedBytes: number
  readonly fileBytes: number
  /** True when the file was whole, matched the batch and is served from now on. */
  readonly isServed: boolean
}

/** Why a leaf file is not taken; `message` says it. */
export type UploadFailure = ReadRefusal | { readonly code: string; readonly message: string }

export type LeafFilePiece = { readonly dataHash: Hash; readonly fileBytes: number; readonly bytes: Uint8Array }

export interface AttributionPort {
  /** By id, or by content hash. */
  asset(wanted: bigint | Hash, blockNumber: number): Promise<Result<AssetView | undefined, ReadRefusal>>
  lineage(
    request: LineageRequest,
    blockNumber: number,
  ): Promise<Result<LineagePage | undefined, ReadRefusal | LineageFailure>>
  ledger(asset: bigint, blockNumber: number): Promise<Result<LedgerView | undefined, ReadRefusal>>
  pendingSweep(blockNumber: number): Promise<Result<SweepView, ReadRefusal>>
  claimProof(
    batch: { readonly pool: bigint; readonly batch: bigint },
    selection: LeafSelection,
    blockNumber: number,
  ): Promise<Result<ClaimProof, ClaimProofFailure>>
  entitlements(account: Address, blockNumber: number): Promise<Result<EntitlementsView, ReadRefusal>>
  /** Blocks `from` to `to`, both included. */
  earnings(account: Address, from: number, to: number): Promise<Result<EarningsView, EarningsFailure>>
  auditConservation(blockNumber: number): Promise<Result<AuditView, AuditFailure>>
  submitLeafFile(upload: LeafUpload): Promise<Result<UploadProgress, UploadFailure>>
  leafFile(dataHash: Hash, offset: number, length: number): Promise<LeafFilePiece | undefined>
}
