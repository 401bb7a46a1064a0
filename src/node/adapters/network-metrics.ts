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
  const peers = metrics.gauge('p2p_connections', 'handshaken connections', ['role'])
  return {
    onBytes: (direction, count) => bytes.inc({ direction }, count),
    onMessage: (direction, kind) => messages.inc({ direction, kind }),
    onDropped: (kind, reason) => dropped.inc({ kind, reason }),
    onOutcome: (outcome) => outcomes.inc({ outcome }),
    onPeers: ({ inbound, outbound, validators }) => {
      peers.set(inbound, { role: 'inbound' })
      peers.set(outbound, { role: 'outbound' })
      peers.set(validators, { role: 'validator' })
    },
  }
}
