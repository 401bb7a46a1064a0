/**
 * Calls between threads: answers find their callers, coded errors keep their detail, the number in flight is bounded.
 */

import { MessageChannel } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { CodedError } from '../../src/lib/errors.ts'
import { serveCalls, WorkerCalls } from '../../src/node/workers/worker-rpc.ts'

type Methods = {
  double(value: bigint): bigint
  bytes(length: number): Uint8Array
  refuse(nothing: null): never
  crash(nothing: null): never
  wait(nothing: null): Promise<string>
}

const channels: MessageChannel[] = []
afterEach(() => {
  for (const { port1, port2 } of channels.splice(0)) {
    port1.close()
    port2.close()
  }
})

function connect(maxInFlight = 8) {
  const channel = new MessageChannel()
  channels.push(channel)
  const waiting = Promise.withResolvers<string>()
  serveCalls(channel.port2, {
    double: (value: bigint) => value * 2n,
    bytes: (length: number) => new Uint8Array(length).fill(7),
    refuse: () => {
      throw new CodedError({ code: 'DISK_FULL', folder: '/data' }, 'the disk is full')
    },
    crash: () => {
      throw new RangeError('boom')
    },
    wait: () => waiting.promise,
  })
  return { calls: new WorkerCalls<Methods>(channel.port1, 'test', maxInFlight), waiting }
}

describe('a call to a worker', () => {
  it('is answered, however many are under way', async () => {
    const { calls } = connect()
    expect(await Promise.all([1n, 2n, 3n].map((value) => calls.call('double', value)))).toEqual([2n, 4n, 6n])
  })

  it('brings back large byte arrays whole', async () => {
    const { calls } = connect()
    const bytes = await calls.call('bytes', 100_000)
    expect([bytes.length, bytes[99_999]]).toEqual([100_000, 7])
  })

  it('keeps the code and numbers of a coded error', async () => {
    const { calls } = connect()
    await expect(calls.call('refuse', null)).rejects.toMatchObject({ detail: { code: 'DISK_FULL', folder: '/data' } })
  })

  it('names the worker and the method of any other error', async () => {
    const { calls } = connect()
    const detail = { code: 'WORKER_FAILED', worker: 'test', method: 'crash' }
    await expect(calls.call('crash', null)).rejects.toMatchObject({ detail, message: 'boom' })
  })

  it('is refused when too many are in flight', async () => {
    const { calls, waiting } = connect(2)
    const held = [calls.call('wait', null), calls.call('wait', null)]
    await expect(calls.call('double', 1n)).rejects.toMatchObject({ code: 'WORKER_BUSY' })
    waiting.resolve('done')
    expect(await Promise.all(held)).toEqual(['done', 'done'])
    expect(await calls.call('double', 1n)).toBe(2n)
  })

  it('fails when the worker is gone, those under way included', async () => {
    const { calls } = connect()
    const held = calls.call('wait', null)
    calls.stop('it was killed')
    await expect(held).rejects.toMatchObject({ code: 'WORKER_STOPPED' })
    await expect(calls.call('double', 1n)).rejects.toMatchObject({ code: 'WORKER_STOPPED' })
  })
})
