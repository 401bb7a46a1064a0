/**
 * The libp2p node under a host: which transports and limits it has. Everything here is libp2p's vocabulary; the rest of the
 * folder is ours.
 */

import { noise } from '@chainsafe/libp2p-noise'
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import type { GossipSub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import type { ConnectionGater } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import { MAX_CONNECTIONS_PER_SECOND_OF_IP, MAX_VALIDATORS } from '../lib/limits.ts'
import { gossipService } from './gossip.ts'
import { PROTOCOL_VERSION } from './hello.ts'
import type { HostLimits, HostOptions } from './ports.ts'

export const DIAL_TIMEOUT_MS = 10_000
/** Our status is the heartbeat, so an idle stream is not a dead one. */
const STREAM_INACTIVITY_MS = 24 * 60 * 60 * 1000

export type Libp2pNode = Libp2p<{ gossip: GossipSub; identify: unknown }>

/** A node that is not started yet. */
export function createLibp2pNode(options: HostOptions, limits: HostLimits, gate: ConnectionGater): Promise<Libp2pNode> {
  // The gate keeps to the limits; libp2p's own pruning must never be the one that chooses.
  const maxConnections = limits.maxInboundConnections + limits.maxOutboundConnections + 2 * MAX_VALIDATORS
  return createLibp2p({
    start: false,
    privateKey: privateKeyFromProtobuf(options.nodeKey.privateKey),
    nodeInfo: { name: 'sahara', version: String(PROTOCOL_VERSION), userAgent: options.agent },
    addresses: { listen: [...options.listen], announce: [...options.announce] },
    transports: [tcp({ dialOpts: { noDelay: true }, listenOpts: { noDelay: true } })],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions: { inactivityTimeout: STREAM_INACTIVITY_MS } })],
    connectionManager: {
      maxConnections,
      dialTimeout: DIAL_TIMEOUT_MS,
      inboundUpgradeTimeout: limits.handshakeTimeoutMs,
      inboundConnectionThreshold: MAX_CONNECTIONS_PER_SECOND_OF_IP,
      maxIncomingPendingConnections: MAX_VALIDATORS,
    },
    connectionMonitor: { enabled: false },
    connectionGater: gate,
    services: { identify: identify(), gossip: gossipService(options.chain.genesisHash) },
  })
}
