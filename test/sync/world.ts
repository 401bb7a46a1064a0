/**
 * A syncing node among peers of every character, in virtual time.
 */

import { err, ok, type Result } from '../../src/lib/result.ts'
import { BlockSync } from '../../src/sync/block-sync.ts'
import type { ChainPort, ChainPosition, ServePort } from '../../src/sync/ports.ts'
import { decodeRange, encodeRange } from '../../src/sync/range-codec.ts'
import { serveRange } from '../../src/sync/serve.ts'
import type { SyncRole } from '../../src/sync/trigger.ts'
import { silentLogger } from '../../src/telemetry/log.ts'
import type { SealedBlock } from '../../src/types/block.ts'
import { EPOCH_LENGTH, GENESIS_HASH, HONEST_SIGNATURE } from './chain.ts'

type Answer = Result<Uint8Array, { readonly code: string }>
export type Behaviour = (request: Uint8Array, store: ServePort) => Promise<Answer>
export type WorldPeer = {
  readonly claimed: number
  readonly store: ServePort
  readonly behave: Behaviour
  delayMs?: number
}

/** What peers do with a request. All but the first lie, fail or are slow. */
export const BEHAVIOURS = {
  honest: (request, store) =>
    serveRange(request, store).then((answer) => (answer.ok ? answer : err({ code: answer.error }))),
  silent: () => new Promise<Answer>(() => {}),
  lacksWhatItClaims: async () => err({ code: 'UNAVAILABLE' }),
  hangsUp: async () => err({ code: 'CLOSED' }),
  garbage: async () => ok(new Uint8Array(500).fill(0xee)),
  empty: async () => ok(encodeRange({ blocks: [], proofHeaders: [], certificate: new Uint8Array(0) })),
  leavesAGap: tamper((blocks) => blocks.filter((_, at) => at !== 1)),
  startsElsewhere: tamper((blocks) => blocks.slice(1)),
  reorders: tamper((blocks) => [...blocks].reverse()),
  tampersABody: tamper((blocks) => [flipLastByteOfTransaction(blocks[0]), ...blocks.slice(1)]),
  dropsTheTip: tamper((blocks) => (blocks.length > 1 ? blocks.slice(0, -1) : [])),
} as const satisfies Record<string, Behaviour>

export type BehaviourName = keyof typeof BEHAVIOURS

function tamper(change: (blocks: readonly Uint8Array[]) => readonly Uint8Array[]): Behaviour {
  return async (request, store) => {
    const answer = await serveRange(request, store)
    if (!answer.ok) return err({ code: answer.error })
    const range = decodeRange(answer.value)
    return ok(encodeRange({ ...range, blocks: change(range.blocks) }))
  }
}

/** The test chain's transactions are two bytes, found by their length prefix after the header. */
function flipLastByteOfTransaction(block: Uint8Array | undefined): Uint8Array {
  if (block === undefined) return new Uint8Array(0)
  const copy = block.slice()
  const headerBytes = new DataView(copy.buffer).getUint32(0)
  const at = 4 + headerBytes + 4 + 4 + 1
  copy[at] = (copy[at] ?? 0) ^ 0xff
  return copy
}

export class World {
  nowMs = 0
  readonly imported: SealedBlock[] = []
  readonly reports: string[] = []
  readonly requests: string[] = []
  readonly peers = new Map<string, WorldPeer>()
  readonly sync: BlockSync
  private readonly timers = new Set<{ readonly atMs: number; readonly callback: () => void }>()
  private head: ChainPosition = { height: 0, hash: GENESIS_HASH }

  constructor(role: SyncRole) {
    const clock = { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs }
    this.sync = new BlockSync({
      role,
      clock,
      log: silentLogger,
      schedule: (callback, delayMs) => this.schedule(callback, delayMs),
      chain: this.chainPort(),
      peers: {
        peers: () => [...this.peers].map(([peerId, peer]) => ({ peerId, finalizedHeight: peer.claimed })),
        requestRange: (peerId, request, timeoutMs) => this.request(peerId, request, timeoutMs),
        report: (peerId, fault) => this.reports.push(`${peerId}:${fault}`),
      },
    })
  }

  get height(): number {
    return this.head.height
  }

  /** The chain moves without sync, as when consensus finalizes. */
  finalize(block: SealedBlock): void {
    this.imported.push(block)
    this.head = { height: block.header.number, hash: block.hash }
  }

  /** Runs virtual time until `isDone`, or for `limitMs`. */
  async run(isDone: () => boolean, limitMs: number): Promise<void> {
    const endMs = this.nowMs + limitMs
    await settle()
    while (!isDone() && this.nowMs < endMs) {
      this.nowMs += 50
      for (const timer of [...this.timers].filter((one) => one.atMs <= this.nowMs)) {
        this.timers.delete(timer)
        timer.callback()
      }
      await settle()
    }
  }

  private schedule(callback: () => void, delayMs: number): () => void {
    const timer = { atMs: this.nowMs + delayMs, callback }
    this.timers.add(timer)
    return () => this.timers.delete(timer)
  }

  private request(peerId: string, request: Uint8Array, timeoutMs: number): Promise<Answer> {
    const peer = this.peers.get(peerId)
    this.requests.push(peerId)
    if (peer === undefined) return Promise.resolve(err({ code: 'NOT_CONNECTED' }))
    return new Promise((resolve) => {
      this.schedule(() => resolve(err({ code: 'TIMEOUT' })), timeoutMs)
      void peer.behave(request, peer.store).then((answer) => this.schedule(() => resolve(answer), peer.delayMs ?? 20))
    })
  }

  private chainPort(): ChainPort {
    return {
      epochLength: EPOCH_LENGTH,
      finalized: () => this.head,
      verifyFinalization: async ({ signature }) => (signature[0] === HONEST_SIGNATURE ? 'valid' : 'invalid'),
      importRange: async ({ blocks }) => {
        await Promise.resolve()
        for (const block of blocks) {
          if (block.header.number !== this.head.height + 1) return err({ code: 'STALE' })
          this.finalize(block)
        }
        return ok(this.head)
      },
    }
  }
}

/** Lets promises and the turns that long checks take come to rest. */
async function settle(): Promise<void> {
  for (let i = 0; i < 24; i++) await new Promise((resolve) => setImmediate(resolve))
}
