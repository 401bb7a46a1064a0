/**
 * A fresh full node on real hosts: it joins by one address, catches up by ranges, and then follows gossiped heads through a
 * node that is not the one that finalizes.
 */

import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { err, ok } from '../../src/lib/result.ts'
import { BLOCK_RANGE } from '../../src/p2p/messages.ts'
import type { HostHandlers } from '../../src/p2p/ports.ts'
import { BlockSync } from '../../src/sync/block-sync.ts'
import { encodeHead } from '../../src/sync/head-codec.ts'
import type { ChainPosition } from '../../src/sync/ports.ts'
import { serveRange } from '../../src/sync/serve.ts'
import { silentLogger } from '../../src/telemetry/log.ts'
import type { SealedBlock } from '../../src/types/block.ts'
import { encodeCertificate } from '../../src/types/consensus-codec.ts'
import { addressOf, STATUS_ZERO, type TestHost, TestNetwork, until } from '../p2p/network.ts'
import { EPOCH_LENGTH, GENESIS_HASH, HONEST_SIGNATURE, makeChain, makeFinalization, storeOf } from './chain.ts'

const chain = makeChain(60, 1)
const stops: (() => void)[] = []
let network = new TestNetwork()
afterEach(async () => {
  for (const stop of stops.splice(0)) stop()
  await network.stop()
  network = new TestNetwork()
})

type Node = { readonly one: TestHost; readonly sync: BlockSync; readonly blocks: SealedBlock[] }

/** A node whose chain is a list and whose validators are a mark; all the rest is real. */
async function addNode(blocks: SealedBlock[], bootstrap: readonly string[] = []): Promise<Node> {
  const finalized = (): ChainPosition => ({ height: blocks.length, hash: blocks.at(-1)?.hash ?? GENESIS_HASH })
  const handlers: Partial<HostHandlers> = {
    localStatus: () => ({ ...STATUS_ZERO, finalizedHeight: blocks.length }),
    onRequest: async ({ kind, bytes }) =>
      kind === BLOCK_RANGE ? serveRange(bytes, storeOf(chain, blocks.length)) : err('UNAVAILABLE'),
    onGossip: (topic, peerId, bytes) => (topic === 'heads' ? sync.onHead(peerId, bytes) : 'ignore'),
    onStatus: () => sync.poke(),
  }
  const one = await network.add({ bootstrap }, handlers)
  const sync: BlockSync = new BlockSync({
    role: 'follower',
    clock: systemClock,
    log: silentLogger,
    schedule: (callback, delayMs) => {
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
    chain: {
      epochLength: EPOCH_LENGTH,
      finalized,
      verifyFinalization: async ({ signature }) => (signature[0] === HONEST_SIGNATURE ? 'valid' : 'invalid'),
      importRange: async (range) => {
        blocks.push(...range.blocks)
        return ok(finalized())
      },
    },
    peers: {
      peers: () => one.host.peers().map(({ peerId, status }) => ({ peerId, finalizedHeight: status.finalizedHeight })),
      requestRange: (peerId, request, timeoutMs) => one.host.request(peerId, BLOCK_RANGE, request, timeoutMs),
      report: (peerId, fault) => one.host.score(peerId, fault),
    },
  })
  sync.start()
  stops.push(() => sync.stop())
  return { one, sync, blocks }
}

describe('a fresh full node', () => {
  it('catches up with a node that it knows, and follows the heads that reach it through others', async () => {
    const source = await addNode(chain.slice(0, 50))
    const relay = await addNode([], [addressOf(source.one)])
    await until(() => relay.blocks.length === 50, 'the relay has caught up')
    const fresh = await addNode([], [addressOf(relay.one)])
    await until(() => fresh.blocks.length === 50, 'the fresh node has caught up')

    for (const block of chain.slice(50)) {
      source.blocks.push(block)
      const certificate = encodeCertificate(makeFinalization(block, HONEST_SIGNATURE))
      await source.one.host.publish('heads', encodeHead(block.header, certificate))
      await until(() => relay.blocks.length === block.header.number, 'the relay follows')
    }
    await until(() => fresh.blocks.length === 60, 'the fresh node follows')
    expect(fresh.blocks.map((block) => block.hash)).toEqual(chain.map((block) => block.hash))
    expect(fresh.one.outcomes.filter((outcome) => outcome !== 'connected')).toEqual([])
    expect(relay.one.host.peers().every((peer) => peer.score === 0)).toBe(true)
  })
})
