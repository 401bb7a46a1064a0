import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_RPC_BATCH_ITEMS, MAX_RPC_BODY_BYTES, RPC_BYTES_PER_TOKEN } from '../../src/lib/limits.ts'
import { createMethodTable } from '../../src/rpc/method-table.ts'
import { createServices } from '../../src/rpc/services.ts'
import { TickingClock } from '../support/manual-clock.ts'
import { RpcHarness } from '../support/rpc-harness.ts'

const rpc = new RpcHarness()
const json = async (body: string) => JSON.parse(await rpc.post(body)) as unknown
const call = (id: unknown, method: string, params: unknown = []) => ({ jsonrpc: '2.0', id, method, params })

describe('the JSON-RPC envelope', () => {
  it('answers a call with its id and no error key', async () => {
    expect(await rpc.post(JSON.stringify(call('a', 'eth_chainId')))).toBe(
      '{"jsonrpc":"2.0","id":"a","result":"0x82654"}',
    )
    expect(await rpc.post(JSON.stringify(call(7, 'eth_chainId')))).toBe('{"jsonrpc":"2.0","id":7,"result":"0x82654"}')
    expect(await rpc.post(JSON.stringify(call(null, 'eth_chainId')))).toBe(
      '{"jsonrpc":"2.0","id":null,"result":"0x82654"}',
    )
  })

  it('gives back every digit of an id that no double can hold', async () => {
    const one = '{"jsonrpc":"2.0","id":17634567890123456789,"method":"eth_chainId","params":[{"id":3}]}'
    expect(await rpc.post(one)).toContain('"id":17634567890123456789,')
    const other = '{"jsonrpc":"2.0","id":-9007199254740993,"method":"eth_chainId"}'
    expect(await rpc.post(`[${other},{"jsonrpc":"2.0","id":"b","method":"eth_chainId"},5]`)).toBe(
      '[{"jsonrpc":"2.0","id":-9007199254740993,"result":"0x82654"},{"jsonrpc":"2.0","id":"b","result":"0x82654"},' +
        '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"invalid request"}}]',
    )
    expect(await rpc.post('{"id":9007199254740993}')).toContain('"id":9007199254740993,')
  })

  it('answers parameters that are nested without end like any other wrong ones', async () => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000)
    const body = `{"jsonrpc":"2.0","id":1,"method":"eth_feeHistory","params":[${deep},"latest"]}`
    expect(await json(body)).toMatchObject({ error: { code: -32602 } })
  })

  it('answers what is no JSON with -32700 and id null', async () => {
    for (const body of ['', '{', 'hello', '{"jsonrpc":"2.0","id":1,', '\u0000']) {
      expect(await json(body)).toEqual({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'parse error' } })
    }
  })

  it('answers what is no request with -32600', async () => {
    const refused = (id: unknown) => ({ jsonrpc: '2.0', id, error: { code: -32600, message: 'invalid request' } })
    expect(await json('1')).toEqual(refused(null))
    expect(await json('null')).toEqual(refused(null))
    expect(await json('{}')).toEqual(refused(null))
    expect(await json('{"jsonrpc":"2.0","id":5}')).toEqual(refused(5))
    expect(await json('{"jsonrpc":"1.0","id":5,"method":"eth_chainId"}')).toEqual(refused(5))
    expect(await json('{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}')).toEqual(refused(null))
    expect(await json('[1,2]')).toEqual([refused(null), refused(null)])
  })

  it('answers an empty batch with one -32600', async () => {
    expect(await json('[]')).toEqual({ jsonrpc: '2.0', id: null, error: { code: -32600, message: 'empty batch' } })
  })

  it('answers a batch in its order, without its notifications', async () => {
    const batch = [call(1, 'eth_chainId'), { jsonrpc: '2.0', method: 'eth_chainId' }, call(2, 'foo_bar')]
    expect(await json(JSON.stringify(batch))).toEqual([
      { jsonrpc: '2.0', id: 1, result: '0x82654' },
      {
        jsonrpc: '2.0',
        id: 2,
        error: { code: -32601, message: 'the method foo_bar does not exist/is not available' },
      },
    ])
  })

  it('answers notifications with 200 and nothing', async () => {
    const notification = { jsonrpc: '2.0', method: 'eth_chainId' }
    for (const body of [notification, [notification, notification]]) {
      expect(await rpc.server.inject({ body: JSON.stringify(body) })).toMatchObject({ status: 200, body: '' })
    }
  })

  it('refuses a batch of more than the limit with the id of its first call', async () => {
    const batch = Array.from({ length: MAX_RPC_BATCH_ITEMS + 1 }, (_, i) => call(i + 10, 'eth_chainId'))
    expect(await json(JSON.stringify(batch))).toEqual([
      { jsonrpc: '2.0', id: 10, error: { code: -32600, message: 'batch too large' } },
    ])
    expect(await json(JSON.stringify(batch.slice(1)))).toHaveLength(MAX_RPC_BATCH_ITEMS)
  })

  it('cuts the answers of a batch at 25 MB, item by item', async () => {
    rpc.chain.onCall = () => ({
      ok: true,
      value: { status: 'success', error: undefined, returnData: new Uint8Array(4_000_000), gasUsed: 1n },
    })
    const batch = Array.from({ length: 6 }, (_, i) => call(i, 'eth_call', [{}, 'latest']))
    const answers = (await json(JSON.stringify(batch))) as { id: number; result?: string; error?: object }[]
    expect(answers.map((one) => one.id)).toEqual([0, 1, 2, 3, 4, 5])
    expect(answers.slice(0, 3).every((one) => one.result !== undefined)).toBe(true)
    for (const one of answers.slice(3)) expect(one.error).toEqual({ code: -32003, message: 'response too large' })
  })

  it('gives other work its turn within a long batch and a long search', async () => {
    const slow = new RpcHarness({ clock: new TickingClock() })
    for (let i = 0; i < 50; i++) slow.chain.addBlock([])
    let turns = 0
    let isOver = false
    const count = () => {
      turns++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    await slow.post(JSON.stringify(Array.from({ length: 100 }, (_, i) => call(i, 'eth_blockNumber'))))
    expect(turns).toBeGreaterThan(10)
    turns = 0
    await slow.call('eth_getLogs', { fromBlock: '0x0' })
    expect(turns).toBeGreaterThan(5)
    turns = 0
    await slow.call('eth_feeHistory', 50, 'latest', [50])
    expect(turns).toBeGreaterThan(5)
    isOver = true
  })

  it('survives any JSON value and any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (body) => {
        const text = await rpc.post(body)
        if (text !== '') JSON.parse(text)
      }),
      { numRuns: 300 },
    )
  })

  it('answers any parameters of any method with a result or a coded error, never an internal one', async () => {
    const modules = await rpc.call<Record<string, string>>('rpc_modules')
    expect(Object.keys(modules)).toEqual(['debug', 'eth', 'net', 'rpc', 'sahara', 'txpool', 'web3'])
    const services = createServices(rpc.chain.ports, rpc.clock, 1_000)
    const methods = [...createMethodTable(services).keys()].filter((name) => name !== 'eth_sendRawTransactionSync')
    expect(methods.length).toBeGreaterThan(60)
    const param = fc.oneof(
      fc.jsonValue(),
      fc.bigInt({ min: 0n, max: 2n ** 260n }).map((n) => `0x${n.toString(16)}`),
      fc.constant('latest'),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...methods), fc.array(param, { maxLength: 5 }), async (method, params) => {
        const answer = await rpc.ask(method, params)
        expect(answer.error?.code).not.toBe(-32603)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('HTTP', () => {
  const body = JSON.stringify(call(1, 'eth_chainId'))

  it('answers a GET without a body with 200 and other methods with 405', async () => {
    expect(await rpc.server.inject({ method: 'GET', body: '' })).toMatchObject({ status: 200, body: '' })
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      expect(await rpc.server.inject({ method, body })).toMatchObject({ status: 405 })
    }
  })

  it('refuses a body over 5 MiB with 413 and another content type with 415', async () => {
    const long = ' '.repeat(MAX_RPC_BODY_BYTES + 1)
    expect(await rpc.server.inject({ body: long })).toMatchObject({ status: 413 })
    expect(await rpc.server.inject({ body, headers: { 'content-type': 'text/plain' } })).toMatchObject({ status: 415 })
    const charset = { 'content-type': 'application/json; charset=utf-8' }
    expect(await rpc.server.inject({ body, headers: charset })).toMatchObject({ status: 200 })
  })

  it('checks the Host header and lets addresses pass', async () => {
    const status = async (host: string) => (await rpc.server.inject({ body, headers: { host } })).status
    expect(await status('localhost:8545')).toBe(200)
    expect(await status('127.0.0.1:8545')).toBe(200)
    expect(await status('[::1]:8545')).toBe(200)
    expect(await status('evil.example')).toBe(403)
    expect(await status('localhost.evil.example:8545')).toBe(403)
  })

  it('names the origin only when it may read the answer', async () => {
    const open = new RpcHarness({ corsDomains: ['https://app.example'] })
    const header = async (origin: string) =>
      (await open.server.inject({ body, headers: { origin } })).headers['Access-Control-Allow-Origin']
    expect(await header('https://app.example')).toBe('https://app.example')
    expect(await header('https://evil.example')).toBeUndefined()
    const preflight = await open.server.inject({
      method: 'OPTIONS',
      body: '',
      headers: { origin: 'https://app.example' },
    })
    expect(preflight).toMatchObject({ status: 200, body: '' })
    expect(preflight.headers['Access-Control-Allow-Methods']).toContain('POST')
  })

  it('compresses when asked, and only what is worth it', async () => {
    const headers = { 'accept-encoding': 'gzip, br' }
    const long = JSON.stringify(call(1, 'eth_getBlockByNumber', ['0x0', false]))
    const zipped = await rpc.server.inject({ body: long, headers })
    expect(zipped.headers['Content-Encoding']).toBe('gzip')
    expect(gunzipSync(zipped.body as Uint8Array).toString('utf8')).toBe(await rpc.post(long))
    expect((await rpc.server.inject({ body, headers })).headers['Content-Encoding']).toBeUndefined()
  })

  it('charges for length before parsing', async () => {
    const limited = new RpcHarness({ rateLimit: { burst: 20, perSecond: 10 } })
    const long = ' '.repeat(20 * RPC_BYTES_PER_TOKEN)
    expect(await limited.server.inject({ body: long })).toMatchObject({ status: 429 })
    expect(await limited.server.inject({ body, remoteAddress: '10.0.0.9' })).toMatchObject({ status: 200 })
  })

  it('holds an address to its tokens, by cost, and says when to come back', async () => {
    const limited = new RpcHarness({ rateLimit: { burst: 20, perSecond: 10 } })
    const logs = JSON.stringify(call(1, 'eth_getLogs', [{}]))
    const from = (remoteAddress: string) => limited.server.inject({ body: logs, remoteAddress })
    expect(await from('10.0.0.1')).toMatchObject({ status: 200 })
    const refused = await from('10.0.0.1')
    expect(refused).toMatchObject({ status: 429, headers: { 'Retry-After': '2' } })
    expect(JSON.parse(refused.body as string)).toMatchObject({ id: null, error: { code: -32005 } })
    expect(await from('10.0.0.2')).toMatchObject({ status: 200 })
    limited.clock.advance(2_000)
    expect(await from('10.0.0.1')).toMatchObject({ status: 200 })
  })
})
