/**
 * Who may connect: not the banned, not too many, not too many from one address. Validators find room when others do not.
 */

import type { Connection, ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface'
import { MAX_VALIDATORS } from '../lib/limits.ts'
import type { Outcome } from './outcomes.ts'
import type { HostLimits } from './ports.ts'

export type GateOptions = {
  readonly limits: HostLimits
  readonly ownPeerId: string
  /** Established connections, ready or not. */
  connections(): readonly Connection[]
  isValidator(peerId: string): boolean
  isWelcome(peerId: string): boolean
  onRefused(peerId: string | undefined, outcome: Outcome): void
}

/** The gater that libp2p asks at each step of a connection; `true` refuses. */
export function createGate(options: GateOptions): ConnectionGater {
  const refuse = (outcome: Outcome, peerId?: string) => {
    options.onRefused(peerId, outcome)
    return true
  }
  const upgrading = new Set<string>()
  return {
    denyDialPeer: (peer: PeerId) => {
      const peerId = peer.toString()
      if (peerId === options.ownPeerId) return refuse('own-peer-id', peerId)
      return options.isWelcome(peerId) ? false : refuse('banned', peerId)
    },
    // Everything may be dialled: the default refuses private addresses in some environments, and devnets live on loopback.
    denyDialMultiaddr: () => false,
    denyInboundConnection: (incoming: MultiaddrConnection) => {
      const open = options.connections()
      const inbound = open.filter((one) => one.direction === 'inbound')
      // Who it is becomes known only after the encryption, so places are kept for validators until then.
      if (inbound.length >= options.limits.maxInboundConnections + MAX_VALIDATORS) return refuse('too-many-connections')
      const ip = hostOf(incoming.remoteAddr)
      const ofSameIp = inbound.filter((one) => hostOf(one.remoteAddr) === ip).length
      if (ofSameIp >= options.limits.maxConnectionsPerIp) return refuse('too-many-connections-of-ip')
      const remote = incoming.remoteAddr.toString()
      upgrading.add(remote)
      incoming.addEventListener('close', () => {
        if (upgrading.delete(remote)) refuse('not-libp2p')
      })
      return false
    },
    denyInboundEncryptedConnection: (peer: PeerId, incoming: MultiaddrConnection) => {
      const peerId = peer.toString()
      upgrading.delete(incoming.remoteAddr.toString())
      if (peerId === options.ownPeerId) return refuse('own-peer-id', peerId)
      if (!options.isWelcome(peerId)) return refuse('banned', peerId)
      if (options.isValidator(peerId)) return false
      const inbound = options.connections().filter((one) => one.direction === 'inbound').length
      return inbound >= options.limits.maxInboundConnections ? refuse('too-many-connections', peerId) : false
    },
  }
}

function hostOf(address: MultiaddrConnection['remoteAddr']): string {
  return address.getComponents()[0]?.value ?? ''
}
