/**
 * Tells subscribers of each new finalized block, in order, after it can be read.
 */

import type { FinalizedBlock } from '../../execution/chain-types.ts'
import type { EventPort, NewHead, Unsubscribe } from '../../rpc/ports.ts'

export class HeadEvents implements EventPort {
  private readonly headListeners = new Set<(head: NewHead) => void>()
  private readonly syncListeners = new Set<(isSyncing: boolean) => void>()
  private isSyncing = false

  onHead(listener: (head: NewHead) => void): Unsubscribe {
    this.headListeners.add(listener)
    return () => this.headListeners.delete(listener)
  }

  onSyncing(listener: (isSyncing: boolean) => void): Unsubscribe {
    this.syncListeners.add(listener)
    return () => this.syncListeners.delete(listener)
  }

  onFinalized({ block, transactionHashes, receipts }: FinalizedBlock): void {
    const head: NewHead = { hash: block.hash, header: block.header, transactionHashes, receipts }
    for (const listener of [...this.headListeners]) listener(head)
  }

  /** Tells of a change between syncing and synced; the same again is no news. */
  noteSyncing(isSyncing: boolean): void {
    if (isSyncing === this.isSyncing) return
    this.isSyncing = isSyncing
    for (const listener of [...this.syncListeners]) listener(isSyncing)
  }
}
