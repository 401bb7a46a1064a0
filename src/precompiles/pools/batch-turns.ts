/**
 * How batches enter and leave a pool's weight, and what a forfeited one gives back.
 *
 * Entering: the batch earns from the accumulators' present values on, and if it is the pool's first it gets what waited.
 * Leaving: it keeps what it earned up to the present values. Forfeiting: what it earned and was not paid, to the last
 * 2^-64 of a unit, goes back into the carry and is shared among the others; without others it goes to escrow. So the sum
 * of what is paid, can be claimed, is carried, waits or is in escrow is always all that came in.
 */

import { assert } from '../../lib/assert.ts'
import type { Cells } from '../../state/cells.ts'
import { ACCRUAL_BITS, accrue, shareOut, unitEarnings } from './accrual.ts'
import { hold } from './accumulator.ts'
import { batchEntry, batchExit, batchHead, batchPaid, held, poolHead } from './pool-cells.ts'
import { BATCH, type BatchHead, readAccrual, tokensIn, writeAccrual } from './pool-store.ts'

/** Which batch of which pool. */
export type BatchKey = { readonly pool: bigint; readonly batch: bigint }

/** Adds a pending batch to its pool's weight and gives the weight of all. */
export function enter(cells: Cells, key: BatchKey): bigint {
  const { pool } = key
  const head = poolHead.read(cells, { pool })
  const batch = batchHead.read(cells, key)
  assert(batch.status === BATCH.pending, 'only a pending batch enters')
  const weight = head.weight + batch.weight
  poolHead.write(cells, { pool }, { ...head, hasStarted: 1n, weight })
  let entered = 0n
  for (const token of tokensIn(head.tokens)) {
    const accrual = readAccrual(cells, pool, token)
    if (accrual.acc > 0n) {
      batchEntry.write(cells, { ...key, token }, { acc: accrual.acc })
      entered |= 1n << BigInt(token)
    }
    if (head.hasStarted === 1n) continue
    const { waiting, escrow } = held.read(cells, { pool, token })
    writeAccrual(cells, pool, token, accrue(accrual, weight, waiting))
    held.write(cells, { pool, token }, { waiting: 0n, escrow })
  }
  batchHead.write(cells, key, { ...batch, status: BATCH.active, entered })
  return weight
}

/** Takes a leaving batch out of its pool's weight and gives the weight that is left. */
export function leave(cells: Cells, key: BatchKey, isForfeit: boolean): bigint {
  const { pool } = key
  const head = poolHead.read(cells, { pool })
  const batch = batchHead.read(cells, key)
  assert(batch.status === BATCH.leaving, 'only a leaving batch leaves')
  const weight = head.weight - batch.weight
  poolHead.write(cells, { pool }, { ...head, weight, committed: head.committed - batch.weight })
  for (const token of tokensIn(head.tokens)) {
    const accrual = readAccrual(cells, pool, token)
    batchExit.write(cells, { ...key, token }, { acc: accrual.acc })
    const back = isForfeit ? unpaid(cells, key, batch, token, accrual.acc) : 0n
    giveBack(cells, pool, token, weight, back)
  }
  batchHead.write(cells, key, { ...batch, status: isForfeit ? BATCH.forfeited : BATCH.revoked })
  return weight
}

/** Takes from a revoked batch what it earned and was not paid. */
export function forfeit(cells: Cells, key: BatchKey): void {
  const { pool } = key
  const head = poolHead.read(cells, { pool })
  const batch = batchHead.read(cells, key)
  assert(batch.status === BATCH.revoked, 'only a revoked batch is forfeited afterwards')
  for (const token of tokensIn(head.tokens)) {
    const exit = batchExit.read(cells, { ...key, token }).acc
    giveBack(cells, pool, token, head.weight, unpaid(cells, key, batch, token, exit))
  }
  batchHead.write(cells, key, { ...batch, status: BATCH.forfeited })
}

/** What a batch earned up to `end` and its leaves were not paid, in 2^-64 units. */
function unpaid(cells: Cells, key: BatchKey, batch: BatchHead, token: number, end: bigint): bigint {
  const entry = entryOf(cells, key, batch, token)
  const paid = batchPaid.read(cells, { ...key, token }).amount
  const rest = unitEarnings(end, entry, undefined) * batch.weight - (paid << ACCRUAL_BITS)
  assert(rest >= 0n, 'the leaves of a batch are never paid more than it earned')
  return rest
}

/** Where a batch entered a token's accumulator. */
export function entryOf(cells: Cells, key: BatchKey, { entered }: Pick<BatchHead, 'entered'>, token: number): bigint {
  return ((entered >> BigInt(token)) & 1n) === 1n ? batchEntry.read(cells, { ...key, token }).acc : 0n
}

/** Shares `back` 2^-64 units, and a carry that a smaller weight now divides, among who is left; whole units that nobody shares go to escrow. */
function giveBack(cells: Cells, pool: bigint, token: number, weight: bigint, back: bigint): void {
  const { acc, carry } = readAccrual(cells, pool, token)
  const sum = carry + back
  if (weight > 0n) {
    writeAccrual(cells, pool, token, shareOut({ acc, carry: sum }, weight))
    return
  }
  const whole = sum >> ACCRUAL_BITS
  if (whole > 0n) hold(cells, pool, token, true, whole)
  writeAccrual(cells, pool, token, { acc, carry: BigInt.asUintN(Number(ACCRUAL_BITS), sum) })
}
