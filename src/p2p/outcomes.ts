/**
 * How encounters with peers end: every connection, stream or message that goes wrong has a name here, which appears in the
 * log, in the metrics and in the peer table. Faults carry the points that they cost (peer-scores.ts).
 */

/** What a peer did wrong, and what it costs of the -20 that disconnect and the -50 that ban. */
export const FAULT_POINTS = {
  /** A frame longer than its class or kind allows. */
  'oversized-frame': 20,
  /** A kind that does not exist or is not of this stream, or bytes where none belong. */
  'malformed-frame': 10,
  /** A payload that its codec refuses. */
  'malformed-message': 10,
  /** A signature or certificate that does not verify. */
  'invalid-signature': 20,
  /** A block, proposal or range that breaks a rule of the chain. */
  'invalid-block': 20,
  /** A transaction batch, head or piece of evidence that no honest node forwards. */
  'invalid-gossip': 5,
  /** A range that is not contiguous, or does not reach what the peer's own status claims. */
  'false-answer': 10,
  /** No answer to a request in time. */
  'request-timeout': 2,
  /** More messages than the class's token bucket holds. */
  flood: 1,
  /** A frame that arrives too slowly, or a peer that does not take what it asked for. */
  'slow-peer': 5,
  /** The stream closed in the middle of a frame. */
  'truncated-frame': 2,
  /** A message of a validator's kind from a peer that is none. */
  'not-validator': 5,
} as const

export type Fault = keyof typeof FAULT_POINTS

export type Outcome =
  | Fault
  | 'connected'
  | 'closed'
  | 'dial-failed'
  /** Another chain id: not our network, without blame. */
  | 'wrong-chain'
  /** Our chain id with another genesis: a reset or a fork of the network. */
  | 'wrong-genesis'
  | 'wrong-protocol-version'
  /** The encryption or the multiplexer was not agreed on: garbage, silence, or no libp2p at all. */
  | 'not-libp2p'
  | 'handshake-timeout'
  | 'handshake-malformed'
  /** The peer does not speak our protocols. */
  | 'unknown-protocol'
  /** Nothing was heard for too long, not even a status: the peer or the path is gone. */
  | 'silent'
  /** A second connection to the same peer; the other one stays. */
  | 'duplicate'
  /** We stop. */
  | 'stopping'
  /** Our score of the peer fell to the disconnecting threshold. */
  | 'score-too-low'
  | 'banned'
  | 'too-many-connections'
  | 'too-many-connections-of-ip'
  /** We dialled ourselves. */
  | 'own-peer-id'
