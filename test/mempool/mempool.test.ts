import { describe, expect, it } from 'vitest'
import type { Hash } from '../../src/types/primitives.ts'
import { createPool, ETHER, GWEI, head, outcome, REQUEST, sender, tipped, transfer } from './support.ts'

const alice = sender(0)
const bob = sender(1)

describe('nonces', () => {
  it('wait for the gap before them and become pending when it fills', async () => {
    const { pool } = createPool()
    const heard: bigint[] = []
    pool.onPending((one) => heard.push(one.transaction.nonce))
    await pool.add(transfer(alice, 2).raw, 'local')
    await pool.add(transfer(alice, 0).raw, 'local')
    expect(pool.status()).toMatchObject({ pending: 1, queued: 1 })
    expect(pool.nextNonce(alice.address)).toBe(1n)
    await pool.add(transfer(alice, 1).raw, 'local')
    expect(pool.status()).toMatchObject({ pending: 3, queued: 0 })
    expect(pool.nextNonce(alice.address)).toBe(3n)
    expect(heard).toEqual([0n, 1n, 2n])
  })

  it('of a burst are taken in order however many batches recover them', async () => {
    const { pool, recovery } = createPool()
    const burst = Array.from({ length: 700 }, (_, nonce) => transfer(alice, nonce).raw)
    const results = await Promise.all(burst.map((raw) => pool.add(raw, 'local')))
    expect(results.every((one) => one.ok)).toBe(true)
    expect(recovery.batches).toBe(3)
    expect(pool.nextNonce(alice.address)).toBe(700n)
  })

  it('of somebody unknown are read at the finalized head', () => {
    const { pool, accounts } = createPool()
    accounts.set(bob.address, { nonce: 7n })
    expect(pool.nextNonce(bob.address)).toBe(7n)
  })
})

describe('the view of the pool', () => {
  it('shows pending and queued transactions of each sender in nonce order', async () => {
    const { pool } = createPool()
    for (const nonce of [4, 0, 1, 3]) await pool.add(transfer(alice, nonce).raw, 'local')
    const { pending, queued } = pool.content()
    expect(pending.get(alice.address)?.map((one) => one.transaction.nonce)).toEqual([0n, 1n])
    expect(queued.get(alice.address)?.map((one) => one.transaction.nonce)).toEqual([3n, 4n])
    const { hash } = transfer(alice, 3)
    expect(pool.get(hash)?.hash).toBe(hash)
    expect(pool.senderOf(hash)).toBe(alice.address)
  })
})

describe('candidates for a block', () => {
  it('come by price, each sender’s in nonce order', async () => {
    const { pool } = createPool()
    await pool.add(tipped(alice, 0, 1n).raw, 'local')
    await pool.add(tipped(alice, 1, 9n).raw, 'local')
    await pool.add(tipped(bob, 0, 5n).raw, 'local')
    const chosen = pool.candidates(REQUEST)
    expect(chosen.map((one) => [one.sender, one.transaction.nonce])).toEqual([
      [bob.address, 0n],
      [alice.address, 0n],
      [alice.address, 1n],
    ])
  })

  it('leave out what does not pay the base fee', async () => {
    const { pool } = createPool()
    await pool.add(tipped(alice, 0, 5n).raw, 'local')
    expect(pool.candidates({ ...REQUEST, baseFeePerGas: 7n * GWEI })).toEqual([])
    expect(pool.hasCandidates({ ...REQUEST, baseFeePerGas: 7n * GWEI })).toBe(false)
    expect(pool.hasCandidates(REQUEST)).toBe(true)
  })

  it('keep within gas and bytes, and a sender’s turn ends with the first that does not fit', async () => {
    const { pool } = createPool()
    await pool.add(tipped(alice, 0, 9n).raw, 'local')
    await pool.add(transfer(bob, 0, { data: new Uint8Array(500), gasLimit: 90_000n }).raw, 'local')
    await pool.add(transfer(bob, 1).raw, 'local')
    expect(pool.candidates({ ...REQUEST, maxBytes: 400 }).map((one) => one.sender)).toEqual([alice.address])
    expect(pool.candidates({ ...REQUEST, gasLimit: 50_000n })).toHaveLength(1)
    expect(pool.candidates({ ...REQUEST, gasLimit: 20_999n })).toEqual([])
    expect(pool.candidates(REQUEST)).toHaveLength(3)
  })

  it('continue where the unfinalized ancestors stopped, and come back when those lose', async () => {
    const { pool } = createPool()
    for (const nonce of [0, 1, 2]) await pool.add(transfer(alice, nonce).raw, 'local')
    const ancestors = [0, 1].map((nonce) => {
      const { hash } = transfer(alice, nonce)
      return [{ hash, sender: alice.address, nonce: BigInt(nonce) }]
    })
    const nonces = (request: typeof REQUEST | { ancestors: typeof ancestors }) =>
      pool.candidates({ ...REQUEST, ...request }).map((one) => one.transaction.nonce)
    expect(nonces({ ancestors })).toEqual([2n])
    expect(nonces(REQUEST)).toEqual([0n, 1n, 2n])
  })

  it('count what the ancestors spend of a balance, unless the parent’s accounts are given', async () => {
    const { pool } = createPool()
    const value = 49n * ETHER
    const first = transfer(alice, 0, { value })
    await pool.add(first.raw, 'local')
    await pool.add(transfer(alice, 1, { value }).raw, 'local')
    const ancestors = [[{ hash: first.hash, sender: alice.address, nonce: 0n }]]
    expect(pool.candidates({ ...REQUEST, ancestors })).toHaveLength(1)
    const poor = new Map([[alice.address, { nonce: 1n, balanceWei: ETHER, code: 'none' as const }]])
    expect(pool.candidates({ ...REQUEST, ancestors, accounts: poor })).toEqual([])
  })

  it('are found behind an ancestor that this pool never saw', async () => {
    const { pool } = createPool()
    await pool.add(transfer(alice, 1).raw, 'local')
    const ancestors = [[{ hash: transfer(alice, 0).hash, sender: alice.address, nonce: 0n }]]
    expect(pool.candidates(REQUEST)).toEqual([])
    expect(pool.candidates({ ...REQUEST, ancestors })).toHaveLength(1)
  })
})

describe('a finalized block', () => {
  it('takes its transactions out and leaves the rest pending', async () => {
    const { pool, accounts } = createPool()
    for (const nonce of [0, 1, 2]) await pool.add(transfer(alice, nonce).raw, 'local')
    accounts.set(alice.address, { nonce: 2n })
    pool.onFinalized(head({ transactionHashes: [transfer(alice, 0).hash, transfer(alice, 1).hash] }))
    expect(pool.status()).toMatchObject({ pending: 1, queued: 0 })
    expect(pool.nextNonce(alice.address)).toBe(3n)
  })

  it('with a transaction this pool never saw fills the gap before queued ones', async () => {
    const { pool, accounts } = createPool()
    const heard: Hash[] = []
    await pool.add(transfer(alice, 1).raw, 'peer')
    pool.onPending((one) => heard.push(one.hash))
    const account = accounts.set(alice.address, { nonce: 1n })
    pool.onFinalized(head({ changedAccounts: new Map([[alice.address, account]]) }))
    expect(pool.status()).toMatchObject({ pending: 1, queued: 0 })
    expect(heard).toEqual([transfer(alice, 1).hash])
  })

  it('drops what its sender can no longer pay, and later nonces wait', async () => {
    const { pool, accounts } = createPool()
    await pool.add(transfer(alice, 0, { value: 40n * ETHER }).raw, 'local')
    await pool.add(transfer(alice, 1).raw, 'local')
    const account = accounts.set(alice.address, { balanceWei: ETHER })
    pool.onFinalized(head({ changedAccounts: new Map([[alice.address, account]]) }))
    expect(pool.status()).toMatchObject({ pending: 0, queued: 1 })
  })

  it('makes a late copy from a peer cost no recovery', async () => {
    const { pool, accounts, recovery } = createPool()
    const { raw, hash } = transfer(alice, 0)
    await pool.add(raw, 'local')
    accounts.set(alice.address, { nonce: 1n })
    pool.onFinalized(head({ transactionHashes: [hash] }))
    expect(outcome(await pool.add(raw, 'peer'))).toBe('already known')
    expect(outcome(await pool.add(raw, 'local'))).toBe('nonce too low: next nonce 1, tx nonce 0')
    expect(recovery.recovered).toBe(2)
  })

  it('or a builder that found no block for it makes it leave for good, and later nonces wait', async () => {
    const { pool } = createPool()
    const bad = transfer(alice, 0)
    await pool.add(bad.raw, 'local')
    await pool.add(transfer(alice, 1).raw, 'peer')
    pool.discard([bad.hash, transfer(bob, 0).hash])
    expect(pool.get(bad.hash)).toBeUndefined()
    expect(pool.status()).toMatchObject({ pending: 0, queued: 1 })
    expect(outcome(await pool.add(bad.raw, 'peer'))).toBe('already known')
  })

  it('after a sync reads every sender anew', async () => {
    const { pool, accounts } = createPool()
    await pool.add(transfer(alice, 0).raw, 'local')
    await pool.add(transfer(bob, 0).raw, 'local')
    accounts.set(alice.address, { nonce: 4n })
    pool.onFinalized(head({ changedAccounts: 'unknown' }))
    expect(pool.status()).toMatchObject({ pending: 1, queued: 0 })
  })

  it('lets go of transactions that waited three hours for an earlier nonce', async () => {
    const { pool, clock } = createPool()
    await pool.add(transfer(alice, 1).raw, 'local')
    await pool.add(transfer(bob, 0).raw, 'local')
    clock.time += 3 * 60 * 60 * 1000 + 1
    pool.onFinalized(head({}))
    expect(pool.status()).toMatchObject({ pending: 1, queued: 0 })
  })
})

describe('poolReady', () => {
  it('is told once for a burst, and not for what cannot pay', async () => {
    const { pool } = createPool({ head: { nextBaseFeePerGas: 8n * GWEI, gasLimit: 30_000_000n } })
    const told = new Promise<string>((resolve) => {
      let times = 0
      pool.onReady(() => {
        times++
        setImmediate(() => resolve(`${times} times`))
      })
    })
    await pool.add(tipped(bob, 0, 2n).raw, 'local')
    await Promise.all([0, 1, 2].map((nonce) => pool.add(transfer(alice, nonce).raw, 'local')))
    expect(await told).toBe('1 times')
  })

  it('is told when the base fee falls', async () => {
    const { pool } = createPool({ head: { nextBaseFeePerGas: 8n * GWEI, gasLimit: 30_000_000n } })
    await pool.add(tipped(bob, 0, 2n).raw, 'local')
    const told = new Promise<void>((resolve) => pool.onReady(resolve))
    pool.onFinalized(head({ nextBaseFeePerGas: GWEI }))
    await told
  })
})
