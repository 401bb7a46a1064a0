/**
 * net_*: the network as web3.js asks for it.
 */

import { quantity } from '../hex.ts'
import { defineMethod, type Method } from '../method.ts'
import type { Services } from '../services.ts'

export function netMethods({ ports }: Services): Method[] {
  return [
    defineMethod({ name: 'net_version', params: [], run: () => ports.facts.chainId.toString() }),
    defineMethod({ name: 'net_listening', params: [], run: () => ports.network.isListening() }),
    defineMethod({ name: 'net_peerCount', params: [], run: () => quantity(ports.network.peerCount()) }),
  ]
}
