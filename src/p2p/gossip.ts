/**
 * Gossip of transaction batches and finalized heads over gossipsub: unsigned (the payloads are signed already), known by the
 * first 20 bytes of their SHA-256, bounded, and forwarded only when a handler has judged them worth it.
 */

import { createHash } from 'node:crypto'
import { type GossipSub, gossipsub, StrictNoSign, TopicValidatorResult } from '@libp2p/gossipsub'
import { errorMessage } from '../lib/errors.ts'
import { MAX_GOSSIP_BYTES } from '../lib/limits.ts'
import type { Hash } from '../types/primitives.ts'
import { GOSSIP_TOPICS, type GossipTopic, type Verdict } from './messages.ts'
import type { NetworkLog } from './ports.ts'

const MESSAGE_ID_BYTES = 20
const RESULTS: Readonly<Record<Verdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

/** The full name of a topic: two chains never share one. */
export function topicName(topic: GossipTopic, genesisHash: Hash): string {
  return `/sahara/${genesisHash.slice(2, 18)}/${topic}/1`
}

/** The gossipsub service for a chain. */
export function gossipService(genesisHash: Hash): ReturnType<typeof gossipsub> {
  return gossipsub({
    globalSignaturePolicy: StrictNoSign,
    msgIdFn: (message) => messageId(message.data),
    fastMsgIdFn: (message) => messageId(message.data ?? new Uint8Array(0)).toString('base64'),
    msgIdToStrFn: (id) => Buffer.from(id.buffer, id.byteOffset, id.length).toString('base64'),
    allowedTopics: GOSSIP_TOPICS.map((topic) => topicName(topic, genesisHash)),
    maxInboundDataLength: MAX_GOSSIP_BYTES + 1_024,
    maxOutboundBufferSize: 32 * MAX_GOSSIP_BYTES,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    // In a small network everyone is in everyone's mesh; flooding our own messages saves the first hop's delay.
    floodPublish: true,
    doPX: false,
    emitSelf: false,
    fallbackToFloodsub: false,
    // Nodes of a development network share one address, and the gate limits connections of an address anyway.
    scoreParams: { IPColocationFactorWeight: 0 },
  })
}

export type GossipOptions = {
  readonly genesisHash: Hash
  readonly log: NetworkLog
  /** Asked before a message is delivered or forwarded. */
  judge(topic: GossipTopic, peerId: string, bytes: Uint8Array): Promise<Verdict> | Verdict
}

/** Subscribes to every topic of the chain and lets `judge` decide on each message. */
export function subscribeAll(service: GossipSub, options: GossipOptions): void {
  for (const topic of GOSSIP_TOPICS) {
    const name = topicName(topic, options.genesisHash)
    service.topicValidators.set(name, async (peer, message) => {
      try {
        return RESULTS[await options.judge(topic, peer.toString(), message.data)]
      } catch (thrown) {
        options.log.error({ topic, reason: errorMessage(thrown) }, 'gossip handler failed')
        return TopicValidatorResult.Ignore
      }
    })
    service.subscribe(name)
  }
}

function messageId(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest().subarray(0, MESSAGE_ID_BYTES)
}
