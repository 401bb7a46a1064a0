import { describe, expect, it } from 'vitest'
import { ZERO_ADDRESS, ZERO_HASH } from '../../../src/types/primitives.ts'
import { AUTHORITY, account, CONTROLLER, Contributors, POLICY, PoolWorld, single } from './support.ts'

const BY = { from: AUTHORITY }
const EVIDENCE = { evidence: ZERO_HASH }

/** A pool with two active batches of weights 1 and 2 + 1, funded with 400. */
async function disputed() {
  const world = new PoolWorld({ noticeBlocks: 0, disputeBlocks: 5 })
  const pool = await world.create()
  const honest = new Contributors([1n])
  const forged = new Contributors([2n, 1n], 2_000)
  const first = await world.append(pool, single(1n))
  const second = await world.append(pool, forged)
  world.endBlocks()
  await world.fund(pool, 400n)
  const key = { pool, batch: second }
  const revoke = (isForfeit: boolean) => world.call('revoke', { ...key, ...EVIDENCE, isForfeit }, BY)
  return { world, pool, first, second, honest, forged, key, revoke }
}

describe('a frozen batch', () => {
  it('pays nobody and still earns', async () => {
    const { world, pool, second, forged, key } = await disputed()
    await world.must('freeze', key, BY)
    expect((await world.claim(pool, second, forged, 0)).refusal).toMatchObject({
      ...{ name: 'ClaimsFrozen', sinceBlock: BigInt(world.block) },
    })
    await world.fund(pool, 400n)
    await world.must('unfreeze', key, BY)
    expect((await world.claim(pool, second, forged, 0)).value).toEqual({ amount: 400n })
  })

  it('is frozen and revoked by the dispute authority alone', async () => {
    const { world, key } = await disputed()
    for (const [name, params] of [
      ['freeze', key],
      ['unfreeze', key],
      ['revoke', { ...key, ...EVIDENCE, isForfeit: true }],
      ['releaseEscrow', { pool: key.pool, token: ZERO_ADDRESS, account: CONTROLLER }],
    ] as const) {
      const refusal = { name: 'NotDisputeAuthority', caller: CONTROLLER, authority: AUTHORITY }
      expect(await world.refusal(name, params)).toEqual(refusal)
    }
    expect(await world.refusal('unfreeze', key, BY)).toMatchObject({ name: 'NotFrozen' })
    await world.must('freeze', key, BY)
    expect(await world.refusal('freeze', key, BY)).toMatchObject({ name: 'AlreadyFrozen' })
  })
})

describe('a revoked batch', () => {
  it('was frozen for the dispute period before', async () => {
    const { world, key, revoke } = await disputed()
    expect((await revoke(true)).refusal).toMatchObject({ name: 'NotFrozen' })
    await world.must('freeze', key, BY)
    const allowedAtBlock = BigInt(world.block + 5)
    world.endBlocks(4)
    expect((await revoke(true)).refusal).toEqual({ name: 'TooEarly', allowedAtBlock, block: allowedAtBlock - 1n })
    world.endBlocks(1)
    expect((await revoke(true)).refusal).toBeUndefined()
    expect((await revoke(true)).refusal).toMatchObject({ name: 'BatchGone', status: 3n })
  })

  it('stops earning, and what it earned stays claimable', async () => {
    const { world, pool, first, second, forged, key, revoke } = await disputed()
    await world.must('freeze', key, BY)
    world.endBlocks(5)
    await revoke(false)
    world.endBlocks(1)
    expect(world.weight(pool)).toBe(1n)
    await world.fund(pool, 50n)
    expect(world.earned(pool, first) >> 64n).toBe(150n)
    expect((await world.claim(pool, second, forged, 0)).value).toEqual({ amount: 200n })
    expect((await world.claim(pool, second, forged, 1)).value).toEqual({ amount: 100n })
    expect(world.holdings(pool)).toBe(150n)
    expect((await revoke(false)).refusal).toMatchObject({ name: 'BatchGone', status: 4n })
  })

  it('that is forfeited leaves what it earned and was not paid to the others, to the last fraction', async () => {
    const { world, pool, first, second, forged, key, revoke } = await disputed()
    await world.claim(pool, second, forged, 1)
    await world.must('freeze', key, BY)
    world.endBlocks(5)
    await revoke(true)
    world.endBlocks(1)
    expect(world.status(pool, second)).toBe(5n)
    expect(world.earned(pool, first) >> 64n).toBe(300n)
    expect((await world.claim(pool, second, forged, 0)).refusal).toMatchObject({ name: 'ClaimsFrozen' })
    await world.must('unfreeze', key, BY)
    expect((await world.claim(pool, second, forged, 0)).refusal).toEqual({ name: 'BatchForfeited', ...key })
    const seen = await world.must('entitled', { ...key, token: ZERO_ADDRESS, ...forged.proven(1) })
    expect(seen).toEqual({ earned: 100n, paid: 100n })
    expect(world.holdings(pool)).toBe(300n)
  })

  it('can be forfeited afterwards, when it was frozen long enough', async () => {
    const { world, pool, first, second, forged, key, revoke } = await disputed()
    await world.must('freeze', key, BY)
    world.endBlocks(5)
    await revoke(false)
    world.endBlocks(1)
    await world.claim(pool, second, forged, 0)
    expect((await revoke(true)).refusal).toMatchObject({ name: 'NotFrozen' })
    await world.must('freeze', key, BY)
    world.endBlocks(5)
    expect((await revoke(true)).refusal).toBeUndefined()
    expect(world.earned(pool, first) >> 64n).toBe(200n)
    expect((await revoke(true)).refusal).toMatchObject({ name: 'BatchGone', status: 5n })
  })

  it('goes at once while it is pending, and makes room for another', async () => {
    const world = new PoolWorld({ noticeBlocks: 10 })
    const pool = await world.create(POLICY.closed)
    await world.append(pool, single(5n))
    await world.must('revoke', { pool, batch: 0n, ...EVIDENCE, isForfeit: true }, BY)
    const batch = await world.append(pool, single(6n))
    world.endBlocks(11)
    expect(world.status(pool, 0n)).toBe(4n)
    expect(world.status(pool, batch)).toBe(2n)
    expect(world.weight(pool)).toBe(6n)
  })

  it('shares in a payment that was made before its revocation and not swept', async () => {
    const world = new PoolWorld({ noticeBlocks: 0, disputeBlocks: 0 })
    const pool = BigInt(world.ledger.asset({ owner: CONTROLLER, poolPpm: 1_000 }))
    await world.append(pool, single(1n))
    await world.append(pool, single(3n, account(2_000)))
    world.endBlocks()
    world.ledger.pay(Number(pool), 4_000_000n)
    const key = { pool, batch: 1n }
    await world.must('freeze', key, BY)
    await world.must('revoke', { ...key, ...EVIDENCE, isForfeit: false }, BY)
    world.endBlocks()
    expect(world.earned(pool, 1n) >> 64n).toBe(3_000n)
    world.ledger.pay(Number(pool), 4_000_000n)
    world.endBlocks()
    expect(world.earned(pool, 1n) >> 64n).toBe(3_000n)
    expect(world.earned(pool, 0n) >> 64n).toBe(5_000n)
  })
})

describe('a pool whose last batch was revoked', () => {
  async function emptied(isForfeit: boolean) {
    const world = new PoolWorld({ noticeBlocks: 0, disputeBlocks: 0 })
    const pool = await world.create()
    await world.append(pool, single(3n))
    world.endBlocks()
    await world.fund(pool, 100n)
    const key = { pool, batch: 0n }
    await world.must('freeze', key, BY)
    await world.must('revoke', { ...key, ...EVIDENCE, isForfeit }, BY)
    world.endBlocks()
    return { world, pool }
  }

  it('keeps in escrow what comes in, until the authority names who gets it', async () => {
    const { world, pool } = await emptied(false)
    await world.fund(pool, 60n)
    expect(world.held(pool)).toEqual({ waiting: 0n, escrow: 60n })
    await world.append(pool, single(1n, account(2_000)))
    world.endBlocks()
    await world.fund(pool, 10n)
    expect(world.earned(pool, 1n) >> 64n).toBe(10n)
    const release = { pool, token: ZERO_ADDRESS, account: account(60) }
    expect(await world.must('releaseEscrow', release, BY)).toEqual({ amount: 60n })
    expect(world.ledger.owed(account(60))).toBe(60n)
    expect(await world.refusal('releaseEscrow', release, BY)).toMatchObject({ name: 'NothingInEscrow' })
    expect(world.holdings(pool) + 60n).toBe(world.ledger.custody().booked)
  })

  it('puts forfeited earnings in escrow, which may go back to the pool once a batch counts', async () => {
    const { world, pool } = await emptied(true)
    expect(world.held(pool).escrow).toBe(100n)
    const release = { pool, token: ZERO_ADDRESS, account: ZERO_ADDRESS }
    expect(await world.refusal('releaseEscrow', release, BY)).toMatchObject({ name: 'NoWeight' })
    await world.append(pool, single(2n, account(2_000)))
    world.endBlocks()
    await world.must('releaseEscrow', release, BY)
    expect(world.earned(pool, 1n) >> 64n).toBe(100n)
    expect(world.holdings(pool)).toBe(100n)
  })
})
