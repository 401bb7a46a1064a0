/**
 * What happens to everything that comes in from peers: consensus messages go to the engine, questions are answered from the
 * engine or the finalized chain, gossip goes to the pool or to block sync.
 */

import type { Engine } from '../engine/engine.ts'
import { err, ok } from '../lib/result.ts'
import type { TransactionGossip } from '../mempool/gossip.ts'
import { BLOCK_BY_HASH, BLOCK_RANGE } from '../p2p/messages.ts'
import type { HostHandlers } from '../p2p/ports.ts'
import type { BlockSync } from '../sync/block-sync.ts'
import type { ServePort } from '../sync/ports.ts'
import { serveRange } from '../sync/serve.ts'
import { noticeKindOf } from './adapters/engine-network.ts'

export type HandlerParts = {
  readonly engine: Engine
  readonly gossip: TransactionGossip
  readonly sync: BlockSync
  readonly served: ServePort
}

/** The handlers that the host is made with. */
export function networkHandlers({ engine, gossip, sync, served }: HandlerParts): HostHandlers {
  return {
    onMessage: ({ peerId, kind, bytes }) => engine.onNotice(peerId, noticeKindOf(kind), bytes),
    onRequest: async ({ peerId, kind, bytes }) => {
      if (kind === BLOCK_RANGE) return serveRange(bytes, served)
      const answer = await engine.answer(peerId, kind === BLOCK_BY_HASH ? 'block' : 'certificates', bytes)
      return answer === undefined ? err('UNAVAILABLE') : ok(answer)
    },
    onGossip: (topic, peerId, bytes) => (topic === 'transactions' ? gossip.receive(bytes) : sync.onHead(peerId, bytes)),
    localStatus: () => engine.status(),
    onStatus: (peerId, status) => {
      engine.onStatus(peerId, status)
      sync.poke()
    },
    onPeerReady: ({ peerId }) => engine.onPeer(peerId, 'opened'),
    onPeerGone: (peerId) => engine.onPeer(peerId, 'closed'),
  }
}
