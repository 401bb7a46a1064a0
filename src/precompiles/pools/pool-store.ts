/**
 * Pools, their accruals and what their leaves were paid, as values over the cells.
 */

import type { Cells } from '../../state/cells.ts'
import type { Accrual } from './accrual.ts'
import { accumulator, accumulatorHigh, type batchHead, leafPaid, type poolHead } from './pool-cells.ts'

/** Who may still join a pool, for ever; 0 is no pool. */
export const POLICY = { closed: 1n, capped: 2n, open: 3n } as const
export const POLICY_NAMES = ['closed', 'capped', 'open'] as const
export type PolicyName = (typeof POLICY_NAMES)[number]

/** A policy as people read it; undefined of no pool's. */
export function policyName(policy: bigint): PolicyName | undefined {
  return POLICY_NAMES.find((name) => POLICY[name] === policy)
}

/** A batch's life; a pending batch that is revoked never counted. A leaving one still earns until its turn comes. */
export const BATCH = { pending: 1n, active: 2n, leaving: 3n, revoked: 4n, forfeited: 5n } as const

export type PoolHead = ReturnType<typeof poolHead.read>
export type BatchHead = ReturnType<typeof batchHead.read>

/** Tells the pool of asset `a`, whose id is `a`, from those that stand alone. */
export const STAND_ALONE_POOLS = 1n << 63n

/** Bits of `acc` in the slot that it shares with the carry. */
const LOW_ACC_BITS = 159n

export function readAccrual(cells: Cells, pool: bigint, token: number): Accrual {
  const { isWide, carry, acc } = accumulator.read(cells, { pool, token })
  if (isWide === 0n) return { acc, carry }
  const high = accumulatorHigh.read(cells, { pool, token }).acc
  return { acc: (high << LOW_ACC_BITS) | acc, carry }
}

export function writeAccrual(cells: Cells, pool: bigint, token: number, { acc, carry }: Accrual): void {
  const high = acc >> LOW_ACC_BITS
  const isWide = high === 0n ? 0n : 1n
  accumulator.write(cells, { pool, token }, { isWide, carry, acc: BigInt.asUintN(Number(LOW_ACC_BITS), acc) })
  if (isWide === 1n) accumulatorHigh.write(cells, { pool, token }, { acc: high })
}

/** Which leaf of which batch, in which token. */
export type LeafKey = { readonly pool: bigint; readonly batch: bigint; readonly token: number; readonly index: bigint }

/** What a leaf was paid so far. */
export function readPaid(cells: Cells, leaf: LeafKey): bigint {
  const { even, odd } = leafPaid.read(cells, pairKey(leaf))
  return isEven(leaf) ? even : odd
}

/** Raises what a leaf was paid to `earned`, rounded down so that whole `unit`s are paid, and returns both. */
export function raisePaid(
  cells: Cells,
  leaf: LeafKey,
  earned: bigint,
  unit: bigint,
): { readonly paid: bigint; readonly due: bigint } {
  const pair = leafPaid.read(cells, pairKey(leaf))
  const paid = isEven(leaf) ? pair.even : pair.odd
  const open = earned - paid
  const due = open - (open % unit)
  leafPaid.write(cells, pairKey(leaf), isEven(leaf) ? { ...pair, even: paid + due } : { ...pair, odd: paid + due })
  return { paid, due }
}

/** The tokens of a bitmap, in ascending order. */
export function tokensIn(bitmap: bigint): number[] {
  const tokens: number[] = []
  for (let rest = bitmap, token = 0; rest !== 0n; rest >>= 1n, token++) if ((rest & 1n) === 1n) tokens.push(token)
  return tokens
}

function pairKey({ pool, batch, token, index }: LeafKey): { pool: bigint; batch: bigint; pair: bigint; token: number } {
  return { pool, batch, pair: index >> 1n, token }
}

function isEven({ index }: LeafKey): boolean {
  return (index & 1n) === 0n
}
