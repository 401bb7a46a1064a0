/**
 * Searches finalized blocks for logs: blooms first, receipts only where a bloom matches, giving way to other work every
 * few milliseconds.
 */

import type { Clock } from '../lib/clock.ts'
import { MAX_LOG_QUERIES, MAX_LOG_QUERIES_WAITING, MAX_LOG_RESULTS } from '../lib/limits.ts'
import type { Hash } from '../types/primitives.ts'
import type { Receipt } from '../types/receipt.ts'
import { transactionHash } from '../types/transaction-codec.ts'
import { type BlockReference, heightOf, isPending } from './block-parameter.ts'
import { logJson } from './encode/receipt-json.ts'
import { CODE, invalidParams, prunedBlock, RpcError, unknownBlock } from './errors.ts'
import { Gate } from './gate.ts'
import { bloomTest, type LogFilter, matchesLog } from './log-filter.ts'
import type { HashedHeader, RpcPorts } from './ports.ts'
import { Turns } from './turns.ts'

export type BlockRange = { readonly from: number; readonly to: number }

export class LogQuery {
  private readonly ports: Pick<RpcPorts, 'chain' | 'keccak256'>
  private readonly clock: Clock
  private readonly maxRangeBlocks: number
  private readonly gate = new Gate({
    running: MAX_LOG_QUERIES,
    waiting: MAX_LOG_QUERIES_WAITING,
    what: 'too many log queries are waiting',
  })

  constructor(ports: Pick<RpcPorts, 'chain' | 'keccak256'>, clock: Clock, maxRangeBlocks: number) {
    this.ports = ports
    this.clock = clock
    this.maxRangeBlocks = maxRangeBlocks
  }

  /** The logs that a filter object asks for, ascending. Throws RpcError with geth's words. */
  async find(filter: LogFilter): Promise<object[]> {
    const range = this.rangeOf(filter)
    return this.scan(filter, () => range)
  }

  /** The logs of a range that the caller has bounded and names when the search begins; nothing when it is empty. */
  async scan(filter: LogFilter, rangeNow: () => BlockRange): Promise<object[]> {
    return this.gate.run(() => this.scanSlices(filter, rangeNow()))
  }

  /** Checks a filter's range against the chain: eth_newFilter does so before anything is searched. */
  rangeOf(filter: LogFilter): BlockRange {
    const { chain } = this.ports
    if (filter.blockHash !== undefined) {
      const number = chain.numberOf(filter.blockHash)
      if (number === undefined) throw unknownBlock()
      return { from: number, to: number }
    }
    const from = this.heightOf(filter.fromBlock)
    const to = this.heightOf(filter.toBlock)
    if (from > to) throw invalidParams('invalid block range params')
    if (to > chain.head().header.number) throw invalidParams('block range extends beyond current head block')
    if (to - from + 1 > this.maxRangeBlocks) {
      throw new RpcError(CODE.limit, `exceed maximum block range: ${this.maxRangeBlocks}`)
    }
    if (from < chain.oldestBlock()) throw prunedBlock(this.ports)
    return { from, to }
  }

  private heightOf(reference: BlockReference | undefined): number {
    if (reference !== undefined && isPending(reference)) throw invalidParams('pending logs are not supported')
    return heightOf(this.ports.chain, reference ?? { kind: 'tag', tag: 'latest' }) ?? 0
  }

  private async scanSlices(filter: LogFilter, { from, to }: BlockRange): Promise<object[]> {
    const { chain, keccak256 } = this.ports
    const mayMatch = bloomTest(filter, keccak256)
    const found: object[] = []
    const turns = new Turns(() => this.clock.monotonicMs())
    for (let number = from; number <= to; number++) {
      if (turns.isOver) await turns.next()
      const bloom = chain.logsBloom(number)
      if (bloom === undefined || !mayMatch(bloom)) continue
      this.searchBlock(filter, number, found)
      if (found.length > MAX_LOG_RESULTS) {
        throw new RpcError(CODE.limit, `query returned more than ${MAX_LOG_RESULTS} results`)
      }
    }
    return found
  }

  private searchBlock(filter: LogFilter, number: number, found: object[]): void {
    const { chain } = this.ports
    const receipts = chain.receipts(number)
    if (receipts === undefined || !receipts.some((one) => one.logs.length > 0)) return
    const block = chain.header(number)
    const raws = chain.rawTransactions(number)
    if (block === undefined || raws === undefined) return
    appendMatches(filter, block, receipts, (i) => transactionHash(raws[i] as Uint8Array), found)
  }
}

/** Appends the matching logs of one block to `found`, at most one over the limit of results. */
export function appendMatches(
  filter: LogFilter,
  block: HashedHeader,
  receipts: readonly Receipt[],
  hashOf: (index: number) => Hash,
  found: object[],
): void {
  let logIndex = 0
  receipts.forEach((receipt, index) => {
    let hash: Hash | undefined
    for (const log of receipt.logs) {
      if (found.length <= MAX_LOG_RESULTS && matchesLog(filter, log)) {
        hash ??= hashOf(index)
        found.push(logJson(block, hash, index, log, logIndex))
      }
      logIndex++
    }
  })
}
