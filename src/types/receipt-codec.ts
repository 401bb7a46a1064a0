/**
 * Receipts in two encodings: Ethereum's (EIP-2718, under receiptsRoot) and the node's own, which the block store keeps.
 * The stored one leaves out the bloom, which follows from the logs, and adds what consensus does not carry.
 */

import { bigintToBytes, bytesToBigint, concatBytes, hexToBytes } from '../lib/bytes.ts'
import { BLOOM_BYTES, bloomOf } from './bloom.ts'
import { DecodeError, decodeExactly, type Reader, Writer } from './codec.ts'
import { orderedTrieRootOf } from './ordered-root.ts'
import type { Hash } from './primitives.ts'
import type { Log, Receipt } from './receipt.ts'
import { encodeRlp, type RlpItem, rlpInteger } from './rlp.ts'

/** The RLP header of a byte string of BLOOM_BYTES. */
const BLOOM_HEADER = [0xb9, BLOOM_BYTES >> 8, BLOOM_BYTES & 0xff]
const MAX_RECEIPTS = 1 << 20
const MAX_LOGS = 1 << 20
const MAX_TOPICS = 4
const MAX_LOG_DATA = 1 << 28
const MAX_INTEGER_BYTES = 32

/** Ethereum's encoding, as hashed into receiptsRoot and shown by debug_getRawReceipts. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const encoded = encodeRlp([
    rlpInteger(receipt.status),
    rlpInteger(receipt.cumulativeGasUsed),
    receipt.logsBloom,
    receipt.logs.map(logFields),
  ])
  return receipt.type === 0 ? encoded : concatBytes(Uint8Array.of(receipt.type), encoded)
}

/** receiptsRoot. */
export function receiptsRootOf(receipts: readonly Receipt[]): Hash {
  const plain = new PlainReceipt()
  return orderedTrieRootOf(receipts.length, (index) => {
    const receipt = receipts[index] as Receipt
    return receipt.logs.length === 0 ? plain.encode(receipt) : encodeReceipt(receipt)
  })
}

/**
 * Receipts without logs, which are those of transfers, differ only in type, status and gas: they are written into one buffer
 * that already holds the empty bloom. Allocating 270 bytes for each would cost as much as hashing them.
 */
class PlainReceipt {
  /** Type, header of three, status, up to nine of gas, bloom with its header of three, empty list. */
  private readonly buffer = new Uint8Array(1 + 3 + 1 + 9 + 3 + BLOOM_BYTES + 1)

  /** A view that the next call overwrites. */
  encode(receipt: Receipt): Uint8Array {
    const gas = encodeRlp(rlpInteger(receipt.cumulativeGasUsed))
    const bloomAt = this.buffer.length - 1 - BLOOM_BYTES
    this.buffer[this.buffer.length - 1] = 0xc0
    this.buffer.set(BLOOM_HEADER, bloomAt - 3)
    const gasAt = bloomAt - 3 - gas.length
    this.buffer.set(gas, gasAt)
    this.buffer[gasAt - 1] = receipt.status === 1 ? 1 : 0x80
    const payload = this.buffer.length - gasAt + 1
    this.buffer.set([0xf9, payload >> 8, payload & 0xff], gasAt - 4)
    if (receipt.type === 0) return this.buffer.subarray(gasAt - 4)
    this.buffer[gasAt - 5] = receipt.type
    return this.buffer.subarray(gasAt - 5)
  }
}

/** RLP of a list of logs: state tests compare its keccak. */
export function encodeLogs(logs: readonly Log[]): Uint8Array {
  return encodeRlp(logs.map(logFields))
}

/** All receipts of a block for the store. */
export function encodeReceiptList(receipts: readonly Receipt[]): Uint8Array {
  return new Writer(1024).list(receipts, writeReceipt).finish()
}

/** Reads what encodeReceiptList wrote; throws DecodeError. */
export function decodeReceiptList(bytes: Uint8Array): Receipt[] {
  return decodeExactly(bytes, (reader) => reader.list(MAX_RECEIPTS, readReceipt))
}

function logFields(log: Log): RlpItem {
  return [hexToBytes(log.address), log.topics.map(hexToBytes), log.data]
}

function writeReceipt(writer: Writer, receipt: Receipt): void {
  writer.u8(receipt.type).u8(receipt.status)
  writer.bytes(bigintToBytes(receipt.cumulativeGasUsed))
  writer.bytes(bigintToBytes(receipt.gasUsed))
  writer.bytes(bigintToBytes(receipt.effectiveGasPrice))
  writer.u8(receipt.contractAddress === null ? 0 : 1)
  if (receipt.contractAddress !== null) writer.address(receipt.contractAddress)
  writer.list(receipt.logs, writeLog)
}

function writeLog(writer: Writer, log: Log): void {
  writer.address(log.address)
  writer.list(log.topics, (inner, topic) => inner.hash(topic))
  writer.bytes(log.data)
}

function readReceipt(reader: Reader): Receipt {
  const type = reader.u8()
  if (type !== 0 && type !== 1 && type !== 2 && type !== 4) throw new DecodeError(`receipt of unknown type ${type}`)
  const status = reader.u8()
  if (status !== 0 && status !== 1) throw new DecodeError(`receipt with status ${status}`)
  const cumulativeGasUsed = readBigint(reader)
  const gasUsed = readBigint(reader)
  const effectiveGasPrice = readBigint(reader)
  const contractAddress = reader.u8() === 0 ? null : reader.address()
  const logs = reader.list(MAX_LOGS, readLog)
  return {
    type,
    status,
    cumulativeGasUsed,
    gasUsed,
    effectiveGasPrice,
    contractAddress,
    logs,
    logsBloom: bloomOf(logs),
  }
}

function readLog(reader: Reader): Log {
  return {
    address: reader.address(),
    topics: reader.list(MAX_TOPICS, (inner) => inner.hash()),
    data: reader.bytes(MAX_LOG_DATA),
  }
}

function readBigint(reader: Reader): bigint {
  return bytesToBigint(reader.bytes(MAX_INTEGER_BYTES))
}
