/**
 * Senders of blocks that are not final yet: from the pool where a transaction is pooled, from the recovery workers where
 * not, and remembered, for a block is checked, certified and built upon.
 */

import { present } from '../../lib/assert.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { MAX_REMEMBERED_SENDERS } from '../../lib/limits.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import type { TransactionPool } from '../../mempool/pool.ts'
import type { AncestorTransaction, SenderRecovery } from '../../mempool/ports.ts'
import type { SealedBlock } from '../../types/block.ts'
import type { Address, Hash } from '../../types/primitives.ts'
import { isSystemTransaction, SYSTEM_ADDRESS } from '../../types/system-transaction.ts'
import { decodeTransaction, transactionHash } from '../../types/transaction-codec.ts'

export class BlockSenders {
  private readonly pool: Pick<TransactionPool, 'get' | 'senderOf'>
  private readonly recovery: SenderRecovery
  private readonly known = new BoundedMap<Hash, readonly Address[]>(MAX_REMEMBERED_SENDERS)
  private readonly decoded = new BoundedMap<Hash, readonly AncestorTransaction[]>(MAX_REMEMBERED_SENDERS)

  constructor(pool: Pick<TransactionPool, 'get' | 'senderOf'>, recovery: SenderRecovery) {
    this.pool = pool
    this.recovery = recovery
  }

  /** Notes the senders of a block of our own making. */
  remember(hash: Hash, senders: readonly Address[]): void {
    this.known.set(hash, senders)
  }

  /** The senders of the block's transactions in order; the error is the index of one that nobody signed. */
  async of(block: SealedBlock): Promise<Result<readonly Address[], number>> {
    const held = this.known.get(block.hash)
    if (held !== undefined) return ok(held)
    const { number } = block.header
    const senders: (Address | undefined)[] = block.transactions.map((raw) =>
      isSystemTransaction(raw, number) ? SYSTEM_ADDRESS : this.pool.senderOf(transactionHash(raw)),
    )
    const missing = senders.flatMap((sender, i) => (sender === undefined ? [i] : []))
    if (missing.length > 0) {
      const raws = missing.map((i) => present(block.transactions[i], 'the index is inside the block'))
      const recovered = await this.recovery.senders(raws)
      for (const [n, i] of missing.entries()) senders[i] = recovered[n]
    }
    const nobody = senders.indexOf(undefined)
    if (nobody !== -1) return err(nobody)
    this.known.set(block.hash, senders as Address[])
    return ok(senders as Address[])
  }

  /** The transactions of blocks that were checked here before, one list a block; an unknown block's are left out. */
  ancestors(blocks: readonly SealedBlock[]): (readonly AncestorTransaction[])[] {
    return blocks.map((block) => this.transactionsOf(block))
  }

  private transactionsOf(block: SealedBlock): readonly AncestorTransaction[] {
    const held = this.decoded.get(block.hash)
    if (held !== undefined) return held
    const senders = this.known.get(block.hash)
    if (senders === undefined) return []
    const decoded = block.transactions.map((raw, i) => {
      const hash = transactionHash(raw)
      const sender = present(senders[i], 'one sender for each transaction')
      if (sender === SYSTEM_ADDRESS) return { hash, sender, nonce: BigInt(block.header.number) }
      // Nearly all of a block is pooled, and was decoded on the way in.
      const { nonce } = this.pool.get(hash)?.transaction ?? decodeTransaction(raw)
      return { hash, sender, nonce }
    })
    this.decoded.set(block.hash, decoded)
    return decoded
  }
}
