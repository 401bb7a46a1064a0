/**
 * A contributor pool without an accumulator: every inflow is shared among the active batches at once, as exact fractions.
 */

import { assert } from '../../../src/lib/assert.ts'
import { Fraction } from './fraction.ts'

type ModelBatch = {
  readonly weight: bigint
  state: 'pending' | 'active' | 'left' | 'forfeited'
  /** What the batch earned, by token. */
  readonly earned: Map<number, Fraction>
  /** What its leaves were paid, by token. */
  readonly paid: Map<number, bigint>
}

/**
 * How far a pool with an accumulator may be ahead of exact shares: what did not divide among former weights stays for the
 * later ones. Less than a 2^-64 of a unit for each unit of weight and change of it; worlds here weigh less than 2^30.
 */
export const TOLERANCE = Fraction.of(1n, 2n ** 24n)

export class PoolModel {
  private readonly batches = new Map<number, ModelBatch>()
  private readonly tokens = new Set<number>()
  private readonly waiting = new Map<number, Fraction>()
  private readonly escrow = new Map<number, Fraction>()
  private readonly carry = new Map<number, Fraction>()
  private readonly inflow = new Map<number, bigint>()
  private hasStarted = false

  append(batch: number, weight: bigint): void {
    this.batches.set(batch, { weight, state: 'pending', earned: new Map(), paid: new Map() })
  }

  activate(batch: number): void {
    const one = this.get(batch)
    assert(one.state === 'pending', 'a batch activates once')
    one.state = 'active'
    this.hasStarted = true
    for (const [token, amount] of this.waiting) this.share(token, amount)
    this.waiting.clear()
  }

  /** The batch stops earning; forfeited, what it was not paid is shared by those that stay, or kept when none does. */
  leave(batch: number, isForfeited: boolean): void {
    const one = this.get(batch)
    one.state = isForfeited ? 'forfeited' : 'left'
    if (!isForfeited) return
    for (const token of this.tokens) {
      const rest = earnedOf(one, token).minus(Fraction.of(one.paid.get(token) ?? 0n))
      one.earned.set(token, Fraction.of(one.paid.get(token) ?? 0n))
      this.take(token, rest)
    }
  }

  credit(token: number, amount: bigint): void {
    this.inflow.set(token, (this.inflow.get(token) ?? 0n) + amount)
    this.tokens.add(token)
    this.take(token, Fraction.of(amount))
  }

  pay(batch: number, token: number, amount: bigint): void {
    const one = this.get(batch)
    one.paid.set(token, (one.paid.get(token) ?? 0n) + amount)
    const earned = earnedOf(one, token)
    const limit = earned.plus(TOLERANCE)
    assert(limit.compare(Fraction.of(one.paid.get(token) ?? 0n)) >= 0, 'a batch is never paid more than it earned')
  }

  /** What a leaf of that weight earned in all, exactly. */
  entitled(batch: number, token: number, weight: bigint): Fraction {
    const one = this.get(batch)
    return earnedOf(one, token).times(Fraction.of(weight, one.weight))
  }

  /** The weight that shares what comes in now. */
  get weight(): bigint {
    return this.active().reduce((sum, { weight }) => sum + weight, 0n)
  }

  /** All that came in, and where it is: the two are equal. */
  totals(token: number): { readonly inflow: bigint; readonly held: Fraction; readonly paid: bigint } {
    let held = Fraction.ZERO
    for (const kept of [this.waiting, this.escrow, this.carry]) held = held.plus(kept.get(token) ?? Fraction.ZERO)
    let paid = 0n
    for (const batch of this.batches.values()) {
      paid += batch.paid.get(token) ?? 0n
      held = held.plus(earnedOf(batch, token)).minus(Fraction.of(batch.paid.get(token) ?? 0n))
    }
    return { inflow: this.inflow.get(token) ?? 0n, held, paid }
  }

  /** What the leaves of a batch were paid together. */
  paid(batch: number, token: number): bigint {
    return this.get(batch).paid.get(token) ?? 0n
  }

  /** Whole units leave the escrow; a fraction of one stays. */
  releaseEscrow(token: number, amount: bigint): void {
    const left = (this.escrow.get(token) ?? Fraction.ZERO).minus(Fraction.of(amount))
    assert(left.compare(Fraction.ZERO) >= 0, 'no more leaves the escrow than is in it')
    this.escrow.set(token, left)
    this.inflow.set(token, (this.inflow.get(token) ?? 0n) - amount)
  }

  /** What gathered while nobody counted is shared by those who count now. */
  reshareEscrow(token: number, amount: bigint): void {
    this.releaseEscrow(token, amount)
    this.credit(token, amount)
  }

  /** Shares an amount, or keeps it: for the first batch, later in escrow, of which a fraction of a unit waits in the carry. */
  private take(token: number, amount: Fraction): void {
    const sum = amount.plus(this.carry.get(token) ?? Fraction.ZERO)
    const whole = Fraction.of(sum.floor())
    this.carry.set(token, this.weight > 0n ? Fraction.ZERO : sum.minus(whole))
    if (this.weight > 0n) this.share(token, sum)
    else {
      const kept = this.hasStarted ? this.escrow : this.waiting
      kept.set(token, (kept.get(token) ?? Fraction.ZERO).plus(whole))
    }
  }

  private share(token: number, amount: Fraction): void {
    const { weight } = this
    for (const batch of this.active()) {
      batch.earned.set(token, earnedOf(batch, token).plus(amount.times(Fraction.of(batch.weight, weight))))
    }
  }

  private active(): ModelBatch[] {
    return [...this.batches.values()].filter(({ state }) => state === 'active')
  }

  private get(batch: number): ModelBatch {
    const one = this.batches.get(batch)
    assert(one !== undefined, `batch ${batch} is known`)
    return one
  }
}

function earnedOf(batch: ModelBatch, token: number): Fraction {
  return batch.earned.get(token) ?? Fraction.ZERO
}
