import { describe, expect, it } from 'vitest'
import { hexToBytes } from '../../src/lib/bytes.ts'
import { err } from '../../src/lib/result.ts'
import { checkRange } from '../../src/sync/range-check.ts'
import { decodeRange, encodeRangeQuery } from '../../src/sync/range-codec.ts'
import { serveBlock, serveRange } from '../../src/sync/serve.ts'
import { EPOCH_LENGTH, HONEST_SIGNATURE, makeChain, storeOf } from './chain.ts'

const chain = makeChain(EPOCH_LENGTH, 1)

describe('serving a range', () => {
  it('proves the last block by its own finalization, or by a descendant’s and the headers between', async () => {
    const store = storeOf(chain, EPOCH_LENGTH)
    const own = await serveRange(encodeRangeQuery({ from: 1, to: 6 }), store)
    const descendant = await serveRange(encodeRangeQuery({ from: 1, to: 7 }), store)
    if (!own.ok || !descendant.ok) throw new Error('ranges are kept')
    expect(decodeRange(own.value).proofHeaders.length).toBe(0)
    expect(decodeRange(descendant.value).proofHeaders.length).toBe(2)
    const checked = await checkRange(descendant.value, { from: 1, to: 7 }, EPOCH_LENGTH)
    expect(checked.ok && checked.value.to).toBe(7)
  })

  it('ends at the finalized head, and offers nothing beyond it', async () => {
    const store = storeOf(chain, 5)
    const answer = await serveRange(encodeRangeQuery({ from: 3, to: 20 }), store)
    expect(answer.ok && decodeRange(answer.value).blocks.length).toBe(3)
    expect(await serveRange(encodeRangeQuery({ from: 6, to: 20 }), store)).toEqual(err('UNAVAILABLE'))
  })

  it('stops before eight megabytes, but always sends the first block', async () => {
    const store = {
      ...storeOf(chain, EPOCH_LENGTH, HONEST_SIGNATURE, 1),
      blockBytes: () => new Uint8Array(3 * 1024 * 1024),
    }
    const answer = await serveRange(encodeRangeQuery({ from: 1, to: 20 }), store)
    expect(answer.ok && decodeRange(answer.value).blocks.length).toBe(2)
    const huge = { ...store, blockBytes: () => new Uint8Array(8_500_000) }
    const one = await serveRange(encodeRangeQuery({ from: 1, to: 20 }), huge)
    expect(one.ok && decodeRange(one.value).blocks.length).toBe(1)
  })

  it('falls back to fewer blocks when no descendant of the last is proved', async () => {
    const store = storeOf(chain, EPOCH_LENGTH)
    const answer = await serveRange(encodeRangeQuery({ from: 1, to: 10 }), {
      ...store,
      finalization: (height) => (height <= 6 ? store.finalization(height) : undefined),
    })
    expect(answer.ok && decodeRange(answer.value).blocks.length).toBe(6)
  })

  it('refuses what is no request', async () => {
    const store = storeOf(chain, 5)
    expect(await serveRange(Uint8Array.of(1, 2), store)).toEqual(err('MALFORMED'))
    expect(await serveRange(encodeRangeQuery({ from: 0, to: 3 }), store)).toEqual(err('MALFORMED'))
    expect(await serveRange(encodeRangeQuery({ from: 1, to: 65 }), store)).toEqual(err('MALFORMED'))
    expect(await serveBlock(Uint8Array.of(1), store)).toEqual(err('MALFORMED'))
  })
})

describe('serving a block', () => {
  it('finds it by its hash or says that it is not kept', async () => {
    const store = storeOf(chain, 5)
    const answer = await serveBlock(hexToBytes(chain[2]?.hash ?? '0x'), store)
    expect(answer.ok).toBe(true)
    expect(await serveBlock(new Uint8Array(32), store)).toEqual(err('UNAVAILABLE'))
  })
})
