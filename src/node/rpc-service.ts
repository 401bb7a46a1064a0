/**
 * The RPC as a service: its ports answered by the node, its read workers, its server.
 */

import type { ChainSpec } from '../chainspec/chain-spec.ts'
import { nextBaseFee } from '../chainspec/fees.ts'
import { keccak256Hash } from '../crypto/keccak.ts'
import type { Clock } from '../lib/clock.ts'
import type { TransactionPool } from '../mempool/pool.ts'
import type { RpcPorts } from '../rpc/ports.ts'
import { parseRateLimit } from '../rpc/rate-limit.ts'
import { RpcServer } from '../rpc/server.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { ChainIdentity } from '../types/sign-bytes.ts'
import { RpcAttribution } from './adapters/attribution.ts'
import type { LeafFolder } from './adapters/attribution-reads.ts'
import type { HeadEvents } from './adapters/head-events.ts'
import { ReadPool } from './adapters/read-pool.ts'
import type { RpcChain } from './adapters/rpc-chain.ts'
import { RpcConsensus } from './adapters/rpc-consensus.ts'
import { RpcState } from './adapters/rpc-state.ts'
import type { BlockStatistics } from './block-statistics.ts'
import { chainFacts } from './chain-facts.ts'
import type { ChainStorage } from './chain-storage.ts'
import type { NodeConfig } from './config/options.ts'
import type { ConsensusService } from './consensus-service.ts'
import { layoutOf } from './data-dir.ts'
import { folderBytes } from './folder-bytes.ts'

export type RpcParts = {
  readonly config: NodeConfig
  readonly spec: ChainSpec
  readonly chain: ChainIdentity
  readonly storage: ChainStorage
  readonly pool: TransactionPool
  readonly rpcChain: RpcChain
  readonly events: HeadEvents
  readonly statistics: BlockStatistics
  readonly consensus: ConsensusService
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  readonly onCrash: (worker: string, reason: string) => void
}

export type RpcService = { readonly port: number; stop(): Promise<void> }

/** Further behind than this the node says that it is syncing. */
const SYNCED_WITHIN_BLOCKS = 2
/** How often subscribers of syncing are looked after. */
const SYNC_WATCH_MS = 1_000

/** Starts the read workers and listens. */
export async function startRpc(parts: RpcParts): Promise<RpcService> {
  const { config, spec, clock, log, metrics } = parts
  const reads = new ReadPool(
    config['workers.read'],
    {
      spec,
      folder: layoutOf(config.dataDir).chain,
      limitMs: config['rpc.callTimeoutMs'],
      leaves: leafFolder(config),
    },
    parts.onCrash,
  )
  const server = new RpcServer({
    ports: rpcPorts(parts, reads),
    clock,
    log,
    metrics,
    host: config['rpc.host'],
    port: config['rpc.port'],
    corsDomains: config['rpc.corsDomains'],
    vhosts: config['rpc.vhosts'],
    maxLogRangeBlocks: config['rpc.logRangeBlocks'],
    rateLimit: parseRateLimit(config['rpc.rateLimit']),
  })
  try {
    await reads.ready()
    await server.start()
  } catch (thrown) {
    await reads.stop()
    throw thrown
  }
  if (config['leafFiles.serve']) {
    const folder = layoutOf(config.dataDir).leafFiles
    metrics.gauge('leaf_files_bytes', 'leaf files that are served, and their indexes', [], () => folderBytes(folder))
  }
  const watch = setInterval(() => parts.events.noteSyncing(syncProgress(parts) !== undefined), SYNC_WATCH_MS)
  watch.unref()
  return {
    port: Number(new URL(server.url).port),
    stop: async () => {
      clearInterval(watch)
      await server.stop()
      await reads.stop()
    },
  }
}

/** Where block sync stands; undefined while the node is at the head. */
function syncProgress({ consensus }: RpcParts): ReturnType<RpcPorts['sync']['progress']> {
  const { startedAt, height, target } = consensus.sync.progress()
  if (target - height <= SYNCED_WITHIN_BLOCKS) return undefined
  return { startingBlock: startedAt, currentBlock: height, highestBlock: target }
}

/** Where leaf files are, on a node that serves them. */
function leafFolder(config: NodeConfig): LeafFolder | undefined {
  if (!config['leafFiles.serve']) return undefined
  const limitBytes = config['leafFiles.maxMegabytes'] * 1024 * 1024
  return { folder: layoutOf(config.dataDir).leafFiles, limitBytes }
}

function rpcPorts(parts: RpcParts, reads: ReadPool): RpcPorts {
  const { config, spec, storage, consensus, statistics, clock } = parts
  const { engine, host } = consensus
  return {
    facts: chainFacts(spec, parts.chain),
    chain: parts.rpcChain,
    state: new RpcState(storage.states, (address, slots, number) => reads.proof(address, slots, number)),
    execution: reads,
    pool: parts.pool,
    fees: {
      nextBaseFee: (header) => nextBaseFee(spec.fees, header),
      minTipPerGas: () => BigInt(config['mempool.minTipWei']),
    },
    network: { peerCount: () => host.peers().length, isListening: () => host.addresses().length > 0 },
    sync: { progress: () => syncProgress(parts) },
    events: parts.events,
    consensus: new RpcConsensus({
      store: storage.store,
      validators: parts.consensus.validators,
      statistics,
      isValidator: consensus.isValidator,
      nowMs: () => clock.nowMs(),
      round: () => engine.status(),
    }),
    attribution:
      spec.attribution === undefined
        ? undefined
        : new RpcAttribution({
            reads,
            headNumber: () => parts.rpcChain.head().header.number,
            leaves: leafFolder(config),
            log: parts.log,
          }),
    keccak256: keccak256Hash,
  }
}
