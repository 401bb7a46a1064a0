/**
 * Engines in one process, joined by a network in memory, with real keys, signatures, logs and signer states. A node can be
 * killed as a power cut kills it, and opened again on what its disk kept.
 */

import { validatorListHash } from '../../src/chainspec/genesis-validators.ts'
import type { PeerName } from '../../src/consensus/messages.ts'
import { BlsSecretKey } from '../../src/crypto/bls.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { EngineTiming } from '../../src/engine/engine-options.ts'
import { type LocalSigner, openLocalSigner, signerLogPurpose } from '../../src/engine/local-signer.ts'
import type { BlockRequest, NetworkPort, NoticeKind } from '../../src/engine/ports.ts'
import type { Signer } from '../../src/engine/signer.ts'
import { present } from '../../src/lib/assert.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Prng } from '../../src/lib/prng.ts'
import { silentLogger } from '../../src/telemetry/log.ts'
import { noMetrics } from '../../src/telemetry/metrics.ts'
import type { SealedBlock } from '../../src/types/block.ts'
import type { ChainIdentity } from '../../src/types/sign-bytes.ts'
import type { Validator, ValidatorSet } from '../../src/types/validator-set.ts'
import { MemoryLogFolder } from './memory-log-folder.ts'
import { type FinalizedBlocks, PayloadExecution, payloadGenesis } from './payload-execution.ts'
import { openTestLog } from './test-log.ts'

export type ClusterOptions = {
  readonly size: number
  readonly timing: EngineTiming
  readonly seed: number
  /** Milliseconds that a message takes; 0 is the next turn of the event loop. */
  readonly latencyMs?: number
  readonly payload?: (request: BlockRequest) => Uint8Array | undefined
  /** Milliseconds that an execution takes, asked at each. */
  readonly executionMs?: () => number
  /** Told that a signature was made durable by the signer, before the engine hears of it. */
  readonly onSigned?: (index: number) => void
  readonly refuse?: (index: number, block: SealedBlock) => string | undefined
  /** Sees each notice and may drop or change it. */
  readonly intercept?: (from: number, to: number, kind: NoticeKind, bytes: Uint8Array) => Uint8Array | undefined
  /** Nodes with these indices follow without a key. */
  readonly followers?: number
  /** Told of each durable block with the time between its timestamp and finality. */
  readonly onFinalized?: (index: number, block: SealedBlock, elapsedMs: number) => void
}

export type ClusterNode = {
  readonly name: PeerName
  readonly key: BlsSecretKey | null
  folder: MemoryLogFolder
  evidenceFolder: MemoryLogFolder
  signerFolder: MemoryLogFolder
  finalized: FinalizedBlocks
  engine: Engine | null
  signer: LocalSigner | null
  readonly faults: string[]
  stopped: Error | null
}

const STATUS_INTERVAL_MS = 100

/** A signer that tells of each vote before its user gets it. */
function noticing(signer: LocalSigner, onSigned: () => void): Signer {
  return {
    publicKey: signer.publicKey,
    sign: async (subject) => {
      const signed = await signer.sign(subject)
      onSigned()
      return signed
    },
    randaoReveal: (epoch, view) => signer.randaoReveal(epoch, view),
    close: () => signer.close(),
  }
}

export class EngineCluster {
  readonly nodes: ClusterNode[] = []
  readonly chain: ChainIdentity
  readonly genesis: SealedBlock
  private readonly options: ClusterOptions
  private readonly validators: readonly Validator[]
  private readonly prng: Prng
  private readonly cut = new Set<string>()
  private readonly waiters = new Set<() => void>()
  private heartbeat: NodeJS.Timeout | undefined

  constructor(options: ClusterOptions) {
    this.options = options
    this.prng = new Prng(options.seed)
    const count = options.size + (options.followers ?? 0)
    for (let i = 0; i < count; i++) {
      this.nodes.push({
        name: `node-${i}`,
        key: i < options.size ? BlsSecretKey.generate(new Uint8Array(32).fill(i + 1)) : null,
        folder: new MemoryLogFolder(),
        evidenceFolder: new MemoryLogFolder(),
        signerFolder: new MemoryLogFolder(),
        finalized: [],
        engine: null,
        signer: null,
        faults: [],
        stopped: null,
      })
    }
    this.validators = this.nodes.slice(0, options.size).map(({ key, name }, i) => ({
      blsPublicKey: present(key, 'validators have keys').publicKey,
      peerId: name,
      operator: `0x${String(i).padStart(40, '0')}` as Validator['operator'],
      feeAddress: `0x${String(i).padStart(40, '0')}` as Validator['feeAddress'],
      power: 1,
    }))
    this.genesis = payloadGenesis(validatorListHash(this.validators), Date.now())
    this.chain = { chainId: 7, genesisHash: this.genesis.hash }
  }

  async start(indices: readonly number[] = this.nodes.map((_, i) => i)): Promise<void> {
    for (const index of indices) await this.startNode(index)
    this.heartbeat ??= setInterval(() => this.beat(), STATUS_INTERVAL_MS)
  }

  /** Opens a node on what its folders hold and starts it. */
  async startNode(index: number): Promise<void> {
    const node = this.node(index)
    const { payload = () => undefined, refuse, timing, executionMs, onSigned } = this.options
    const execution = new PayloadExecution(
      {
        genesis: this.genesis,
        payload,
        ...(executionMs === undefined ? {} : { delayMs: executionMs }),
        ...(refuse === undefined ? {} : { refuse: (block) => refuse(index, block) }),
      },
      node.finalized,
    )
    const wal = await openTestLog(node.folder, this.chain, 'consensus')
    const evidence = await openTestLog(node.evidenceFolder, this.chain, 'evidence')
    node.signer = node.key === null ? null : await this.openSigner(node, node.key)
    node.stopped = null
    const engine = await Engine.open({
      chain: this.chain,
      timing,
      signer: node.signer === null ? null : noticing(node.signer, () => onSigned?.(index)),
      execution,
      store: execution,
      validators: { setOf: (epoch) => this.setOf(epoch) },
      network: this.networkOf(index),
      mempool: { isReady: () => true, onReady: () => () => {} },
      sync: { behind: (peer) => this.syncFrom(index, peer) },
      timers: {
        after: (delayMs, callback) => {
          const timer = setTimeout(callback, delayMs)
          return () => clearTimeout(timer)
        },
      },
      clock: systemClock,
      wal: wal.wal,
      recovered: wal.records,
      evidenceLog: evidence.wal,
      recoveredEvidence: evidence.records,
      log: silentLogger,
      metrics: noMetrics,
      events: {
        onFinalized: (block) => {
          const { header, consensus } = block
          const timestampMs = header.timestamp * 1_000 + consensus.context.timestampMsPart
          this.options.onFinalized?.(index, block, Date.now() - timestampMs)
          this.notify()
        },
        onEpoch: () => this.notify(),
        onStop: (error) => {
          node.stopped = error
          this.notify()
        },
      },
    })
    node.engine = engine
    engine.start()
    for (const peer of this.nodes) if (peer !== node && peer.engine !== null) engine.onPeer(peer.name, 'opened')
  }

  /** Ends a node at once; what was not synced may be lost, in memory as on a disk. */
  kill(index: number): void {
    const node = this.node(index)
    const { engine } = node
    node.engine = null
    node.folder = node.folder.crash(this.prng)
    node.evidenceFolder = node.evidenceFolder.crash(this.prng)
    node.signerFolder = node.signerFolder.crash(this.prng)
    node.finalized = node.finalized.slice()
    // What the old engine still does happens to files and lists that nobody reads any more.
    engine?.stop().catch(() => {})
  }

  async stop(): Promise<void> {
    clearInterval(this.heartbeat)
    this.heartbeat = undefined
    await Promise.all(this.nodes.map((node) => node.engine?.stop()))
  }

  /** Cuts or heals the connection between two nodes. */
  setCut(a: number, b: number, isCut: boolean): void {
    for (const link of [`${a}-${b}`, `${b}-${a}`]) {
      if (isCut) this.cut.add(link)
      else this.cut.delete(link)
    }
  }

  height(index: number): number {
    return this.node(index).finalized.length - 1
  }

  /** Resolves when the condition holds; looks again at each finalized block, epoch and stop. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return
        this.waiters.delete(look)
        resolve()
      }
      this.waiters.add(look)
      look()
    })
  }

  untilHeight(height: number, indices: readonly number[] = this.nodes.map((_, i) => i)): Promise<void> {
    return this.until(() => indices.every((index) => this.height(index) >= height))
  }

  node(index: number): ClusterNode {
    return present(this.nodes[index], 'a node of the cluster')
  }

  setOf(epoch: number): ValidatorSet {
    const totalPower = this.validators.length
    return { epoch, validators: this.validators, totalPower, quorum: Math.floor((2 * totalPower) / 3) + 1 }
  }

  private async openSigner(node: ClusterNode, key: BlsSecretKey): Promise<LocalSigner> {
    const isFirstStart = node.signerFolder.files.size === 0
    const opened = await openTestLog(node.signerFolder, this.chain, signerLogPurpose(key.publicKey))
    const { wal, records } = opened
    return openLocalSigner({ key, chain: this.chain, log: wal, recovered: records, allowEmptyState: isFirstStart })
  }

  private networkOf(from: number): NetworkPort {
    const name = this.node(from).name
    return {
      send: (to, kind, bytes) => {
        for (const [index, peer] of this.nodes.entries()) {
          if (index === from || (to !== 'all' && peer.name !== to) || peer.key === null) continue
          const changed =
            this.options.intercept === undefined ? bytes : this.options.intercept(from, index, kind, bytes)
          if (changed !== undefined) this.deliver(from, index, () => peer.engine?.onNotice(name, kind, changed))
        }
      },
      ask: (peerName, kind, bytes) =>
        new Promise((resolve) => {
          const to = this.nodes.findIndex((peer) => peer.name === peerName)
          if (to === -1 || this.isCut(from, to)) return resolve(undefined)
          this.deliver(from, to, async () => {
            const answer = await this.nodes[to]?.engine?.answer(name, kind, bytes)
            this.deliver(to, from, () => resolve(answer))
          })
        }),
      score: (peer, fault) => this.node(from).faults.push(`${peer} ${fault}`),
    }
  }

  private deliver(from: number, to: number, task: () => void): void {
    if (this.isCut(from, to)) return
    const { latencyMs = 0 } = this.options
    if (latencyMs === 0) setImmediate(task)
    else setTimeout(task, latencyMs)
  }

  private isCut(from: number, to: number): boolean {
    return this.cut.has(`${from}-${to}`)
  }

  private beat(): void {
    for (const [from, node] of this.nodes.entries()) {
      const status = node.engine?.status()
      if (status === undefined) continue
      for (const [to, peer] of this.nodes.entries()) {
        if (to !== from) this.deliver(from, to, () => peer.engine?.onStatus(node.name, status))
      }
    }
    this.notify()
  }

  /** The least that block sync does: takes the peer's next finalized blocks up to one whose finalization is stored. */
  private async syncFrom(index: number, peerName: PeerName): Promise<void> {
    const node = this.node(index)
    const peer = this.nodes.find((one) => one.name === peerName)
    if (peer === undefined || node.engine === null) return
    const { decodeCertificate } = await import('../../src/types/consensus-codec.ts')
    const from = node.finalized.length
    const length = this.options.timing.epochLengthBlocks
    const closing = Math.ceil(from / length) * length
    for (let to = Math.min(peer.finalized.length - 1, closing); to >= from; to--) {
      const certificate = peer.finalized[to]?.certificate
      if (certificate === undefined || certificate.length === 0) continue
      const blocks = peer.finalized.slice(from, to + 1).map((one) => one.block)
      await node.engine.chain.importRange({ blocks, certificate: decodeCertificate(certificate) })
      return
    }
  }

  private notify(): void {
    for (const waiter of [...this.waiters]) waiter()
  }
}
