import { afterEach, describe, expect, it } from 'vitest'
import { MAX_REQUESTS_PER_PEER, MAX_SERVED_REQUESTS_PER_PEER } from '../../src/lib/limits.ts'
import { err, ok } from '../../src/lib/result.ts'
import { BLOCK_BY_HASH, BLOCK_RANGE, CERTIFICATE, PROPOSAL, VOTE } from '../../src/p2p/messages.ts'
import { createNodeKey } from '../../src/p2p/node-key.ts'
import { addressOf, CHAIN, OTHER_GENESIS, type TestHost, TestNetwork, until } from './network.ts'
import { RawPeer } from './raw-peer.ts'

let network = new TestNetwork()
afterEach(async () => {
  await network.stop()
  network = new TestNetwork()
})

describe('two hosts', () => {
  it('exchange votes and whole blocks, each once, votes in order', async () => {
    const keys = [await createNodeKey(), await createNodeKey()] as const
    const allowList = keys.map((key) => key.peerId)
    const a = await network.add({ nodeKey: keys[0], allowList })
    const b = await network.add({ nodeKey: keys[1], allowList })
    const dialled = await a.host.dial(addressOf(b))
    expect(dialled.ok && dialled.value.isValidator).toBe(true)
    await until(() => b.ready.length === 1, 'b knows a')

    const block = new Uint8Array(1024 * 1024).map((_, at) => at % 251)
    expect(a.host.sendConsensus('validators', { kind: PROPOSAL, bytes: block })).toBe(1)
    for (let i = 0; i < 100; i++) a.host.sendConsensus(b.key.peerId, { kind: VOTE, bytes: Uint8Array.of(i) })
    expect(b.host.sendConsensus('validators', { kind: CERTIFICATE, bytes: Uint8Array.of(7) })).toBe(1)
    await until(() => b.messages.length === 101 && a.messages.length === 1, 'everything arrived')

    const votes = b.messages.filter((message) => message.kind === VOTE)
    expect(votes.map((vote) => vote.bytes[0])).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(b.messages.find((message) => message.kind === PROPOSAL)?.bytes).toEqual(block)
    expect(a.messages[0]).toEqual({ peerId: b.key.peerId, kind: CERTIFICATE, bytes: Uint8Array.of(7) })
    await until(() => a.statuses.has(b.key.peerId) && b.statuses.has(a.key.peerId), 'both know the other’s status')
  })

  it('ask and answer, also when the answer is a refusal or eight megabytes', async () => {
    const big = new Uint8Array(8 * 1024 * 1024).fill(5)
    const server = await network.add(
      {},
      {
        onRequest: async ({ kind }) => (kind === BLOCK_RANGE ? ok(big) : err('UNAVAILABLE')),
      },
    )
    const client = await network.add()
    await client.host.dial(addressOf(server))
    const [range, block] = await Promise.all([
      client.host.request(server.key.peerId, BLOCK_RANGE, Uint8Array.of(1)),
      client.host.request(server.key.peerId, BLOCK_BY_HASH, new Uint8Array(32)),
    ])
    expect(range.ok && Buffer.compare(range.value, big)).toBe(0)
    expect(block).toEqual(err({ code: 'UNAVAILABLE' }))
    expect(await client.host.request('nobody', BLOCK_RANGE, Uint8Array.of(1))).toEqual(err({ code: 'NOT_CONNECTED' }))
  })

  it('say that they are busy rather than serve or ask without bound', async () => {
    const release = Promise.withResolvers<void>()
    const server = await network.add({}, { onRequest: () => release.promise.then(() => ok(Uint8Array.of(1))) })
    const client = await network.add()
    await client.host.dial(addressOf(server))
    const ask = () => client.host.request(server.key.peerId, BLOCK_RANGE, Uint8Array.of(1))
    const answers = Array.from({ length: MAX_REQUESTS_PER_PEER }, ask)
    expect(await ask()).toEqual(err({ code: 'TOO_MANY' }))
    expect(await answers.at(-1)).toEqual(err({ code: 'BUSY' }))
    release.resolve()
    const codes = (await Promise.all(answers)).map((answer) => (answer.ok ? 'served' : answer.error.code))
    expect(codes.filter((code) => code === 'served').length).toBe(MAX_SERVED_REQUESTS_PER_PEER)
    expect(server.outcomes).toEqual(['connected'])
  })

  it('turn each other away by name when they serve different chains', async () => {
    const a = await network.add()
    const reset = await network.add({ chain: { ...CHAIN, genesisHash: OTHER_GENESIS } })
    const foreign = await network.add({ chain: { ...CHAIN, chainId: 1 } })
    expect(await a.host.dial(addressOf(reset))).toEqual(err('wrong-genesis'))
    expect(await a.host.dial(addressOf(foreign))).toEqual(err('wrong-chain'))
    await until(() => reset.outcomes.includes('wrong-genesis'), 'the other side names it too')
    await until(() => foreign.outcomes.includes('wrong-chain'), 'the other side names it too')
    expect(a.host.peers()).toEqual([])
    const row = a.host.knownPeers().find((peer) => peer.peerId === reset.key.peerId)
    expect(row?.lastOutcome).toBe('wrong-genesis')
  })
})

describe('a host', () => {
  it('names the port that is in use', async () => {
    const first = await network.add()
    const address = addressOf(first).split('/p2p/')[0] ?? ''
    await expect(network.add({ listen: [address] })).rejects.toMatchObject({
      code: 'P2P_LISTEN_FAILED',
      detail: { addresses: [address] },
    })
  })

  it('does not dial itself, nor what is no address, nor where nobody listens', async () => {
    const one = await network.add()
    expect(await one.host.dial(addressOf(one))).toEqual(err('own-peer-id'))
    expect(await one.host.dial('nonsense')).toEqual(err('dial-failed'))
    expect(await one.host.dial('/ip4/127.0.0.1/tcp/1')).toEqual(err('dial-failed'))
  })

  it('dials names as well as numbers', async () => {
    const [one, other] = [await network.add(), await network.add()]
    const dialled = await one.host.dial(addressOf(other).replace('/ip4/127.0.0.1/', '/dns4/localhost/'))
    expect(dialled.ok).toBe(true)
  })

  it('notices a peer that went silent without closing', async () => {
    const one = await network.add({ limits: { silenceTimeoutMs: 1_500 } })
    const { peer } = await RawPeer.greeted(addressOf(one))
    await until(() => one.outcomes.includes('silent'), 'the silence is named')
    expect(one.gone).toEqual([peer.peerId])
    await peer.stop()
  })
})

describe('validators that all start at once and know each other', () => {
  it('end with one connection for each pair', async () => {
    const keys = await Promise.all([1, 2, 3, 4].map(() => createNodeKey()))
    const allowList = keys.map((key) => key.peerId)
    const all = await Promise.all(keys.map((nodeKey) => network.add({ nodeKey, allowList })))
    await Promise.all(all.flatMap((from) => all.filter((to) => to !== from).map((to) => from.host.dial(addressOf(to)))))
    await until(() => all.every((one) => one.host.peers().length === 3), 'the mesh is full')
    const block = new Uint8Array(300_000).map((_, at) => at % 256)
    for (const one of all) expect(one.host.sendConsensus('validators', { kind: PROPOSAL, bytes: block })).toBe(3)
    await until(
      () => all.every((one) => new Set(one.messages.map((message) => message.peerId)).size >= 2),
      'all are heard',
    )
    for (const one of all) for (const message of one.messages) expect(message.bytes).toEqual(block)
    expect(all.flatMap((one) => one.gone)).toEqual([])
  })
})

describe('four validators that know one of them', () => {
  it('form a full mesh, gossip to everyone once, and find one that restarted', async () => {
    const keys = await Promise.all([1, 2, 3, 4].map(() => createNodeKey()))
    const allowList = keys.map((key) => key.peerId)
    const [firstKey, ...others] = keys
    const first = await network.add({ ...(firstKey === undefined ? {} : { nodeKey: firstKey }), allowList })
    const rest: TestHost[] = []
    for (const nodeKey of others) rest.push(await network.add({ nodeKey, allowList, bootstrap: [addressOf(first)] }))
    const all = [first, ...rest]
    await until(() => all.every((one) => one.host.peers().length === 3), 'the mesh is full')

    await until(() => all.every((one) => one.host.peers().every((peer) => peer.isValidator)), 'all are validators')
    let recipients = 0
    while (recipients < 3) recipients = await first.host.publish('transactions', Uint8Array.of(1, 2, recipients))
    await until(() => rest.every((one) => one.gossip.length > 0), 'gossip reached all')

    const last = all[3]
    if (last === undefined) throw new Error('four hosts were started')
    const address = addressOf(last).split('/p2p/')[0] ?? ''
    await last.host.stop()
    await until(() => all.slice(0, 3).every((one) => one.host.peers().length === 2), 'the others noticed')
    const again = await network.add({ nodeKey: last.key, folder: last.folder, allowList, listen: [address] })
    await until(() => again.host.peers().length === 3, 'the restarted one is back')
  })
})
