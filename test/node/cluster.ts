/**
 * A network of real processes on loopback, each `sahara start` with its own folder: started, killed and asked as an operator
 * would. Ports come from a free range; everything lies in one temporary folder.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { demandFreePorts } from '../../src/node/free-ports.ts'
import type { NodeStatus } from '../../src/node/status.ts'
import { createTestnet, type TestnetRecord, writeConfigs } from '../../src/node/testnet/create.ts'
import { type NodePorts, portsOf } from '../../src/node/testnet/plan.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const WAIT_MS = 90_000
const POLL_MS = 50

export type ClusterOptions = {
  readonly validators: number
  readonly fullNodes?: number
  readonly minBlockIntervalMs?: number
}

export class ClusterNode {
  readonly name: string
  readonly folder: string
  readonly ports: NodePorts
  private child: ChildProcess | undefined
  private exit: Promise<number | null> = Promise.resolve(null)
  output = ''

  constructor(name: string, folder: string, ports: NodePorts) {
    this.name = name
    this.folder = folder
    this.ports = ports
  }

  get rpcUrl(): string {
    return `http://127.0.0.1:${this.ports.rpc}`
  }

  get configPath(): string {
    return join(this.folder, 'config.json')
  }

  /** Starts the process; `preload` is a module that is loaded before the node. */
  start(args: readonly string[] = [], preload?: string): void {
    const before = preload === undefined ? [] : ['--import', preload]
    const child = spawn(process.execPath, [...before, MAIN, 'start', '--config', this.configPath, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.output = ''
    child.stdout?.on('data', (chunk) => (this.output += chunk))
    child.stderr?.on('data', (chunk) => (this.output += chunk))
    this.child = child
    this.exit = new Promise((resolve) => child.once('close', (code) => resolve(code)))
  }

  /** The exit code; null after a signal. */
  exited(): Promise<number | null> {
    return this.exit
  }

  signal(signal: NodeJS.Signals): Promise<number | null> {
    this.child?.kill(signal)
    return this.exit
  }

  async status(): Promise<NodeStatus | undefined> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.ports.metrics}/status`, {
        signal: AbortSignal.timeout(2_000),
      })
      return (await response.json()) as NodeStatus
    } catch {
      return undefined
    }
  }

  /** Resolves once the status satisfies `condition`; rejects with the log's end when it does not in time. */
  async until(what: string, condition: (status: NodeStatus) => boolean): Promise<NodeStatus> {
    const deadline = Date.now() + WAIT_MS
    for (;;) {
      const status = await this.status()
      if (status !== undefined && condition(status)) return status
      if (Date.now() > deadline) {
        throw new Error(
          `${this.name} did not reach: ${what}; status ${JSON.stringify(status)}\n${this.output.slice(-3_000)}`,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }

  untilHeight(height: number): Promise<NodeStatus> {
    return this.until(`height ${height}`, (status) => status.finalizedHeight >= height)
  }

  /** One JSON-RPC call; throws the error's message. */
  async call(method: string, ...params: unknown[]): Promise<unknown> {
    const response = await fetch(this.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    const answer = (await response.json()) as { result?: unknown; error?: { message: string } }
    if (answer.error !== undefined) throw new Error(answer.error.message)
    return answer.result
  }
}

export class Cluster {
  readonly folder: string
  readonly record: TestnetRecord
  readonly nodes: readonly ClusterNode[]

  private constructor(folder: string, record: TestnetRecord, base: number) {
    this.folder = folder
    this.record = record
    this.nodes = record.nodes.map((node, i) => new ClusterNode(node.name, join(folder, node.name), portsOf(i, base)))
  }

  /** Makes the folders; nothing runs yet. */
  static async create(options: ClusterOptions): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), 'sahara-cluster-'))
    const record = await createTestnet(folder, {
      network: 'devnet',
      validators: options.validators,
      fullNodes: options.fullNodes ?? 0,
      genesisTimeMs: Date.now(),
      minBlockIntervalMs: options.minBlockIntervalMs,
      fundedAccounts: 0,
    })
    const base = await freePortBase(record.nodes.length)
    const places = record.nodes.map((_, i) => ({
      listenHost: '127.0.0.1',
      publicHost: '127.0.0.1',
      ports: portsOf(i, base),
    }))
    writeConfigs(folder, record, places)
    return new Cluster(folder, record, base)
  }

  startAll(): void {
    for (const node of this.nodes) node.start()
  }

  node(index: number): ClusterNode {
    const node = this.nodes[index]
    if (node === undefined) throw new RangeError(`the cluster has no node ${index}`)
    return node
  }

  untilHeight(height: number, nodes: readonly ClusterNode[] = this.nodes): Promise<NodeStatus[]> {
    return Promise.all(nodes.map((node) => node.untilHeight(height)))
  }

  /** Hashes of the block of that height on all given nodes. */
  async hashesAt(height: number, nodes: readonly ClusterNode[] = this.nodes): Promise<string[]> {
    const hex = `0x${height.toString(16)}`
    const blocks = await Promise.all(nodes.map((node) => node.call('eth_getBlockByNumber', hex, false)))
    return blocks.map((block) => (block as { hash: string } | null)?.hash ?? 'none')
  }

  /** Kills what still runs and removes the folder. */
  async destroy(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.signal('SIGKILL')))
    rmSync(this.folder, { recursive: true, force: true })
  }

  genesisJson(): { genesisTimeMs: number } {
    return JSON.parse(readFileSync(join(this.folder, 'genesis.json'), 'utf8'))
  }
}

/** The first of ten free ports for each node, somewhere where few services listen. */
export async function freePortBase(nodes: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = 20_000 + 10 * Math.floor(Math.random() * 1_200)
    const wanted = Array.from({ length: 10 * nodes }, (_, i) => ({ host: '127.0.0.1', port: base + i, what: 'test' }))
    const isFree = await demandFreePorts(wanted).then(
      () => true,
      () => false,
    )
    if (isFree) return base
  }
  throw new Error('no free range of ports')
}
