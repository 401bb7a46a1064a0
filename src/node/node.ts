/**
 * The composition root: makes every part of a node, joins their ports, starts them in order and stops them in reverse.
 *
 * A part that fails while the node runs (a worker that ends, the engine that stops itself) settles `failed` with a coded
 * error; whoever runs the node then stops it and ends the process. Nothing here restarts a part: a process that starts anew
 * from its log is simpler to trust.
 */

import { nextBaseFee } from '../chainspec/fees.ts'
import { blsBackendName } from '../crypto/bls.ts'
import { secp256k1Engine } from '../crypto/secp256k1.ts'
import type { Clock } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import { PRUNED_HISTORY_BLOCKS } from '../lib/limits.ts'
import { TransactionGossip } from '../mempool/gossip.ts'
import { PoolJournal } from '../mempool/journal.ts'
import { Mempool } from '../mempool/mempool.ts'
import type { Host } from '../p2p/ports.ts'
import { Exporter } from '../telemetry/exporter.ts'
import type { Logger } from '../telemetry/log.ts'
import { measureLoopLag } from '../telemetry/loop-lag.ts'
import { MetricsRegistry } from '../telemetry/metrics.ts'
import { BlockSenders } from './adapters/block-senders.ts'
import { HeadEvents } from './adapters/head-events.ts'
import { LiveValidators } from './adapters/live-validators.ts'
import { PoolAccounts } from './adapters/pool-accounts.ts'
import { RecoveryPool } from './adapters/recovery-pool.ts'
import { RpcChain } from './adapters/rpc-chain.ts'
import { BlockStatistics } from './block-statistics.ts'
import { openChainStorage } from './chain-storage.ts'
import type { NodeConfig } from './config/options.ts'
import { startConsensus } from './consensus-service.ts'
import { bindToChain, layoutOf, lockDataDir } from './data-dir.ts'
import { demandNoDivergence, keepDivergence } from './divergence.ts'
import { finalityListener } from './finality.ts'
import { folderBytes } from './folder-bytes.ts'
import { demandFreePorts, namingPort, type WantedPort } from './free-ports.ts'
import { computeGenesis } from './genesis-block.ts'
import { readGenesisFile } from './genesis-file.ts'
import { liveChecks, readyChecks } from './health.ts'
import { startRpc } from './rpc-service.ts'
import { schedule } from './schedule.ts'
import type { NodeStatus } from './status.ts'
import { VERSION } from './version.ts'

export type NodeOptions = { readonly config: NodeConfig; readonly clock: Clock; readonly log: Logger }

/** Why a running node stops by itself, besides what its parts name. */
export type NodeFailure = { readonly code: 'WORKER_CRASHED'; readonly worker: string; readonly reason: string }

export type SaharaNode = {
  /** Resolves, never rejects, with the reason why the node cannot go on. */
  readonly failed: Promise<Error>
  readonly genesisHash: string
  /** Ports listened on; undefined where the service is switched off. */
  readonly ports: { readonly rpc: number | undefined; readonly metrics: number | undefined }
  /** Where peers reach this node. */
  readonly addresses: readonly string[]
  status(): NodeStatus
  /** Stops everything, last started first. */
  stop(): Promise<void>
}

/** Starts a node and resolves when it runs. What was started is stopped again when a later part refuses. */
export async function startNode({ config, clock, log }: NodeOptions): Promise<SaharaNode> {
  await using parts = new AsyncDisposableStack()
  const failure = Promise.withResolvers<Error>()
  const onCrash = (worker: string, reason: string) => failure.resolve(workerCrashed(worker, reason))
  const lock = lockDataDir(config.dataDir)
  parts.defer(() => lock.release())
  await demandFreePorts(wantedPorts(config))
  const layout = layoutOf(config.dataDir)
  const spec = readGenesisFile(config.genesis)
  const genesis = await computeGenesis(spec)
  bindToChain(config.dataDir, genesis.hash)
  demandNoDivergence(layout, config.acceptReexecution)
  const chain = { chainId: spec.chainId, genesisHash: genesis.hash }
  const metrics = new MetricsRegistry()
  metrics.collectProcess()

  const storage = await openChainStorage({
    spec,
    genesisHash: genesis.hash,
    folder: layout.chain,
    historyBlocks: historyBlocks(config),
    acceptReexecution: config.acceptReexecution,
    onCrash: (reason) => onCrash('execution', reason),
  })
  parts.defer(() => storage.close())
  const head = storage.head.block.header
  const engines = { bls: blsBackendName, secp256k1: secp256k1Engine }
  log.info({ ...chain, height: head.number, hash: storage.head.block.hash, ...engines }, 'chain is open')

  const recovery = new RecoveryPool(config['workers.recovery'], onCrash)
  parts.defer(() => recovery.stop())
  const pool = new Mempool({
    accounts: new PoolAccounts(storage.states),
    recovery,
    clock,
    log: log.child('pool'),
    head: { nextBaseFeePerGas: nextBaseFee(spec.fees, head), gasLimit: spec.blockGasLimit },
    chainId: BigInt(spec.chainId),
    minBaseFeePerGas: spec.fees.minBaseFeePerGas,
    minTipPerGas: BigInt(config['mempool.minTipWei']),
    journal: new PoolJournal(layout.poolJournal),
  })
  await pool.start()
  parts.defer(() => pool.stop())

  let host: Host | undefined
  const gossip = new TransactionGossip({
    pool,
    clock,
    schedule,
    publish: (announcement) => void host?.publish('transactions', announcement),
  })
  const statistics = new BlockStatistics()
  const events = new HeadEvents()
  const rpcChain = new RpcChain(storage.blocks, recovery)
  const onFinalized = finalityListener({
    fees: spec.fees,
    pool,
    gossip,
    rpcChain,
    events,
    statistics,
    clock,
    log: log.child('chain'),
    metrics,
  })
  const consensus = await startConsensus({
    config,
    spec,
    chain,
    storage,
    pool,
    gossip,
    senders: new BlockSenders(pool, recovery),
    validators: new LiveValidators(spec),
    clock,
    log,
    metrics,
    onFinalized,
    onStop: (error) => {
      // First, for the block cannot be kept on a full disk, and the node must stop all the same.
      failure.resolve(error)
      keepDivergence(layout, error)
    },
  })
  parts.defer(() => consensus.stop())
  host = consensus.host
  gossip.start()
  parts.defer(() => gossip.stop())

  const status = (): NodeStatus => {
    const { epoch, view, finalizedHeight, finalizedHash } = consensus.engine.status()
    const behindBlocks = Math.max(0, consensus.sync.progress().target - finalizedHeight)
    const { pending, queued } = pool.status()
    return {
      version: VERSION,
      ...chain,
      isValidator: consensus.isValidator,
      peerId: consensus.host.peerId,
      finalizedHeight,
      finalizedHash,
      epoch,
      view,
      isSynced: behindBlocks <= 2,
      behindBlocks,
      peers: consensus.host.peers().length,
      ...statistics.pace(clock.nowMs()),
      pooledTransactions: pending + queued,
      residentBytes: process.memoryUsage.rss(),
    }
  }
  metrics.gauge('sync_lag_blocks', 'blocks behind the highest peer', [], () => status().behindBlocks)
  metrics.gauge('mempool_txs', 'transactions in the pool', [], () => status().pooledTransactions)
  metrics.gauge('db_bytes', 'size of the chain database on disk', [], () => folderBytes(layout.chain))
  metrics.gauge('rss_bytes', 'resident memory', [], () => process.memoryUsage.rss())

  let rpcPort: number | undefined
  if (config['rpc.enabled']) {
    const rpc = await startRpc({
      config,
      spec,
      chain,
      storage,
      pool,
      rpcChain,
      events,
      statistics,
      consensus,
      clock,
      log: log.child('rpc'),
      metrics,
      onCrash,
    })
    parts.defer(() => rpc.stop())
    rpcPort = rpc.port
  }
  let metricsPort: number | undefined
  if (config['metrics.enabled']) {
    const lag = measureLoopLag(() => clock.monotonicMs())
    parts.defer(() => lag.stop())
    metrics.gauge('eventloop_lag_seconds', 'lateness of the event loop', [], () => lag.currentMs() / 1_000)
    const exporter = new Exporter({
      host: config['metrics.host'],
      port: config['metrics.port'],
      metrics,
      live: liveChecks(lag),
      ready: readyChecks(status, spec.validators.length === 1, config.dataDir),
      status,
    })
    metricsPort = await namingPort(config['metrics.port'], 'metrics', () => exporter.start())
    parts.defer(() => exporter.stop())
  }
  log.info({ rpc: rpcPort, metrics: metricsPort, addresses: consensus.host.addresses() }, 'node runs')
  const running = parts.move()
  return {
    failed: failure.promise,
    genesisHash: genesis.hash,
    ports: { rpc: rpcPort, metrics: metricsPort },
    addresses: consensus.host.addresses(),
    status,
    stop: () => running.disposeAsync(),
  }
}

function wantedPorts(config: NodeConfig): WantedPort[] {
  const wanted = [{ host: config['p2p.host'], port: config['p2p.port'], what: 'p2p' }]
  if (config['rpc.enabled']) wanted.push({ host: config['rpc.host'], port: config['rpc.port'], what: 'RPC' })
  if (config['metrics.enabled']) {
    wanted.push({ host: config['metrics.host'], port: config['metrics.port'], what: 'metrics' })
  }
  return wanted
}

/** Blocks whose states stay queryable. */
function historyBlocks(config: NodeConfig): number {
  if (config['state.history'] === 'archive') return Number.POSITIVE_INFINITY
  return config['state.history'] === 'pruned' ? PRUNED_HISTORY_BLOCKS : config['state.historyBlocks']
}

function workerCrashed(worker: string, reason: string): CodedError<NodeFailure> {
  return new CodedError({ code: 'WORKER_CRASHED', worker, reason }, `the ${worker} worker has ended: ${reason}`)
}
