/**
 * Real hosts on loopback for tests: each with its own key, folder and recorded events.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/lib/clock.ts'
import { ok } from '../../src/lib/result.ts'
import { createHost } from '../../src/p2p/host.ts'
import type { GossipTopic } from '../../src/p2p/messages.ts'
import { createNodeKey, type NodeKey } from '../../src/p2p/node-key.ts'
import type { Outcome } from '../../src/p2p/outcomes.ts'
import type { Host, HostHandlers, HostOptions, InboundMessage, PeerInfo, Status } from '../../src/p2p/ports.ts'
import { silentLogger } from '../../src/telemetry/log.ts'
import type { Hash } from '../../src/types/primitives.ts'

export const GENESIS = `0x${'ab'.repeat(32)}` as Hash
export const OTHER_GENESIS = `0x${'cd'.repeat(32)}` as Hash
export const CHAIN = { chainId: 534_100, genesisHash: GENESIS }

export const STATUS_ZERO: Status = {
  epoch: 0,
  view: 1,
  finalizedHeight: 0,
  finalizedHash: GENESIS,
  bestCertificate: new Uint8Array(0),
}

/** A host with everything that happened to it. */
export type TestHost = {
  readonly host: Host
  readonly key: NodeKey
  readonly folder: string
  readonly messages: InboundMessage[]
  readonly gossip: { topic: GossipTopic; peerId: string; bytes: Uint8Array }[]
  readonly outcomes: Outcome[]
  readonly drops: string[]
  readonly statuses: Map<string, Status>
  readonly ready: PeerInfo[]
  readonly gone: string[]
}

/** Everything that a test started and must stop. */
export class TestNetwork {
  private readonly hosts: Host[] = []
  private readonly folders: string[] = []

  async add(options: Partial<HostOptions> = {}, handlers: Partial<HostHandlers> = {}): Promise<TestHost> {
    const key = options.nodeKey ?? (await createNodeKey())
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'sahara-p2p-')))
    this.folders.push(folder)
    const record = {
      messages: [] as InboundMessage[],
      gossip: [] as TestHost['gossip'],
      outcomes: [] as Outcome[],
      drops: [] as string[],
      statuses: new Map<string, Status>(),
      ready: [] as PeerInfo[],
      gone: [] as string[],
    }
    const host = createHost(
      {
        nodeKey: key,
        chain: CHAIN,
        listen: ['/ip4/127.0.0.1/tcp/0'],
        announce: [],
        bootstrap: [],
        folder,
        allowList: [],
        agent: 'sahara/test',
        clock: systemClock,
        log: silentLogger,
        metrics: {
          onOutcome: (outcome) => record.outcomes.push(outcome),
          onDropped: (kind, reason) => record.drops.push(`${kind}:${reason}`),
        },
        ...options,
      },
      {
        onMessage: (message) => record.messages.push(message),
        onRequest: async () => ok(new Uint8Array(0)),
        onGossip: (topic, peerId, bytes) => {
          record.gossip.push({ topic, peerId, bytes })
          return 'accept'
        },
        localStatus: () => STATUS_ZERO,
        onStatus: (peerId, status) => record.statuses.set(peerId, status),
        onPeerReady: (peer) => record.ready.push(peer),
        onPeerGone: (peerId) => record.gone.push(peerId),
        ...handlers,
      },
    )
    this.hosts.push(host)
    await host.start()
    return { host, key, folder, ...record }
  }

  async stop(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.stop()))
    for (const folder of this.folders) await rm(folder, { recursive: true, force: true })
  }
}

/** The address at which a test host can be dialled. */
export function addressOf(one: TestHost): string {
  const address = one.host.addresses()[0]
  if (address === undefined) throw new Error('host listens on nothing')
  return address
}

/** Waits for a fact to become true; the deadline only bounds a failing test. */
export async function until(isTrue: () => boolean, what: string, deadlineMs = 20_000): Promise<void> {
  const end = Date.now() + deadlineMs
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`gave up waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
