/**
 * A stored block comes back as it was, by height, by hash and by its transactions, and the last one stored is the head.
 */

import { describe, expect, it } from 'vitest'
import { keccak256Hash } from '../../src/crypto/keccak.ts'
import { type BlockRecord, BlockStore, writeBlock } from '../../src/storage/block-store.ts'
import { MemoryKv } from '../../src/storage/memory-kv.ts'
import { headerHash } from '../../src/types/block-codec.ts'
import { bloomOf } from '../../src/types/bloom.ts'
import { type Address, type Hash, ZERO_HASH } from '../../src/types/primitives.ts'
import type { Receipt } from '../../src/types/receipt.ts'

const A = `0x${'ab'.repeat(20)}` as Address

function recordAt(number: number, transactions: readonly Uint8Array[]): BlockRecord {
  const header = {
    parentHash: ZERO_HASH,
    ommersHash: ZERO_HASH,
    coinbase: A,
    stateRoot: keccak256Hash(Uint8Array.of(number & 0xff)),
    transactionsRoot: ZERO_HASH,
    receiptsRoot: ZERO_HASH,
    logsBloom: new Uint8Array(256).fill(3),
    number,
    gasLimit: 30_000_000n,
    gasUsed: 21_000n,
    timestamp: 1_700_000_000 + number,
    extraData: Uint8Array.of(1, 2),
    mixHash: ZERO_HASH,
    baseFeePerGas: 7n,
    withdrawalsRoot: ZERO_HASH,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: ZERO_HASH,
  }
  const receipts = transactions.map((_, index): Receipt => {
    const logs = [{ address: A, topics: [ZERO_HASH], data: Uint8Array.of(index) }]
    return {
      type: 2,
      status: 1,
      cumulativeGasUsed: 21_000n * BigInt(index + 1),
      logsBloom: bloomOf(logs),
      logs,
      gasUsed: 21_000n,
      effectiveGasPrice: 9n,
      contractAddress: index === 0 ? A : null,
    }
  })
  return {
    hash: headerHash(header),
    header,
    transactions,
    transactionHashes: transactions.map(keccak256Hash),
    receipts,
    consensusBody: Uint8Array.of(5, 6),
    certificate: Uint8Array.of(7),
  }
}

describe('the block store', () => {
  it('gives back every part of a block', async () => {
    const kv = new MemoryKv()
    const blocks = new BlockStore(kv)
    const record = recordAt(300, [Uint8Array.of(2, 1), Uint8Array.of(2, 2), Uint8Array.of(2, 3)])
    await kv.batch((writer) => writeBlock(record, writer))
    expect(blocks.head()).toEqual({ number: 300, hash: record.hash, stateRoot: record.header.stateRoot })
    expect(blocks.numberOf(record.hash)).toBe(300)
    expect(blocks.header(300)).toEqual(record.header)
    expect(blocks.transactions(300)).toEqual(record.transactions)
    expect(blocks.receipts(300)).toEqual(record.receipts)
    expect(blocks.consensusBody(300)).toEqual(record.consensusBody)
    expect(blocks.certificate(300)).toEqual(record.certificate)
    record.transactionHashes.forEach((hash, index) => {
      expect(blocks.transactionPlace(hash)).toEqual({ blockNumber: 300, index })
    })
  })

  it('knows nothing of what was not stored', () => {
    const blocks = new BlockStore(new MemoryKv())
    expect(blocks.head()).toBeUndefined()
    expect(blocks.header(0)).toBeUndefined()
    expect(blocks.transactions(0)).toBeUndefined()
    expect(blocks.receipts(0)).toBeUndefined()
    expect(blocks.numberOf(ZERO_HASH as Hash)).toBeUndefined()
    expect(blocks.transactionPlace(ZERO_HASH as Hash)).toBeUndefined()
  })

  it('keeps heights apart that share their low bytes', async () => {
    const kv = new MemoryKv()
    const blocks = new BlockStore(kv)
    const heights = [0, 1, 256, 65_536, 2 ** 24, 2 ** 32 - 1]
    for (const height of heights)
      await kv.batch((writer) => writeBlock(recordAt(height, [Uint8Array.of(2, height & 0xff)]), writer))
    for (const height of heights) expect(blocks.header(height)?.number).toBe(height)
    expect(blocks.head()?.number).toBe(2 ** 32 - 1)
  })
})
