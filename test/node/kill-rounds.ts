/**
 * Kills validators with SIGKILL at random moments while transactions flow, and looks for what must never be: two different
 * votes in one step of a view, two different blocks or state roots at one height, a node that does not come back.
 */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { privateKeyToAccount } from 'viem/accounts'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { decodeGuardState } from '../../src/engine/signer-state.ts'
import { decodeRecord } from '../../src/engine/wal-codec.ts'
import { present } from '../../src/lib/assert.ts'
import { Prng } from '../../src/lib/prng.ts'
import { diskFolder } from '../../src/storage/wal-files.ts'
import { listSegments, scanSegment } from '../../src/storage/wal-scan.ts'
import { FINALIZE, NOTARIZE, type Subject } from '../../src/types/vote.ts'
import { Cluster, type ClusterNode } from './cluster.ts'

export type KillReport = {
  readonly kills: number
  /** Milliseconds from the start of a killed process until its head was as high as any when it started. */
  readonly rejoinMs: readonly number[]
  readonly height: number
  readonly transactions: number
  readonly votes: number
  /** What must never be; empty when all is well. */
  readonly faults: readonly string[]
}

export type KillOptions = {
  readonly kills: number
  readonly seed: number
  readonly onRound?: (line: string, rejoinMs: number, victim: ClusterNode) => void
}

const SEND_INTERVAL_MS = 60
const POLL_MS = 25
/** A node that is not back by then is a fault, and the run ends. */
const REJOIN_LIMIT_MS = 30_000

/** Runs four validators through the kills; resolves with what was seen. */
export async function runKills(options: KillOptions): Promise<KillReport> {
  const cluster = await Cluster.create({ validators: 4 })
  const prng = new Prng(options.seed)
  const votes = new VoteLedger()
  const faults: string[] = []
  const rejoinMs: number[] = []
  const flow = new TransactionFlow(cluster, prng.fork('transactions'))
  try {
    cluster.startAll()
    await cluster.untilHeight(2)
    flow.start()
    for (let kill = 1; kill <= options.kills; kill++) {
      await pause(prng.below(1_200))
      const index = prng.below(cluster.nodes.length)
      const victim = cluster.node(index)
      flow.avoid(victim)
      await victim.signal('SIGKILL')
      faults.push(...faultsIn(victim))
      await votes.read(index, victim.folder)
      await pause(prng.below(800))
      const target = await highest(cluster, victim)
      const startedMs = performance.now()
      victim.start()
      const isBack = await untilHeight(victim, target)
      const elapsedMs = performance.now() - startedMs
      rejoinMs.push(elapsedMs)
      flow.avoid(undefined)
      const line = `kill ${kill}: ${victim.name} back at ${target} after ${Math.round(elapsedMs)} ms`
      options.onRound?.(`${line}, ${flow.sent} transactions sent`, elapsedMs, victim)
      if (!isBack) {
        faults.push(`${victim.name} did not come back to ${target}: ${victim.output.slice(-2_000)}`)
        break
      }
    }
    flow.stop()
    const height = await highest(cluster)
    await cluster.untilHeight(height)
    faults.push(...(await divergences(cluster, height)))
    for (const [index, node] of cluster.nodes.entries()) {
      await node.signal('SIGKILL')
      faults.push(...faultsIn(node))
      await votes.read(index, node.folder)
    }
    const transactions = flow.sent
    return {
      kills: rejoinMs.length,
      rejoinMs,
      height,
      transactions,
      votes: votes.size,
      faults: [...faults, ...votes.faults],
    }
  } finally {
    flow.stop()
    await cluster.destroy()
  }
}

/** Every vote that was ever found in a log or in a signer's state. */
class VoteLedger {
  private readonly said = new Map<string, Subject>()
  readonly faults: string[] = []

  get size(): number {
    return this.said.size
  }

  /** Reads the logs of a node that does not run. */
  async read(index: number, folder: string): Promise<void> {
    await eachRecord(join(folder, 'data', 'wal'), (type, payload) => {
      const { record } = decodeRecord({ type, payload })
      if (record.type === 'ownVote') this.note(index, record.vote.subject)
    })
    for (const name of readdirSync(join(folder, 'signer'))) {
      await eachRecord(join(folder, 'signer', name, 'log'), (_type, payload) => {
        const { first, second } = decodeGuardState(payload)
        for (const step of [first, second]) if (step !== null) this.note(index, step.subject)
      })
    }
  }

  private note(index: number, subject: Subject): void {
    const place = `${index}/${subject.epoch}/${subject.view}`
    const step = subject.kind === NOTARIZE ? 1 : 2
    this.compare(`${place}/${step}`, subject)
    if (subject.kind === NOTARIZE) this.compare(`${place}/block`, subject)
    if (subject.kind === FINALIZE) this.compare(`${place}/block`, { ...subject, kind: NOTARIZE })
  }

  private compare(place: string, subject: Subject): void {
    const held = this.said.get(place)
    if (held !== undefined && JSON.stringify(held) !== JSON.stringify(subject)) {
      this.faults.push(`validator ${place} said ${JSON.stringify(held)} and ${JSON.stringify(subject)}`)
    }
    this.said.set(place, subject)
  }
}

async function eachRecord(path: string, onRecord: (type: number, payload: Uint8Array) => void): Promise<void> {
  const folder = await diskFolder(path)
  for (const segment of await listSegments(folder)) {
    scanSegment(await folder.read(segment.file), segment.salt, undefined, ({ type, payload }) => {
      if (type !== 0) onRecord(type, payload)
    })
  }
}

/** Transfers between development accounts, sent to whichever node is up. */
class TransactionFlow {
  private readonly cluster: Cluster
  private readonly prng: Prng
  private readonly nonces = new Map<number, number>()
  private avoided: ClusterNode | undefined
  private timer: NodeJS.Timeout | undefined
  private isBusy = false
  sent = 0

  constructor(cluster: Cluster, prng: Prng) {
    this.cluster = cluster
    this.prng = prng
  }

  start(): void {
    this.timer = setInterval(() => void this.sendOne(), SEND_INTERVAL_MS)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  avoid(node: ClusterNode | undefined): void {
    this.avoided = node
  }

  private async sendOne(): Promise<void> {
    if (this.isBusy) return
    this.isBusy = true
    const node = this.prng.pick(this.cluster.nodes.filter((one) => one !== this.avoided))
    const from = this.prng.below(5)
    try {
      const account = privateKeyToAccount(present(DEV_ACCOUNTS[from], 'funded').privateKey)
      const known = this.nonces.get(from)
      const nonce = known ?? Number(await node.call('eth_getTransactionCount', account.address, 'pending'))
      const raw = await account.signTransaction({
        chainId: 534_100,
        type: 'eip1559',
        nonce,
        gas: 21_000n,
        maxFeePerGas: 100_000_000_000n,
        maxPriorityFeePerGas: 1_000_000_000n,
        to: present(DEV_ACCOUNTS[9], 'funded').address,
        value: 1n,
      })
      await node.call('eth_sendRawTransaction', raw)
      this.sent++
      this.nonces.set(from, nonce + 1)
    } catch {
      // The node was killed in between, or the nonce was another node's: ask anew the next time.
      this.nonces.delete(from)
    } finally {
      this.isBusy = false
    }
  }
}

function faultsIn(node: ClusterNode): string[] {
  const alarming = /validator fault proven|engine stopped|STATE_DIVERGED|AssertionFailure/
  return node.output
    .split('\n')
    .filter((line) => alarming.test(line))
    .map((line) => `${node.name}: ${line}`)
}

async function highest(cluster: Cluster, except?: ClusterNode): Promise<number> {
  const statuses = await Promise.all(cluster.nodes.filter((node) => node !== except).map((node) => node.status()))
  return Math.max(0, ...statuses.map((status) => status?.finalizedHeight ?? 0))
}

async function untilHeight(node: ClusterNode, height: number): Promise<boolean> {
  const deadline = performance.now() + REJOIN_LIMIT_MS
  while (performance.now() < deadline) {
    const status = await node.status()
    if (status !== undefined && status.finalizedHeight >= height) return true
    await pause(POLL_MS)
  }
  return false
}

async function divergences(cluster: Cluster, height: number): Promise<string[]> {
  const faults: string[] = []
  for (let at = 1; at <= height; at++) {
    const hex = `0x${at.toString(16)}`
    const blocks = await Promise.all(cluster.nodes.map((node) => node.call('eth_getBlockByNumber', hex, false)))
    const seen = new Set(
      blocks.map((block) => {
        const { hash, stateRoot } = (block ?? {}) as { hash?: string; stateRoot?: string }
        return `${hash} ${stateRoot}`
      }),
    )
    if (seen.size !== 1) faults.push(`height ${at}: ${[...seen].join(' and ')}`)
  }
  return faults
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}
