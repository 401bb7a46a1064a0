/**
 * What one peer needs of the host that it belongs to.
 */

import type { Clock } from '../lib/clock.ts'
import type { Hello } from './hello.ts'
import type { StreamClass } from './messages.ts'
import type { ByteBudget, Outbox } from './outbox.ts'
import type { Fault, Outcome } from './outcomes.ts'
import type { Peer } from './peer.ts'
import type { ChainIdentity, HostHandlers, HostLimits, NetworkLog, NetworkMetrics } from './ports.ts'

export type PeerContext = {
  readonly chain: ChainIdentity
  readonly limits: HostLimits
  readonly clock: Clock
  readonly log: NetworkLog
  readonly metrics: NetworkMetrics
  readonly handlers: HostHandlers
  /** What waits for all peers: our own messages, and apart from them the answers to their requests. */
  readonly sendBudget: ByteBudget
  readonly answerBudget: ByteBudget
  readonly schedule: (streamClass: StreamClass, outbox: Outbox) => void
  ownHello(): Hello
  /** An encoded answer to peer exchange for this peer. */
  exchangePeers(asker: string): Uint8Array
  isValidator(peerId: string): boolean
  validatorCount(): number
  scoreOf(peerId: string): number
  charge(peer: Peer, fault: Fault): void
  onReady(peer: Peer): void
  onEnded(peer: Peer, outcome: Outcome): void
}
