/**
 * eth_*: blocks and their receipts.
 */

import { standardBlockSize } from '../../types/block-codec.ts'
import type { Hash } from '../../types/primitives.ts'
import { transactionHash } from '../../types/transaction-codec.ts'
import { type BlockReference, blockNumber, blockNumberOrHash, findBlock, isPending } from '../block-parameter.ts'
import { blockJson, headerJson } from '../encode/block-json.ts'
import { receiptJson } from '../encode/receipt-json.ts'
import { transactionJson } from '../encode/transaction-json.ts'
import { prunedBlock } from '../errors.ts'
import { quantity } from '../hex.ts'
import { defineMethod, type Method } from '../method.ts'
import { boolean, hash, index, optional, required } from '../params.ts'
import { pendingBlockJson, pendingHeaderJson, pendingTransactions } from '../pending-block.ts'
import type { HashedHeader, RpcPorts } from '../ports.ts'
import type { Services } from '../services.ts'

export function ethBlockMethods(services: Services): Method[] {
  const { ports } = services
  const byHash = (blockHash: Hash) => findBlock(ports.chain, { kind: 'hash', hash: blockHash })
  const count = (block: HashedHeader | undefined) =>
    block === undefined ? null : quantity(demandTransactions(ports, block).length)
  const noUncles = (block: HashedHeader | undefined) => (block === undefined ? null : '0x0')
  return [
    defineMethod({
      name: 'eth_getBlockByNumber',
      params: [required('block', blockNumber), optional('hydrated', boolean, false)],
      run: (_context, reference, isHydrated) =>
        isPending(reference)
          ? pendingBlockJson(services, isHydrated)
          : blockOrNull(ports, findBlock(ports.chain, reference), isHydrated),
    }),
    defineMethod({
      name: 'eth_getBlockByHash',
      params: [required('block hash', hash), optional('hydrated', boolean, false)],
      run: (_context, blockHash, isHydrated) => blockOrNull(ports, byHash(blockHash), isHydrated),
    }),
    defineMethod({
      name: 'eth_getHeaderByNumber',
      params: [required('block', blockNumber)],
      run: (_context, reference) =>
        isPending(reference) ? pendingHeaderJson(services) : headerOrNull(findBlock(ports.chain, reference)),
    }),
    defineMethod({
      name: 'eth_getHeaderByHash',
      params: [required('block hash', hash)],
      run: (_context, blockHash) => headerOrNull(byHash(blockHash)),
    }),
    defineMethod({
      name: 'eth_getBlockTransactionCountByNumber',
      params: [required('block', blockNumber)],
      run: (_context, reference) =>
        isPending(reference)
          ? quantity(pendingTransactions(services).length)
          : count(findBlock(ports.chain, reference)),
    }),
    defineMethod({
      name: 'eth_getBlockTransactionCountByHash',
      params: [required('block hash', hash)],
      run: (_context, blockHash) => count(byHash(blockHash)),
    }),
    defineMethod({
      name: 'eth_getUncleCountByBlockNumber',
      params: [required('block', blockNumber)],
      run: (_context, reference) => noUncles(findBlock(ports.chain, reference)),
    }),
    defineMethod({
      name: 'eth_getUncleCountByBlockHash',
      params: [required('block hash', hash)],
      run: (_context, blockHash) => noUncles(byHash(blockHash)),
    }),
    defineMethod({
      name: 'eth_getUncleByBlockNumberAndIndex',
      params: [required('block', blockNumber), required('index', index)],
      run: () => null,
    }),
    defineMethod({
      name: 'eth_getUncleByBlockHashAndIndex',
      params: [required('block hash', hash), required('index', index)],
      run: () => null,
    }),
    defineMethod({
      name: 'eth_getBlockReceipts',
      params: [required('block', blockNumberOrHash)],
      run: (_context, reference) => blockReceipts(ports, reference),
    }),
  ]
}

function headerOrNull(block: HashedHeader | undefined): object | null {
  return block === undefined ? null : headerJson(block.hash, block.header)
}

async function blockOrNull(ports: RpcPorts, block: HashedHeader | undefined, isHydrated: boolean) {
  if (block === undefined) return null
  const raws = demandTransactions(ports, block)
  const size = standardBlockSize({ header: block.header, transactions: raws })
  if (!isHydrated) return blockJson(block.hash, block.header, size, raws.map(transactionHash))
  const transactions = (await ports.chain.transactions(block.header.number)) ?? []
  const position = {
    blockHash: block.hash,
    blockNumber: block.header.number,
    blockTimestamp: block.header.timestamp,
    baseFeePerGas: block.header.baseFeePerGas,
  }
  const objects = transactions.map((signed, i) => transactionJson(signed, { ...position, index: i }))
  return blockJson(block.hash, block.header, size, objects)
}

async function blockReceipts(ports: RpcPorts, reference: BlockReference): Promise<readonly object[] | null> {
  // Nothing of the pending block has run.
  const block = isPending(reference) ? undefined : findBlock(ports.chain, reference)
  if (block === undefined) return null
  const receipts = ports.chain.receipts(block.header.number)
  const transactions = await ports.chain.transactions(block.header.number)
  if (receipts === undefined || transactions === undefined) throw prunedBlock(ports)
  let firstLogIndex = 0
  return receipts.map((receipt, i) => {
    const signed = transactions[i]
    if (signed === undefined) throw new Error('a block has more receipts than transactions')
    const subject = { hash: signed.hash, sender: signed.sender, to: signed.transaction.to }
    const json = receiptJson(block, i, subject, receipt, firstLogIndex)
    firstLogIndex += receipt.logs.length
    return json
  })
}

/** The block's transactions as bytes; error 4444 when its body is no longer kept. */
export function demandTransactions(ports: RpcPorts, block: HashedHeader): readonly Uint8Array[] {
  const raws = ports.chain.rawTransactions(block.header.number)
  if (raws === undefined) throw prunedBlock(ports)
  return raws
}
