import { describe, expect, it } from 'vitest'
import { FRESH_WRITE_GAS } from '../../../src/precompiles/gas.ts'
import { ZERO_ADDRESS, ZERO_HASH } from '../../../src/types/primitives.ts'
import { account, CONTROLLER, Contributors, POLICY, PoolWorld, single } from './support.ts'

const MAX_WEIGHT = 1n << 96n

describe('a pool that stands alone', () => {
  it('is paid for as the two new cells that it is', async () => {
    const world = new PoolWorld()
    const { gasUsed } = await world.call('create', { controller: CONTROLLER, policy: POLICY.open, maxWeight: 0n })
    expect(gasUsed).toBeGreaterThan(BigInt(2 * FRESH_WRITE_GAS))
  })

  it('is created with a policy for ever, by anybody, for a controller', async () => {
    const world = new PoolWorld()
    const params = { controller: CONTROLLER, policy: POLICY.capped, maxWeight: 500n }
    const { pool } = await world.must('create', params, { from: account(9) })
    expect(pool).toBe(1n << 63n)
    expect(await world.create()).toBe((1n << 63n) + 1n)
    expect((await world.must('state', { pool }))['state']).toEqual({
      ...{ controller: CONTROLLER, policy: POLICY.capped, maxWeight: 500n, weight: 0n, committedWeight: 0n },
      ...{ batches: 0n, hasStarted: false },
    })
    const narrower = { pool, policy: POLICY.closed, maxWeight: 0n }
    expect(await world.refusal('setPolicy', narrower)).toMatchObject({ name: 'PolicyFixed', policy: POLICY.capped })
  })

  it.each([
    ['no policy', { policy: 0n, maxWeight: 0n }, 'UnknownPolicy'],
    ['a policy that is not known', { policy: 4n, maxWeight: 0n }, 'UnknownPolicy'],
    ['a cap of nothing', { policy: POLICY.capped, maxWeight: 0n }, 'CapOutOfRange'],
    ['a cap beyond the bound', { policy: POLICY.capped, maxWeight: MAX_WEIGHT }, 'CapOutOfRange'],
    ['a cap where none belongs', { policy: POLICY.open, maxWeight: 1n }, 'CapOutOfRange'],
  ])('is refused with %s', async (_, params, name) => {
    const world = new PoolWorld()
    expect(await world.refusal('create', { controller: CONTROLLER, ...params })).toMatchObject({ name })
  })

  it('is refused without a controller', async () => {
    const params = { controller: ZERO_ADDRESS, policy: POLICY.open, maxWeight: 0n }
    expect(await new PoolWorld().refusal('create', params)).toEqual({ name: 'ZeroController' })
  })

  it('is handed on by its controller alone', async () => {
    const world = new PoolWorld()
    const pool = await world.create()
    const next = account(51)
    const params = { pool, controller: next }
    expect(await world.refusal('setController', params, { from: next })).toMatchObject({ name: 'NotController' })
    expect(await world.refusal('setController', { pool, controller: ZERO_ADDRESS })).toEqual({ name: 'ZeroController' })
    await world.must('setController', params)
    expect(await world.refusal('append', { pool, ...new Contributors([1n, 2n]).offer() })).toMatchObject({
      ...{ name: 'NotController', controller: next },
    })
  })
})

describe('a batch', () => {
  it('counts from the end of the first block after its notice', async () => {
    const world = new PoolWorld({ noticeBlocks: 3 })
    const pool = await world.create()
    const batch = await world.append(pool, new Contributors([3n, 4n]))
    expect(world.status(pool, batch)).toBe(1n)
    world.endBlocks(3)
    expect(world.weight(pool)).toBe(0n)
    world.endBlocks(1)
    expect(world.weight(pool)).toBe(7n)
    expect((await world.must('batchState', { pool, batch }))['state']).toMatchObject({
      status: 2n,
      weight: 7n,
      depth: 1n,
    })
  })

  it('logs its turn in the name of the pools', async () => {
    const world = new PoolWorld({ noticeBlocks: 0 })
    const pool = await world.create()
    await world.append(pool, single(5n))
    expect(world.ledger.sweep()).toHaveLength(1)
    expect(world.ledger.sweep()).toEqual([])
  })

  it.each([
    ['a pool that does not exist', { pool: 77n }, 'UnknownPool'],
    ['a depth of 0', { depth: 0n }, 'WrongDepth'],
    ['a depth beyond 24', { depth: 25n }, 'WrongDepth'],
    ['a relay fee beyond two percent', { relayFeePpm: 20_001n }, 'RelayFeeTooHigh'],
    ['no weight', { weight: 0n }, 'ZeroWeight'],
    ['a weight that its tree does not have', { weight: 4n }, 'SumMismatch'],
    ['more weight than any pool has', { weight: MAX_WEIGHT + 1n }, 'WeightOverCap'],
  ])('is refused with %s', async (_, change, name) => {
    const world = new PoolWorld()
    const pool = await world.create()
    const offer = { pool, ...new Contributors([1n, 2n]).offer(), ...change }
    expect(await world.refusal('append', offer)).toMatchObject({ name })
  })

  it('is refused when its two sums overflow', async () => {
    const world = new PoolWorld()
    const pool = await world.create()
    const half = { leftHash: ZERO_HASH, leftSum: (1n << 128n) - 1n, rightHash: ZERO_HASH, rightSum: 2n }
    const offer = { pool, ...new Contributors([1n, 2n]).offer(), root: half, weight: 1n }
    expect(await world.refusal('append', offer)).toMatchObject({ name: 'SumOverflow', right: 2n })
  })

  it('of one contributor has index 0', async () => {
    const world = new PoolWorld()
    const pool = await world.create()
    const leaf = { index: 1n, account: account(1), weight: 1n }
    const params = { pool, leaf, dataHash: ZERO_HASH, relayFeePpm: 0n }
    expect(await world.refusal('appendLeaf', params)).toMatchObject({ name: 'IndexOutOfRange', limit: 1n })
  })

  it('may weigh all that a pool can, and then no other fits', async () => {
    const world = new PoolWorld({ noticeBlocks: 0 })
    const pool = await world.create()
    await world.append(pool, single(MAX_WEIGHT))
    world.endBlocks()
    expect(world.weight(pool)).toBe(MAX_WEIGHT)
    const more = { pool, leaf: single(1n).leaves[0], dataHash: ZERO_HASH, relayFeePpm: 0n }
    expect(await world.refusal('appendLeaf', more)).toMatchObject({ name: 'WeightOverCap', maxWeight: MAX_WEIGHT })
    await world.fund(pool, 5n)
    expect(world.holdings(pool)).toBe(5n)
  })

  it('is taken back by the controller while it is pending, and its turn finds it gone', async () => {
    const world = new PoolWorld()
    const pool = await world.create(POLICY.capped, 10n)
    const batch = await world.append(pool, single(10n))
    expect(await world.refusal('withdraw', { pool, batch }, { from: account(7) })).toMatchObject({
      name: 'NotController',
    })
    await world.must('withdraw', { pool, batch })
    const other = await world.append(pool, single(9n))
    world.endBlocks(3)
    expect(world.weight(pool)).toBe(9n)
    expect(await world.refusal('withdraw', { pool, batch: other })).toMatchObject({ name: 'BatchGone', status: 2n })
  })

  it('waits for its turn behind others when more are due than a block gives turns to', async () => {
    const world = new PoolWorld({ noticeBlocks: 0 })
    const pool = await world.create()
    // Six cells each, for the pool has no token yet: 854 turns make the block's 5,120 cells full.
    for (let i = 0; i < 856; i++) await world.append(pool, single(1n))
    world.endBlocks()
    expect(world.weight(pool)).toBe(854n)
    world.endBlocks()
    expect(world.weight(pool)).toBe(856n)
  })
})

describe('the policy of a pool', () => {
  it('closed takes one batch', async () => {
    const world = new PoolWorld({ noticeBlocks: 0 })
    const pool = await world.create(POLICY.closed)
    await world.append(pool, single(5n))
    const second = { pool, leaf: single(1n).leaves[0], dataHash: ZERO_HASH, relayFeePpm: 0n }
    expect(await world.refusal('appendLeaf', second)).toMatchObject({ name: 'PoolClosed', weight: 5n })
    world.endBlocks()
    expect(await world.refusal('appendLeaf', second)).toMatchObject({ name: 'PoolClosed', weight: 5n })
  })

  it('capped counts pending batches too', async () => {
    const world = new PoolWorld()
    const pool = await world.create(POLICY.capped, 10n)
    await world.append(pool, single(6n))
    const second = { pool, leaf: single(5n).leaves[0], dataHash: ZERO_HASH, relayFeePpm: 0n }
    expect(await world.refusal('appendLeaf', second)).toMatchObject({
      name: 'WeightOverCap',
      weight: 11n,
      maxWeight: 10n,
    })
    await world.append(pool, single(4n))
  })

  it("of an asset's pool is open unless its controller fixes it before the first batch", async () => {
    const world = new PoolWorld()
    const pool = BigInt(world.ledger.asset({ owner: CONTROLLER, poolPpm: 100_000 }))
    const capped = { pool, policy: POLICY.capped, maxWeight: 10n }
    expect(await world.refusal('setPolicy', capped, { from: account(3) })).toMatchObject({ name: 'NotController' })
    await world.must('setPolicy', capped)
    await world.append(pool, single(10n))
    const open = { pool, policy: POLICY.open, maxWeight: 0n }
    expect(await world.refusal('setPolicy', open)).toMatchObject({ name: 'PolicyFixed', batches: 1n })
  })
})
