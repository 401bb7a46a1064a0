import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ok } from '../../src/lib/result.ts'
import { frameHeader } from '../../src/p2p/framing.ts'
import { encodeHello } from '../../src/p2p/hello.ts'
import { ANSWER_BIT, BLOCK_RANGE, HELLO, STATUS, VOTE } from '../../src/p2p/messages.ts'
import type { HostLimits } from '../../src/p2p/ports.ts'
import { rateOf } from '../../src/p2p/rates.ts'
import { addressOf, CHAIN, OTHER_GENESIS, type TestHost, TestNetwork, until } from './network.ts'
import { frame, HONEST_HELLO, RawPeer } from './raw-peer.ts'

const FAST: HostLimits = {
  maxInboundConnections: 64,
  maxOutboundConnections: 64,
  maxConnectionsPerIp: 64,
  handshakeTimeoutMs: 2_000,
  frameTimeoutMs: 300,
  stallTimeoutMs: 300,
  silenceTimeoutMs: 60_000,
}
const PATIENT = { ...FAST, handshakeTimeoutMs: 20_000 }

let network = new TestNetwork()
let raws: RawPeer[] = []
afterEach(async () => {
  await Promise.all(raws.map((raw) => raw.stop()))
  await network.stop()
  raws = []
  network = new TestNetwork()
})

async function greeted(victim: TestHost) {
  const one = await RawPeer.greeted(addressOf(victim))
  raws.push(one.peer)
  await until(() => victim.host.isConnected(one.peer.peerId), 'the raw peer is ready')
  return one
}

async function connected(victim: TestHost): Promise<RawPeer> {
  const peer = await RawPeer.connect(addressOf(victim))
  raws.push(peer)
  return peer
}

function happens(victim: TestHost, outcome: TestHost['outcomes'][number]): Promise<void> {
  return until(() => victim.outcomes.includes(outcome), `the outcome is ${outcome}, not only ${victim.outcomes}`)
}

/** The host still serves an honest peer. */
async function expectAlive(victim: TestHost): Promise<void> {
  const friend = await network.add()
  const dialled = await friend.host.dial(addressOf(victim))
  expect(dialled.ok).toBe(true)
}

describe('a stranger that does not speak libp2p', () => {
  it('is cut off whether it sends garbage or nothing', async () => {
    const victim = await network.add({ limits: FAST })
    const port = Number(/\/tcp\/(\d+)/.exec(addressOf(victim))?.[1])
    const closed = [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(100_000, 0xee), undefined].map(
      (bytes) =>
        new Promise<void>((resolve) => {
          const socket = connect(port, '127.0.0.1')
          if (bytes !== undefined) socket.write(bytes)
          socket.on('close', () => resolve())
          socket.on('error', () => resolve())
          socket.resume()
        }),
    )
    await Promise.all(closed)
    await until(() => victim.outcomes.filter((one) => one === 'not-libp2p').length === 3, 'all three are named')
    await expectAlive(victim)
  })
})

describe('the handshake', () => {
  it('ends a peer that says nothing', async () => {
    const victim = await network.add({ limits: FAST })
    await connected(victim)
    await happens(victim, 'handshake-timeout')
  })

  it('ends a peer whose hello is garbage, and one that speaks before it', async () => {
    const victim = await network.add({ limits: PATIENT })
    const garbled = await connected(victim)
    await garbled.hello(await garbled.open('sync'), Uint8Array.of(1, 2, 3))
    await happens(victim, 'handshake-malformed')
    const rude = await connected(victim)
    const stream = await rude.open('sync')
    stream.send(frame(STATUS, 0, new Uint8Array(60)))
    await until(() => victim.outcomes.filter((one) => one === 'handshake-malformed').length === 2, 'both are named')
  })

  it('names wrong genesis, wrong chain and wrong version', async () => {
    const victim = await network.add({ limits: PATIENT })
    const hellos = {
      'wrong-genesis': { ...HONEST_HELLO, chain: { ...CHAIN, genesisHash: OTHER_GENESIS } },
      'wrong-chain': { ...HONEST_HELLO, chain: { ...CHAIN, chainId: 1 } },
      'wrong-protocol-version': { ...HONEST_HELLO, version: 99 },
    } as const
    for (const [outcome, hello] of Object.entries(hellos)) {
      const peer = await connected(victim)
      await peer.hello(await peer.open('sync'), encodeHello(hello))
      await happens(victim, outcome as keyof typeof hellos)
      expect(victim.host.isConnected(peer.peerId)).toBe(false)
    }
  })
})

describe('a peer that finished the handshake', () => {
  it('is disconnected at once for an oversized frame', async () => {
    const victim = await network.add({ limits: PATIENT })
    const { peer, sync } = await greeted(victim)
    sync.send(frameHeader(STATUS, 0, 50 * 1024 * 1024))
    await happens(victim, 'oversized-frame')
    await until(() => !victim.host.isConnected(peer.peerId), 'it is gone')
    await expectAlive(victim)
  })

  it('is charged for garbage, for unknown kinds, for kinds of other streams and for answers nobody asked for', async () => {
    const victim = await network.add({ limits: PATIENT })
    const attacks = [
      new Uint8Array(64).fill(0xee),
      frame(77, 0, new Uint8Array(4)),
      frame(VOTE, 0, new Uint8Array(4)),
      frame(BLOCK_RANGE | ANSWER_BIT, 9, new Uint8Array(4)),
      frame(HELLO, 2, encodeHello(HONEST_HELLO)),
      frame(BLOCK_RANGE, 0, new Uint8Array(16)),
    ]
    for (const [at, bytes] of attacks.entries()) {
      const { sync } = await greeted(victim)
      sync.send(bytes)
      const faults = () =>
        victim.outcomes.filter((one) => one === 'malformed-frame' || one === 'oversized-frame').length
      await until(() => faults() === at + 1, `attack ${at} is named`)
    }
    const { sync } = await greeted(victim)
    sync.send(frame(STATUS, 0, new Uint8Array(3)))
    await happens(victim, 'malformed-message')
    await expectAlive(victim)
  })

  it('may not cast votes unless it is a validator', async () => {
    const victim = await network.add({ limits: PATIENT })
    const { peer } = await greeted(victim)
    const stream = await peer.open('consensus')
    try {
      stream.send(frame(VOTE, 0, new Uint8Array(100)))
    } catch {
      // The stream may be refused before anything was sent on it.
    }
    await happens(victim, 'not-validator')
    expect(victim.messages).toEqual([])
  })

  it('is charged when it drips a frame, or closes in the middle of one', async () => {
    const victim = await network.add({ limits: { ...PATIENT, frameTimeoutMs: 300 } })
    const dripping = await greeted(victim)
    dripping.sync.send(frameHeader(STATUS, 0, 100))
    await happens(victim, 'slow-peer')
    const leaving = await greeted(victim)
    leaving.sync.send(frameHeader(STATUS, 0, 100))
    await leaving.sync.close()
    await happens(victim, 'truncated-frame')
  })

  it('is charged when it asks for megabytes and does not take them', async () => {
    const victim = await network.add(
      { limits: PATIENT },
      { onRequest: async () => ok(new Uint8Array(8 * 1024 * 1024)) },
    )
    const { sync } = await greeted(victim)
    sync.pause()
    for (let id = 2; id < 6; id++) sync.send(frame(BLOCK_RANGE, id, new Uint8Array(16)))
    await happens(victim, 'slow-peer')
    await expectAlive(victim)
  })

  it('is limited and then disconnected when it floods, and others are served meanwhile', async () => {
    let served = 0
    const startedMs = Date.now()
    const victim = await network.add(
      { limits: PATIENT },
      {
        onRequest: async () => {
          served++
          return ok(new Uint8Array(1))
        },
      },
    )
    const friend = await network.add()
    await friend.host.dial(addressOf(victim))
    const { peer, sync } = await greeted(victim)
    let id = 2
    const flood = setInterval(() => {
      try {
        for (let i = 0; i < 200; i++) sync.send(frame(BLOCK_RANGE, id++, new Uint8Array(16)))
      } catch {
        clearInterval(flood)
      }
    }, 20)
    const answer = await friend.host.request(victim.key.peerId, BLOCK_RANGE, new Uint8Array(16))
    expect(answer.ok).toBe(true)
    await happens(victim, 'flood')
    await until(() => !victim.host.isConnected(peer.peerId), 'the flooder is gone')
    clearInterval(flood)
    const { burst, perSecond } = rateOf(BLOCK_RANGE, 0)
    expect(served).toBeLessThan(10 + burst + (perSecond * (Date.now() - startedMs)) / 1000)
    expect(victim.drops).toContain('block-range:rate-limit')
    expect(friend.host.isConnected(victim.key.peerId)).toBe(true)
  })
})

describe('limits of connections', () => {
  it('refuse the connection that is one too many of an address', async () => {
    const victim = await network.add({ limits: { ...PATIENT, maxConnectionsPerIp: 2 } })
    await greeted(victim)
    await greeted(victim)
    await RawPeer.connect(addressOf(victim)).then(
      (peer) => raws.push(peer),
      () => undefined,
    )
    await happens(victim, 'too-many-connections-of-ip')
    expect(victim.host.peers().length).toBe(2)
  })
})

describe('a ban', () => {
  it('follows from grave faults, ends the connection and outlives a restart', async () => {
    const first = await network.add({ limits: PATIENT })
    const friend = await network.add()
    await friend.host.dial(addressOf(first))
    for (let i = 0; i < 3; i++) first.host.score(friend.key.peerId, 'invalid-block')
    await until(() => !first.host.isConnected(friend.key.peerId), 'it is gone')
    await first.host.stop()
    const second = await network.add({ nodeKey: first.key, folder: first.folder, limits: PATIENT })
    const dialled = await friend.host.dial(addressOf(second))
    expect(dialled.ok).toBe(false)
    await happens(second, 'banned')
    const row = second.host.knownPeers().find((peer) => peer.peerId === friend.key.peerId)
    expect(row?.bannedUntilMs).toBeGreaterThan(0)
  })
})
