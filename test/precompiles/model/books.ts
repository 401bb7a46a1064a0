/**
 * The books of the royalty ledger as the specification has them, kept in maps and lists without any thought of speed.
 *
 * Told what happens, payment by payment and flush by flush, they say who is owed what. `settled` says what everybody would
 * be owed if every node were flushed now; `ideal` says it without any rounding at all.
 */

import { assert } from '../../../src/lib/assert.ts'
import { Fraction } from './fraction.ts'
import { LineageModel, MILLION, type ModelNode, type Slot, type Target } from './lineage-model.ts'
import { PoolModel } from './pool-model.ts'

export type Account = string

type NodeBook = { inflow: bigint; acc: bigint }

/** What the books say everybody has: owners by account, pools by asset, and the chain's fee. */
export type Entitlements<Amount> = {
  readonly accounts: ReadonlyMap<Account, Amount>
  readonly escrow: ReadonlyMap<number, Amount>
  readonly pools: ReadonlyMap<number, Amount>
}

export class Books {
  readonly lineage = new LineageModel()
  readonly feeCollector: Account
  readonly treasury: Account
  feePpm: bigint
  private readonly owners = new Map<number, Account>()
  private readonly standing = new Map<number, 'active' | 'disputed' | 'revoked'>()
  private readonly nodes = new Map<string, NodeBook>()
  /** The fee that each asset's direct payments bear; the chain's of its registration or its last renewal. */
  private readonly fees = new Map<number, bigint>()
  private readonly owed = new Map<string, bigint>()
  private readonly escrow = new Map<string, bigint>()
  private readonly pools = new Map<string, PoolModel>()
  private readonly totals = new Map<number, { paidIn: bigint; funded: bigint; claimed: bigint }>()

  constructor(options: { readonly feePpm: bigint; readonly feeCollector: Account; readonly treasury: Account }) {
    this.feePpm = options.feePpm
    this.feeCollector = options.feeCollector
    this.treasury = options.treasury
  }

  register(id: number, owner: Account, asset: Parameters<LineageModel['add']>[1]): void {
    this.lineage.add(id, asset)
    this.owners.set(id, owner)
    this.standing.set(id, 'active')
    this.fees.set(id, this.feePpm)
    if (asset.poolPpm > 0n && asset.pool === id) this.pool(String(id))
  }

  setOwner(id: number, owner: Account): void {
    this.owners.set(id, owner)
  }

  ownerOf(id: number): Account {
    const owner = this.owners.get(id)
    assert(owner !== undefined, `asset ${id} has an owner`)
    return owner
  }

  setStanding(id: number, standing: 'active' | 'disputed' | 'revoked'): void {
    this.standing.set(id, standing)
  }

  pay(asset: number, token: number, amount: bigint): void {
    this.node({ asset, side: 'direct' }, token).inflow += amount
    this.total(token).paidIn += amount
  }

  /** Hands on whatever a node can, to everybody it owes; says what the ledger must hold then. */
  flush(node: ModelNode, token: number): { readonly inflow: bigint; readonly acc: bigint } {
    const book = this.node(node, token)
    const acc = Fraction.of(book.inflow, MILLION).floor()
    const rise = acc - book.acc
    book.acc = acc
    for (const { target, ppm } of this.slots(node)) this.credit(target, token, rise * ppm)
    return { inflow: book.inflow, acc }
  }

  /** An asset takes the chain's present fee. What its direct node still holds must be less than a unit of weight. */
  renewFee(asset: number, tokens: readonly number[]): void {
    if (this.fees.get(asset) === this.feePpm) return
    for (const token of tokens) {
      const { inflow, acc } = this.node({ asset, side: 'direct' }, token)
      assert(inflow - acc * MILLION < MILLION, `the direct node of ${asset} is flushed before its weights change`)
    }
    this.fees.set(asset, this.feePpm)
  }

  ledger(node: ModelNode, token: number): { readonly inflow: bigint; readonly acc: bigint } {
    const { inflow, acc } = this.node(node, token)
    return { inflow, acc }
  }

  pool(id: string): PoolModel {
    let pool = this.pools.get(id)
    if (pool === undefined) {
      pool = new PoolModel()
      this.pools.set(id, pool)
    }
    return pool
  }

  fund(pool: string, token: number, amount: bigint): void {
    this.pool(pool).credit(token, amount)
    this.total(token).funded += amount
  }

  owedTo(account: Account, token: number): bigint {
    return this.owed.get(key(account, token)) ?? 0n
  }

  creditAccount(account: Account, token: number, amount: bigint): void {
    this.owed.set(key(account, token), this.owedTo(account, token) + amount)
  }

  claim(account: Account, token: number, amount: bigint): void {
    const left = this.owedTo(account, token) - amount
    assert(left >= 0n, 'nobody claims more than it is owed')
    this.owed.set(key(account, token), left)
    this.total(token).claimed += amount
  }

  claimLeaf(pool: string, batch: number, token: number, amount: bigint): void {
    this.pool(pool).pay(batch, token, amount)
    this.total(token).claimed += amount
  }

  escrowOf(asset: number, token: number): bigint {
    return this.escrow.get(key(asset, token)) ?? 0n
  }

  /** The end of a dispute: what gathered belongs to `account`. */
  releaseEscrow(asset: number, account: Account, tokens: readonly number[]): void {
    for (const token of tokens) {
      this.creditAccount(account, token, this.escrowOf(asset, token))
      this.escrow.delete(key(asset, token))
    }
  }

  /** Flushes every node from the youngest asset down: nothing that can move is left. */
  flushAll(token: number): void {
    for (const asset of this.lineage.ids().reverse()) {
      this.flush({ asset, side: 'direct' }, token)
      this.flush({ asset, side: 'all' }, token)
    }
  }

  /** Everything that came in and where it is; `in` equals `out` or the books are wrong. */
  conservation(token: number): { readonly in: Fraction; readonly out: Fraction } {
    const { paidIn, funded, claimed } = this.total(token)
    let out = Fraction.of(claimed)
    for (const [name, { inflow, acc }] of this.nodes) {
      if (tokenOf(name) === token) out = out.plus(Fraction.of(inflow - acc * MILLION))
    }
    for (const [name, amount] of [...this.owed, ...this.escrow]) {
      if (tokenOf(name) === token) out = out.plus(Fraction.of(amount))
    }
    for (const pool of this.pools.values()) out = out.plus(pool.totals(token).held)
    return { in: Fraction.of(paidIn + funded), out }
  }

  /** What the cumulative payments entitle everybody to with no rounding anywhere, were today's weights always in force. */
  ideal(payments: ReadonlyMap<number, bigint>): Entitlements<Fraction> {
    const accounts = new Map<Account, Fraction>()
    const escrow = new Map<number, Fraction>()
    const pools = new Map<number, Fraction>()
    const income = new Map<number, Fraction>()
    const give = <Key>(to: Map<Key, Fraction>, name: Key, amount: Fraction): void => {
      to.set(name, (to.get(name) ?? Fraction.ZERO).plus(amount))
    }
    const spread = (amount: Fraction, slots: readonly Slot[]): void => {
      for (const { target, ppm } of slots) {
        const share = amount.times(Fraction.of(ppm, MILLION))
        if (target.kind === 'fee') give(accounts, this.feeCollector, share)
        else if (target.kind === 'pool') give(pools, target.asset, share)
        else if (target.kind === 'owner') give(accounts, this.ownerOf(target.asset), share)
        else give(income, target.asset, share)
      }
    }
    for (const asset of this.lineage.ids().reverse()) {
      spread(Fraction.of(payments.get(asset) ?? 0n), this.slots({ asset, side: 'direct' }))
      spread(income.get(asset) ?? Fraction.ZERO, this.slots({ asset, side: 'all' }))
    }
    return { accounts, escrow, pools }
  }

  /** Whom a node owes what, at the fee that it bears. */
  slots(node: ModelNode): Slot[] {
    return this.lineage.slots(node, this.fees.get(node.asset) ?? this.feePpm)
  }

  private credit(target: Target, token: number, amount: bigint): void {
    if (amount === 0n) return
    if (target.kind === 'fee') this.creditAccount(this.feeCollector, token, amount)
    else if (target.kind === 'pool') this.pool(String(target.asset)).credit(token, amount)
    else if (target.kind === 'owner') this.creditOwner(target.asset, token, amount)
    else this.node({ asset: target.asset, side: 'all' }, token).inflow += amount
  }

  private creditOwner(asset: number, token: number, amount: bigint): void {
    const standing = this.standing.get(asset)
    if (standing === 'disputed') this.escrow.set(key(asset, token), this.escrowOf(asset, token) + amount)
    else this.creditAccount(standing === 'revoked' ? this.treasury : this.ownerOf(asset), token, amount)
  }

  private node({ asset, side }: ModelNode, token: number): NodeBook {
    const name = key(`${asset}.${side}`, token)
    let node = this.nodes.get(name)
    if (node === undefined) {
      node = { inflow: 0n, acc: 0n }
      this.nodes.set(name, node)
    }
    return node
  }

  private total(token: number) {
    let total = this.totals.get(token)
    if (total === undefined) {
      total = { paidIn: 0n, funded: 0n, claimed: 0n }
      this.totals.set(token, total)
    }
    return total
  }
}

function key(name: string | number, token: number): string {
  return `${name}#${token}`
}

function tokenOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('#') + 1))
}
