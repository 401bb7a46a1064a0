/**
 * One validator of the consensus bench, a process of its own: the node's engine, signer, logs and network over an execution
 * without a state. Started by consensus-cluster.ts with its config file and the size of blocks; tells its parent of each
 * finalized block.
 */

import { join } from 'node:path'
import { genesisBlock } from '../src/chainspec/genesis.ts'
import { Engine } from '../src/engine/engine.ts'
import { systemClock } from '../src/lib/clock.ts'
import { err, ok } from '../src/lib/result.ts'
import { EngineNetwork, noticeKindOf } from '../src/node/adapters/engine-network.ts'
import { LiveValidators } from '../src/node/adapters/live-validators.ts'
import { loadConfig } from '../src/node/config/load-config.ts'
import { layoutOf, lockDataDir } from '../src/node/data-dir.ts'
import { readGenesisFile } from '../src/node/genesis-file.ts'
import { openNodeLog } from '../src/node/open-log.ts'
import { openSigner } from '../src/node/open-signer.ts'
import { schedule } from '../src/node/schedule.ts'
import { evidenceIdentity, walIdentity } from '../src/node/wal-identity.ts'
import { createHost } from '../src/p2p/host.ts'
import { CERTIFICATES } from '../src/p2p/messages.ts'
import { readNodeKey } from '../src/p2p/node-key.ts'
import { createLogger } from '../src/telemetry/log.ts'
import { noMetrics } from '../src/telemetry/metrics.ts'
import { blockTimestampMs } from '../src/types/block.ts'
import { EMPTY_TRIE_ROOT } from '../src/types/ordered-root.ts'
import { OpaqueExecution } from './opaque-execution.ts'

/** What the parent hears of each finalized block. */
export type FinalizedNote = {
  readonly height: number
  /** The proposal's timestamp, ms since the Unix epoch. */
  readonly timestampMs: number
  /** From the proposal's timestamp until this process held it finalized. */
  readonly finalityMs: number
}

const [configPath, blockBytes] = process.argv.slice(2)
if (configPath === undefined || blockBytes === undefined) throw new Error('usage: consensus-validator CONFIG BYTES')

const config = loadConfig({ configPath, environment: {}, flags: {} })
const spec = readGenesisFile(config.genesis)
const chain = { chainId: spec.chainId, genesisHash: genesisBlock(spec, EMPTY_TRIE_ROOT).hash }
const parts = { clock: systemClock, log: createLogger({ level: 'warn', format: 'pretty' }), metrics: noMetrics }
const lock = lockDataDir(config.dataDir)
const layout = layoutOf(config.dataDir)
const { signer } = await openSigner(config, chain, parts)
const identity = walIdentity(chain.chainId, chain.genesisHash)
const wal = await openNodeLog({ folder: layout.wal, identity, ...parts })
const evidence = await openNodeLog({
  folder: layout.evidence,
  identity: evidenceIdentity(chain.chainId, chain.genesisHash),
  ...parts,
})
const validators = new LiveValidators(spec)
const execution = new OpaqueExecution(spec, Number(blockBytes))
const network = new EngineNetwork(() => host)
const engine = await Engine.open({
  chain,
  timing: spec.consensus,
  signer,
  execution,
  store: execution,
  validators,
  network,
  mempool: { isReady: () => true, onReady: () => () => {} },
  sync: { behind: () => {} },
  timers: { after: (delayMs, callback) => schedule(callback, delayMs) },
  wal: wal.wal,
  recovered: wal.records,
  evidenceLog: evidence.wal,
  recoveredEvidence: evidence.records,
  ...parts,
  events: {
    onFinalized: (block) => {
      const timestampMs = blockTimestampMs(block)
      const finalityMs = systemClock.nowMs() - timestampMs
      process.send?.({ height: block.header.number, timestampMs, finalityMs } satisfies FinalizedNote)
    },
    onEpoch: (epoch) => host.setAllowList(validators.allowList(epoch)),
    onStop: (error) => {
      throw error
    },
  },
})
const host = createHost(
  {
    nodeKey: await readNodeKey(config.nodeKey),
    chain,
    listen: [`/ip4/${config['p2p.host']}/tcp/${config['p2p.port']}`],
    announce: [],
    bootstrap: config['p2p.bootstrap'],
    folder: join(layout.p2p),
    allowList: validators.allowList(0),
    agent: 'sahara/bench',
    clock: systemClock,
    log: parts.log,
  },
  {
    onMessage: ({ peerId, kind, bytes }) => engine.onNotice(peerId, noticeKindOf(kind), bytes),
    onRequest: async ({ peerId, kind, bytes }) => {
      const answer = await engine.answer(peerId, kind === CERTIFICATES ? 'certificates' : 'block', bytes)
      return answer === undefined ? err('UNAVAILABLE') : ok(answer)
    },
    onGossip: () => 'ignore',
    localStatus: () => engine.status(),
    onStatus: (peerId, status) => engine.onStatus(peerId, status),
    onPeerReady: ({ peerId }) => engine.onPeer(peerId, 'opened'),
    onPeerGone: (peerId) => engine.onPeer(peerId, 'closed'),
  },
)
await host.start()
engine.start()

async function stop(): Promise<void> {
  await engine.stop()
  await host.stop()
  lock.release()
  process.exit(0)
}
process.once('SIGTERM', () => void stop())
process.once('disconnect', () => void stop())
