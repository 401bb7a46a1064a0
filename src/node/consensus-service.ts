/**
 * Consensus and the network as one service: signer, logs, engine, host and block sync, joined to each other and to the chain.
 */

import type { ChainSpec } from '../chainspec/chain-spec.ts'
import { Engine } from '../engine/engine.ts'
import type { FinalizedBlock } from '../execution/chain-types.ts'
import { present } from '../lib/assert.ts'
import type { Clock } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import type { TransactionGossip } from '../mempool/gossip.ts'
import type { Mempool } from '../mempool/mempool.ts'
import { createHost } from '../p2p/host.ts'
import { readNodeKey } from '../p2p/node-key.ts'
import type { Host } from '../p2p/ports.ts'
import { BlockSync } from '../sync/block-sync.ts'
import { encodeHead } from '../sync/head-codec.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { ChainIdentity } from '../types/sign-bytes.ts'
import type { BlockSenders } from './adapters/block-senders.ts'
import { EngineExecution } from './adapters/engine-execution.ts'
import { EngineNetwork } from './adapters/engine-network.ts'
import type { LiveValidators } from './adapters/live-validators.ts'
import { networkMetrics } from './adapters/network-metrics.ts'
import { SyncChain } from './adapters/sync-chain.ts'
import { ServedChain, SyncPeers } from './adapters/sync-peers.ts'
import type { ChainStorage } from './chain-storage.ts'
import type { NodeConfig } from './config/options.ts'
import { layoutOf } from './data-dir.ts'
import { networkHandlers } from './network-handlers.ts'
import { openNodeLog } from './open-log.ts'
import { openSigner } from './open-signer.ts'
import { schedule } from './schedule.ts'
import { CLIENT_VERSION } from './version.ts'
import { evidenceIdentity, walIdentity } from './wal-identity.ts'

export type ConsensusParts = {
  readonly config: NodeConfig
  readonly spec: ChainSpec
  readonly chain: ChainIdentity
  readonly storage: ChainStorage
  readonly pool: Mempool
  readonly gossip: TransactionGossip
  readonly senders: BlockSenders
  readonly validators: LiveValidators
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  readonly onFinalized: (block: FinalizedBlock) => void
  readonly onStop: (error: Error) => void
}

/** Why consensus does not start, besides what its parts name. */
export type ConsensusFailure = {
  readonly code: 'PEER_ID_MISMATCH'
  readonly expected: string
  readonly actual: string
}

export type ConsensusService = {
  readonly engine: Engine
  readonly host: Host
  readonly sync: BlockSync
  readonly validators: LiveValidators
  /** True when this node holds a validator's key. */
  readonly isValidator: boolean
  stop(): Promise<void>
}

/** Starts consensus, network and sync; resolves when peers can connect. */
export async function startConsensus(parts: ConsensusParts): Promise<ConsensusService> {
  const { config, spec, chain, storage, clock, metrics, validators } = parts
  await using opened = new AsyncDisposableStack()
  const isValidator = config['validator.enabled']
  const log = parts.log.child('engine')
  const signer = isValidator ? await openSigner(config, chain, { clock, log, metrics }) : undefined
  if (signer !== undefined) opened.defer(() => signer.release())
  const nodeKey = await readNodeKey(config.nodeKey)
  if (signer !== undefined) checkMembership(signer.signer.publicKey, nodeKey.peerId, spec, log)
  const layout = layoutOf(config.dataDir)
  const logs = { clock, log, metrics }
  const wal = await openNodeLog({
    folder: layout.wal,
    identity: walIdentity(chain.chainId, chain.genesisHash),
    ...logs,
  })
  const evidence = await openNodeLog({
    folder: layout.evidence,
    identity: evidenceIdentity(chain.chainId, chain.genesisHash),
    ...logs,
  })

  const holder: { host?: Host; sync?: BlockSync } = {}
  const demandHost = () => present(holder.host, 'the host exists before the engine speaks')
  const execution = new EngineExecution({
    calls: storage.worker.calls,
    pool: parts.pool,
    senders: parts.senders,
    fees: spec.fees,
    blockGasLimit: spec.blockGasLimit,
    maxBlockBytes: spec.maxBlockBytes,
    head: storage.head,
    log,
    clock,
    metrics,
    onFinalized: parts.onFinalized,
  })
  const engine = await Engine.open({
    chain,
    timing: spec.consensus,
    signer: signer?.signer ?? null,
    execution,
    store: storage.store,
    validators,
    network: new EngineNetwork(demandHost),
    mempool: {
      isReady: (ancestors) => parts.pool.hasCandidates(execution.candidateRequest(ancestors)),
      onReady: (listener) => parts.pool.onReady(listener),
    },
    sync: { behind: () => holder.sync?.poke() },
    timers: { after: (delayMs, callback) => schedule(callback, delayMs) },
    clock,
    wal: wal.wal,
    recovered: wal.records,
    evidenceLog: evidence.wal,
    recoveredEvidence: evidence.records,
    log,
    metrics,
    events: {
      onFinalized: (block, certificate) => {
        if (certificate === null || !execution.isOwn(block.hash)) return
        void demandHost().publish('heads', encodeHead(block.header, certificate))
      },
      onEpoch: (epoch) => holder.host?.setAllowList(validators.allowList(epoch)),
      onStop: parts.onStop,
    },
  })

  // From here on the engine owns the signer and the logs, and closes them.
  opened.defer(() => engine.stop())
  const served = new ServedChain(storage.blocks, storage.store)
  const sync = new BlockSync({
    chain: new SyncChain(engine, spec.consensus.epochLengthBlocks),
    peers: new SyncPeers(demandHost),
    role: isValidator ? 'validator' : 'follower',
    clock,
    schedule,
    log: parts.log.child('sync'),
  })
  const host = createHost(
    {
      nodeKey,
      chain,
      listen: [`${listenAddress(config['p2p.host'])}/tcp/${config['p2p.port']}`],
      announce: config['p2p.announce'],
      bootstrap: config['p2p.bootstrap'],
      folder: layout.p2p,
      allowList: validators.allowList(0),
      agent: CLIENT_VERSION,
      limits: { maxInboundConnections: config['p2p.maxPeers'], maxOutboundConnections: config['p2p.maxPeers'] },
      clock,
      log: parts.log.child('p2p'),
      metrics: networkMetrics(metrics),
    },
    networkHandlers({ engine, gossip: parts.gossip, sync, served }),
  )
  holder.host = host
  holder.sync = sync
  await host.start()
  opened.defer(() => host.stop())
  engine.start()
  sync.start()
  opened.defer(() => sync.stop())
  const running = opened.move()
  return { engine, host, sync, validators, isValidator, stop: () => running.disposeAsync() }
}

/** A validator under another peer id than the set names would speak to nobody: better not to start. */
function checkMembership(publicKey: string, peerId: string, spec: ChainSpec, log: Logger): void {
  const own = spec.validators.find((one) => one.blsPublicKey === publicKey)
  if (own === undefined)
    log.warn({ publicKey }, 'the validator key is not in the validator set: this node only follows')
  else if (own.peerId !== peerId) {
    const detail: ConsensusFailure = { code: 'PEER_ID_MISMATCH', expected: own.peerId, actual: peerId }
    throw new CodedError(
      detail,
      `the validator set knows this validator as ${own.peerId}, but the node key is that of ${peerId}: restore keys/node.key`,
    )
  }
}

function listenAddress(host: string): string {
  return host.includes(':') ? `/ip6/${host}` : `/ip4/${host}`
}
