/**
 * Any life of a pool: batches appended, withdrawn, frozen, revoked and forfeited in any order among payments and claims.
 * After every step nothing was made or lost, no entitlement fell, and nobody is entitled to what came in before him.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACCRUAL_BITS } from '../../../src/precompiles/pools/accrual.ts'
import { BATCH } from '../../../src/precompiles/pools/pool-store.ts'
import { ZERO_ADDRESS, ZERO_HASH } from '../../../src/types/primitives.ts'
import { TokenDouble } from '../royalty/token-double.ts'
import { AUTHORITY, account, CONTROLLER, Contributors, PAYER, PoolWorld } from './support.ts'

const BY = { from: AUTHORITY }
const USD = account(500)
/** A token of ten decimals. */
const LISTED = { address: USD, decimals: 10, flushMin: 1n, slotMin: 0n }

type Step =
  | { readonly do: 'append'; readonly weights: readonly bigint[] }
  | { readonly do: 'fund' | 'fundToken' | 'pay'; readonly amount: bigint }
  | { readonly do: 'endBlock' | 'release' }
  | { readonly do: 'claim' | 'claimAll' | 'claimToken'; readonly batch: number; readonly leaf: number }
  | { readonly do: 'withdraw' | 'freeze' | 'unfreeze' | 'revoke' | 'forfeit'; readonly batch: number }
  | { readonly do: 'sendAway'; readonly batch: number; readonly isForfeit: boolean }

const batch = fc.nat(5)
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sendAway' as const), batch, isForfeit: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      weights: fc.array(fc.oneof(fc.bigInt({ min: 1n, max: 50n }), fc.bigInt({ min: 1n, max: 1n << 90n })), {
        minLength: 2,
        maxLength: 5,
      }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(...(['fund', 'fundToken', 'pay'] as const)),
      amount: fc.oneof(fc.bigInt({ min: 1n, max: 99n }), fc.bigInt({ min: 1n, max: 1n << 70n })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('endBlock' as const, 'endBlock' as const, 'release' as const) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(...(['claim', 'claimAll', 'claimToken'] as const)),
      batch,
      leaf: fc.nat(4),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(...(['withdraw', 'freeze', 'unfreeze', 'revoke', 'forfeit'] as const)),
      batch,
    }),
  },
)

/** A pool of an asset and what happened to it. */
class Life {
  readonly world = new PoolWorld({ noticeBlocks: 1, disputeBlocks: 1, tokens: [LISTED] })
  private readonly usd = new TokenDouble(USD)
  readonly pool: bigint
  readonly batches: Contributors[] = []
  private readonly best = new Map<string, bigint>()
  private readonly seenActive = new Set<number>()
  private hasJustLost = false
  private gone = 0
  private readonly released: [bigint, bigint] = [0n, 0n]

  constructor() {
    this.pool = BigInt(this.world.ledger.asset({ owner: CONTROLLER, poolPpm: 300_000 }))
    this.usd.give(PAYER, 1n << 100n)
  }

  async run(step: Step): Promise<void> {
    const { world, pool } = this
    if (step.do === 'fund') await world.fund(pool, step.amount)
    else if (step.do === 'fundToken') await this.fundToken(step.amount)
    else if (step.do === 'pay') world.ledger.pay(Number(pool), step.amount)
    else if (step.do === 'endBlock') world.endBlocks()
    else if (step.do === 'release') await this.release()
    else if (step.do === 'append') await this.append(step.weights)
    else if ('batch' in step && this.batches.length > 0) {
      const number = step.batch % this.batches.length
      await this.touch(step, BigInt(number), this.batches[number])
    }
  }

  /** What must hold after every step. */
  check(): void {
    this.noteDepartures()
    for (const token of [0, 1]) this.checkToken(token)
    for (const number of this.batches.keys()) {
      if (this.world.status(this.pool, BigInt(number)) === BATCH.active) this.checkGrowth(number)
    }
  }

  private checkToken(token: number): void {
    const { world, pool } = this
    let entitled = 0n
    let paid = 0n
    for (const [number, people] of this.batches.entries()) {
      const key = BigInt(number)
      const earned = world.earned(pool, key, token)
      paid += world.paid(pool, key, token)
      if (world.status(pool, key) === BATCH.forfeited) {
        entitled += world.paid(pool, key, token)
        continue
      }
      const unit = earned / people.weight
      for (const { weight } of people.leaves) entitled += (unit * weight) >> ACCRUAL_BITS
      const place = `${number} ${token}`
      expect(earned, `batch and token ${place} never fall`).toBeGreaterThanOrEqual(this.best.get(place) ?? 0n)
      this.best.set(place, earned)
    }
    const inflow = world.holdings(pool, token) + paid + (this.released[token] ?? 0n)
    expect(entitled).toBeLessThanOrEqual(inflow)
    expect(inflow).toBe(this.inflow(token))
    const { totalIn, booked } = world.ledger.custody(token)
    expect(booked).toBe(totalIn - paid)
  }

  /** All that ever came into the pool: funds, and what the sweep handed it of payments. */
  private inflow(token: number): bigint {
    const { ledger } = this.world
    const elsewhere = ledger.sumOfClaims(token) - ledger.pool(Number(this.pool), token)
    return ledger.custody(token).totalIn - (elsewhere - (this.released[token] ?? 0n))
  }

  /**
   * A batch that is seen active for the first time has earned nothing, unless it is the pool's first, which what waited
   * belongs to, or another one left in the same block: what that one gives back is shared by all who are there.
   */
  private checkGrowth(number: number): void {
    if (this.seenActive.has(number)) return
    const isFirst = this.seenActive.size === 0
    this.seenActive.add(number)
    if (isFirst || this.hasJustLost) return
    for (const token of [0, 1]) expect(this.world.earned(this.pool, BigInt(number), token) >> ACCRUAL_BITS).toBe(0n)
  }

  /** Whether a batch left or was forfeited since this was asked last. */
  private noteDepartures(): void {
    const states = this.batches.map((_, i) => this.world.status(this.pool, BigInt(i)))
    const gone = states.filter((one) => one >= BATCH.revoked).reduce((sum, one) => sum + Number(one), 0)
    this.hasJustLost = gone > this.gone
    this.gone = gone
  }

  private async append(weights: readonly bigint[]): Promise<void> {
    const people = new Contributors(weights, 5_000 + 10 * this.batches.length)
    await this.world.append(this.pool, people)
    this.batches.push(people)
  }

  private async release(): Promise<void> {
    for (const [token, name] of [ZERO_ADDRESS, USD].entries()) {
      const { value } = await this.world.call(
        'releaseEscrow',
        { pool: this.pool, token: name, account: account(99) },
        BY,
      )
      this.released[token] = (this.released[token] ?? 0n) + ((value['amount'] as bigint | undefined) ?? 0n)
    }
  }

  private async fundToken(amount: bigint): Promise<void> {
    const { callOut } = this.usd
    await this.world.call('fund', { pool: this.pool, token: USD, amount }, { from: PAYER, callOut })
  }

  private async touch(step: Step & { readonly batch: number }, key: bigint, people: Contributors | undefined) {
    const { world, pool } = this
    const which = { pool, batch: key }
    if (people === undefined) return
    if (step.do === 'claim') await world.claim(pool, key, people, step.leaf % people.leaves.length)
    else if (step.do === 'claimToken') {
      const params = { ...which, token: USD, ...people.proven(step.leaf % people.leaves.length) }
      await world.call('claim', params, { callOut: this.usd.callOut })
    } else if (step.do === 'claimAll') {
      const all = people.leaves.map((_, index) => index)
      const params = { ...which, token: ZERO_ADDRESS, leaves: people.leaves, multiproof: people.tree.proveMany(all) }
      await world.call('claimMany', params)
    } else if (step.do === 'sendAway') {
      await world.call('freeze', which, BY)
      world.endBlocks()
      await world.call('revoke', { ...which, evidence: ZERO_HASH, isForfeit: step.isForfeit }, BY)
    } else if (step.do === 'withdraw') await world.call('withdraw', which)
    else if (step.do === 'freeze' || step.do === 'unfreeze') await world.call(step.do, which, BY)
    else await world.call('revoke', { ...which, evidence: ZERO_HASH, isForfeit: step.do === 'forfeit' }, BY)
  }
}

describe('any life of a pool', () => {
  it('makes and loses nothing, lets no entitlement fall, and gives no batch the past', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 30, maxLength: 90 }), async (rows) => {
        const life = new Life()
        for (const step of rows) {
          await life.run(step)
          life.check()
        }
      }),
      { numRuns: 150 },
    )
  })

  it('reaches every state of a batch', async () => {
    const seen = new Set<bigint>()
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 60, maxLength: 90 }), async (rows) => {
        const life = new Life()
        for (const step of rows) {
          await life.run(step)
          for (const key of life.batches.keys()) seen.add(life.world.status(life.pool, BigInt(key)))
        }
      }),
      { numRuns: 60, seed: 7 },
    )
    expect([...seen].sort()).toEqual([1n, 2n, 3n, 4n, 5n])
  })
})
