/**
 * How many messages of each kind a peer may send us: generous for the fastest honest network (some 60 views a second, a
 * retry burst after a partition), small against a flood. Votes scale with the validators, as docs/consensus.md 2.11 asks.
 */

import {
  BLOCK_BY_HASH,
  BLOCK_RANGE,
  CERTIFICATE,
  CERTIFICATES,
  EVIDENCE,
  type GossipTopic,
  HELLO,
  type MessageKind,
  PEERS,
  PROPOSAL,
  STATUS,
  VOTE,
} from './messages.ts'
import type { Rate } from './token-bucket.ts'

const FIXED_RATES: Readonly<Partial<Record<MessageKind, Rate>>> = {
  [PROPOSAL]: { perSecond: 100, burst: 200 },
  [EVIDENCE]: { perSecond: 10, burst: 100 },
  [STATUS]: { perSecond: 5, burst: 20 },
  [CERTIFICATES]: { perSecond: 10, burst: 40 },
  [BLOCK_BY_HASH]: { perSecond: 50, burst: 200 },
  [BLOCK_RANGE]: { perSecond: 20, burst: 60 },
  [HELLO]: { perSecond: 1, burst: 3 },
  [PEERS]: { perSecond: 1, burst: 10 },
}

const VOTE_FLOOR: Rate = { perSecond: 400, burst: 2_000 }

/** Gossiped messages that one peer may bring us; it forwards the whole network's, so this is far above its own share. */
export const GOSSIP_RATES: Readonly<Record<GossipTopic, Rate>> = {
  transactions: { perSecond: 1_000, burst: 2_000 },
  heads: { perSecond: 100, burst: 300 },
}

/** The bucket of one peer for one kind. */
export function rateOf(kind: MessageKind, validatorCount: number): Rate {
  if (kind === VOTE || kind === CERTIFICATE) {
    return {
      perSecond: Math.max(VOTE_FLOOR.perSecond, 4 * validatorCount),
      burst: Math.max(VOTE_FLOOR.burst, 8 * validatorCount),
    }
  }
  return FIXED_RATES[kind] ?? VOTE_FLOOR
}
