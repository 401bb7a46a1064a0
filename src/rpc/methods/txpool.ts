/**
 * txpool_*: the pool, keyed by checksummed address and decimal nonce as in geth.
 */

import type { Address } from '../../types/primitives.ts'
import type { SignedTransaction } from '../../types/transaction.ts'
import { checksumAddress } from '../checksum.ts'
import { maxGasPrice, transactionJson } from '../encode/transaction-json.ts'
import { quantity } from '../hex.ts'
import { COST, defineMethod, type Method } from '../method.ts'
import { address, required } from '../params.ts'
import type { Services } from '../services.ts'

type Show = (signed: SignedTransaction) => object | string

export function txpoolMethods({ ports }: Services): Method[] {
  const { pool, keccak256 } = ports
  const inFull: Show = (signed) => transactionJson(signed, undefined)
  const bySender = (queues: ReadonlyMap<Address, readonly SignedTransaction[]>, show: Show) =>
    Object.fromEntries([...queues].map(([sender, queue]) => [checksumAddress(sender, keccak256), byNonce(queue, show)]))
  const content = (show: Show) => {
    const { pending, queued } = pool.content()
    return { pending: bySender(pending, show), queued: bySender(queued, show) }
  }
  return [
    defineMethod({
      name: 'txpool_status',
      params: [],
      run: () => {
        const { pending, queued } = pool.status()
        return { pending: quantity(pending), queued: quantity(queued) }
      },
    }),
    defineMethod({ name: 'txpool_content', params: [], cost: COST.logs, run: () => content(inFull) }),
    defineMethod({ name: 'txpool_inspect', params: [], cost: COST.logs, run: () => content(summary) }),
    defineMethod({
      name: 'txpool_contentFrom',
      params: [required('address', address)],
      run: (_context, sender) => {
        const { pending, queued } = pool.contentFrom(sender)
        return { pending: byNonce(pending, inFull), queued: byNonce(queued, inFull) }
      },
    }),
  ]
}

function byNonce(queue: readonly SignedTransaction[], show: Show): object {
  return Object.fromEntries(queue.map((signed) => [signed.transaction.nonce.toString(), show(signed)]))
}

/** geth's one line for a transaction. */
function summary({ transaction: tx }: SignedTransaction): string {
  const what = tx.to ?? 'contract creation'
  return `${what}: ${tx.value} wei + ${tx.gasLimit} gas × ${maxGasPrice(tx)} wei`
}
