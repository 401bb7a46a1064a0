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
import type { KvReader, KvWriter } from './kv.ts'

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

/** Writes one block and makes it the head. */
export function writeBlock(record: BlockRecord, writer: KvWriter): void {
  const { header, hash } = record
  assert(record.transactions.length === record.transactionHashes.length, 'one hash for each transaction')
  const height = header.number
  writer.put(heightKey(BUCKET.header, height), encodeHeader(header))
  writer.put(heightKey(BUCKET.body, height), encodeRlp(record.transactions))
  writer.put(heightKey(BUCKET.receipts, height), encodeReceiptList(record.receipts))
  writer.put(heightKey(BUCKET.consensusBody, height), record.consensusBody)
  writer.put(heightKey(BUCKET.certificate, height), record.certificate)
  writer.put(hashKey(BUCKET.blockNumber, hash), new Writer(8).u64(height).finish())
  writer.put(metaKey('head'), encodeHead({ number: height, hash, stateRoot: header.stateRoot }))
  // Thousands a block: one key and one value serve for all.
  const key = Buffer.alloc(33)
  key[0] = BUCKET.transaction
  const place = new Uint8Array(12)
  writeInteger(place, 0, 8, height)
  for (const [index, transactionHash] of record.transactionHashes.entries()) {
    key.write(transactionHash.slice(2), 1, 'hex')
    writeInteger(place, 8, 4, index)
    writer.put(key, place)
  }
}

/** Writes a big-endian integer of `length` bytes. */
function writeInteger(bytes: Uint8Array, at: number, length: number, value: number): void {
  let rest = value
  for (let i = at + length - 1; i >= at; i--) {
    bytes[i] = rest & 0xff
    rest = Math.floor(rest / 256)
  }
}

function encodeHead(head: Head): Uint8Array {
  return new Writer(72).u64(head.number).hash(head.hash).hash(head.stateRoot).finish()
}

function decodeHead(bytes: Uint8Array): Head {
  return decodeExactly(bytes, (reader) => ({ number: reader.u64(), hash: reader.hash(), stateRoot: reader.hash() }))
}
