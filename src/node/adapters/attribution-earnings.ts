/**
 * An owner's statement: what each of its assets earned it in a range of blocks, by the asset that paid and by token.
 *
 * The logs of the blocks tell it: `Flushed` of a node says how much was handed on per part per million, the weights of its
 * slots say to whom, `Transfer` and `StatusChanged` say whose the asset was at that moment. Income that an asset relays comes
 * to a node from several children; a node hands on what came first, so the statement keeps, for each node, who paid what and
 * takes it from the front. What was pending when the range began has no payer in it.
 */

import { present } from '../../lib/assert.ts'
import { MAX_EARNINGS_FLUSHES } from '../../lib/limits.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import { ownerOf, statusOf } from '../../precompiles/assets/asset-store.ts'
import type { AssetStatus } from '../../precompiles/assets/kinds.ts'
import type { AssetWeights } from '../../precompiles/royalty/asset-weights.ts'
import { pendingOf, WHOLE_PPM } from '../../precompiles/royalty/node-ledger.ts'
import { allNode, assetOf, isDirect } from '../../precompiles/royalty/nodes.ts'
import { ledger } from '../../precompiles/royalty/royalty-cells.ts'
import { tokenIndexOf } from '../../precompiles/royalty/tokens.ts'
import type { EarningRow, EarningsFailure, EarningsView, ReleasedEscrow } from '../../rpc/attribution-port.ts'
import type { Address } from '../../types/primitives.ts'
import type { AttributionEvent, BlockRange } from './attribution-events.ts'
import type { ModuleCells } from './attribution-state.ts'
import { type StateAfter, StatementWeights } from './statement-weights.ts'

/** Part of what waits in a node: who paid it; undefined is from before the range. */
type Share = { readonly payer: number | undefined; amount: bigint }
type Row = {
  readonly asset: number
  readonly payer: number | undefined
  readonly token: Address
  relayed: bigint
  earnedPpm: bigint
  flushes: number
}

/** What a statement is made of: the range's events in order, and the assets that came to the account in it. */
export type StatementSources = {
  readonly events: AsyncIterable<AttributionEvent>
  readonly received: ReadonlySet<number>
  readonly stateAfter: StateAfter
}

/** The statement of `account`. */
export async function earningsOf(
  account: Address,
  range: BlockRange,
  { events, received, stateAfter }: StatementSources,
): Promise<Result<EarningsView, EarningsFailure>> {
  const statement = new Statement(account, received, range.from, stateAfter)
  let flushes = 0
  for await (const event of events) {
    if (event.kind === 'flushed' && ++flushes > MAX_EARNINGS_FLUSHES) {
      return err({ code: 'TOO_MANY_FLUSHES', limit: MAX_EARNINGS_FLUSHES, block: event.blockNumber })
    }
    statement.take(event)
  }
  return ok({ account, ...range, rows: statement.rows(), released: statement.released })
}

class Statement {
  private readonly account: Address
  private readonly received: ReadonlySet<number>
  private readonly before: ModuleCells
  private readonly stateAfter: StateAfter
  private readonly owners = new Map<number, Address | undefined>()
  private readonly statuses = new Map<number, AssetStatus | undefined>()
  private readonly weights: StatementWeights
  private readonly accs = new Map<string, bigint>()
  private readonly waiting = new Map<string, Share[]>()
  /** Nodes from which something was taken: what waited in them before the range is in their shares. */
  private readonly opened = new Set<string>()
  private readonly found = new Map<string, Row>()
  /** What disputes had held back and the account got. */
  readonly released: ReleasedEscrow[] = []

  constructor(account: Address, received: ReadonlySet<number>, from: number, stateAfter: StateAfter) {
    this.account = account
    this.received = received
    this.stateAfter = stateAfter
    this.weights = new StatementWeights(stateAfter)
    this.before = stateAfter(from - 1)
  }

  take(event: AttributionEvent): void {
    switch (event.kind) {
      case 'transferred':
        this.owners.set(event.asset, event.to)
        break
      case 'statusChanged':
        this.statuses.set(event.asset, event.status)
        break
      case 'edgeAdded':
        this.weights.addEdge(event)
        break
      case 'edgeLowered':
        this.weights.lowerEdge(event, event.blockNumber)
        break
      case 'paid':
        this.weights.pay(event.asset, event.blockNumber)
        break
      case 'released': {
        const { asset, token, amount, blockNumber } = event
        if (event.account === this.account) this.released.push({ asset: BigInt(asset), token, amount, blockNumber })
        break
      }
      case 'flushed':
        this.flush(event)
    }
  }

  /** Rows by asset, payer and token; what they earned sums to exactly what was credited for each asset and token. */
  rows(): EarningRow[] {
    const sorted = [...this.found.values()].sort(
      (a, b) => a.asset - b.asset || a.token.localeCompare(b.token) || (a.payer ?? -1) - (b.payer ?? -1),
    )
    let cumulative = { of: '', ppm: 0n }
    return sorted.map(({ asset, payer, token, relayed, earnedPpm, flushes }) => {
      const of = `${asset} ${token}`
      const before = cumulative.of === of ? cumulative.ppm : 0n
      cumulative = { of, ppm: before + earnedPpm }
      // Rounded down cumulatively: the last row of an asset and token brings the sum to its exact value.
      const earned = cumulative.ppm / WHOLE_PPM - before / WHOLE_PPM
      return {
        asset: BigInt(asset),
        payerAsset: payer === undefined ? null : BigInt(payer),
        token,
        relayed,
        earned,
        flushes,
      }
    })
  }

  private flush({ node, token, acc, blockNumber }: Extract<AttributionEvent, { kind: 'flushed' }>): void {
    const place = tokenIndexOf(this.stateAfter(blockNumber).royalty, token)
    const key = `${node} ${token}`
    const known = this.accs.get(key) ?? ledger.read(this.before.royalty, { node, token: place ?? 0 }).acc
    this.accs.set(key, acc)
    const rise = acc - known
    const asset = assetOf(node)
    const weights = this.weights.of(asset, blockNumber)
    this.relay(asset, isDirect(node), weights, token, rise)
    if (!this.isOfAccount(asset)) return
    const isEarning = this.ownerOf(asset) === this.account && this.statusOf(asset) === 'active'
    const shares = isDirect(node)
      ? [{ payer: asset, amount: rise * WHOLE_PPM }]
      : this.takeFront(node, token, place ?? 0, rise)
    if (!isEarning) return
    const ownerPpm = isDirect(node) ? weights.ownerDirectPpm : weights.ownerAllPpm
    for (const { payer, amount } of shares) this.add(asset, payer, token, amount, ownerPpm)
  }

  /** Notes what a flush brings to the ancestors' nodes. */
  private relay(asset: number, isDirectNode: boolean, weights: AssetWeights, token: Address, rise: bigint): void {
    const note = (ancestor: number, amount: bigint) => {
      if (amount === 0n || !this.isOfAccount(ancestor)) return
      const key = `${allNode(ancestor)} ${token}`
      const shares = this.waiting.get(key) ?? []
      const last = shares.at(-1)
      if (last?.payer === asset) last.amount += amount
      else shares.push({ payer: asset, amount })
      this.waiting.set(key, shares)
    }
    for (const one of weights.parents) note(one.asset, rise * (isDirectNode ? one.directPpm : one.relativePpm))
    if (isDirectNode) for (const one of weights.floors) note(one.asset, rise * one.ppm)
  }

  /** Takes what a flush of `rise` hands on from the front of what waits in a node. */
  private takeFront(node: number, token: Address, place: number, rise: bigint): Share[] {
    const key = `${node} ${token}`
    const waiting = this.waiting.get(key) ?? []
    let wanted = rise * WHOLE_PPM
    if (!this.opened.has(key)) {
      this.opened.add(key)
      const earlier = pendingOf(ledger.read(this.before.royalty, { node, token: place }))
      if (earlier > 0n) waiting.unshift({ payer: undefined, amount: earlier })
    }
    const taken: Share[] = []
    while (wanted > 0n) {
      const first = present(waiting[0], 'a node hands on no more than came to it')
      const amount = first.amount < wanted ? first.amount : wanted
      taken.push({ payer: first.payer, amount })
      wanted -= amount
      first.amount -= amount
      if (first.amount === 0n) waiting.shift()
    }
    this.waiting.set(key, waiting)
    return taken
  }

  private add(asset: number, payer: number | undefined, token: Address, amount: bigint, ownerPpm: bigint): void {
    const key = `${asset} ${payer ?? ''} ${token}`
    const row = this.found.get(key) ?? { asset, payer, token, relayed: 0n, earnedPpm: 0n, flushes: 0 }
    row.relayed += amount
    row.earnedPpm += amount * ownerPpm
    row.flushes++
    this.found.set(key, row)
  }

  /** Whether the asset belongs to the account at some time of the range: only of those is noted who paid. */
  private isOfAccount(asset: number): boolean {
    return this.received.has(asset) || ownerOf(this.before.assets, asset) === this.account
  }

  private ownerOf(asset: number): Address | undefined {
    if (!this.owners.has(asset)) this.owners.set(asset, ownerOf(this.before.assets, asset))
    return this.owners.get(asset)
  }

  private statusOf(asset: number): AssetStatus | undefined {
    if (!this.statuses.has(asset)) this.statuses.set(asset, statusOf(this.before.assets, asset) ?? 'active')
    return this.statuses.get(asset)
  }
}
