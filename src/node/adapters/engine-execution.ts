/**
 * The engine's execution port: senders and candidates are found on this thread, the rest happens in the execution worker.
 */

import type { FeeRules } from '../../chainspec/chain-spec.ts'
import { nextBaseFee } from '../../chainspec/fees.ts'
import type { BlockRefusal, BlockRequest, ExecutionPort, FinalizedHead } from '../../engine/ports.ts'
import { describeBlockFailure } from '../../execution/block-failure.ts'
import type { FinalizedBlock } from '../../execution/chain-types.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'
import type { Clock } from '../../lib/clock.ts'
import { MAX_UNFINALIZED } from '../../lib/limits.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import type { TransactionPool } from '../../mempool/pool.ts'
import type { Logger } from '../../telemetry/log.ts'
import { type HistogramMetric, type Metrics, SECONDS_BUCKETS } from '../../telemetry/metrics.ts'
import type { Header, SealedBlock } from '../../types/block.ts'
import type { Address, Hash } from '../../types/primitives.ts'
import type { ExecutionMethods } from '../workers/execution-methods.ts'
import type { WorkerCalls } from '../workers/worker-rpc.ts'
import type { BlockSenders } from './block-senders.ts'

export type EngineExecutionOptions = {
  readonly calls: WorkerCalls<ExecutionMethods>
  readonly pool: TransactionPool
  readonly senders: BlockSenders
  readonly fees: FeeRules
  readonly blockGasLimit: bigint
  readonly maxBlockBytes: number
  readonly head: FinalizedHead
  readonly log: Logger
  readonly clock: Clock
  readonly metrics: Metrics
  /** Told of each block that became final, ascending, before the engine is. */
  readonly onFinalized: (block: FinalizedBlock) => void
}

/** Header, consensus fields and framing of a block beside its transactions. */
const BLOCK_OVERHEAD_BYTES = 2_048

export class EngineExecution implements ExecutionPort {
  private readonly options: EngineExecutionOptions
  private readonly own = new BoundedMap<Hash, true>(MAX_UNFINALIZED * 2)
  private finalized: FinalizedHead
  private readonly seconds: HistogramMetric

  constructor(options: EngineExecutionOptions) {
    this.options = options
    this.finalized = options.head
    const help = 'time of one call of the execution worker, waiting included'
    this.seconds = options.metrics.histogram('exec_seconds', help, SECONDS_BUCKETS, ['method'])
  }

  head(): Promise<FinalizedHead> {
    return Promise.resolve(this.finalized)
  }

  async check(block: SealedBlock): Promise<Result<null, BlockRefusal>> {
    const senders = await this.sendersOf(block)
    if (!senders.ok) return senders
    const checked = await this.options.calls.call('check', { block, senders: senders.value })
    return checked.ok ? checked : err(refusalOf(checked.error))
  }

  async certify(block: SealedBlock): Promise<Result<null, BlockRefusal>> {
    const { calls } = this.options
    const senders = await this.sendersOf(block)
    if (!senders.ok) return senders
    const certified = await this.timed('certify', () => calls.call('certify', { block, senders: senders.value }))
    return certified.ok ? ok(null) : err(refusalOf(certified.error))
  }

  async build(request: BlockRequest): Promise<Result<SealedBlock, BlockRefusal>> {
    const { pool, senders, calls, log } = this.options
    const { ancestors, ...rest } = request
    const candidates = pool.candidates(this.candidateRequest(ancestors))
    const offered = candidates.map(({ raw, hash, sender }) => ({ raw, hash, sender }))
    const built = await this.timed('build', () => calls.call('build', { ...rest, candidates: offered }))
    if (!built.ok) return err({ code: built.error.code, blame: 'ignore', reason: `cannot build: ${built.error.code}` })
    const { block, dropped } = built.value
    senders.remember(block.hash, built.value.senders)
    this.own.set(block.hash, true)
    for (const { hash, kind, reason } of dropped) {
      if (kind === 'invalid') log.warn({ hash, reason }, 'transaction that no block can hold leaves the pool')
      else log.debug({ hash, reason }, 'transaction left out of a block')
    }
    pool.discard(dropped.flatMap(({ hash, kind }) => (kind === 'invalid' ? [hash] : [])))
    return ok(block)
  }

  async finalize(hash: Hash, certificate: Uint8Array): Promise<Result<null, BlockRefusal>> {
    const { calls, onFinalized } = this.options
    const finalized = await this.timed('finalize', () => calls.call('finalize', { hash, certificate }))
    if (!finalized.ok) {
      const { code } = finalized.error
      return err({ code, blame: 'ignore', reason: `${code}: block ${hash} cannot be made final now` })
    }
    for (const [i, one] of finalized.value.entries()) {
      const isLast = i === finalized.value.length - 1
      this.finalized = { block: one.block, certificate: isLast ? certificate : new Uint8Array(0) }
      onFinalized(one)
    }
    return ok(null)
  }

  forget(hashes: readonly Hash[]): void {
    // A worker that is gone has forgotten everything; its end is reported elsewhere.
    this.options.calls.call('forget', hashes).catch(() => {})
  }

  /** True for a block that was built here a short while ago: its builder is the one who announces it. */
  isOwn(hash: Hash): boolean {
    return this.own.has(hash)
  }

  /** What the pool would offer on top of these unfinalized blocks; also asked for timing alone. */
  candidateRequest(ancestors: readonly SealedBlock[]): Parameters<TransactionPool['candidates']>[0] {
    const { fees, blockGasLimit, maxBlockBytes, senders } = this.options
    const parent: Header = ancestors.at(-1)?.header ?? this.finalized.block.header
    return {
      baseFeePerGas: nextBaseFee(fees, parent),
      gasLimit: blockGasLimit,
      maxBytes: maxBlockBytes - BLOCK_OVERHEAD_BYTES,
      ancestors: senders.ancestors(ancestors),
    }
  }

  private async timed<T>(method: string, work: () => Promise<T>): Promise<T> {
    const { clock } = this.options
    const startedMs = clock.monotonicMs()
    try {
      return await work()
    } finally {
      this.seconds.observe((clock.monotonicMs() - startedMs) / 1_000, { method })
    }
  }

  private async sendersOf(block: SealedBlock): Promise<Result<readonly Address[], BlockRefusal>> {
    const senders = await this.options.senders.of(block)
    if (senders.ok) return senders
    const reason = `nobody signed transaction ${senders.error}`
    return err({ code: 'INVALID_TRANSACTION', blame: 'reject', reason })
  }
}

function refusalOf(failure: Parameters<typeof describeBlockFailure>[0]): BlockRefusal {
  return { code: failure.code, blame: failure.blame, reason: describeBlockFailure(failure) }
}
