/**
 * The limits of a host that its options do not change.
 */

import { MAX_CONNECTIONS_PER_IP, MAX_INBOUND_CONNECTIONS, MAX_OUTBOUND_CONNECTIONS } from '../lib/limits.ts'
import type { HostLimits } from './ports.ts'

export const DEFAULT_HOST_LIMITS: HostLimits = {
  maxInboundConnections: MAX_INBOUND_CONNECTIONS,
  maxOutboundConnections: MAX_OUTBOUND_CONNECTIONS,
  maxConnectionsPerIp: MAX_CONNECTIONS_PER_IP,
  handshakeTimeoutMs: 10_000,
  frameTimeoutMs: 20_000,
  stallTimeoutMs: 20_000,
  silenceTimeoutMs: 15_000,
}
