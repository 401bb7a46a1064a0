import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/lib/bytes.ts'
import { MAX_KNOWN_PEERS, MAX_PEER_ADDRESSES } from '../../src/lib/limits.ts'
import { AddressBook } from '../../src/p2p/address-book.ts'
import { type DialCandidate, Dialer } from '../../src/p2p/dialer.ts'
import { type Frame, FrameReader, frameHeader } from '../../src/p2p/framing.ts'
import { decodeHello, encodeHello, PROTOCOL_VERSION } from '../../src/p2p/hello.ts'
import { createNodeKey, loadOrCreateNodeKey, nodeKeyFromSeed, readNodeKey } from '../../src/p2p/node-key.ts'
import { decodePeers, encodePeers } from '../../src/p2p/peer-exchange.ts'
import { BAN_MS, PeerScores, SCORE_HALF_LIFE_MS } from '../../src/p2p/peer-scores.ts'
import { TokenBucket } from '../../src/p2p/token-bucket.ts'
import { silentLogger } from '../../src/telemetry/log.ts'
import { DecodeError } from '../../src/types/codec.ts'
import { CHAIN, STATUS_ZERO } from './network.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sahara-p2p-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })
    const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(payloads, cuts, fc.boolean(), (sent, sizes, isBuffer) => {
        const stream = concatBytes(...sent.flatMap((one, at) => [frameHeader(at % 5, at, one.length), one]))
        const reader = new FrameReader(() => 300)
        const received: Frame[] = []
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1
          const cut = stream.slice(at, at + size)
          const chunk = isBuffer ? Buffer.from(cut) : cut.slice()
          const frames = reader.push(chunk)
          if (!frames.ok) throw new Error('honest frames are taken')
          // What came out must not change with the buffer it came in.
          if (!reader.isMidFrame) chunk.fill(0xff)
          received.push(...frames.value)
          at += size
        }
        expect(received.map((one) => Buffer.from(one.payload))).toEqual(sent.map((one) => Buffer.from(one)))
        expect(received.map((one) => one.requestId)).toEqual(sent.map((_, at) => at))
        expect(reader.isMidFrame).toBe(false)
      }),
    )
  })

  it('are refused by their header alone when they are too long for their kind', () => {
    const reader = new FrameReader((kind) => (kind === 2 ? 10 : undefined))
    expect(reader.push(frameHeader(2, 0, 11))).toEqual({ ok: false, error: 'oversized-frame' })
    expect(new FrameReader(() => undefined).push(frameHeader(2, 0, 1))).toEqual({ ok: false, error: 'malformed-frame' })
  })
})

describe('payloads of this layer', () => {
  it('decode to what was encoded, and random bytes give nothing but DecodeError', () => {
    const hello = {
      version: PROTOCOL_VERSION,
      chain: CHAIN,
      status: STATUS_ZERO,
      agent: 'a',
      addresses: ['/ip4/1.2.3.4/tcp/5'],
    }
    expect(decodeHello(encodeHello(hello))).toEqual(hello)
    const peers = [{ peerId: 'x', addresses: ['/ip4/1.2.3.4/tcp/5'] }]
    expect(decodePeers(encodePeers(peers))).toEqual(peers)
    expect(decodePeers(encodePeers([{ peerId: 'x', addresses: ['nonsense', '/ip4/1.2.3.4/udp/5'] }]))).toEqual([
      { peerId: 'x', addresses: [] },
    ])
    for (const decode of [decodeHello, decodePeers]) {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
          try {
            decode(bytes)
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(DecodeError)
          }
        }),
      )
    }
  })

  it('show a peer’s own words as plain ASCII only', () => {
    const hello = { version: 1, chain: CHAIN, status: STATUS_ZERO, agent: 'a\u001b[31m\n', addresses: [] }
    expect(decodeHello(encodeHello(hello)).agent).toBe('a?[31m?')
  })
})

describe('peer scores', () => {
  it('disconnect at -20, ban at -50, and halve in ten minutes', () => {
    const scores = new PeerScores()
    expect(scores.charge('p', 'malformed-frame', 0)).toBe('tolerated')
    expect(scores.charge('p', 'malformed-frame', 0)).toBe('disconnect')
    expect(scores.isWelcome('p', 0)).toBe(false)
    expect(scores.scoreOf('p', SCORE_HALF_LIFE_MS)).toBe(-10)
    expect(scores.isWelcome('p', SCORE_HALF_LIFE_MS)).toBe(true)
    expect(scores.charge('p', 'invalid-block', 0)).toBe('disconnect')
    expect(scores.charge('p', 'malformed-frame', 0)).toBe('ban')
    expect(scores.bannedUntilMs('p', 1)).toBe(BAN_MS)
    expect(scores.isWelcome('p', BAN_MS + 1)).toBe(true)
  })

  it('never ban for what a slow or restarting node does', () => {
    const scores = new PeerScores()
    for (let i = 0; i < 1_000; i++) expect(scores.charge('p', 'request-timeout', i)).toBe('tolerated')
    for (let i = 0; i < 1_000; i++) expect(scores.charge('p', 'slow-peer', i)).not.toBe('ban')
    expect(scores.isWelcome('p', 1_000)).toBe(false)
    expect(scores.isWelcome('p', 61_000)).toBe(true)
  })

  it('stay bounded whatever number of peers comes', () => {
    const scores = new PeerScores()
    for (let i = 0; i < 2 * MAX_KNOWN_PEERS; i++) scores.ban(`p${i}`, 10)
    expect(scores.currentBans(0).length).toBe(MAX_KNOWN_PEERS)
  })
})

describe('a token bucket', () => {
  it('lets a burst through and then its rate', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0)
    expect([1, 2, 3, 4].map(() => bucket.take(0))).toEqual([true, true, true, false])
    expect(bucket.take(99)).toBe(false)
    expect(bucket.take(200)).toBe(true)
  })
})

describe('the address book', () => {
  it('comes back from disk with its bans, owner-readable only', async () => {
    const book = new AddressBook(folder, silentLogger, new Set())
    await book.load()
    book.met('p', ['/ip4/1.2.3.4/tcp/5/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'], 7)
    await book.save([{ peerId: 'q', untilMs: 9 }], true)
    expect((await stat(join(folder, 'peers.json'))).mode & 0o777).toBe(0o600)
    const again = new AddressBook(folder, silentLogger, new Set())
    expect(await again.load()).toEqual([{ peerId: 'q', untilMs: 9 }])
    expect(again.get('p')).toEqual({
      peerId: 'p',
      addresses: ['/ip4/1.2.3.4/tcp/5'],
      lastMetMs: 7,
      lastOutcome: 'connected',
    })
  })

  it('sets a damaged file aside and starts anew', async () => {
    for (const text of ['{', '[]', '{"version":1,"peers":[3],"bans":[]}', '{"version":9,"peers":[],"bans":[]}']) {
      await writeFile(join(folder, 'peers.json'), text)
      const book = new AddressBook(folder, silentLogger, new Set())
      expect(await book.load()).toEqual([])
      expect(book.all()).toEqual([])
    }
    expect(await readdir(folder)).toEqual(['peers.json.damaged'])
  })

  it('is bounded in peers and in addresses of one peer', () => {
    const book = new AddressBook(folder, silentLogger, new Set())
    for (let i = 0; i < 2_000; i++) book.learn(`p${i}`, ['/ip4/1.2.3.4/tcp/5'])
    expect(book.all().length).toBe(MAX_KNOWN_PEERS)
    book.learn(
      'p',
      Array.from({ length: 50 }, (_, i) => `/ip4/1.2.3.4/tcp/${i + 1}`),
    )
    expect(book.get('p')?.addresses.length).toBe(MAX_PEER_ADDRESSES)
  })
})

describe('the node key', () => {
  it('is created once, readable by its owner only, and stays the same', async () => {
    const file = join(folder, 'keys', 'node.key')
    const first = await loadOrCreateNodeKey(file)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await loadOrCreateNodeKey(file)).peerId).toBe(first.peerId)
    expect((await createNodeKey()).peerId).not.toBe(first.peerId)
    const seed = new Uint8Array(32).fill(1)
    expect((await nodeKeyFromSeed(seed)).peerId).toBe((await nodeKeyFromSeed(seed)).peerId)
  })

  it('is refused by name when it is exposed, malformed or missing', async () => {
    const exposed = join(folder, 'exposed.key')
    await writeFile(exposed, '0x00', { mode: 0o644 })
    await expect(readNodeKey(exposed)).rejects.toMatchObject({ code: 'NODE_KEY_EXPOSED' })
    const malformed = join(folder, 'malformed.key')
    await writeFile(malformed, 'hello', { mode: 0o600 })
    await expect(readNodeKey(malformed)).rejects.toMatchObject({ code: 'NODE_KEY_MALFORMED' })
    await expect(readNodeKey(join(folder, 'none.key'))).rejects.toMatchObject({ code: 'NODE_KEY_UNREADABLE' })
  })
})

describe('the dialler', () => {
  it('waits longer after each failure, three seconds at most for a validator', async () => {
    const dialled: number[] = []
    let nowMs = 0
    const candidate: DialCandidate = { peerId: 'v', addresses: ['/ip4/1.2.3.4/tcp/5'], role: 'validator' }
    const dialer = new Dialer({
      ownPeerId: 'a',
      isOwnValidator: () => true,
      candidates: () => [candidate],
      isConnected: () => false,
      outboundCount: () => 0,
      maxOutbound: 10,
      dial: async () => {
        dialled.push(nowMs)
        return false
      },
    })
    for (; nowMs <= 30_000; nowMs += 100) {
      dialer.tick(nowMs)
      await Promise.resolve()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const gaps = dialled.slice(1).map((at, i) => at - (dialled[i] ?? 0))
    expect(dialled[0]).toBe(0)
    expect(gaps.slice(0, 3)).toEqual([500, 1_000, 2_000])
    expect(Math.max(...gaps)).toBe(3_000)
  })
})
