/**
 * What the network reports, as Prometheus metrics.
 */

import type { NetworkMetrics } from '../../p2p/ports.ts'
import type { Metrics } from '../../telemetry/metrics.ts'

/** Hooks that count bytes, messages, drops and the ends of encounters. */
export function networkMetrics(metrics: Metrics): NetworkMetrics {
  const bytes = metrics.counter('p2p_bytes_total', 'bytes to and from peers', ['direction'])
  const messages = metrics.counter('p2p_messages_total', 'messages to and from peers', ['direction', 'kind'])
  const dropped = metrics.counter('p2p_dropped_total', 'messages that were not sent or not taken', ['kind', 'reason'])
  const outcomes = metrics.counter('p2p_outcomes_total', 'how encounters with peers ended', ['outcome'])
  const peers = metrics.gauge('peers', 'handshaken connections', ['dir', 'role'])
  return {
    onBytes: (direction, count) => bytes.inc({ direction }, count),
    onMessage: (direction, kind) => messages.inc({ direction, kind }),
    onDropped: (kind, reason) => dropped.inc({ kind, reason }),
    onOutcome: (outcome) => outcomes.inc({ outcome }),
    onPeers: (connected) => {
      for (const dir of ['inbound', 'outbound']) {
        const ofDirection = connected.filter((peer) => peer.direction === dir)
        const validators = ofDirection.filter((peer) => peer.isValidator).length
        peers.set(validators, { dir, role: 'validator' })
        peers.set(ofDirection.length - validators, { dir, role: 'other' })
      }
    },
  }
}
