/**
 * Handlers that cannot throw into the network: what the node's own code throws while it handles a peer's message is an
 * error of ours, logged with its place, and costs that message only. A stop of the process is the node's own decision.
 */

import { errorMessage } from '../lib/errors.ts'
import type { HostHandlers, NetworkLog } from './ports.ts'

/** The others are guarded where their answers are used, or where their DecodeError is the peer's fault. */
export function guardHandlers(handlers: HostHandlers, log: NetworkLog): HostHandlers {
  const guard = (name: string, action: () => void) => {
    try {
      action()
    } catch (thrown) {
      log.error({ handler: name, reason: errorMessage(thrown) }, 'network handler failed')
    }
  }
  return {
    onStatus: (peerId, status) => guard('onStatus', () => handlers.onStatus(peerId, status)),
    onPeerReady: (peer) => guard('onPeerReady', () => handlers.onPeerReady(peer)),
    onPeerGone: (peerId) => guard('onPeerGone', () => handlers.onPeerGone(peerId)),
    onMessage: (message) => handlers.onMessage(message),
    onRequest: (request) => handlers.onRequest(request),
    onGossip: (topic, peerId, bytes) => handlers.onGossip(topic, peerId, bytes),
    localStatus: () => handlers.localStatus(),
  }
}
