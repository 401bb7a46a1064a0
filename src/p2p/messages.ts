/**
 * The messages between nodes (docs/consensus.md 2.2): their kinds, the stream class each travels on, and how large each may be.
 *
 * Every message is a frame: `[u32 length of the rest][u8 kind][u32 request id][payload]`. Request id 0 is a message that
 * wants no answer; an answer carries its request's id and its kind with ANSWER_BIT set. The payload's encoding belongs to
 * src/types; this layer never looks into it.
 */

import {
  MAX_BLOCK_FRAME_BYTES,
  MAX_CONSENSUS_FRAME_BYTES,
  MAX_PEER_EXCHANGE_BYTES,
  MAX_STATUS_BYTES,
  MAX_SYNC_FRAME_BYTES,
} from '../lib/limits.ts'

/** A leader's proposal with the block inside; pushed on the block class so that votes never wait behind it. */
export const PROPOSAL = 1
export const VOTE = 2
export const CERTIFICATE = 3
/** Asks for certificates of views: engine's codec. */
export const CERTIFICATES = 4
/** Asks for one block by its hash (32 bytes); answered with an encoded sealed block. */
export const BLOCK_BY_HASH = 6
/** Asks for consecutive finalized blocks with their finality proof; see src/sync/range-codec.ts. */
export const BLOCK_RANGE = 7
/** Where a node stands; sent after the handshake and every second, which makes it the heartbeat too. */
export const STATUS = 8
export const EVIDENCE = 9
/** The handshake: first on every connection, both ways. */
export const HELLO = 10
/** Asks for addresses of other peers. */
export const PEERS = 11

export type MessageKind =
  | typeof PROPOSAL
  | typeof VOTE
  | typeof CERTIFICATE
  | typeof CERTIFICATES
  | typeof BLOCK_BY_HASH
  | typeof BLOCK_RANGE
  | typeof STATUS
  | typeof EVIDENCE
  | typeof HELLO
  | typeof PEERS

/** Added to a request's kind in its answer. */
export const ANSWER_BIT = 0x80

/** Streams of one class share order and buffers; classes never wait for each other. */
export type StreamClass = 'consensus' | 'block' | 'sync'

/** In the order in which queues are flushed: votes ahead of blocks, blocks ahead of everything else. */
export const STREAM_CLASSES: readonly StreamClass[] = ['consensus', 'block', 'sync']

export const PROTOCOLS: Readonly<Record<StreamClass, string>> = {
  consensus: '/sahara/consensus/1',
  block: '/sahara/block/1',
  sync: '/sahara/sync/1',
}

/** Largest frame (kind, request id and payload) that a class takes; a larger one ends the stream. */
export const MAX_FRAME_BYTES: Readonly<Record<StreamClass, number>> = {
  consensus: MAX_CONSENSUS_FRAME_BYTES,
  block: MAX_BLOCK_FRAME_BYTES,
  sync: MAX_SYNC_FRAME_BYTES,
}

export type KindRule = {
  readonly name: string
  readonly streamClass: StreamClass
  /** `request` wants an answer, `notice` does not. */
  readonly form: 'notice' | 'request'
  /** Taken only from peers on the allow-list of validators. */
  readonly isValidatorsOnly: boolean
  /** Largest payload, and for a request largest answer. */
  readonly maxBytes: number
  readonly maxAnswerBytes: number
}

function notice(name: string, streamClass: StreamClass, isValidatorsOnly: boolean, maxBytes: number): KindRule {
  return { name, streamClass, form: 'notice', isValidatorsOnly, maxBytes, maxAnswerBytes: 0 }
}

function request(name: string, streamClass: StreamClass, maxBytes: number, maxAnswerBytes: number): KindRule {
  return { name, streamClass, form: 'request', isValidatorsOnly: false, maxBytes, maxAnswerBytes }
}

export const KIND_RULES: Readonly<Record<MessageKind, KindRule>> = {
  [PROPOSAL]: notice('proposal', 'block', true, MAX_BLOCK_FRAME_BYTES),
  [VOTE]: notice('vote', 'consensus', true, 1_024),
  [CERTIFICATE]: notice('certificate', 'consensus', true, 1_024),
  [EVIDENCE]: notice('evidence', 'consensus', true, 16 * 1_024),
  [STATUS]: notice('status', 'sync', false, MAX_STATUS_BYTES),
  [CERTIFICATES]: request('certificates', 'sync', 1_024, MAX_CONSENSUS_FRAME_BYTES),
  [BLOCK_BY_HASH]: request('block-by-hash', 'block', 64, MAX_BLOCK_FRAME_BYTES),
  [BLOCK_RANGE]: request('block-range', 'sync', 64, MAX_SYNC_FRAME_BYTES),
  [HELLO]: request('hello', 'sync', MAX_STATUS_BYTES, MAX_STATUS_BYTES),
  [PEERS]: request('peers', 'sync', 64, MAX_PEER_EXCHANGE_BYTES),
}

/** The kinds that a peer may request of our handlers; HELLO and PEERS are answered inside this layer. */
export type RequestKind = typeof CERTIFICATES | typeof BLOCK_BY_HASH | typeof BLOCK_RANGE
/** The kinds that reach `onMessage`. */
export type NoticeKind = typeof PROPOSAL | typeof VOTE | typeof CERTIFICATE | typeof EVIDENCE

/** The rule of a kind read from the wire, without the answer bit; undefined for a kind that does not exist. */
export function kindRule(kind: number): KindRule | undefined {
  return (KIND_RULES as Readonly<Record<number, KindRule | undefined>>)[kind]
}

/** Gossip topics; the full name holds the genesis hash, so that two chains never share a mesh. */
export type GossipTopic = 'transactions' | 'heads'
export const GOSSIP_TOPICS: readonly GossipTopic[] = ['transactions', 'heads']

/** What a topic's validator says of a message: deliver and forward, drop, or drop and punish. */
export type Verdict = 'accept' | 'ignore' | 'reject'
