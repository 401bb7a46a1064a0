/**
 * Receipts in two encodings: Ethereum's (EIP-2718, under receiptsRoot) and the node's own, which the block store keeps.
 * The stored one leaves out the bloom, which follows from the logs, and adds what consensus does not carry.
 */

import { bigintToBytes, bytesToBigint, concatBytes, hexToBytes } from '../lib/bytes.ts'
import { bloomOf } from './bloom.ts'
import { DecodeError, decodeExactly, type Reader, Writer } from './codec.ts'
import type { Log, Receipt } from './receipt.ts'
import { encodeRlp, type RlpItem, rlpInteger } from './rlp.ts'

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
