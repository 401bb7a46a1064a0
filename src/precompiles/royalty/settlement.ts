/**
 * Flushes of one token over the cells, with what they touch held until `write`: a node that is credited by many children is
 * read once and written once, and the result is the same as if each credit had been written by itself.
 *
 * Whoever flushes chooses the order, by falling keys where one flush feeds another, and what to do with nodes that reach
 * their threshold.
 */

import { type Address, addressFromBigint, type Hash } from '../../types/primitives.ts'
import { readAsset } from '../assets/asset-store.ts'
import { ACTIVE, DISPUTED } from '../assets/kinds.ts'
import { creditPool } from '../pools/accumulator.ts'
import type { FlushWeights } from './asset-weights.ts'
import type { Books } from './books.ts'
import { pendingOf, riseOf, WHOLE_PPM } from './node-ledger.ts'
import { allNode, assetOf, isDirect } from './nodes.ts'
import { creditOwed } from './owed.ts'
import { escrow, ledger } from './royalty-cells.ts'
import { FLOOR_LANE, PARENT_LANE } from './slot-lanes.ts'

/** A node after its flush. */
export type FlushedNode = { readonly node: number; readonly inflow: bigint; readonly acc: bigint }

/** A ledger node in hand; `settled` is acc in wei, so that what is pending is one subtraction. */
type Entry = {
  readonly slot: Hash
  inflow: bigint
  acc: bigint
  settled: bigint
  isChanged: boolean
  isAnnounced: boolean
}

export class Settlement {
  private readonly books: Books
  private readonly token: number
  private readonly onReady: (node: number) => void
  private readonly thresholds: (slots: number) => bigint
  private readonly entries = new Map<number, Entry>()
  /** By asset: what its owner gets, and what its pool gets, which versions may share. */
  private readonly owners = new Map<number, bigint>()
  private readonly pools = new Map<number, bigint>()
  private fees = 0n

  /** `onReady` is told, once a node, that a credited node has enough pending to be queued. */
  constructor(books: Books, token: number, onReady: (node: number) => void) {
    this.books = books
    this.token = token
    this.onReady = onReady
    this.thresholds = books.thresholds(token)
  }

  /** What the node holds and has not handed on. */
  pending(node: number): bigint {
    return pendingOf(this.entry(node))
  }

  /** Hands on what a unit of weight can get; undefined when that is nothing. */
  flush(node: number): FlushedNode | undefined {
    const entry = this.entry(node)
    const rise = riseOf(entry)
    if (rise === 0n) return undefined
    entry.acc += rise
    entry.settled += rise * WHOLE_PPM
    entry.isChanged = true
    entry.isAnnounced = false
    const asset = assetOf(node)
    const weights = this.books.weights(asset)
    if (isDirect(node)) this.payDirect(asset, weights, rise)
    else this.payAll(asset, weights, rise)
    return { node, inflow: entry.inflow, acc: entry.acc }
  }

  /** Writes all that the flushes changed. Once, at the end. */
  write(): void {
    const { royalty, pools } = this.books
    for (const { slot, inflow, acc, isChanged } of this.entries.values()) {
      if (isChanged) royalty.set(slot, ledger.pack({ inflow, acc }), ledger.growth)
    }
    if (this.fees > 0n) creditOwed(royalty, this.books.feeCollector, this.token, this.fees)
    for (const [pool, amount] of this.pools) creditPool(pools, BigInt(pool), this.token, amount)
    const payees = new Map<Address, bigint>()
    for (const [asset, amount] of this.owners) this.payOwner(payees, asset, amount)
    for (const [account, amount] of payees) creditOwed(royalty, account, this.token, amount)
  }

  private payDirect(asset: number, weights: FlushWeights, rise: bigint): void {
    const { parents, floors } = weights.lanes
    this.fees += rise * weights.feePpm
    for (let at = 0; at < parents.length; at += PARENT_LANE) {
      this.credit(parents[at] as number, parents[at + 1] as number, rise, parents[at + 3] as number)
    }
    for (let at = 0; at < floors.length; at += FLOOR_LANE) {
      this.credit(floors[at] as number, floors[at + 1] as number, rise, floors[at + 2] as number)
    }
    addTo(this.pools, weights.pool, rise * weights.poolPpm)
    addTo(this.owners, asset, rise * weights.ownerDirectPpm)
  }

  private payAll(asset: number, weights: FlushWeights, rise: bigint): void {
    const { parents } = weights.lanes
    for (let at = 0; at < parents.length; at += PARENT_LANE) {
      this.credit(parents[at] as number, parents[at + 1] as number, rise, parents[at + 2] as number)
    }
    addTo(this.pools, weights.pool, rise * weights.poolPpm)
    addTo(this.owners, asset, rise * weights.ownerAllPpm)
  }

  /** Credits an ancestor's a.all. */
  private credit(asset: number, slots: number, rise: bigint, ppm: number): void {
    if (ppm === 0) return
    const node = allNode(asset)
    const entry = this.entry(node)
    entry.inflow += rise * BigInt(ppm)
    entry.isChanged = true
    if (entry.isAnnounced || entry.inflow - entry.settled < this.thresholds(slots)) return
    entry.isAnnounced = true
    this.onReady(node)
  }

  /** The owner's share goes to whoever owns the asset now, to escrow in a dispute, to the treasury after a revocation. */
  private payOwner(payees: Map<Address, bigint>, asset: number, amount: bigint): void {
    const { royalty, assets } = this.books
    const record = readAsset(assets, BigInt(asset))
    if (record.status === DISPUTED) {
      const held = escrow.read(royalty, { asset, token: this.token }).amount
      escrow.write(royalty, { asset, token: this.token }, { amount: held + amount })
      return
    }
    addTo(payees, record.status === ACTIVE ? addressFromBigint(record.owner) : this.books.treasury, amount)
  }

  private entry(node: number): Entry {
    const known = this.entries.get(node)
    if (known !== undefined) return known
    const slot = ledger.slot({ node, token: this.token })
    const { inflow, acc } = ledger.unpack(this.books.royalty.get(slot))
    const entry = { slot, inflow, acc, settled: acc * WHOLE_PPM, isChanged: false, isAnnounced: false }
    this.entries.set(node, entry)
    return entry
  }
}

function addTo<Key>(sums: Map<Key, bigint>, key: Key, amount: bigint): void {
  if (amount > 0n) sums.set(key, (sums.get(key) ?? 0n) + amount)
}
