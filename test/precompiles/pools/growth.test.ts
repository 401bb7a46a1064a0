import { describe, expect, it } from 'vitest'
import { allNode } from '../../../src/precompiles/royalty/nodes.ts'
import { ZERO_ADDRESS } from '../../../src/types/primitives.ts'
import { account, CONTROLLER, Contributors, PAYER, type PoolWorld, single, PoolWorld as World } from './support.ts'

/** An asset whose pool gets a thousandth of every payment. */
function assetWithPool(world: PoolWorld, poolPpm = 1_000): bigint {
  return BigInt(world.ledger.asset({ owner: CONTROLLER, poolPpm }))
}

describe('a pool that grows', () => {
  it('gives a batch that is appended between a payment and its sweep nothing of that payment', async () => {
    const world = new World({ noticeBlocks: 0 })
    const pool = assetWithPool(world)
    const first = new Contributors([3n, 4n])
    const second = new Contributors([20n, 25n], 2_000)
    const firstBatch = await world.append(pool, first)
    world.endBlocks()
    world.ledger.pay(Number(pool), 7_000_000n)
    const secondBatch = await world.append(pool, second)
    world.endBlocks()
    expect(world.weight(pool)).toBe(52n)
    // Counting the second batch's weight against what the first earned would entitle them to 52,000 of 7,000.
    expect(world.earned(pool, firstBatch) >> 64n).toBe(7_000n)
    expect(world.earned(pool, secondBatch)).toBe(0n)
    expect((await world.claim(pool, secondBatch, second, 0)).refusal).toMatchObject({
      name: 'NothingToClaim',
      earned: 0n,
    })
    for (const index of [0, 1]) await world.claim(pool, firstBatch, first, index)
    expect(world.paid(pool, firstBatch)).toBe(7_000n)
    expect(world.holdings(pool)).toBe(0n)
  })

  it('shares what comes in afterwards among all', async () => {
    const world = new World({ noticeBlocks: 0 })
    const pool = assetWithPool(world)
    await world.append(pool, single(1n))
    world.endBlocks()
    await world.fund(pool, 1_000n)
    await world.append(pool, single(3n, account(2_000)))
    world.endBlocks()
    await world.fund(pool, 1_000n)
    expect([world.earned(pool, 0n) >> 64n, world.earned(pool, 1n) >> 64n]).toEqual([1_250n, 750n])
  })

  it('waits with a batch until the royalties that were under way at its append are swept', async () => {
    const world = new World({ noticeBlocks: 0, sweepUnits: 1 })
    const pool = assetWithPool(world, 100_000)
    const other = world.ledger.asset({ poolPpm: 0 })
    const child = world.ledger.asset({
      parents: [
        { parent: Number(pool), relative: 400_000 },
        { parent: other, relative: 400_000 },
      ],
    })
    await world.append(pool, single(1n))
    world.endBlocks()
    world.ledger.pay(child, 100_000_000n)
    // Both parents have enough to be swept, one in each block: the higher asset first.
    await world.append(pool, single(1n, account(2_000)))
    world.endBlocks()
    expect(world.status(pool, 1n)).toBe(1n)
    expect(world.ledger.node(allNode(Number(pool))).acc).toBe(0n)
    world.endBlocks()
    expect(world.status(pool, 1n)).toBe(2n)
    expect(world.earned(pool, 0n) >> 64n).toBe(4_000_000n)
    expect(world.earned(pool, 1n)).toBe(0n)
  })

  it('lets a batch activate although newer royalties are queued', async () => {
    const world = new World({ noticeBlocks: 0, sweepUnits: 1 })
    const pool = assetWithPool(world)
    const parents = [1, 2, 3].map(() => world.ledger.asset())
    const child = world.ledger.asset({ parents: parents.map((parent) => ({ parent, relative: 200_000 })) })
    world.endBlocks()
    await world.append(pool, single(1n))
    for (let i = 0; i < 4; i++) {
      world.ledger.pay(child, 100_000_000n)
      world.endBlocks()
    }
    expect(world.status(pool, 0n)).toBe(2n)
  })
})

describe('a pool without batches', () => {
  it('keeps what comes in for the first batch that activates', async () => {
    const world = new World({ noticeBlocks: 1 })
    const pool = assetWithPool(world)
    world.ledger.pay(Number(pool), 5_000_000n)
    world.endBlocks()
    await world.fund(pool, 300n)
    expect(world.held(pool)).toEqual({ waiting: 5_300n, escrow: 0n })
    const people = new Contributors([1n, 1n])
    const batch = await world.append(pool, people)
    world.ledger.pay(Number(pool), 1_000_000n)
    world.endBlocks(2)
    expect(world.held(pool).waiting).toBe(0n)
    expect(world.earned(pool, batch) >> 64n).toBe(6_300n)
    await world.claim(pool, batch, people, 0)
    expect(world.balance(account(1_000))).toBe(3_150n)
    expect(world.holdings(pool)).toBe(3_150n)
  })

  it('gives all that waited to the first of two that activate together', async () => {
    const world = new World({ noticeBlocks: 0 })
    const pool = await world.create()
    await world.fund(pool, 900n)
    await world.append(pool, single(1n))
    await world.append(pool, single(1_000n, account(2_000)))
    world.endBlocks()
    expect([world.earned(pool, 0n) >> 64n, world.earned(pool, 1n)]).toEqual([900n, 0n])
  })

  it('is not confused by a first batch that is withdrawn', async () => {
    const world = new World({ noticeBlocks: 2 })
    const pool = await world.create()
    await world.fund(pool, 900n)
    const withdrawn = await world.append(pool, single(1n))
    await world.must('withdraw', { pool, batch: withdrawn })
    world.endBlocks(3)
    expect(world.held(pool).waiting).toBe(900n)
    await world.append(pool, single(1n, account(2_000)))
    world.endBlocks(3)
    expect(world.earned(pool, 1n) >> 64n).toBe(900n)
    expect(world.earned(pool, withdrawn)).toBe(0n)
    const claim = { pool, batch: withdrawn, token: ZERO_ADDRESS, leaf: single(1n).leaves[0], proof: new Uint8Array(0) }
    expect(await world.refusal('claim', claim)).toMatchObject({ name: 'NothingToClaim', earned: 0n })
  })
})

describe("an asset's pool", () => {
  it('has the id of the asset, and its operator may append while the asset is active', async () => {
    const world = new World()
    const pool = assetWithPool(world)
    const stranger = { pool, ...new Contributors([1n, 2n]).offer() }
    expect(await world.refusal('append', stranger, { from: PAYER })).toMatchObject({ name: 'NotController' })
    world.ledger.setStatus(Number(pool), 2n)
    expect(await world.refusal('append', stranger)).toEqual({ name: 'AssetNotActive', asset: pool, status: 2n })
    world.ledger.setStatus(Number(pool), 1n)
    expect(await world.refusal('append', stranger)).toBe('accepted')
  })

  it('counts beyond 2^159 in a slot of its own, and loses nothing', async () => {
    const world = new World({ noticeBlocks: 0 })
    const pool = await world.create()
    const people = single(1n)
    const batch = await world.append(pool, people)
    world.endBlocks()
    const amount = 1n << 97n
    for (let i = 0; i < 3; i++) await world.fund(pool, amount)
    await world.fund(pool, 5n)
    const { ledger } = await world.must('ledger', { pool, token: ZERO_ADDRESS })
    expect(ledger).toEqual({ acc: (3n * amount + 5n) << 64n, carry: 0n, waiting: 0n, escrow: 0n })
    const claim = { pool, batch, token: ZERO_ADDRESS, leaf: people.leaves[0], proof: new Uint8Array(0) }
    expect(await world.must('claim', claim)).toEqual({ amount: 3n * amount + 5n })
    expect(world.holdings(pool)).toBe(0n)
  })
})
