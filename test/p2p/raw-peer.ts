/**
 * A peer that speaks libp2p but keeps to none of our rules: tests send whatever bytes they like through it.
 */

import { noise } from '@chainsafe/libp2p-noise'
import type { Connection, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import { concatBytes } from '../../src/lib/bytes.ts'
import { frameHeader } from '../../src/p2p/framing.ts'
import { encodeHello, type Hello, PROTOCOL_VERSION } from '../../src/p2p/hello.ts'
import { HELLO, PROTOCOLS, type StreamClass } from '../../src/p2p/messages.ts'
import { CHAIN, STATUS_ZERO } from './network.ts'

export const HONEST_HELLO: Hello = {
  version: PROTOCOL_VERSION,
  chain: CHAIN,
  status: STATUS_ZERO,
  agent: 'raw',
  addresses: [],
}

export class RawPeer {
  private readonly node: Libp2p
  readonly connection: Connection
  readonly peerId: string

  private constructor(node: Libp2p, connection: Connection) {
    this.node = node
    this.connection = connection
    this.peerId = node.peerId.toString()
  }

  static async connect(address: string): Promise<RawPeer> {
    const node = await createLibp2p({
      addresses: { listen: [] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionMonitor: { enabled: false },
    })
    return new RawPeer(node, await node.dial(multiaddr(address)))
  }

  /** Connects and says an honest hello. */
  static async greeted(address: string): Promise<{ peer: RawPeer; sync: Stream }> {
    const peer = await RawPeer.connect(address)
    const sync = await peer.open('sync')
    await peer.hello(sync, encodeHello(HONEST_HELLO))
    return { peer, sync }
  }

  async open(streamClass: StreamClass): Promise<Stream> {
    return this.connection.newStream(PROTOCOLS[streamClass])
  }

  /** Sends a hello and waits for the first bytes of the answer or the end of the stream. */
  async hello(stream: Stream, payload: Uint8Array): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      stream.addEventListener('message', () => resolve(), { once: true })
      stream.addEventListener('close', () => resolve(), { once: true })
    })
    stream.send(frame(HELLO, 1, payload))
    await answered
  }

  async stop(): Promise<void> {
    await this.node.stop()
  }
}

/** A whole frame in one array. */
export function frame(kind: number, requestId: number, payload: Uint8Array): Uint8Array {
  return concatBytes(frameHeader(kind, requestId, payload.length), payload)
}
