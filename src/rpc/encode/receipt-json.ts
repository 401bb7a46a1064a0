/**
 * Receipts and logs as the RPC shows them. Both are closed schemas: exactly these fields.
 */

import type { Address, Hash } from '../../types/primitives.ts'
import type { Log, Receipt } from '../../types/receipt.ts'
import { dataHex, quantity } from '../hex.ts'
import type { HashedHeader } from '../ports.ts'

/** The transaction that a receipt is of. */
export type ReceiptSubject = { readonly hash: Hash; readonly sender: Address; readonly to: Address | null }

/** One receipt. `firstLogIndex` is the number of logs before it in the block. */
export function receiptJson(
  block: HashedHeader,
  index: number,
  subject: ReceiptSubject,
  receipt: Receipt,
  firstLogIndex: number,
): object {
  return {
    type: quantity(receipt.type),
    status: quantity(receipt.status),
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    logs: receipt.logs.map((log, i) => logJson(block, subject.hash, index, log, firstLogIndex + i)),
    logsBloom: dataHex(receipt.logsBloom),
    transactionHash: subject.hash,
    transactionIndex: quantity(index),
    blockHash: block.hash,
    blockNumber: quantity(block.header.number),
    gasUsed: quantity(receipt.gasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    from: subject.sender,
    to: subject.to,
    contractAddress: receipt.contractAddress,
  }
}

/** One log. `logIndex` counts within the block. Finalized blocks are never undone, so `removed` is always false. */
export function logJson(
  block: HashedHeader,
  transactionHash: Hash,
  transactionIndex: number,
  log: Log,
  logIndex: number,
): object {
  return {
    address: log.address,
    topics: log.topics,
    data: dataHex(log.data),
    blockNumber: quantity(block.header.number),
    transactionHash,
    transactionIndex: quantity(transactionIndex),
    blockHash: block.hash,
    blockTimestamp: quantity(block.header.timestamp),
    logIndex: quantity(logIndex),
    removed: false,
  }
}

/** The number of logs in the receipts before `index`. */
export function logsBefore(receipts: readonly Receipt[], index: number): number {
  let count = 0
  for (let i = 0; i < index; i++) count += receipts[i]?.logs.length ?? 0
  return count
}
