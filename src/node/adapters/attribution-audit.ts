/**
 * The audit of the books: what should be there for somebody, added up from every cell that says so, against what the ledger
 * holds as booked. It reads each node, holder, pool and batch once, gives way to other requests every few milliseconds, and
 * needs memory for one slice only.
 *
 * Pools are added up in 2^-64 units, as the accumulator keeps them: the sum is exact, and no rounding can hide a wei.
 */

import { present } from '../../lib/assert.ts'
import { AUDIT_SLICE_CELLS } from '../../lib/limits.ts'
import { assetCount } from '../../precompiles/assets/asset-store.ts'
import { NATIVE_TOKEN } from '../../precompiles/parameters.ts'
import { ACCRUAL_BITS, unitEarnings } from '../../precompiles/pools/accrual.ts'
import { entryOf } from '../../precompiles/pools/batch-turns.ts'
import {
  batchExit,
  batchHead,
  batchPaid,
  bondsHeld,
  held,
  poolCount,
  poolHead,
} from '../../precompiles/pools/pool-cells.ts'
import { BATCH, readAccrual, STAND_ALONE_POOLS, tokensIn } from '../../precompiles/pools/pool-store.ts'
import { pendingOf } from '../../precompiles/royalty/node-ledger.ts'
import { custody, escrow, holderAt, holderCount, ledger, owed } from '../../precompiles/royalty/royalty-cells.ts'
import type { AuditView, ConservationView } from '../../rpc/attribution-port.ts'
import { addressFromBigint } from '../../types/primitives.ts'
import { type ModuleCells, type TokenPlace, tokenPlaces } from './attribution-state.ts'

/** Sums of one token; `pools64` in 2^-64 units. */
type Sums = { carries: bigint; owed: bigint; escrow: bigint; pools64: bigint }
/** New cells over the same state; lets others have their turn before. */
export type NextSlice = () => Promise<ModuleCells>

/** Audits the state that `nextSlice` reads. */
export async function auditConservation(
  blockNumber: number,
  nativeBalance: bigint,
  nextSlice: NextSlice,
): Promise<AuditView> {
  const audit = new Audit(nextSlice, await nextSlice())
  const { nodes } = await audit.addNodes()
  const { holders } = await audit.addHolders()
  const { pools, batches } = await audit.addPools()
  const tokens = audit.tokens.map((place) => audit.conservation(place, nativeBalance))
  const isConserved = tokens.every((one) => one.isConserved)
  return { blockNumber, isConserved, tokens, counted: { nodes, holders, pools, batches } }
}

class Audit {
  readonly tokens: readonly TokenPlace[]
  private readonly nextSlice: NextSlice
  private readonly sums: readonly Sums[]
  private cells: ModuleCells
  private reads = 0

  constructor(nextSlice: NextSlice, cells: ModuleCells) {
    this.nextSlice = nextSlice
    this.cells = cells
    this.tokens = tokenPlaces(cells)
    this.sums = this.tokens.map(() => ({ carries: 0n, owed: 0n, escrow: 0n, pools64: 0n }))
  }

  /** What nodes hold, and what disputes hold back. */
  async addNodes(): Promise<{ nodes: bigint }> {
    const assets = assetCount(this.cells.assets)
    for (let asset = 1n; asset <= assets; asset++) {
      for (const [token, sums] of this.sums.entries()) {
        await this.count(3)
        const { royalty } = this.cells
        sums.carries += pendingOf(ledger.read(royalty, { node: 2n * asset, token }))
        sums.carries += pendingOf(ledger.read(royalty, { node: 2n * asset + 1n, token }))
        sums.escrow += escrow.read(royalty, { asset, token }).amount
      }
    }
    return { nodes: 2n * assets }
  }

  /** What accounts may claim. */
  async addHolders(): Promise<{ holders: bigint }> {
    const { count } = holderCount.read(this.cells.royalty, {})
    for (let holder = 1n; holder <= count; holder++) {
      await this.count(2)
      const at = holderAt.read(this.cells.royalty, { holder })
      const token = Number(at.token)
      this.sumsOf(token).owed += owed.read(this.cells.royalty, { account: addressFromBigint(at.account), token }).amount
    }
    return { holders: count }
  }

  /** What pools hold for their leaves. */
  async addPools(): Promise<{ pools: bigint; batches: bigint }> {
    const assets = assetCount(this.cells.assets)
    const { standAlone } = poolCount.read(this.cells.pools, {})
    let [pools, batches] = [0n, 0n]
    const add = async (pool: bigint) => {
      const found = await this.addPool(pool)
      if (found === undefined) return
      pools++
      batches += found
    }
    for (let asset = 1n; asset <= assets; asset++) await add(asset)
    for (let i = 0n; i < standAlone; i++) await add(STAND_ALONE_POOLS + i)
    return { pools, batches }
  }

  /** The books of one token. */
  conservation({ index, address }: TokenPlace, nativeBalance: bigint): ConservationView {
    const { totalIn, booked } = custody.read(this.cells.royalty, { token: index })
    const { carries, owed: owedSum, escrow: escrowSum, pools64 } = this.sumsOf(index)
    const bonds = index === NATIVE_TOKEN ? bondsHeld.read(this.cells.pools, {}).wei : 0n
    const missing64 = ((booked - carries - owedSum - escrowSum - bonds) << ACCRUAL_BITS) - pools64
    // Rounded up: a fraction of a unit that is missing is a difference too.
    const difference = ((missing64 < 0n ? -missing64 : missing64) + (1n << ACCRUAL_BITS) - 1n) >> ACCRUAL_BITS
    const balance = index === NATIVE_TOKEN ? nativeBalance : null
    return {
      token: address,
      ...{ totalIn, claimed: totalIn - booked, booked, carries, owed: owedSum },
      ...{ pools: pools64 >> ACCRUAL_BITS, escrow: escrowSum, bonds, difference, balance },
      isConserved: missing64 === 0n && (balance === null || balance >= booked),
    }
  }

  private async addPool(pool: bigint): Promise<bigint | undefined> {
    await this.count(1)
    const { tokens, batches, policy } = poolHead.read(this.cells.pools, { pool })
    if (policy === 0n) return undefined
    for (const token of tokensIn(tokens)) {
      await this.count(3)
      const { waiting, escrow: heldBack } = held.read(this.cells.pools, { pool, token })
      const { carry } = readAccrual(this.cells.pools, pool, token)
      this.sumsOf(token).pools64 += ((waiting + heldBack) << ACCRUAL_BITS) + carry
    }
    for (let batch = 0n; batch < batches; batch++) await this.addBatch(pool, batch, tokensIn(tokens))
    return batches
  }

  private async addBatch(pool: bigint, batch: bigint, tokens: readonly number[]): Promise<void> {
    const key = { pool, batch }
    await this.count(1)
    const head = batchHead.read(this.cells.pools, key)
    if (head.status === BATCH.pending || head.status === BATCH.forfeited) return
    for (const token of tokens) {
      await this.count(4)
      const { pools } = this.cells
      const exit = head.status === BATCH.revoked ? batchExit.read(pools, { ...key, token }).acc : undefined
      const unit = unitEarnings(readAccrual(pools, pool, token).acc, entryOf(pools, key, head, token), exit)
      const paid = batchPaid.read(pools, { ...key, token }).amount
      this.sumsOf(token).pools64 += unit * head.weight - (paid << ACCRUAL_BITS)
    }
  }

  private sumsOf(token: number): Sums {
    return present(this.sums[token], 'every token that holds something is listed')
  }

  /** Counts reads that follow, and takes a new slice when this one is used up. */
  private async count(reads: number): Promise<void> {
    this.reads += reads
    if (this.reads < AUDIT_SLICE_CELLS) return
    this.reads = 0
    this.cells = await this.nextSlice()
  }
}
