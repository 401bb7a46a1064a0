/**
 * The `pending` block: the next block's header as far as it is known, with the pool's executable transactions. Hash,
 * nonce and miner are null, as in geth: nobody has proposed it.
 */

import type { Header } from '../types/block.ts'
import { EMPTY_OMMERS_HASH, EMPTY_REQUESTS_HASH, standardBlockSize } from '../types/block-codec.ts'
import { BLOOM_BYTES } from '../types/bloom.ts'
import { EMPTY_TRIE_ROOT } from '../types/ordered-root.ts'
import { ZERO_HASH } from '../types/primitives.ts'
import type { SignedTransaction } from '../types/transaction.ts'
import { blockJson, headerJson } from './encode/block-json.ts'
import { transactionJson } from './encode/transaction-json.ts'
import type { Services } from './services.ts'

const NOT_PROPOSED = { hash: null, nonce: null, miner: null } as const

/** The pending block; `isHydrated` shows transactions in full. */
export function pendingBlockJson(services: Services, isHydrated: boolean): object {
  const header = pendingHeader(services)
  const transactions = pendingTransactions(services)
  const size = standardBlockSize({ header, transactions: transactions.map((signed) => signed.raw) })
  const shown = transactions.map((signed) => (isHydrated ? transactionJson(signed, undefined) : signed.hash))
  return { ...blockJson(ZERO_HASH, header, size, shown), ...NOT_PROPOSED }
}

/** The pending block's header. */
export function pendingHeaderJson(services: Services): object {
  return { ...headerJson(ZERO_HASH, pendingHeader(services)), ...NOT_PROPOSED }
}

function pendingHeader({ ports, clock, fees }: Services): Header {
  const head = ports.chain.head()
  return {
    ...head.header,
    parentHash: head.hash,
    ommersHash: EMPTY_OMMERS_HASH,
    number: head.header.number + 1,
    timestamp: Math.max(head.header.timestamp, Math.floor(clock.nowMs() / 1000)),
    baseFeePerGas: fees.nextBaseFee(),
    gasUsed: 0n,
    logsBloom: new Uint8Array(BLOOM_BYTES),
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    extraData: new Uint8Array(0),
    mixHash: ZERO_HASH,
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: EMPTY_REQUESTS_HASH,
  }
}

/** Executable transactions, sender by sender in nonce order, as long as their gas limits fit. */
export function pendingTransactions({ ports }: Pick<Services, 'ports'>): SignedTransaction[] {
  const { gasLimit } = ports.chain.head().header
  const chosen: SignedTransaction[] = []
  let gas = 0n
  for (const queue of ports.pool.content().pending.values()) {
    for (const signed of queue) {
      if (gas + signed.transaction.gasLimit > gasLimit) break
      gas += signed.transaction.gasLimit
      chosen.push(signed)
    }
  }
  return chosen
}
