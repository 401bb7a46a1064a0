import { describe, expect, it } from 'vitest'
import { ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import { type Address, ZERO_ADDRESS } from '../../../src/types/primitives.ts'
import { TokenDouble } from '../royalty/token-double.ts'
import { AUTHORITY, account, Contributors, PAYER, PoolWorld, single } from './support.ts'

const NATIVE = ZERO_ADDRESS
const RELAYER = account(77)

/** A pool with one active batch of the given weights that was funded. */
async function funded(weights: readonly bigint[], amount: bigint, relayFeePpm = 0n) {
  const world = new PoolWorld({ noticeBlocks: 0 })
  const pool = await world.create()
  const people = new Contributors(weights)
  const batch = await world.append(pool, people, relayFeePpm)
  world.endBlocks()
  await world.fund(pool, amount)
  return { world, pool, batch, people }
}

describe('a claim', () => {
  it('pays a leaf its part of what came in, by its weight', async () => {
    const { world, pool, batch, people } = await funded([1n, 2n, 3n], 600n)
    expect((await world.claim(pool, batch, people, 1)).value).toEqual({ amount: 200n })
    expect(world.balance(account(1_001))).toBe(200n)
    expect(world.paid(pool, batch)).toBe(200n)
    expect(world.holdings(pool)).toBe(400n)
    expect(world.balance(ROYALTY_MODULE)).toBe(400n)
    expect(world.ledger.custody()).toEqual({ totalIn: 600n, booked: 400n })
  })

  it('pays later what came in later, and in all what one claim at the end would', async () => {
    const { world, pool, batch, people } = await funded([1n, 2n], 100n)
    for (let i = 0; i < 9; i++) {
      await world.claim(pool, batch, people, 0)
      await world.fund(pool, 100n)
    }
    await world.claim(pool, batch, people, 0)
    expect(world.balance(account(1_000))).toBe(333n)
    await world.claim(pool, batch, people, 1)
    expect(world.balance(account(1_001))).toBe(666n)
    expect(world.holdings(pool)).toBe(1n)
  })

  it('is refused when it was made before', async () => {
    const { world, pool, batch, people } = await funded([1n, 1n], 100n)
    await world.claim(pool, batch, people, 0)
    expect((await world.claim(pool, batch, people, 0)).refusal).toEqual({
      ...{ name: 'NothingToClaim', pool, batch: 0n, index: 0n, earned: 50n },
    })
    expect(world.paid(pool, batch)).toBe(50n)
  })

  it('of a batch of one contributor needs no proof', async () => {
    const world = new PoolWorld({ noticeBlocks: 0 })
    const pool = await world.create()
    const alone = single(7n)
    const batch = await world.append(pool, alone)
    world.endBlocks()
    await world.fund(pool, 70n)
    const params = { pool, batch, token: NATIVE, leaf: alone.leaves[0], proof: new Uint8Array(0) }
    expect(await world.must('claim', params)).toEqual({ amount: 70n })
  })

  it('is refused for a pool or batch that does not exist, is pending, or is of another pool', async () => {
    const { world, pool, batch, people } = await funded([1n, 1n], 100n)
    const other = await world.create()
    const pending = await world.append(pool, new Contributors([5n, 5n, 5n], 2_000))
    const claim = (which: object) =>
      world.refusal('claim', { pool, batch, token: NATIVE, ...people.proven(0), ...which })
    expect(await claim({ pool: 12n })).toEqual({ name: 'UnknownPool', pool: 12n })
    expect(await claim({ batch: 9n })).toEqual({ name: 'UnknownBatch', pool, batch: 9n, batches: 2n })
    expect(await claim({ batch: pending })).toMatchObject({ name: 'NotActivated', readyAtBlock: BigInt(world.block) })
    expect(await claim({ pool: other })).toMatchObject({ name: 'UnknownBatch', batches: 0n })
    expect(await claim({ token: account(400) })).toEqual({ name: 'UnknownToken', token: account(400) })
    world.endBlocks()
    expect(await claim({ batch: pending })).toMatchObject({ name: 'WrongProofLength', expected: 96n, given: 48n })
  })

  it('goes to the payee that the account named, until it takes that back', async () => {
    const { world, pool, batch, people } = await funded([1n, 1n], 100n)
    const payee = account(90)
    await world.must('setPayee', { payee }, { from: account(1_000) })
    expect(await world.must('payee', { account: account(1_000) })).toEqual({ payee })
    await world.claim(pool, batch, people, 0)
    expect(world.balance(payee)).toBe(50n)
    await world.must('setPayee', { payee: ZERO_ADDRESS }, { from: account(1_000) })
    await world.fund(pool, 20n)
    await world.claim(pool, batch, people, 0)
    expect(world.balance(account(1_000))).toBe(10n)
  })

  it('rewards who relays it with the fee of the batch, and nobody else', async () => {
    const { world, pool, batch, people } = await funded([1n, 1n, 1n, 1n], 400_000n, 20_000n)
    await world.claim(pool, batch, people, 0, { from: RELAYER })
    expect(world.balance(RELAYER)).toBe(2_000n)
    expect(world.balance(account(1_000))).toBe(98_000n)
    await world.claim(pool, batch, people, 1)
    expect(world.balance(account(1_001))).toBe(100_000n)
    await world.must('setPayee', { payee: RELAYER }, { from: account(1_002) })
    await world.claim(pool, batch, people, 2, { from: RELAYER })
    expect(world.balance(RELAYER)).toBe(102_000n)
    expect(world.holdings(pool)).toBe(100_000n)
  })

  it('shows what a leaf earned and was paid, frozen or not', async () => {
    const { world, pool, batch, people } = await funded([1n, 3n], 100n)
    await world.claim(pool, batch, people, 0)
    await world.fund(pool, 40n)
    await world.must('freeze', { pool, batch }, { from: AUTHORITY })
    const of = (index: number) => world.must('entitled', { pool, batch, token: NATIVE, ...people.proven(index) })
    expect(await of(0)).toEqual({ earned: 35n, paid: 25n })
    expect(await of(1)).toEqual({ earned: 105n, paid: 0n })
  })
})

describe('a claim of many', () => {
  const weights = Array.from({ length: 37 }, (_, i) => BigInt(i + 1))
  const total = 37n * 19n

  it('pays every leaf as claims one by one would, with one proof', async () => {
    const { world, pool, batch, people } = await funded(weights, total * 10n)
    const indices = [0, 1, 2, 5, 17, 18, 36]
    const leaves = indices.map((index) => people.leaf(index))
    const multiproof = people.tree.proveMany(indices)
    const amount = leaves.reduce((sum, { weight }) => sum + 10n * weight, 0n)
    const params = { pool, batch, token: NATIVE, leaves, multiproof }
    expect(await world.must('claimMany', params)).toEqual({ amount, paid: 7n })
    for (const leaf of leaves) expect(world.balance(leaf.account)).toBe(10n * leaf.weight)
    expect(world.paid(pool, batch)).toBe(amount)
    expect((await world.call('claimMany', params)).refusal).toMatchObject({ name: 'NothingToClaim', index: 0n })
  })

  it('passes over leaves that were claimed before, at the same price', async () => {
    const { world, pool, batch, people } = await funded(weights, total * 10n)
    const params = (indices: number[]) => ({
      ...{ pool, batch, token: NATIVE, leaves: indices.map((index) => people.leaf(index)) },
      multiproof: people.tree.proveMany(indices),
    })
    const all = await world.call('claimMany', params([8, 9, 10, 11]))
    await world.claim(pool, batch, people, 20)
    await world.claim(pool, batch, people, 22)
    const some = await world.call('claimMany', params([20, 21, 22, 23]))
    expect(some.value).toEqual({ amount: 10n * (22n + 24n), paid: 2n })
    expect(some.gasUsed).toBe(all.gasUsed)
  })

  it('costs a claimant less the more come along', async () => {
    const { world, pool, batch, people } = await funded(weights, total * 10n)
    const one = await world.claim(pool, batch, people, 3, { from: RELAYER })
    const indices = Array.from({ length: 32 }, (_, i) => i + 4)
    const leaves = indices.map((index) => people.leaf(index))
    const params = { pool, batch, token: NATIVE, leaves, multiproof: people.tree.proveMany(indices) }
    const many = await world.call('claimMany', params, { from: RELAYER })
    expect(many.gasUsed / 32n).toBeLessThan((one.gasUsed * 7n) / 10n)
  })

  it('is refused with a leaf twice, out of order, none, or too many', async () => {
    const { world, pool, batch, people } = await funded(weights, total * 10n)
    const claim = (indices: number[]) => {
      const leaves = indices.map((index) => people.leaf(index))
      return world.refusal('claimMany', { pool, batch, token: NATIVE, leaves, multiproof: new Uint8Array(0) })
    }
    expect(await claim([3, 3])).toEqual({ name: 'DuplicateIndex', index: 3n, position: 1n })
    expect(await claim([3, 2])).toEqual({ name: 'IndicesNotAscending', index: 2n, position: 1n })
    expect(await claim([3, 5, 3])).toEqual({ name: 'DuplicateIndex', index: 3n, position: 2n })
    expect(await claim([])).toEqual({ name: 'NoLeaves' })
    const tooMany = Array.from({ length: 513 }, () => 1)
    expect(await claim(tooMany)).toEqual({ name: 'TooManyLeaves', count: 513n, limit: 512n })
    expect(await claim([1, 2])).toMatchObject({ name: 'WrongProofLength' })
  })
})

describe('a claim across batches', () => {
  it('pays leaves of any pools and batches, and passes over those with nothing due', async () => {
    const { world, pool, batch, people } = await funded([1n, 3n], 400n)
    const other = await world.create()
    const others = new Contributors([5n, 5n], 1_000)
    const otherBatch = await world.append(other, others)
    world.endBlocks()
    await world.fund(other, 100n)
    await world.claim(pool, batch, people, 0)
    const claims = [
      { pool, batch, token: NATIVE, ...people.proven(0) },
      { pool: other, batch: otherBatch, token: NATIVE, ...others.proven(0) },
      { pool, batch, token: NATIVE, ...people.proven(1) },
    ]
    expect(await world.must('claimAcross', { claims })).toEqual({ paid: 2n })
    expect(world.balance(account(1_000))).toBe(150n)
    expect(world.balance(account(1_001))).toBe(300n)
    expect(await world.refusal('claimAcross', { claims })).toMatchObject({ name: 'NothingToClaim', pool, index: 0n })
    expect(await world.refusal('claimAcross', { claims: [] })).toEqual({ name: 'NoLeaves' })
  })

  it('pays a leaf that is named twice once', async () => {
    const { world, pool, batch, people } = await funded([1n, 3n], 400n)
    const one = { pool, batch, token: NATIVE, ...people.proven(1) }
    expect(await world.must('claimAcross', { claims: [one, one] })).toEqual({ paid: 1n })
    expect(world.balance(account(1_001))).toBe(300n)
  })
})

describe('a pool of tokens', () => {
  const USD = account(500)

  async function open(relayFeePpm = 0n) {
    const tokens = [{ address: USD, decimals: 6, flushMin: 1n, slotMin: 0n }]
    const world = new PoolWorld({ noticeBlocks: 0, tokens })
    const token = new TokenDouble(USD)
    token.give(PAYER, 1_000_000n)
    const pool = await world.create()
    const people = new Contributors([1n, 2n])
    const batch = await world.append(pool, people, relayFeePpm)
    world.endBlocks()
    const { callOut } = token
    const fund = (amount: bigint, value = 0n) =>
      world.call('fund', { pool, token: USD, amount }, { from: PAYER, value, callOut })
    const claim = (index: number, from: Address) =>
      world.call('claim', { pool, batch, token: USD, ...people.proven(index) }, { from, callOut })
    return { world, token, pool, people, batch, fund, claim }
  }

  it('is funded and claimed in whole units, and what is less than one stays in the pool', async () => {
    const { world, token, pool, batch, fund, claim } = await open()
    expect((await fund(100n)).refusal).toBeUndefined()
    expect((await claim(0, account(1_000))).value).toEqual({ amount: 33n })
    expect(token.balance(account(1_000))).toBe(33n)
    expect(world.paid(pool, batch, 1)).toBe(33n * 10n ** 12n)
    expect((await claim(0, account(1_000))).refusal).toMatchObject({ name: 'NothingToClaim' })
    await fund(2n)
    expect((await claim(0, account(1_000))).refusal).toBeUndefined()
    expect(token.balance(account(1_000))).toBe(34n)
    expect(world.holdings(pool, 1)).toBe(world.ledger.custody(1).booked)
  })

  it('takes no value with a token, and no token that is not listed', async () => {
    const { world, pool, fund } = await open()
    expect((await fund(100n, 1n)).refusal).toEqual({ name: 'WrongValue', value: 1n, expected: 0n })
    expect((await fund(0n)).refusal).toEqual({ name: 'ZeroAmount' })
    const short = { pool, token: ZERO_ADDRESS, amount: 5n }
    expect(await world.refusal('fund', short, { from: PAYER, value: 4n })).toMatchObject({ name: 'WrongValue' })
    const unlisted = { pool, token: account(501), amount: 5n }
    expect(await world.refusal('fund', unlisted, { from: PAYER })).toMatchObject({ name: 'UnknownToken' })
    expect(await world.refusal('fund', { ...short, pool: 9n }, { from: PAYER, value: 5n })).toMatchObject({
      ...{ name: 'UnknownPool', pool: 9n },
    })
  })

  it('owes a payee that the token refuses, and pays the others', async () => {
    const { world, token, pool, batch, people, fund } = await open()
    await fund(300n)
    token.manner = { blocked: account(1_000) }
    const leaves = [people.leaf(0), people.leaf(1)]
    const params = { pool, batch, token: USD, leaves, multiproof: people.tree.proveMany([0, 1]) }
    expect((await world.call('claimMany', params, { callOut: token.callOut })).value).toMatchObject({ paid: 2n })
    expect(token.balance(account(1_001))).toBe(200n)
    expect(world.ledger.owed(account(1_000), 1)).toBe(100n * 10n ** 12n)
    expect(world.ledger.custody(1).booked).toBe(100n * 10n ** 12n)
  })

  it('refuses an entry from within a token that is called', async () => {
    const { world, token, pool, fund, claim } = await open()
    await fund(300n)
    const refusals: unknown[] = []
    token.manner = {
      onTransfer: async () => {
        const again = { pool, token: ZERO_ADDRESS, amount: 5n }
        refusals.push((await world.call('fund', again, { from: PAYER, value: 5n, isWithin: true })).refusal?.name)
        const demand = { pool, batch: 0n, index: 0n }
        refusals.push(
          (await world.call('demandLeaf', demand, { from: PAYER, value: 1_000n, isWithin: true })).refusal?.name,
        )
      },
    }
    expect((await claim(1, account(1_001))).refusal).toBeUndefined()
    expect(refusals).toEqual(['Reentered', 'Reentered'])
    expect(token.balance(account(1_001))).toBe(200n)
  })

  it('is refused as a whole when the token lies about what it moved', async () => {
    const { world, token, pool, batch, fund, claim } = await open()
    await fund(300n)
    token.manner = { moves: () => 0n }
    expect((await claim(1, account(1_001))).refusal).toMatchObject({ name: 'TokenLied' })
    expect(world.paid(pool, batch, 1)).toBe(0n)
    expect((await fund(100n)).refusal).toMatchObject({ name: 'TokenLied' })
    expect(world.holdings(pool, 1)).toBe(300n * 10n ** 12n)
  })

  it('gives the relayer its fee in whole units', async () => {
    const { token, fund, claim } = await open(20_000n)
    await fund(300n)
    await claim(1, RELAYER)
    expect(token.balance(RELAYER)).toBe(4n)
    expect(token.balance(account(1_001))).toBe(196n)
    await claim(0, RELAYER)
    expect(token.balance(RELAYER)).toBe(6n)
  })
})
