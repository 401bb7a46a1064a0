/**
 * Finalized blocks by height and by hash, their receipts and certificates, where each transaction is, and the head.
 *
 * Reading is synchronous and works on the store or on a snapshot of it, in any thread. Writing is a list of operations that
 * the committer puts into the block's one atomic batch: what is read here is always a whole block.
 */

import { assert } from '../lib/assert.ts'
import type { Header } from '../types/block.ts'
import { decodeHeader, encodeHeader } from '../types/block-codec.ts'
import { decodeExactly, Writer } from '../types/codec.ts'
import type { Hash } from '../types/primitives.ts'
import type { Receipt } from '../types/receipt.ts'
import { decodeReceiptList, encodeReceiptList } from '../types/receipt-codec.ts'
import { decodeRlpList, encodeRlp, rlpBytes } from '../types/rlp.ts'
import { BUCKET, hashKey, heightKey, metaKey } from './buckets.ts'
import type { KvOperation, KvReader } from './kv.ts'

/** The finalized head. */
export type Head = { readonly number: number; readonly hash: Hash; readonly stateRoot: Hash }

/** Where a transaction is. */
export type TransactionPlace = { readonly blockNumber: number; readonly index: number }

/** All that is kept of one finalized block. */
export type BlockRecord = {
  readonly hash: Hash
  readonly header: Header
  /** Canonical bytes of every transaction in order. */
  readonly transactions: readonly Uint8Array[]
  readonly transactionHashes: readonly Hash[]
  readonly receipts: readonly Receipt[]
  /** The consensus body as its owner encodes it; empty for genesis and imported blocks. */
  readonly consensusBody: Uint8Array
  /** The finalization certificate as its owner encodes it; empty for genesis and imported blocks. */
  readonly certificate: Uint8Array
}

/** Reads blocks. Everything unknown is undefined. */
export class BlockStore {
  private readonly kv: KvReader

  constructor(kv: KvReader) {
    this.kv = kv
  }

  /** The finalized head, or undefined in an empty database. */
  head(): Head | undefined {
    const bytes = this.kv.getSync(metaKey('head'))
    return bytes === undefined ? undefined : decodeHead(bytes)
  }

  /** Height of a finalized block. */
  numberOf(hash: Hash): number | undefined {
    const bytes = this.kv.getSync(hashKey(BUCKET.blockNumber, hash))
    return bytes === undefined ? undefined : decodeExactly(bytes, (reader) => reader.u64())
  }

  header(number: number): Header | undefined {
    const bytes = this.headerBytes(number)
    return bytes === undefined ? undefined : decodeHeader(bytes)
  }

  /** The header's RLP. */
  headerBytes(number: number): Uint8Array | undefined {
    return this.kv.getSync(heightKey(BUCKET.header, number))
  }

  /** Canonical bytes of the block's transactions in order. */
  transactions(number: number): readonly Uint8Array[] | undefined {
    const bytes = this.kv.getSync(heightKey(BUCKET.body, number))
    return bytes === undefined
      ? undefined
      : decodeRlpList(bytes, 'stored body').map((item) => rlpBytes(item, 'stored transaction'))
  }

  receipts(number: number): readonly Receipt[] | undefined {
    const bytes = this.kv.getSync(heightKey(BUCKET.receipts, number))
    return bytes === undefined ? undefined : decodeReceiptList(bytes)
  }

  consensusBody(number: number): Uint8Array | undefined {
    return this.kv.getSync(heightKey(BUCKET.consensusBody, number))
  }

  certificate(number: number): Uint8Array | undefined {
    return this.kv.getSync(heightKey(BUCKET.certificate, number))
  }

  /** Block and position of a finalized transaction. */
  transactionPlace(hash: Hash): TransactionPlace | undefined {
    const bytes = this.kv.getSync(hashKey(BUCKET.transaction, hash))
    return bytes === undefined
      ? undefined
      : decodeExactly(bytes, (reader) => ({ blockNumber: reader.u64(), index: reader.u32() }))
  }
}

/** The operations that store one block and make it the head. */
export function blockOperations(record: BlockRecord): KvOperation[] {
  const { header, hash } = record
  assert(record.transactions.length === record.transactionHashes.length, 'one hash for each transaction')
  const height = header.number
  const operations: KvOperation[] = [
    put(heightKey(BUCKET.header, height), encodeHeader(header)),
    put(heightKey(BUCKET.body, height), encodeRlp(record.transactions)),
    put(heightKey(BUCKET.receipts, height), encodeReceiptList(record.receipts)),
    put(heightKey(BUCKET.consensusBody, height), record.consensusBody),
    put(heightKey(BUCKET.certificate, height), record.certificate),
    put(hashKey(BUCKET.blockNumber, hash), new Writer(8).u64(height).finish()),
    put(metaKey('head'), encodeHead({ number: height, hash, stateRoot: header.stateRoot })),
  ]
  record.transactionHashes.forEach((transactionHash, index) => {
    operations.push(put(hashKey(BUCKET.transaction, transactionHash), encodePlace(height, index)))
  })
  return operations
}

function put(key: Uint8Array, value: Uint8Array): KvOperation {
  return { type: 'put', key, value }
}

/** Height u64, index u32; thousands a block, so without a Writer. */
function encodePlace(height: number, index: number): Uint8Array {
  const bytes = new Uint8Array(12)
  const high = Math.floor(height / 2 ** 32)
  for (let i = 0; i < 4; i++) {
    const shift = 24 - 8 * i
    bytes[i] = (high >>> shift) & 0xff
    bytes[4 + i] = (height >>> shift) & 0xff
    bytes[8 + i] = (index >>> shift) & 0xff
  }
  return bytes
}

function encodeHead(head: Head): Uint8Array {
  return new Writer(72).u64(head.number).hash(head.hash).hash(head.stateRoot).finish()
}

function decodeHead(bytes: Uint8Array): Head {
  return decodeExactly(bytes, (reader) => ({ number: reader.u64(), hash: reader.hash(), stateRoot: reader.hash() }))
}
