/**
 * Headers and blocks as the RPC shows them: geth's fields, without totalDifficulty.
 */

import type { Header } from '../../types/block.ts'
import type { Hash } from '../../types/primitives.ts'
import { dataHex, quantity } from '../hex.ts'

const ZERO_NONCE = '0x0000000000000000'

/** A header; what newHeads sends. */
export function headerJson(hash: Hash, header: Header): object {
  return {
    number: quantity(header.number),
    hash,
    parentHash: header.parentHash,
    nonce: ZERO_NONCE,
    mixHash: header.mixHash,
    sha3Uncles: header.ommersHash,
    logsBloom: dataHex(header.logsBloom),
    stateRoot: header.stateRoot,
    miner: header.coinbase,
    difficulty: '0x0',
    extraData: dataHex(header.extraData),
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    timestamp: quantity(header.timestamp),
    transactionsRoot: header.transactionsRoot,
    receiptsRoot: header.receiptsRoot,
    baseFeePerGas: quantity(header.baseFeePerGas),
    withdrawalsRoot: header.withdrawalsRoot,
    blobGasUsed: quantity(header.blobGasUsed),
    excessBlobGas: quantity(header.excessBlobGas),
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    requestsHash: header.requestsHash,
  }
}

/** A block. `transactions` are hashes or transaction objects; `sizeBytes` is the length of its RLP. */
export function blockJson(
  hash: Hash,
  header: Header,
  sizeBytes: number,
  transactions: readonly (Hash | object)[],
): object {
  return { ...headerJson(hash, header), size: quantity(sizeBytes), transactions, uncles: [], withdrawals: [] }
}
