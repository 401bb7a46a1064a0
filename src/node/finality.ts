/**
 * What the node does with each block that became final: statistics, metrics, the pool, the RPC's subscribers, the log.
 * One place, one order: whoever is told can already read the block.
 */

import type { FeeRules } from '../chainspec/chain-spec.ts'
import { nextBaseFee } from '../chainspec/fees.ts'
import type { FinalizedBlock } from '../execution/chain-types.ts'
import type { Clock } from '../lib/clock.ts'
import type { TransactionGossip } from '../mempool/gossip.ts'
import type { TransactionPool } from '../mempool/pool.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { blockTimestampMs } from '../types/block.ts'
import type { HeadEvents } from './adapters/head-events.ts'
import type { RpcChain } from './adapters/rpc-chain.ts'
import type { BlockStatistics } from './block-statistics.ts'

export type FinalityParts = {
  readonly fees: FeeRules
  readonly pool: TransactionPool
  readonly gossip: TransactionGossip
  readonly rpcChain: RpcChain
  readonly events: HeadEvents
  readonly statistics: BlockStatistics
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
}

/** Returns what is to be called with each finalized block, ascending. */
export function finalityListener(parts: FinalityParts): (finalized: FinalizedBlock) => void {
  const { metrics, clock, log } = parts
  const gasUsed = metrics.gauge('block_gas_used', 'gas used by the last finalized block')
  const transactions = metrics.counter('transactions_total', 'transactions in finalized blocks')
  return (finalized) => {
    const { block } = finalized
    const { header } = block
    const nowMs = clock.nowMs()
    const timestampMs = blockTimestampMs(block)
    parts.statistics.note(timestampMs, nowMs, block.transactions.length)
    gasUsed.set(Number(header.gasUsed))
    transactions.inc({}, block.transactions.length)
    parts.rpcChain.onFinalized(finalized)
    parts.pool.onFinalized({
      nextBaseFeePerGas: nextBaseFee(parts.fees, header),
      gasLimit: header.gasLimit,
      transactionHashes: finalized.transactionHashes,
      changedAccounts: new Map(finalized.changedAccounts.map((address) => [address, undefined])),
    })
    parts.gossip.onFinalized()
    parts.events.onFinalized(finalized)
    const summary = { height: header.number, hash: block.hash, txs: block.transactions.length, gas: header.gasUsed }
    log.debug({ ...summary, finalityMs: nowMs - timestampMs }, 'block committed')
  }
}
