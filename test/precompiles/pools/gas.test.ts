import { describe, expect, it } from 'vitest'
import { NativeModules } from '../../../src/execution/native-modules.ts'
import { ReferenceEvm } from '../../../src/execution/reference-evm.ts'
import { executeTransaction } from '../../../src/execution/transaction-executor.ts'
import { encodeTuple } from '../../../src/precompiles/abi.ts'
import type { ModuleDefinition } from '../../../src/precompiles/module.ts'
import { pools } from '../../../src/precompiles/pools/pools.ts'
import { ATTRIBUTION_MODULES } from '../../../src/precompiles/registry.ts'
import { ZERO_ADDRESS, ZERO_HASH } from '../../../src/types/primitives.ts'
import { CHAIN_ID, nativeEnvironment } from '../../execution/native-support.ts'
import { account as keyed, signed } from '../../execution/support.ts'
import { AUTHORITY, account, Contributors, PAYER, PoolWorld } from './support.ts'

/** A pool with an active batch of eight that was funded, and a transaction's gas of claiming a leaf. */
async function funded() {
  const world = new PoolWorld({ noticeBlocks: 0, disputeBlocks: 0 })
  const pool = await world.create()
  const people = new Contributors([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n])
  const batch = await world.append(pool, people, 1_000n)
  world.endBlocks()
  await world.fund(pool, 3_600_000n)
  const gasOf = async (index: number) => {
    const { gasUsed, refusal } = await world.claim(pool, batch, people, index, { from: PAYER })
    expect(refusal).toBeUndefined()
    return gasUsed
  }
  return { world, pool, batch, people, gasOf }
}

describe('the gas of a claim', () => {
  it('is that of its shape: others who claim, pay or are revoked do not change it', async () => {
    const { world, pool, batch, gasOf } = await funded()
    const first = await gasOf(0)
    // A batch is counted as paid, a neighbour's cell and an accumulator that moved are there now.
    expect(await gasOf(1)).toBe(first)
    await world.fund(pool, 1n << 90n)
    expect(await gasOf(2)).toBe(first)
    expect(await gasOf(0)).toBe(first)
    await world.must('setPayee', { payee: account(9) }, { from: account(1_003) })
    expect(await gasOf(3)).toBe(first)
    await world.must('freeze', { pool, batch }, { from: AUTHORITY })
    const revocation = { pool, batch, evidence: ZERO_HASH, isForfeit: false }
    await world.must('revoke', revocation, { from: AUTHORITY })
    expect(await gasOf(4)).toBe(first)
    world.endBlocks()
    expect(await gasOf(5)).toBe(first)
  })

  it('pays for every hash of a proof before it is made', async () => {
    const { world, pool, batch, people } = await funded()
    const params = { pool, batch, token: ZERO_ADDRESS, ...people.proven(1) }
    const { gasUsed } = await world.call('claim', params)
    const { refusal } = await world.call('claim', { ...params, ...people.proven(2) }, { gasLimit: gasUsed - 1n })
    expect(refusal).toEqual({ name: 'out of gas' })
    expect(world.paid(pool, batch)).toBe(200_000n)
  })

  it('of a fund is the same with and without a batch that shares it', async () => {
    const { world, pool } = await funded()
    const other = await world.create()
    await world.fund(other, 1n)
    expect((await world.fund(other, 5n)).gasUsed).toBe((await world.fund(pool, 5n)).gasUsed)
  })
})

describe('a claim of native coin', () => {
  /** Modules of which none is called without an engine. */
  class OnlyInEngine extends NativeModules {
    override directAt(): ModuleDefinition | undefined {
      return undefined
    }
  }

  it('does the same beside the engine and inside it', async () => {
    const evm = await ReferenceEvm.create(CHAIN_ID)
    const outcomes = []
    for (const modules of [new NativeModules(ATTRIBUTION_MODULES), new OnlyInEngine(ATTRIBUTION_MODULES)]) {
      const { world, pool, batch, people } = await funded()
      const { state } = world.ledger
      const sender = keyed(0)
      state.setBalance(sender.address, 10n ** 18n)
      const claims = pools.methods.find((one) => one.name === 'claimMany')
      if (claims === undefined) throw new Error('there is a method claimMany')
      const indices = [0, 3, 4]
      const params = { pool, batch, token: ZERO_ADDRESS, leaves: indices.map((index) => people.leaf(index)) }
      const multiproof = people.tree.proveMany(indices)
      const data = encodeTuple(claims.paramsType, { ...params, multiproof }, claims.selector)
      const { transaction } = signed(sender, 0, { to: pools.address, data, value: 0n, gasLimit: 1_000_000n })
      const environment = nativeEnvironment(evm, { modules })
      const result = await executeTransaction(transaction, sender.address, state, environment, 30_000_000n)
      if (!result.ok) throw new Error(result.error.message)
      const balances = [0, 3, 4].map((index) => state.getBalance(account(1_000 + index)))
      outcomes.push({
        ...result.value,
        balances,
        paid: world.paid(pool, batch),
        left: state.getBalance(sender.address),
      })
    }
    expect(outcomes[0]?.balances).toEqual([99_900n, 399_600n, 499_500n])
    expect(outcomes[1]).toEqual(outcomes[0])
  })
})

describe('the gas of sending a batch away', () => {
  it('is the same while it waits and once it counts', async () => {
    const gasOf = async (blocks: number) => {
      const world = new PoolWorld({ noticeBlocks: 10, demandBlocks: 3, disputeBlocks: 0, demandBondWei: 1_000n })
      const demander = account(30)
      world.ledger.state.setBalance(demander, 10_000n)
      const pool = await world.create()
      const batch = await world.append(pool, new Contributors([1n, 2n, 3n]))
      const place = { pool, batch, index: 0n }
      await world.must('demandLeaf', place, { from: demander, value: 1_000n })
      world.endBlocks(blocks)
      const { gasUsed, refusal } = await world.call('revokeUnanswered', place)
      expect(refusal).toBeUndefined()
      return gasUsed
    }
    expect(await gasOf(5)).toBe(await gasOf(15))
  })
})
