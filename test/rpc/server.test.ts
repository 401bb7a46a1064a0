/**
 * The server on a real port: HTTP and WebSocket clients, polite ones and others.
 */

import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { present } from '../../src/lib/assert.ts'
import { MAX_RPC_BODY_BYTES, MAX_RPC_SUBSCRIPTIONS } from '../../src/lib/limits.ts'
import { ok } from '../../src/lib/result.ts'
import { parseRateLimit, RATE_LIMIT_PATTERN } from '../../src/rpc/rate-limit.ts'
import type { RpcServerOptions } from '../../src/rpc/server.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'
import { signed } from '../support/memory-chain.ts'
import { RpcHarness } from '../support/rpc-harness.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function serve(options: Partial<RpcServerOptions> = {}): Promise<RpcHarness> {
  const rpc = new RpcHarness(options)
  await rpc.server.start()
  closers.push(() => rpc.server.stop())
  return rpc
}

type Message = {
  id?: number
  result?: unknown
  error?: { code: number; message: string }
  params?: { subscription: string; result: unknown }
}

/** A client that keeps what it receives until it is asked for. */
class Client {
  readonly socket: WebSocket
  readonly closed: Promise<{ code: number; reason: string }>
  private readonly received: Message[] = []
  private readonly waiting: ((message: Message) => void)[] = []
  private nextId = 1

  constructor(url: string, options: object = {}) {
    this.socket = new WebSocket(url.replace('http', 'ws'), options)
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
    this.socket.on('error', () => {})
    this.socket.on('message', (data) => {
      const message = JSON.parse(data.toString()) as Message
      const next = this.waiting.shift()
      if (next === undefined) this.received.push(message)
      else next(message)
    })
    closers.push(() => this.socket.terminate())
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject))
  }

  next(): Promise<Message> {
    const message = this.received.shift()
    return message === undefined ? new Promise((resolve) => this.waiting.push(resolve)) : Promise.resolve(message)
  }

  async ask(method: string, ...params: unknown[]): Promise<Message> {
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id: this.nextId++, method, params }))
    return this.next()
  }
}

async function client(rpc: RpcHarness, options: object = {}): Promise<Client> {
  const made = new Client(rpc.server.url, options)
  await made.opened()
  return made
}

const post = (url: string, body: string) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

describe('HTTP and WebSocket share one port', () => {
  it('and answer alike', async () => {
    const rpc = await serve()
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId' })
    expect(await (await post(rpc.server.url, body)).json()).toEqual({ jsonrpc: '2.0', id: 1, result: '0x82654' })
    expect(await (await client(rpc)).ask('eth_chainId')).toEqual({ jsonrpc: '2.0', id: 1, result: '0x82654' })
    expect((await fetch(rpc.server.url)).status).toBe(200)
    expect((await fetch(rpc.server.url, { method: 'PUT', body })).status).toBe(405)
  })

  it('and requests in binary frames or in pieces are read like others', async () => {
    const ws = await client(await serve())
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId' })
    ws.socket.send(new TextEncoder().encode(body))
    expect((await ws.next()).result).toBe('0x82654')
    ws.socket.send(body.slice(0, 9), { fin: false })
    ws.socket.send(body.slice(9), { fin: true })
    expect((await ws.next()).result).toBe('0x82654')
  })

  it('and a client that offers HTTP/2 is answered over HTTP/1.1', async () => {
    const rpc = await serve()
    const socket = connect(rpc.server.port, '127.0.0.1')
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId' })
    const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n'
    const head = `POST / HTTP/1.1\r\nHost: localhost\r\n${offer}Content-Type: application/json\r\n`
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*"result":"0x82654"/)
  })

  it('and a taken port is named', async () => {
    const rpc = await serve()
    const second = new RpcHarness({ port: rpc.server.port })
    await expect(second.server.start()).rejects.toThrow(`JSON-RPC cannot listen on 127.0.0.1:${rpc.server.port}`)
  })
})

describe('subscriptions', () => {
  it('deliver heads, logs and pending transactions in order', async () => {
    const rpc = await serve()
    const ws = await client(rpc)
    const address = '0x00000000000000000000000000000000000000aa' as Address
    const topic = `0x${'ab'.repeat(32)}` as Hash
    const heads = (await ws.ask('eth_subscribe', 'newHeads')).result
    const logs = (await ws.ask('eth_subscribe', 'logs', { address, topics: [topic] })).result
    const pending = (await ws.ask('eth_subscribe', 'newPendingTransactions')).result
    const bodies = (await ws.ask('eth_subscribe', 'newPendingTransactions', true)).result
    const refused = await ws.ask('eth_subscribe', 'newPendingTransactions', 'all')
    expect(refused.error?.message).toBe('invalid argument 1: json: cannot unmarshal string into Go value of type bool')
    const one = signed()
    rpc.chain.addPending(one)
    expect((await ws.next()).params).toEqual({ subscription: pending, result: one.hash })
    expect((await ws.next()).params).toMatchObject({
      subscription: bodies,
      result: { hash: one.hash, blockHash: null },
    })
    const data = new Uint8Array(0)
    const block = rpc.chain.addBlock(
      [one],
      [
        {
          logs: [
            { address, topics: [], data },
            { address, topics: [topic], data },
          ],
        },
      ],
    )
    const next = rpc.chain.addBlock([])
    expect((await ws.next()).params).toMatchObject({ subscription: heads, result: { hash: block.hash, number: '0x1' } })
    expect((await ws.next()).params).toMatchObject({
      subscription: logs,
      result: { logIndex: '0x1', transactionHash: one.hash, blockHash: block.hash, removed: false },
    })
    expect((await ws.next()).params).toMatchObject({
      subscription: heads,
      result: { parentHash: block.hash, hash: next.hash },
    })
  })

  it('tell of syncing, end on request, and end with the connection', async () => {
    const rpc = await serve()
    const ws = await client(rpc)
    await ws.ask('eth_subscribe', 'syncing')
    rpc.chain.progress = { startingBlock: 0, currentBlock: 1, highestBlock: 9 }
    rpc.chain.announceSyncing(true)
    expect((await ws.next()).params?.result).toEqual({
      syncing: true,
      status: { startingBlock: '0x0', currentBlock: '0x1', highestBlock: '0x9' },
    })
    rpc.chain.announceSyncing(false)
    expect((await ws.next()).params?.result).toBe(false)
    const heads = (await ws.ask('eth_subscribe', 'newHeads')).result
    expect((await ws.ask('eth_unsubscribe', heads)).result).toBe(true)
    expect((await ws.ask('eth_unsubscribe', heads)).error).toEqual({ code: -32000, message: 'subscription not found' })
    expect((await ws.ask('eth_subscribe', 'newDreams')).error).toEqual({
      code: -32601,
      message: 'no "newDreams" subscription in eth namespace',
    })
    await ws.ask('eth_subscribe', 'newHeads')
    expect(rpc.chain.headListeners).toBe(1)
    ws.socket.close()
    await ws.closed
    // The server's side of the close comes with its own event: a request on another connection comes after it.
    await (await client(rpc)).ask('eth_chainId')
    expect(rpc.chain.headListeners).toBe(0)
  })

  describe('made by a batch that takes its time', () => {
    async function slowBatch() {
      const rpc = await serve()
      let finish = (): void => {}
      const called = new Promise<void>((resolve) => {
        rpc.chain.onCall = async () => {
          resolve()
          await new Promise<void>((end) => {
            finish = end
          })
          return ok({ status: 'success', error: undefined, returnData: new Uint8Array(0), gasUsed: 1n })
        }
      })
      const ws = await client(rpc)
      const heads = { jsonrpc: '2.0', id: 'heads', method: 'eth_subscribe', params: ['newHeads'] }
      const call = { jsonrpc: '2.0', id: 'call', method: 'eth_call', params: [{}] }
      const send = (batch: readonly object[]) => ws.socket.send(JSON.stringify(batch))
      return { rpc, ws, heads, call, send, called, finish: () => finish() }
    }

    it('deliver nothing before the client knows their id, whatever else is answered meanwhile', async () => {
      const { rpc, ws, heads, call, send, called, finish } = await slowBatch()
      send([heads, call])
      await called
      const { hash } = rpc.chain.addBlock([])
      expect((await ws.ask('eth_chainId')).result).toBe('0x82654')
      finish()
      const [told] = (await ws.next()) as unknown as Message[]
      expect((await ws.next()).params).toMatchObject({ subscription: told?.result, result: { hash } })
    })

    it('do not outlive a client that left meanwhile', async () => {
      const { rpc, ws, heads, call, send, called, finish } = await slowBatch()
      send([call, heads])
      await called
      ws.socket.close()
      await ws.closed
      await (await client(rpc)).ask('eth_chainId')
      finish()
      await (await client(rpc)).ask('eth_chainId')
      expect(rpc.chain.headListeners).toBe(0)
    })
  })

  it('are limited for each connection', async () => {
    const rpc = await serve()
    const ws = await client(rpc)
    for (let i = 0; i < MAX_RPC_SUBSCRIPTIONS; i++) await ws.ask('eth_subscribe', 'newHeads')
    expect((await ws.ask('eth_subscribe', 'newHeads')).error).toEqual({
      code: -32005,
      message: 'limit exceeded: too many subscriptions on this connection',
    })
  })
})

describe('bad clients', () => {
  it('that send garbage get errors and stay connected', async () => {
    const rpc = await serve()
    const ws = await client(rpc)
    ws.socket.send('{{{{')
    expect((await ws.next()).error).toEqual({ code: -32700, message: 'parse error' })
    expect((await ws.ask('eth_chainId')).result).toBe('0x82654')
    ws.socket.send(Uint8Array.of(1, 2, 3))
    expect((await ws.next()).error).toEqual({ code: -32700, message: 'parse error' })
  })

  it('that send a huge body get 413 as soon as it is too long, with or without its length', async () => {
    const rpc = await serve()
    const long = Buffer.alloc(MAX_RPC_BODY_BYTES + 1, 0x20).toString()
    expect((await post(rpc.server.url, long)).status).toBe(413)
    const socket = connect(rpc.server.port, '127.0.0.1')
    const answer = new Promise<string>((resolve) => {
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString()
        if (text.includes('\r\n\r\n')) resolve(text)
      })
    })
    socket.on('error', () => {})
    closers.push(() => void socket.destroy())
    socket.write(
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    const chunk = Buffer.alloc(1024 * 1024, 0x20)
    for (let i = 0; i < 6; i++) socket.write(Buffer.concat([Buffer.from('100000\r\n'), chunk, Buffer.from('\r\n')]))
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /)
    expect((await (await client(rpc)).ask('eth_chainId')).result).toBe('0x82654')
  })

  it('that speak no HTTP are cut off and nobody else notices', async () => {
    const rpc = await serve()
    const socket = connect(rpc.server.port, '127.0.0.1')
    const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()))
    socket.on('error', () => {})
    socket.on('data', () => {})
    socket.write(Buffer.from([0, 255, 1, 2, 3, 10, 13, 10]))
    await ended
    expect((await (await client(rpc)).ask('eth_chainId')).result).toBe('0x82654')
  })

  it('beyond the number of connections get 503', async () => {
    const rpc = await serve({ maxConnections: 2 })
    await client(rpc)
    await client(rpc)
    const third = new Client(rpc.server.url)
    await expect(third.opened()).rejects.toThrow('503')
  })

  it('from a foreign page may not open a WebSocket', async () => {
    const rpc = await serve()
    const foreign = new Client(rpc.server.url, { origin: 'https://evil.example' })
    await expect(foreign.opened()).rejects.toThrow('403')
    const renamed = new Client(rpc.server.url, { headers: { Host: 'evil.example' } })
    await expect(renamed.opened()).rejects.toThrow('403')
    await client(rpc, { origin: 'http://localhost:3000' })
  })

  it('that read too slowly are dropped with the reason', async () => {
    const rpc = await serve()
    const ws = await client(rpc)
    await ws.ask('eth_subscribe', 'newPendingTransactions', true)
    ws.socket.pause()
    const big = signed({ data: new Uint8Array(4 * 1024 * 1024) })
    for (let i = 0; i < 12; i++) rpc.chain.addPending(big)
    ws.socket.resume()
    const { code, reason } = await ws.closed
    expect(code).toBe(1013)
    expect(reason).toMatch(/^slow consumer: \d+ bytes are waiting$/)
    expect(rpc.chain.pendingListeners).toBe(0)
  })

  it('that read nothing do not keep the server from stopping', async () => {
    const rpc = await serve()
    const ws = await client(rpc)
    await ws.ask('eth_subscribe', 'newPendingTransactions', true)
    ws.socket.pause()
    const big = signed({ data: new Uint8Array(3 * 1024 * 1024) })
    rpc.chain.addPending(big)
    rpc.chain.addPending({ ...big })
    await rpc.server.stop()
    ws.socket.resume()
    await ws.closed
  })

  it('are limited as the option says', () => {
    expect(['auto', 'off', '2000/500', '1/1'].map(parseRateLimit)).toEqual([
      undefined,
      'off',
      { burst: 2_000, perSecond: 500 },
      { burst: 1, perSecond: 1 },
    ])
    for (const wrong of ['', 'on', '0/5', '5', '5/', '5/0', '-1/5', '1/5/9', '1.5/2', '5/5 ']) {
      expect(RATE_LIMIT_PATTERN.test(wrong), wrong).toBe(false)
    }
  })

  it('that flood a limited server are told to wait, over WebSocket too', async () => {
    const rpc = await serve({ rateLimit: { burst: 2, perSecond: 1 } })
    const ws = await client(rpc)
    await ws.ask('eth_chainId')
    await ws.ask('eth_chainId')
    expect(present((await ws.ask('eth_chainId')).error, 'the third is refused')).toEqual({
      code: -32005,
      message: 'limit exceeded: too many requests, retry in 1 s',
    })
  })
})
