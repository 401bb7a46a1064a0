/**
 * eth_*: transactions, final or in the pool, and their receipts.
 */

import type { Address, Hash } from '../../types/primitives.ts'
import { blockNumber, findBlock, isPending } from '../block-parameter.ts'
import { logsBefore, receiptJson } from '../encode/receipt-json.ts'
import { transactionJson } from '../encode/transaction-json.ts'
import { findInBlock, findTransaction, positionedJson } from '../find-transaction.ts'
import { dataHex } from '../hex.ts'
import { defineMethod, type Method } from '../method.ts'
import { address, hash, index, required, uint64 } from '../params.ts'
import { pendingTransactions } from '../pending-block.ts'
import type { HashedHeader, RpcPorts } from '../ports.ts'
import { findBySenderAndNonce } from '../sender-nonce-search.ts'
import type { Services } from '../services.ts'

export function ethTransactionMethods(services: Services): Method[] {
  const { ports } = services
  const { chain } = ports
  const byHash = (blockHash: Hash) => findBlock(chain, { kind: 'hash', hash: blockHash })
  const raw = (block: HashedHeader | undefined, position: number) => {
    const bytes = block === undefined ? undefined : chain.rawTransactions(block.header.number)?.[position]
    return bytes === undefined ? '0x' : dataHex(bytes)
  }
  return [
    defineMethod({
      name: 'eth_getTransactionByHash',
      params: [required('transaction hash', hash)],
      run: (_context, transaction) => transactionByHash(ports, transaction),
    }),
    defineMethod({
      name: 'eth_getTransactionByBlockHashAndIndex',
      params: [required('block hash', hash), required('index', index)],
      run: (_context, blockHash, position) => transactionInBlock(ports, byHash(blockHash), position),
    }),
    defineMethod({
      name: 'eth_getTransactionByBlockNumberAndIndex',
      params: [required('block', blockNumber), required('index', index)],
      run: (_context, reference, position) => {
        if (!isPending(reference)) return transactionInBlock(ports, findBlock(chain, reference), position)
        const pending = pendingTransactions(services)[position]
        return pending === undefined ? null : transactionJson(pending, undefined)
      },
    }),
    defineMethod({
      name: 'eth_getTransactionBySenderAndNonce',
      params: [required('sender', address), required('nonce', uint64)],
      run: (_context, sender, nonce) => transactionBySenderAndNonce(ports, sender, nonce),
    }),
    defineMethod({
      name: 'eth_getTransactionReceipt',
      params: [required('transaction hash', hash)],
      run: (_context, transaction) => transactionReceipt(ports, transaction),
    }),
    defineMethod({
      name: 'eth_getRawTransactionByHash',
      params: [required('transaction hash', hash)],
      run: (_context, transaction) => rawTransactionHex(ports, transaction),
    }),
    defineMethod({
      name: 'eth_getRawTransactionByBlockHashAndIndex',
      params: [required('block hash', hash), required('index', index)],
      run: (_context, blockHash, position) => raw(byHash(blockHash), position),
    }),
    defineMethod({
      name: 'eth_getRawTransactionByBlockNumberAndIndex',
      params: [required('block', blockNumber), required('index', index)],
      run: (_context, reference, position) => {
        if (!isPending(reference)) return raw(findBlock(chain, reference), position)
        const pending = pendingTransactions(services)[position]
        return pending === undefined ? '0x' : dataHex(pending.raw)
      },
    }),
  ]
}

/** The receipt's JSON, or null while the transaction is not final. */
export async function transactionReceipt(ports: RpcPorts, hashOfIt: Hash): Promise<object | null> {
  const { chain } = ports
  const place = chain.locate(hashOfIt)
  if (place === undefined) return null
  const block = chain.header(place.blockNumber)
  const receipts = chain.receipts(place.blockNumber)
  const receipt = receipts?.[place.index]
  if (block === undefined || receipts === undefined || receipt === undefined) return null
  const signed = await chain.transaction(place.blockNumber, place.index)
  if (signed === undefined) return null
  const subject = { hash: hashOfIt, sender: signed.sender, to: signed.transaction.to }
  return receiptJson(block, place.index, subject, receipt, logsBefore(receipts, place.index))
}

/** Canonical bytes of a transaction, final or in the pool; `0x` when unknown, as in geth. */
export function rawTransactionHex(ports: RpcPorts, transaction: Hash): string {
  const pooled = ports.pool.get(transaction)
  if (pooled !== undefined) return dataHex(pooled.raw)
  const place = ports.chain.locate(transaction)
  const bytes = place === undefined ? undefined : ports.chain.rawTransactions(place.blockNumber)?.[place.index]
  return bytes === undefined ? '0x' : dataHex(bytes)
}

async function transactionByHash(ports: RpcPorts, hashOfIt: Hash): Promise<object | null> {
  return (await findTransaction(ports, hashOfIt))?.json ?? null
}

async function transactionInBlock(
  ports: RpcPorts,
  block: HashedHeader | undefined,
  position: number,
): Promise<object | null> {
  return (await findInBlock(ports, block, position))?.json ?? null
}

async function transactionBySenderAndNonce(ports: RpcPorts, sender: Address, nonce: bigint): Promise<object | null> {
  const { pending, queued } = ports.pool.contentFrom(sender)
  const pooled = [...pending, ...queued].find((one) => one.transaction.nonce === nonce)
  if (pooled !== undefined) return transactionJson(pooled, undefined)
  const found = await findBySenderAndNonce(ports, sender, nonce)
  return found === undefined ? null : positionedJson(found.signed, found.block, found.index)
}
