/**
 * debug_getRaw*: consensus encodings of what the chain holds.
 */

import { encodeHeader, encodeStandardBlock } from '../../types/block-codec.ts'
import { encodeReceipt } from '../../types/receipt-codec.ts'
import { type BlockReference, blockNumberOrHash, demandBlock } from '../block-parameter.ts'
import { prunedBlock } from '../errors.ts'
import { dataHex } from '../hex.ts'
import { COST, defineMethod, type Method } from '../method.ts'
import { hash, required } from '../params.ts'
import type { Services } from '../services.ts'
import { demandTransactions } from './eth-blocks.ts'
import { rawTransactionHex } from './eth-transactions.ts'

export function debugMethods({ ports }: Services): Method[] {
  const demand = (reference: BlockReference) => demandBlock(ports.chain, reference)
  const block = required('block', blockNumberOrHash)
  return [
    defineMethod({
      name: 'debug_getRawHeader',
      params: [block],
      run: (_context, reference) => dataHex(encodeHeader(demand(reference).header)),
    }),
    defineMethod({
      name: 'debug_getRawBlock',
      params: [block],
      cost: COST.call,
      run: (_context, reference) => {
        const found = demand(reference)
        return dataHex(encodeStandardBlock({ header: found.header, transactions: demandTransactions(ports, found) }))
      },
    }),
    defineMethod({
      name: 'debug_getRawReceipts',
      params: [block],
      cost: COST.call,
      run: (_context, reference) => {
        const receipts = ports.chain.receipts(demand(reference).header.number)
        if (receipts === undefined) throw prunedBlock(ports)
        return receipts.map((receipt) => dataHex(encodeReceipt(receipt)))
      },
    }),
    defineMethod({
      name: 'debug_getRawTransaction',
      params: [required('transaction hash', hash)],
      run: (_context, transaction) => rawTransactionHex(ports, transaction),
    }),
  ]
}
