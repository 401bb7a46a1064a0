import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keccak256Hash } from '../../src/crypto/keccak.ts'
import {
  MAX_LOG_QUERIES,
  MAX_LOG_QUERIES_WAITING,
  MAX_LOG_RESULTS,
  MAX_RPC_FILTER_ANSWER_BYTES,
  MAX_RPC_FILTER_HASHES,
  RPC_FILTER_LIFETIME_MS,
} from '../../src/lib/limits.ts'
import { bloomTest, logFilter, matchesLog } from '../../src/rpc/log-filter.ts'
import { bloomOf } from '../../src/types/bloom.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'
import type { Log } from '../../src/types/receipt.ts'
import { TickingClock } from '../support/manual-clock.ts'
import { signed } from '../support/memory-chain.ts'
import { RpcHarness } from '../support/rpc-harness.ts'

const address = (n: number) => `0x${n.toString(16).padStart(40, '0')}` as Address
const topic = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as Hash
const log = (from: number, ...topics: number[]): Log => ({
  address: address(from),
  topics: topics.map(topic),
  data: Uint8Array.of(from),
})

type LogJson = { readonly address: string; readonly blockNumber: string; readonly logIndex: string }

describe('log filters', () => {
  it('match by position, with alternatives and wildcards, and the bloom never says no wrongly', () => {
    const small = fc.integer({ min: 1, max: 4 })
    const choice = fc.oneof(fc.constant(null), small.map(topic), fc.array(small.map(topic), { maxLength: 3 }))
    const filters = fc.record({
      address: fc.array(small.map(address), { maxLength: 2 }),
      topics: fc.array(choice, { maxLength: 4 }),
    })
    const logs = fc.tuple(small, fc.array(small, { maxLength: 4 })).map(([from, topics]) => log(from, ...topics))
    fc.assert(
      fc.property(filters, logs, (wanted, one) => {
        const filter = logFilter(wanted)
        const expected =
          (wanted.address.length === 0 || wanted.address.includes(one.address)) &&
          wanted.topics.length <= one.topics.length &&
          wanted.topics.every((option, i) => {
            if (option === null || option.length === 0) return true
            return typeof option === 'string' ? option === one.topics[i] : option.includes(one.topics[i] as Hash)
          })
        expect(matchesLog(filter, one)).toBe(expected)
        if (expected) expect(bloomTest(filter, keccak256Hash)(bloomOf([one]))).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('find logs over a range with their place in the block', async () => {
    const rpc = new RpcHarness()
    const logs = [{ logs: [log(1, 7), log(2, 8)] }, { logs: [log(1, 9)] }]
    rpc.chain.addBlock([signed({ nonce: 0n }), signed({ nonce: 1n })], logs)
    rpc.chain.addBlock([])
    rpc.chain.addBlock([signed({ nonce: 2n })], [{ logs: [log(1, 7)] }])
    const find = (filter: object) => rpc.call<LogJson[]>('eth_getLogs', filter)
    const everywhere = { fromBlock: 'earliest', toBlock: 'latest' }
    const places = async (filter: object) => (await find(filter)).map((one) => `${one.blockNumber}/${one.logIndex}`)
    expect(await places({ ...everywhere, address: address(1) })).toEqual(['0x1/0x0', '0x1/0x2', '0x3/0x0'])
    expect(await places({ ...everywhere, topics: [[topic(8), topic(9)]] })).toEqual(['0x1/0x1', '0x1/0x2'])
    expect(await places({ ...everywhere, topics: [null, topic(1)] })).toEqual([])
    expect(await places({ blockHash: rpc.chain.block(1).hash })).toEqual(['0x1/0x0', '0x1/0x1', '0x1/0x2'])
    expect(await places({})).toEqual(['0x3/0x0'])
    expect((await rpc.error('eth_getLogs', { blockHash: topic(1) })).message).toBe('unknown block')
  })

  it('are refused beyond the range and beyond the number of results, with their own words', async () => {
    const rpc = new RpcHarness({ maxLogRangeBlocks: 3 })
    const many = Array.from({ length: MAX_LOG_RESULTS + 1 }, () => log(1))
    for (let i = 0; i < 4; i++) rpc.chain.addBlock([])
    rpc.chain.addBlock([signed()], [{ logs: many }])
    expect(await rpc.error('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' })).toEqual({
      code: -32005,
      message: 'exceed maximum block range: 3',
    })
    expect(await rpc.error('eth_getLogs', {})).toEqual({
      code: -32005,
      message: `query returned more than ${MAX_LOG_RESULTS} results`,
    })
  })
})

describe('installed filters', () => {
  it('yield each new block, log and pending transaction once', async () => {
    const rpc = new RpcHarness()
    rpc.chain.addBlock([signed({ nonce: 0n })], [{ logs: [log(1)] }])
    const blocks = await rpc.call<string>('eth_newBlockFilter')
    const logs = await rpc.call<string>('eth_newFilter', { address: address(1) })
    const pending = await rpc.call<string>('eth_newPendingTransactionFilter')
    const changes = (id: string) => rpc.call<unknown[]>('eth_getFilterChanges', id)
    for (const id of [blocks, logs, pending]) expect(await changes(id)).toEqual([])
    rpc.chain.addPending(signed({ nonce: 1n }))
    const made = [
      rpc.chain.addBlock([signed({ nonce: 1n })], [{ logs: [log(2), log(1)] }]).hash,
      rpc.chain.addBlock([]).hash,
    ]
    expect(await changes(blocks)).toEqual(made)
    expect(await changes(logs)).toMatchObject([{ address: address(1), blockNumber: '0x2', logIndex: '0x1' }])
    expect(await changes(pending)).toEqual([signed({ nonce: 1n }).hash])
    for (const id of [blocks, logs, pending]) expect(await changes(id)).toEqual([])
  })

  it('yield whole transactions on request, with their place when they are final by then', async () => {
    const rpc = new RpcHarness()
    const id = await rpc.call<string>('eth_newPendingTransactionFilter', true)
    const [first, second] = [signed({ nonce: 0n }), signed({ nonce: 1n })]
    for (const one of [first, second]) rpc.chain.addPending(one)
    rpc.chain.addBlock([first])
    expect(await rpc.call('eth_getFilterChanges', id)).toMatchObject([
      { hash: first.hash, nonce: '0x0', blockNumber: '0x1' },
      { hash: second.hash, nonce: '0x1', blockNumber: null },
    ])
    expect(await rpc.call('eth_getFilterChanges', id)).toEqual([])
    expect((await rpc.error('eth_newPendingTransactionFilter', 'yes')).code).toBe(-32602)
  })

  it('spread whole transactions over several answers when they are too many bytes for one', async () => {
    const rpc = new RpcHarness()
    const id = await rpc.call<string>('eth_newPendingTransactionFilter', true)
    const half = new Uint8Array(MAX_RPC_FILTER_ANSWER_BYTES / 2)
    for (const nonce of [0n, 1n, 2n]) rpc.chain.addPending({ ...signed({ nonce }), raw: half })
    expect(await rpc.call('eth_getFilterChanges', id)).toHaveLength(2)
    expect(await rpc.call('eth_getFilterChanges', id)).toHaveLength(1)
  })

  it('lose nothing when too many searches wait', async () => {
    const rpc = new RpcHarness({ clock: new TickingClock() })
    const id = await rpc.call<string>('eth_newFilter', { address: address(1) })
    for (let nonce = 0n; nonce < 40n; nonce++) rpc.chain.addBlock([signed({ nonce })], [{ logs: [log(1)] }])
    const crowd = Array.from({ length: MAX_LOG_QUERIES + MAX_LOG_QUERIES_WAITING }, () =>
      rpc.call('eth_getLogs', { fromBlock: '0x0', address: address(2) }),
    )
    const refused = await rpc.error('eth_getFilterChanges', id)
    expect(refused).toEqual({ code: -32005, message: 'limit exceeded: too many log queries are waiting' })
    await Promise.all(crowd)
    expect(await rpc.call('eth_getFilterChanges', id)).toHaveLength(40)
    expect(await rpc.call('eth_getFilterChanges', id)).toEqual([])
  })

  it('give all logs of their range on request, and only log filters do', async () => {
    const rpc = new RpcHarness()
    rpc.chain.addBlock([signed()], [{ logs: [log(1)] }])
    const id = await rpc.call<string>('eth_newFilter', { fromBlock: '0x0' })
    expect(await rpc.call('eth_getFilterLogs', id)).toHaveLength(1)
    const blocks = await rpc.call<string>('eth_newBlockFilter')
    expect((await rpc.error('eth_getFilterLogs', blocks)).message).toBe('filter not found')
  })

  it('leave when uninstalled, and five minutes after they were last asked', async () => {
    const rpc = new RpcHarness()
    const [gone, kept, idle] = await Promise.all([1, 2, 3].map(() => rpc.call<string>('eth_newBlockFilter')))
    expect(await rpc.call('eth_uninstallFilter', gone)).toBe(true)
    expect(await rpc.call('eth_uninstallFilter', gone)).toBe(false)
    rpc.clock.advance(RPC_FILTER_LIFETIME_MS - 1)
    expect(await rpc.call('eth_getFilterChanges', kept)).toEqual([])
    rpc.clock.advance(2)
    expect(await rpc.call('eth_getFilterChanges', kept)).toEqual([])
    expect(await rpc.error('eth_getFilterChanges', idle)).toEqual({ code: -32000, message: 'filter not found' })
    expect(await rpc.error('eth_getFilterChanges', '0x1')).toEqual({ code: -32000, message: 'filter not found' })
  })

  it('keep a bounded number of pending hashes and stop listening when the last one goes', async () => {
    const rpc = new RpcHarness()
    const id = await rpc.call<string>('eth_newPendingTransactionFilter')
    const one = signed()
    for (let i = 0; i < MAX_RPC_FILTER_HASHES + 10; i++) rpc.chain.addPending({ ...one, hash: topic(i) })
    const hashes = await rpc.call<string[]>('eth_getFilterChanges', id)
    expect(hashes).toHaveLength(MAX_RPC_FILTER_HASHES)
    expect(hashes[0]).toBe(topic(10))
    expect(rpc.chain.pendingListeners).toBe(1)
    await rpc.call('eth_uninstallFilter', id)
    expect(rpc.chain.pendingListeners).toBe(0)
  })
})
