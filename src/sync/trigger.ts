/**
 * When block sync takes over from consensus (docs/consensus.md 2.11, S1): a validator that is a little behind is repaired by
 * consensus itself, so sync starts only at more than eight blocks of lag, or after two seconds without new finality while a
 * peer is ahead; it then goes on until the lag is gone. A full node has no consensus and follows every block.
 */

export const MAX_LAG_BLOCKS = 8
export const STALLED_FINALITY_MS = 2_000

/** Who finalizes for this node when it is not syncing: its own consensus, or nobody. */
export type SyncRole = 'validator' | 'follower'

export type LagView = {
  readonly role: SyncRole
  readonly isSyncing: boolean
  readonly lagBlocks: number
  /** For how long a peer has been ahead while our finalized head stood still, ms. */
  readonly stalledMs: number
}

/** Whether the moment has come to ask for ranges. */
export function shouldSync(view: LagView): boolean {
  if (view.lagBlocks <= 0) return false
  if (view.isSyncing || view.role === 'follower') return true
  return view.lagBlocks > MAX_LAG_BLOCKS || view.stalledMs >= STALLED_FINALITY_MS
}
