/**
 * Finalized blocks for the RPC: headers, receipts and transactions from the database, senders of recent blocks from memory.
 */

import { keccak256Hash } from '../../crypto/keccak.ts'
import type { FinalizedBlock } from '../../execution/chain-types.ts'
import { assert, present } from '../../lib/assert.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { MAX_DECODED_BLOCKS, MAX_RECENT_SENDER_BLOCKS } from '../../lib/limits.ts'
import type { SenderRecovery } from '../../mempool/ports.ts'
import type { ChainPort, HashedHeader, TransactionLocation } from '../../rpc/ports.ts'
import type { BlockStore } from '../../storage/block-store.ts'
import { decodeHeader } from '../../types/block-codec.ts'
import { BLOOM_BYTES } from '../../types/bloom.ts'
import type { Address, Hash } from '../../types/primitives.ts'
import type { Receipt } from '../../types/receipt.ts'
import { isSystemTransaction, SYSTEM_ADDRESS, systemTransaction } from '../../types/system-transaction.ts'
import type { SignedTransaction } from '../../types/transaction.ts'
import { decodeTransaction, transactionHash } from '../../types/transaction-codec.ts'

/** Where a header's RLP holds the bloom: after list prefix, five hashes, the coinbase and the bloom's own prefix. */
const BLOOM_OFFSET = 3 + 5 * 33 + 21 + 3
const BLOOM_PREFIX = 0xb9

export class RpcChain implements ChainPort {
  private readonly blocks: BlockStore
  private readonly recovery: SenderRecovery
  private readonly recentSenders = new BoundedMap<number, readonly Address[]>(MAX_RECENT_SENDER_BLOCKS)
  private readonly bodies = new BoundedMap<number, readonly Uint8Array[]>(MAX_DECODED_BLOCKS)
  private readonly receiptLists = new BoundedMap<number, readonly Receipt[]>(MAX_DECODED_BLOCKS)
  private newest: HashedHeader

  constructor(blocks: BlockStore, recovery: SenderRecovery) {
    this.blocks = blocks
    this.recovery = recovery
    const head = present(blocks.head(), 'genesis is in the database before the RPC starts')
    this.newest = present(this.header(head.number), 'the head has a header')
  }

  /** Makes the block the head that callers see. */
  onFinalized({ block, senders }: FinalizedBlock): void {
    this.newest = { hash: block.hash, header: block.header }
    this.recentSenders.set(block.header.number, senders)
  }

  head(): HashedHeader {
    return this.newest
  }

  oldestBlock(): number {
    return 0
  }

  numberOf(hash: Hash): number | undefined {
    const number = this.blocks.numberOf(hash)
    return number === undefined || number > this.newest.header.number ? undefined : number
  }

  header(number: number): HashedHeader | undefined {
    if (number === this.newest?.header.number) return this.newest
    const bytes = this.blocks.headerBytes(number)
    return bytes === undefined ? undefined : { hash: keccak256Hash(bytes), header: decodeHeader(bytes) }
  }

  logsBloom(number: number): Uint8Array | undefined {
    const bytes = this.blocks.headerBytes(number)
    if (bytes === undefined) return undefined
    assert(bytes[BLOOM_OFFSET - 3] === BLOOM_PREFIX, 'a stored header has its bloom in its place')
    return bytes.subarray(BLOOM_OFFSET, BLOOM_OFFSET + BLOOM_BYTES)
  }

  rawTransactions(number: number): readonly Uint8Array[] | undefined {
    return remembered(this.bodies, number, () => this.blocks.transactions(number))
  }

  receipts(number: number): readonly Receipt[] | undefined {
    return remembered(this.receiptLists, number, () => this.blocks.receipts(number))
  }

  locate(hash: Hash): TransactionLocation | undefined {
    const place = this.blocks.transactionPlace(hash)
    return place === undefined || place.blockNumber > this.newest.header.number ? undefined : place
  }

  async transactions(number: number): Promise<readonly SignedTransaction[] | undefined> {
    const raws = this.rawTransactions(number)
    if (raws === undefined) return undefined
    const senders = await this.sendersOf(number, raws)
    return raws.map((raw, i) => signed(number, raw, senders[i]))
  }

  async transaction(number: number, index: number): Promise<SignedTransaction | undefined> {
    const raw = this.rawTransactions(number)?.[index]
    if (raw === undefined) return undefined
    const sender = this.recentSenders.peek(number)?.[index] ?? (await this.recovered(number, [raw]))[0]
    return signed(number, raw, sender)
  }

  private async sendersOf(number: number, raws: readonly Uint8Array[]): Promise<readonly (Address | undefined)[]> {
    return this.recentSenders.peek(number) ?? this.recovered(number, raws)
  }

  /** Nobody signed the system transaction, which is the last one where there is one. */
  private async recovered(number: number, raws: readonly Uint8Array[]): Promise<readonly (Address | undefined)[]> {
    const last = raws.at(-1)
    if (last === undefined) return []
    if (!isSystemTransaction(last, number)) return this.recovery.senders(raws)
    const rest = raws.slice(0, -1)
    return [...(rest.length === 0 ? [] : await this.recovery.senders(rest)), SYSTEM_ADDRESS]
  }
}

/** What `read` finds, once while it stays among the last asked for: finalized blocks never change. */
function remembered<T>(kept: BoundedMap<number, T>, number: number, read: () => T | undefined): T | undefined {
  const known = kept.get(number)
  if (known !== undefined) return known
  const found = read()
  if (found !== undefined) kept.set(number, found)
  return found
}

function signed(number: number, raw: Uint8Array, sender: Address | undefined): SignedTransaction {
  return {
    transaction: isSystemTransaction(raw, number) ? systemTransaction(number) : decodeTransaction(raw),
    raw,
    hash: transactionHash(raw),
    sender: present(sender, 'a finalized transaction has a sender'),
  }
}
