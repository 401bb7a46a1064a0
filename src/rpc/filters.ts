/**
 * Installed filters (eth_newFilter and its kin). A block or log filter remembers only how far it was read: finalized
 * blocks never change, so what is new is looked up when asked for. A pending filter keeps a bounded list of hashes.
 */

import { randomBytes } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import {
  MAX_RPC_FILTER_ANSWER_BYTES,
  MAX_RPC_FILTER_HASHES,
  MAX_RPC_FILTERS,
  RPC_FILTER_LIFETIME_MS,
} from '../lib/limits.ts'
import type { Hash } from '../types/primitives.ts'
import { heightOf } from './block-parameter.ts'
import { filterNotFound, limitExceeded } from './errors.ts'
import { findTransaction } from './find-transaction.ts'
import type { LogFilter } from './log-filter.ts'
import type { BlockRange, LogQuery } from './log-query.ts'
import type { RpcPorts, Unsubscribe } from './ports.ts'

type FilterKind =
  | { readonly kind: 'logs'; readonly filter: LogFilter; nextBlock: number }
  | { readonly kind: 'blocks'; nextBlock: number }
  | { readonly kind: 'pending'; readonly isFull: boolean; readonly hashes: Hash[] }

type Installed = FilterKind & { lastAskedMs: number }

export class FilterRegistry {
  private readonly ports: Pick<RpcPorts, 'chain' | 'pool'>
  private readonly logs: LogQuery
  private readonly clock: Clock
  /** In the order in which they were last asked for, so that the expired ones come first. */
  private readonly installed = new Map<string, Installed>()
  private pendingFilters = 0
  private stopPending: Unsubscribe | undefined

  constructor(ports: Pick<RpcPorts, 'chain' | 'pool'>, logs: LogQuery, clock: Clock) {
    this.ports = ports
    this.logs = logs
    this.clock = clock
  }

  get size(): number {
    return this.installed.size
  }

  /** Installs a filter that yields logs of blocks from now on; its range is checked as for eth_getLogs. */
  installLogs(filter: LogFilter): string {
    if (filter.blockHash !== undefined || filter.fromBlock?.kind === 'number') this.checkRange(filter)
    return this.install({ kind: 'logs', filter, nextBlock: this.nextHeight() })
  }

  installBlocks(): string {
    return this.install({ kind: 'blocks', nextBlock: this.nextHeight() })
  }

  /** Yields hashes, or whole transactions when `isFull`. */
  installPending(isFull: boolean): string {
    const id = this.install({ kind: 'pending', isFull, hashes: [] })
    this.pendingFilters++
    this.stopPending ??= this.ports.pool.onPending(({ hash }) => this.notePending(hash))
    return id
  }

  /** True when the filter existed. */
  uninstall(id: string): boolean {
    const filter = this.installed.get(id)
    if (filter === undefined) return false
    this.installed.delete(id)
    if (filter.kind === 'pending') this.forgetPending()
    return true
  }

  /** What is new since the last time: logs, transactions, or hashes of blocks or transactions. Throws when unknown. */
  async changes(id: string): Promise<readonly (object | Hash)[]> {
    const filter = this.demand(id)
    if (filter.kind === 'pending') {
      return filter.isFull ? this.takeTransactions(filter.hashes) : filter.hashes.splice(0)
    }
    if (filter.kind === 'blocks') return this.blockHashes(this.takeNew(filter))
    // Blocks are taken when the search begins: when it is refused, they are still new the next time.
    return this.logs.scan(filter.filter, () => this.clip(filter.filter, this.takeNew(filter)))
  }

  /** All logs of a log filter's own range. Throws when the filter is unknown or of another kind. */
  async allLogs(id: string): Promise<object[]> {
    const filter = this.demand(id)
    if (filter.kind !== 'logs') throw filterNotFound()
    return this.logs.find(filter.filter)
  }

  private install(filter: FilterKind): string {
    this.removeExpired()
    if (this.installed.size >= MAX_RPC_FILTERS) throw limitExceeded('too many filters are installed')
    const id = randomFilterId()
    this.installed.set(id, { ...filter, lastAskedMs: this.clock.monotonicMs() })
    return id
  }

  private demand(id: string): Installed {
    this.removeExpired()
    const filter = this.installed.get(id)
    if (filter === undefined) throw filterNotFound()
    filter.lastAskedMs = this.clock.monotonicMs()
    this.installed.delete(id)
    this.installed.set(id, filter)
    return filter
  }

  private removeExpired(): void {
    const oldest = this.clock.monotonicMs() - RPC_FILTER_LIFETIME_MS
    for (const [id, filter] of this.installed) {
      if (filter.lastAskedMs >= oldest) return
      this.uninstall(id)
    }
  }

  private checkRange(filter: LogFilter): void {
    const to = filter.toBlock ?? { kind: 'tag', tag: 'latest' }
    // A filter may wait for blocks to come; only a range that lies in the past can be wrong.
    const height = heightOf(this.ports.chain, to)
    if (height !== undefined && height <= this.ports.chain.head().header.number) this.logs.rangeOf(filter)
  }

  /** The blocks since the last time, which are not new any more; `from` is above `to` when there are none. */
  private takeNew(filter: { nextBlock: number }): BlockRange {
    const range = { from: filter.nextBlock, to: this.ports.chain.head().header.number }
    filter.nextBlock = range.to + 1
    return range
  }

  /** The part of the new blocks that the filter's own range allows. */
  private clip(filter: LogFilter, { from, to }: BlockRange): BlockRange {
    const lower = filter.fromBlock?.kind === 'number' ? Math.max(from, filter.fromBlock.number) : from
    const upper = filter.toBlock?.kind === 'number' ? Math.min(to, filter.toBlock.number) : to
    return { from: lower, to: upper }
  }

  private blockHashes({ from, to }: BlockRange): Hash[] {
    const hashes: Hash[] = []
    for (let number = from; number <= to; number++) {
      const block = this.ports.chain.header(number)
      if (block !== undefined) hashes.push(block.hash)
    }
    return hashes
  }

  /** Whole transactions, final by now or not, as many as one answer holds; the others are new the next time. */
  private async takeTransactions(hashes: Hash[]): Promise<object[]> {
    const taken: object[] = []
    let bytes = 0
    while (bytes < MAX_RPC_FILTER_ANSWER_BYTES) {
      const hash = hashes.shift()
      if (hash === undefined) break
      const found = await findTransaction(this.ports, hash)
      // One that the pool dropped meanwhile is nowhere any more.
      if (found === undefined) continue
      bytes += found.signed.raw.length
      taken.push(found.json)
    }
    return taken
  }

  private nextHeight(): number {
    return this.ports.chain.head().header.number + 1
  }

  private notePending(hash: Hash): void {
    this.removeExpired()
    for (const filter of this.installed.values()) {
      if (filter.kind !== 'pending') continue
      filter.hashes.push(hash)
      if (filter.hashes.length > MAX_RPC_FILTER_HASHES) filter.hashes.shift()
    }
  }

  private forgetPending(): void {
    this.pendingFilters--
    if (this.pendingFilters > 0) return
    this.stopPending?.()
    this.stopPending = undefined
  }
}

/** 128 random bits as a quantity: nobody can guess another client's filter. */
export function randomFilterId(): string {
  return `0x${BigInt(`0x${randomBytes(16).toString('hex')}`).toString(16)}`
}
