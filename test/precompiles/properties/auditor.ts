/**
 * Follows a chain by its logs alone, keeps the model's books, and compares them with the cells: every node, every account,
 * every pool, to the wei, after every block.
 *
 * The books know nothing of queues, budgets or thresholds: `Flushed` says which node was flushed when, and everything that
 * must follow from it is computed. So whatever the sweep chooses to do, what it does must be exact.
 */

import { assert } from '../../../src/lib/assert.ts'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import { UNMETERED } from '../../../src/precompiles/context.ts'
import { thresholdCell } from '../../../src/precompiles/parameters.ts'
import { batchHead, leafPaid, poolHead } from '../../../src/precompiles/pools/pool-cells.ts'
import { custody, escrow, ledger, owed, queueHead } from '../../../src/precompiles/royalty/royalty-cells.ts'
import { Cells } from '../../../src/state/cells.ts'
import type { WorldState } from '../../../src/state/world-state.ts'
import { type Address, type Hash, ZERO_ADDRESS } from '../../../src/types/primitives.ts'
import type { Log } from '../../../src/types/receipt.ts'
import { Books } from '../model/books.ts'
import { Fraction } from '../model/fraction.ts'
import { MILLION, type ModelAsset, type ModelEdge, type ModelNode } from '../model/lineage-model.ts'
import { type Fields, readEvent } from '../model/module-calls.ts'
import { TOLERANCE } from '../model/pool-model.ts'
import { auditState, heldByPool, unitEarned } from '../model/state-audit.ts'
import type { Batch } from './actions.ts'

export type ListedToken = { readonly address: Address; readonly unit: bigint }
export type AuditedPool = { readonly id: bigint; readonly controller: Address; readonly batches: AuditedBatch[] }
export type AuditedBatch = Batch & { state: 'pending' | 'active' | 'left' | 'forfeited'; isFrozen: boolean }
export type AuditedDemand = {
  readonly pool: bigint
  readonly batch: number
  readonly index: bigint
  readonly bond: bigint
}
export type AuditedTerms = { readonly minRelativePpm: bigint; readonly floorPpm: bigint; readonly floorGens: bigint }

export class Auditor {
  readonly books: Books
  readonly tokens: ListedToken[] = [{ address: ZERO_ADDRESS, unit: 1n }]
  readonly pools = new Map<bigint, AuditedPool>()
  readonly terms = new Map<number, AuditedTerms>()
  readonly standing = new Map<number, 'active' | 'disputed' | 'revoked'>()
  /** Accounts that were ever owed something, as the books have it. */
  readonly accounts = new Set<Address>()
  /** How often each event was logged: what a run has reached. */
  readonly events = new Map<string, number>()
  /** Demands that are open, by place, with their deposits. */
  readonly demands = new Map<string, AuditedDemand>()
  /** Registrations and appends by what their events name. */
  private readonly planned = new Map<Hash, Omit<ModelAsset, 'pool'> & { readonly pool: number | undefined }>()
  private readonly offered = new Map<Hash, Batch>()
  private assetCount = 0

  private nextFeePpm: bigint | undefined

  constructor(options: { readonly feePpm: bigint; readonly feeCollector: Address; readonly treasury: Address }) {
    this.books = new Books(options)
    this.accounts.add(options.feeCollector).add(options.treasury)
  }

  /** Tells what a registration of this content will mean, for its event does not say all. */
  plan(contentHash: Hash, asset: Omit<ModelAsset, 'pool'>, pool?: number): void {
    this.planned.set(contentHash, { ...asset, pool })
  }

  /** Tells the leaves behind a root. */
  offer(batch: Batch): void {
    this.offered.set(batch.tree.root.hash, batch)
  }

  get assets(): number {
    return this.assetCount
  }

  /** A fee that was set in the block holds from the next one on. */
  endBlock(): void {
    this.books.feePpm = this.nextFeePpm ?? this.books.feePpm
    this.nextFeePpm = undefined
  }

  read(logs: readonly Log[]): void {
    for (const log of logs) {
      const event = readEvent(log)
      if (event === undefined) continue
      this.events.set(event.name, (this.events.get(event.name) ?? 0) + 1)
      if (event.address === ASSETS_MODULE) this.readAssets(event.name, event.fields)
      else if (event.address === ROYALTY_MODULE) this.readRoyalty(event.name, event.fields)
      else this.readPools(event.name, event.fields)
    }
  }

  private readAssets(name: string, fields: Fields): void {
    const id = Number(fields['id'] ?? fields['child'] ?? 0n)
    if (name === 'Registered') this.register(id, fields)
    else if (name === 'Transfer' && fields['from'] !== ZERO_ADDRESS) {
      this.books.setOwner(Number(fields['tokenId'] as bigint), this.seen(fields['to']))
    } else if (name === 'StatusChanged') {
      const to = STANDINGS[Number(fields['to'] as bigint)] ?? 'active'
      this.standing.set(id, to)
      this.books.setStanding(id, to)
    } else if (name === 'TermsSet') this.terms.set(id, fields as AuditedTerms)
    else if (name === 'EdgeLowered') {
      const { relativePpm, floorPpm, floorGens } = fields as Omit<ModelEdge, 'parent'>
      this.books.renewFee(id, this.tokenIndices())
      this.books.lineage.lower(id, { parent: Number(fields['parent'] as bigint), relativePpm, floorPpm, floorGens })
    }
  }

  private register(id: number, fields: Fields): void {
    const plan = this.planned.get(fields['contentHash'] as Hash)
    assert(plan !== undefined, 'only what was planned is registered')
    this.assetCount = id
    this.standing.set(id, 'active')
    this.books.register(id, this.seen(fields['owner']), { ...plan, pool: plan.pool ?? id })
    if (plan.pool === undefined && plan.poolPpm > 0n) this.addPool(BigInt(id), fields['owner'])
  }

  private readRoyalty(name: string, fields: Fields): void {
    const asset = Number(fields['asset'] ?? 0n)
    if (name === 'FeeChanged') this.nextFeePpm = fields['feePpm'] as bigint
    else if (name === 'Paid') {
      const { token, unit } = this.tokenOf(fields)
      this.books.renewFee(asset, this.tokenIndices())
      this.books.pay(asset, token, (fields['amount'] as bigint) * unit)
    } else if (name === 'Flushed') {
      const { token } = this.tokenOf(fields)
      const side = fields['direct'] === true ? 'direct' : 'all'
      const flushed = this.books.flush({ asset, side }, token)
      const said = { inflow: fields['inflow'], acc: fields['acc'] }
      same(`Flushed of ${asset}.${side}`, [flushed.inflow, flushed.acc], [said.inflow, said.acc])
    } else if (name === 'Claimed') {
      const { token, unit } = this.tokenOf(fields)
      this.books.claim(fields['account'] as Address, token, (fields['amount'] as bigint) * unit)
    } else if (name === 'EscrowReleased') {
      const { token } = this.tokenOf(fields)
      same(`escrow of ${asset}`, [this.books.escrowOf(asset, token)], [fields['amount']])
      this.books.releaseEscrow(asset, this.seen(fields['account']), [token])
    } else if (name === 'TokenAdded') {
      const unit = 10n ** (18n - (fields['decimals'] as bigint))
      this.tokens.push({ address: fields['token'] as Address, unit })
    }
  }

  private readPools(name: string, fields: Fields): void {
    const id = fields['pool'] as bigint
    const number = Number((fields['batch'] as bigint | undefined) ?? 0n)
    const batch = this.pools.get(id)?.batches[number]
    const model = this.books.pool(String(id))
    if (name === 'PoolCreated') this.addPool(id, fields['controller'])
    else if (name === 'BatchQueued') {
      const offered = this.offered.get(fields['root'] as Hash)
      assert(offered !== undefined, 'only what was offered is appended')
      this.pools.get(id)?.batches.push({ ...offered, state: 'pending', isFrozen: false })
      model.append(number, offered.tree.root.total)
    } else if (name === 'BatchActivated' && batch !== undefined) {
      batch.state = 'active'
      model.activate(number)
      same(`weight of pool ${id}`, [model.weight], [fields['totalWeight']])
    } else if (name === 'BatchRevoked' && batch !== undefined) {
      const isForfeit = fields['isForfeit'] === true
      batch.state = isForfeit ? 'forfeited' : 'left'
      model.leave(number, isForfeit)
    } else if (name === 'BatchFrozen' && batch !== undefined) batch.isFrozen = true
    else if ((name === 'BatchUnfrozen' || name === 'RevocationQueued') && batch !== undefined) batch.isFrozen = false
    else if (name === 'Funded') {
      const { token, unit } = this.tokenOf(fields)
      this.books.fund(String(id), token, (fields['amount'] as bigint) * unit)
    } else if (name === 'LeafClaimed') {
      const { token, unit } = this.tokenOf(fields)
      const paid = ((fields['amount'] as bigint) + (fields['fee'] as bigint)) * unit
      this.books.claimLeaf(String(id), number, token, paid)
    } else if (name === 'EscrowReleased') this.releasePoolEscrow(id, fields)
    else this.readDemand(name, id, number, fields)
  }

  private readDemand(name: string, pool: bigint, batch: number, fields: Fields): void {
    const index = fields['index'] as bigint
    const place = `${pool}/${batch}/${index}`
    if (name === 'LeafDemanded') this.demands.set(place, { pool, batch, index, bond: fields['bond'] as bigint })
    else if (name === 'LeafAnswered' || name === 'BondReturned') {
      assert(this.demands.delete(place), 'only an open demand is closed')
    }
  }

  private addPool(id: bigint, controller: unknown): void {
    this.pools.set(id, { id, controller: controller as Address, batches: [] })
  }

  private releasePoolEscrow(id: bigint, fields: Fields): void {
    const { token } = this.tokenOf(fields)
    const account = fields['account'] as Address
    const amount = fields['amount'] as bigint
    const pool = this.books.pool(String(id))
    if (account === ZERO_ADDRESS) pool.reshareEscrow(token, amount)
    else {
      pool.releaseEscrow(token, amount)
      this.books.creditAccount(this.seen(account), token, amount)
    }
  }

  /** Compares everything with the cells. Throws with what differs. */
  check(state: WorldState): void {
    const royalty = new Cells(state, ROYALTY_MODULE, UNMETERED)
    const pools = new Cells(state, POOLS_MODULE, UNMETERED)
    for (const token of this.tokenIndices()) {
      for (const asset of this.books.lineage.ids()) this.checkAsset(royalty, asset, token)
      for (const account of this.accounts) {
        const { amount } = owed.read(royalty, { account, token })
        same(`owed to ${account}`, [amount], [this.books.owedTo(account, token)])
      }
      for (const pool of this.pools.values()) this.checkPool(pools, pool, token)
      this.checkConserved(state, royalty, token)
    }
  }

  private checkAsset(royalty: Cells, asset: number, token: number): void {
    for (const [node, side] of [
      [2 * asset, 'all'],
      [2 * asset + 1, 'direct'],
    ] as const) {
      const { inflow, acc } = ledger.read(royalty, { node, token })
      const book = this.books.ledger({ asset, side }, token)
      same(`ledger of ${asset}.${side}`, [inflow, acc], [book.inflow, book.acc])
      const slots = this.books.slots({ asset, side })
      same(`weights of ${asset}.${side}`, [slots.reduce((sum, { ppm }) => sum + ppm, 0n)], [MILLION])
    }
    const { amount } = escrow.read(royalty, { asset, token })
    same(`escrow of ${asset}`, [amount], [this.books.escrowOf(asset, token)])
  }

  /** A pool holds what the model says, up to fractions that wait in the carry; so is every leaf entitled, to the wei below. */
  private checkPool(pools: Cells, { id, batches }: AuditedPool, token: number): void {
    const model = this.books.pool(String(id))
    const { held } = model.totals(token)
    same(`what pool ${id} holds`, [heldByPool(pools, id, token)], [held.numerator])
    same(`weight of pool ${id}`, [poolHead.read(pools, { pool: id }).weight], [model.weight])
    for (const [batch, { leaves, state }] of batches.entries()) {
      const { status } = batchHead.read(pools, { pool: id, batch })
      if (status === 1n) continue
      const unit = unitEarned(pools, id, batch, token)
      let sum = 0n
      for (const { index, weight } of leaves) {
        const pair = leafPaid.read(pools, { pool: id, batch, pair: index >> 1n, token })
        const paid = index % 2n === 0n ? pair.even : pair.odd
        sum += paid
        if (state !== 'forfeited') {
          this.checkLeaf(
            `leaf ${index} of ${id}/${batch}`,
            model.entitled(batch, token, weight),
            (unit * weight) >> 64n,
          )
          assert((unit * weight) >> 64n >= paid, `leaf ${index} of ${id}/${batch} is paid at most what it earned`)
        }
      }
      same(`paid to the leaves of ${id}/${batch}`, [sum], [model.paid(batch, token)])
    }
  }

  /** An accumulator's share is the exact one rounded down; what did not divide costs a leaf one unit at most. */
  private checkLeaf(leaf: string, exact: Fraction, actual: bigint): void {
    const isWithin = actual >= exact.floor() - 1n && exact.plus(TOLERANCE).compare(Fraction.of(actual)) >= 0
    assert(isWithin, `${leaf} earned ${actual}, exactly ${exact}`)
  }

  private checkConserved(state: WorldState, royalty: Cells, token: number): void {
    const standAlone = [...this.pools.keys()].filter((id) => id >= 1n << 63n)
    const deposits = token === 0 ? [...this.demands.values()].reduce((sum, { bond }) => sum + bond, 0n) : 0n
    const { difference } = auditState(state, token, { pools: standAlone, deposits })
    same(`conservation of token ${token}`, [difference], [0n])
    const sums = this.books.conservation(token)
    same(`conservation in the model of token ${token}`, [sums.out.toString()], [sums.in.toString()])
    const { booked } = custody.read(royalty, { token })
    if (token === 0) assert(state.getBalance(ROYALTY_MODULE) >= booked, 'what is booked is there')
  }

  /** With empty queues nothing waits above its threshold. Says whether they are empty. */
  checkResidue(state: WorldState): boolean {
    let isEmpty = true
    const royalty = new Cells(state, ROYALTY_MODULE, UNMETERED)
    for (const token of this.tokenIndices()) {
      const { drainingSize, collectingSize } = queueHead.read(royalty, { token })
      if (drainingSize + collectingSize > 0n) {
        isEmpty = false
        continue
      }
      const { flushMin, slotMin } = thresholdCell.read(royalty, { token })
      for (const asset of this.books.lineage.ids()) {
        const direct = this.books.ledger({ asset, side: 'direct' }, token)
        assert(direct.inflow - direct.acc * MILLION < MILLION, `${asset}.direct is swept in the block of its payment`)
        const all = this.books.ledger({ asset, side: 'all' }, token)
        // Parents, pool and owner, and the two slots that are reserved.
        const bound = BigInt(this.books.lineage.get(asset).edges.length + 4) * slotMin
        const limit = [bound, flushMin, MILLION].reduce((a, b) => (a > b ? a : b))
        assert(all.inflow - all.acc * MILLION < limit, `${asset}.all waits below its threshold`)
      }
    }
    return isEmpty
  }

  /** Every node with something to hand on, by falling key. */
  pendingNodes(token: number): ModelNode[] {
    return this.books.lineage
      .ids()
      .reverse()
      .flatMap((asset) => [
        { asset, side: 'direct' as const },
        { asset, side: 'all' as const },
      ])
      .filter((node) => {
        const { inflow, acc } = this.books.ledger(node, token)
        return inflow - acc * MILLION >= MILLION
      })
  }

  tokenIndices(): number[] {
    return this.tokens.map((_, index) => index)
  }

  private tokenOf(fields: Fields): { readonly token: number; readonly unit: bigint } {
    const token = this.tokens.findIndex(({ address }) => address === fields['token'])
    const listed = this.tokens[token]
    assert(listed !== undefined, 'a token of the ledger is listed')
    return { token, unit: listed.unit }
  }

  private seen(account: unknown): Address {
    this.accounts.add(account as Address)
    return account as Address
  }
}

const STANDINGS = [undefined, 'active', 'disputed', 'revoked'] as const

function same(what: string, actual: readonly unknown[], expected: readonly unknown[]): void {
  if (actual.length === expected.length && actual.every((one, at) => one === expected[at])) return
  throw new Error(`${what}: the chain has ${actual.join(', ')}, the model ${expected.join(', ')}`)
}
