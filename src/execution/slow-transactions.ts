/**
 * Transactions that took too long when this node built a block (docs/execution.md section 4): left out, and tried again
 * once per 20 blocks. Local policy: no other node need agree.
 */

import { BoundedMap } from '../lib/bounded-map.ts'
import { MAX_SLOW_TRANSACTIONS, SLOW_TRANSACTION_RETRY_BLOCKS } from '../lib/limits.ts'
import type { Hash } from '../types/primitives.ts'

export class SlowTransactions {
  private readonly triedAt = new BoundedMap<Hash, number>(MAX_SLOW_TRANSACTIONS)

  /** Remembers that the transaction was too slow in block `height`. */
  add(hash: Hash, height: number): void {
    this.triedAt.set(hash, height)
  }

  /** True while the transaction must wait. */
  mustWait(hash: Hash, height: number): boolean {
    const tried = this.triedAt.peek(hash)
    return tried !== undefined && height < tried + SLOW_TRANSACTION_RETRY_BLOCKS
  }
}
