/**
 * Worker threads as the node starts them: they answer, and one that ends by itself says so once and fails its calls.
 */

import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { hexToBytes } from '../../src/lib/bytes.ts'
import { RecoveryPool } from '../../src/node/adapters/recovery-pool.ts'
import type { ReadMethods } from '../../src/node/workers/read.ts'
import type { RecoveryMethods } from '../../src/node/workers/recovery.ts'
import { startWorker } from '../../src/node/workers/worker-thread.ts'
import { ZERO_ADDRESS } from '../../src/types/primitives.ts'
import { signTransaction, type UnsignedTransaction } from '../../src/types/transaction-codec.ts'
import { devnetSpec } from '../chainspec/fixtures.ts'

const unsigned: UnsignedTransaction = {
  type: 2,
  chainId: 534_100n,
  nonce: 0n,
  gasPrice: undefined,
  maxFeePerGas: 10n ** 10n,
  maxPriorityFeePerGas: 0n,
  gasLimit: 21_000n,
  to: null,
  value: 1n,
  data: new Uint8Array(0),
  accessList: [],
  authorizationList: [],
}
const signedBy = (key: string, nonce: bigint) => signTransaction({ ...unsigned, nonce }, hexToBytes(key))

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

describe('the recovery pool', () => {
  it('recovers the senders of a batch in order, however many threads share it', async () => {
    const crashes: string[] = []
    const pool = new RecoveryPool(2, (worker) => crashes.push(worker))
    stops.push(() => pool.stop())
    const signed = Array.from({ length: 150 }, (_, i) =>
      signedBy(DEV_ACCOUNTS[i % DEV_ACCOUNTS.length]?.privateKey ?? '', BigInt(i)),
    )
    const raws = signed.map((one) => one.raw)
    expect(await pool.senders(raws)).toEqual(signed.map((one) => one.sender))
    expect(await pool.senders([Uint8Array.of(1, 2, 3)])).toEqual([undefined])
    expect(crashes).toEqual([])
  })
})

describe('a worker that ends by itself', () => {
  it('is reported once, with the reason, and fails what is asked of it', async () => {
    const reasons: string[] = []
    const crashed = Promise.withResolvers<void>()
    const worker = startWorker<ReadMethods>({
      name: 'lost',
      entry: 'read',
      // A read worker opens the database before it answers anything; in a file there is none.
      data: { spec: devnetSpec(), folder: join(import.meta.filename, 'database'), limitMs: 1_000 },
      maxInFlight: 8,
      limits: {},
      onCrash: (reason) => {
        reasons.push(reason)
        crashed.resolve()
      },
    })
    stops.push(() => worker.stop())
    const asked = worker.calls.call('prove', { height: 0, address: ZERO_ADDRESS, slots: [] }).then(
      () => 'answered',
      (error) => error.code,
    )
    await crashed.promise
    expect(await asked).toBe('WORKER_STOPPED')
    expect(reasons).toHaveLength(1)
    expect(reasons[0]).toContain('database')
  })

  it('is not reported when it was asked to stop', async () => {
    const reasons: string[] = []
    const worker = startWorker<RecoveryMethods>({
      name: 'stopped',
      entry: 'recovery',
      data: undefined,
      maxInFlight: 8,
      limits: {},
      onCrash: (reason) => reasons.push(reason),
    })
    await worker.calls.call('senders', [])
    await worker.stop()
    expect(reasons).toEqual([])
  })
})
