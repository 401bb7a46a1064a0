/**
 * How a node does, as `/status`, the devnet's live line and `sahara status` show it.
 */

export type NodeStatus = {
  readonly version: string
  readonly chainId: number
  readonly genesisHash: string
  readonly isValidator: boolean
  readonly peerId: string
  readonly finalizedHeight: number
  readonly finalizedHash: string
  readonly epoch: number
  readonly view: number
  readonly isSynced: boolean
  /** Blocks between our finalized head and the highest one a peer claims. */
  readonly behindBlocks: number
  readonly peers: number
  /** Mean milliseconds between the last blocks; null before two of them. */
  readonly blockIntervalMs: number | null
  /** Milliseconds from a block's timestamp to its finalization here, over the last blocks; null before the first. */
  readonly finalityP50Ms: number | null
  readonly finalityP99Ms: number | null
  readonly transactionsPerSecond: number
  readonly pooledTransactions: number
  readonly residentBytes: number
}
