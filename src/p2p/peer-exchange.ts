/**
 * Peer exchange: a node that is asked names some peers that it has itself reached, each with its peer id and addresses. What
 * is learned this way is only a hint: a dial proves the peer id, and whoever lies about addresses wastes one dial.
 */

import { multiaddr } from '@multiformats/multiaddr'
import { MAX_EXCHANGED_PEERS, MAX_PEER_ADDRESSES } from '../lib/limits.ts'
import { decodeExactly, Writer } from '../types/codec.ts'

const MAX_PEER_ID_BYTES = 64
const MAX_ADDRESS_BYTES = 128

export type PeerAddresses = { readonly peerId: string; readonly addresses: readonly string[] }

export function encodePeers(peers: readonly PeerAddresses[]): Uint8Array {
  const writer = new Writer()
  writer.list(peers.slice(0, MAX_EXCHANGED_PEERS), (outer, peer) => {
    outer.text(peer.peerId)
    outer.list(peer.addresses.slice(0, MAX_PEER_ADDRESSES), (inner, address) => inner.text(address))
  })
  return writer.finish()
}

/** Throws DecodeError. Addresses that this node could not dial are left out. */
export function decodePeers(bytes: Uint8Array): PeerAddresses[] {
  return decodeExactly(bytes, (reader) =>
    reader.list(MAX_EXCHANGED_PEERS, (outer) => {
      const peerId = outer.text(MAX_PEER_ID_BYTES)
      const addresses = outer.list(MAX_PEER_ADDRESSES, (inner) => inner.text(MAX_ADDRESS_BYTES))
      return { peerId, addresses: addresses.filter(isTcpAddress) }
    }),
  )
}

/** True for `/ip4|ip6|dns…/…/tcp/<port>`, with or without a trailing `/p2p/<peer id>`. */
export function isTcpAddress(text: string): boolean {
  try {
    const names = multiaddr(text)
      .getComponents()
      .map((component) => component.name)
    const [host, transport, ...rest] = names
    const isHost = host === 'ip4' || host === 'ip6' || host === 'dns' || host === 'dns4' || host === 'dns6'
    return isHost && transport === 'tcp' && (rest.length === 0 || (rest.length === 1 && rest[0] === 'p2p'))
  } catch {
    return false
  }
}

/** The peer id and the bare address of a multiaddr that ends in `/p2p/<peer id>`; undefined for any other text. */
export function splitPeerAddress(text: string): { readonly peerId: string; readonly address: string } | undefined {
  if (!isTcpAddress(text)) return undefined
  const components = multiaddr(text).getComponents()
  const last = components.at(-1)
  if (last?.name !== 'p2p' || last.value === undefined) return undefined
  return { peerId: last.value, address: bareAddress(text) }
}

/** The multiaddr without a trailing `/p2p/<peer id>`. */
export function bareAddress(text: string): string {
  const at = text.lastIndexOf('/p2p/')
  return at === -1 ? text : text.slice(0, at)
}
