/**
 * Looks a transaction up by its hash, in the chain and in the pool, with its object as answers show it.
 */

import type { Hash } from '../types/primitives.ts'
import type { SignedTransaction } from '../types/transaction.ts'
import { transactionJson } from './encode/transaction-json.ts'
import type { HashedHeader, RpcPorts } from './ports.ts'

export type FoundTransaction = { readonly signed: SignedTransaction; readonly json: object }
type TransactionPorts = Pick<RpcPorts, 'chain' | 'pool'>

/** A final transaction with its place, a pooled one without, or undefined. */
export async function findTransaction(ports: TransactionPorts, hash: Hash): Promise<FoundTransaction | undefined> {
  const place = ports.chain.locate(hash)
  if (place !== undefined) return findInBlock(ports, ports.chain.header(place.blockNumber), place.index)
  const signed = ports.pool.get(hash)
  return signed === undefined ? undefined : { signed, json: transactionJson(signed, undefined) }
}

/** The transaction at `position` of a block. */
export async function findInBlock(
  ports: TransactionPorts,
  block: HashedHeader | undefined,
  position: number,
): Promise<FoundTransaction | undefined> {
  if (block === undefined) return undefined
  const signed = await ports.chain.transaction(block.header.number, position)
  return signed === undefined ? undefined : { signed, json: positionedJson(signed, block, position) }
}

export function positionedJson(signed: SignedTransaction, block: HashedHeader, position: number): object {
  return transactionJson(signed, {
    blockHash: block.hash,
    blockNumber: block.header.number,
    blockTimestamp: block.header.timestamp,
    baseFeePerGas: block.header.baseFeePerGas,
    index: position,
  })
}
