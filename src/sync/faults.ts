/**
 * What a peer's answer can be guilty of, in the words of the peer scores.
 */

/** Faults that an answer shows by itself. */
export type RangeFault = 'malformed-message' | 'false-answer' | 'invalid-block'

/** Everything that sync reports of a peer. */
export type SyncFault = RangeFault | 'invalid-signature' | 'request-timeout' | 'invalid-gossip'
