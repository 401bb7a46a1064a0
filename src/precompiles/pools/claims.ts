/**
 * What a claim does: what a proven leaf earned less what it was paid goes to its account, or to the payee that the account
 * named. Anybody may submit it; the batch's relay fee rewards whoever does so for somebody else.
 *
 * All cells are written before anything is paid. A leaf with nothing due is passed over in a claim of many, so that nobody
 * can spoil the claims of others by claiming first; it costs the same, so that an estimate holds whoever was faster.
 */

import type { SumRoot } from '../../crypto/merkle-sum.ts'
import { assert } from '../../lib/assert.ts'
import { type Address, addressFromBigint, hashFromBigint } from '../../types/primitives.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { logGas } from '../gas.ts'
import { NATIVE_TOKEN } from '../parameters.ts'
import { payOut, payOutNative } from '../royalty/custody.ts'
import { demandToken, type Token } from '../royalty/tokens.ts'
import type { Leaf } from './abi-structs.ts'
import { earnings, unitEarnings } from './accrual.ts'
import { type BatchKey, entryOf } from './batch-turns.ts'
import { BatchForfeited, ClaimsFrozen, NotActivated, NothingToClaim } from './errors.ts'
import { LeafClaimed } from './events.ts'
import { demandBatch, poolCells } from './guards.ts'
import { batchExit, batchPaid, batchRoot, payeeOf } from './pool-cells.ts'
import { BATCH, type BatchHead, raisePaid, readAccrual } from './pool-store.ts'

const WHOLE_PPM = 1_000_000n
/** Gas of the log of a paid leaf, which one with nothing due pays as well. */
const LEAF_LOG_GAS = logGas(4, 5 * 32)

/** A batch as claims in one token see it. */
export type OpenBatch = {
  readonly key: BatchKey
  readonly root: SumRoot
  readonly token: Token
  readonly relayFeePpm: bigint
  /** What a unit of weight earned, in 2^-64 units. */
  readonly unitEarned: bigint
}

/**
 * What is paid for a leaf, nothing when nothing is due; `fee` is undefined when its own account submits it or the batch gives
 * nothing for relaying.
 */
export type Payment = {
  readonly payee: Address
  readonly token: Token
  readonly amount: bigint
  readonly fee: bigint | undefined
}

/** A batch whose leaves may be paid now; ends the call otherwise. */
export function openBatch(context: ModuleContext, key: BatchKey, tokenAddress: Address): OpenBatch {
  const batch = demandBatch(context, key)
  if (batch.isFrozen === 1n) refuse(ClaimsFrozen, { ...key, sinceBlock: batch.frozenAt })
  if (batch.status === BATCH.forfeited) refuse(BatchForfeited, key)
  const token = demandToken(context, tokenAddress)
  return { key, token, ...readBatch(context, key, batch, token) }
}

/** The root of a batch and what a unit of its weight earned; ends the call while it is pending. */
export function readBatch(
  context: ModuleContext,
  key: BatchKey,
  batch: BatchHead,
  { index }: Token,
): Pick<OpenBatch, 'root' | 'relayFeePpm' | 'unitEarned'> {
  if (batch.status === BATCH.pending) refuse(NotActivated, { ...key, readyAtBlock: batch.readyAt })
  const cells = poolCells(context)
  const { acc } = readAccrual(cells, key.pool, index)
  const hasLeft = batch.status === BATCH.revoked || batch.status === BATCH.forfeited
  // Read either way, so that a claim costs the same before and after a revocation.
  const exit = batchExit.read(cells, { ...key, token: index }).acc
  const unitEarned = unitEarnings(acc, entryOf(cells, key, batch, index), hasLeft ? exit : undefined)
  return { root: readRoot(context, key, batch), relayFeePpm: batch.relayFeePpm, unitEarned }
}

export function readRoot(context: ModuleContext, key: BatchKey, batch: BatchHead): SumRoot {
  const hash = hashFromBigint(batchRoot.read(poolCells(context), key).root)
  return { hash, total: batch.weight, depth: Number(batch.depth) }
}

/** Books a proven leaf as paid and says what to pay. */
export function settleLeaf(context: ModuleContext, open: OpenBatch, leaf: Leaf): Payment {
  const { key, token, relayFeePpm, unitEarned } = open
  const cells = poolCells(context)
  const place = { ...key, token: token.index, index: leaf.index }
  const { due } = raisePaid(cells, place, earnings(unitEarned, leaf.weight), token.unit)
  const payee = payeeFor(context, leaf.account)
  const isOwn = context.caller === leaf.account
  const rewardPpm = context.caller === payee ? 0n : relayFeePpm
  const fee = isOwn || relayFeePpm === 0n ? undefined : relayFee(due, rewardPpm, token.unit)
  const amount = due - (fee ?? 0n)
  if (due === 0n) {
    context.gas.charge(LEAF_LOG_GAS)
    return { payee, token, amount, fee }
  }
  const shown = { pool: key.pool, account: leaf.account, token: token.address, batch: key.batch, index: leaf.index }
  context.emit(LeafClaimed, { ...shown, payee, amount: amount / token.unit, fee: (fee ?? 0n) / token.unit })
  return { payee, token, amount, fee }
}

/** Counts what the leaves of a batch were paid together. */
export function countPaid(context: ModuleContext, { key, token }: OpenBatch, payments: readonly Payment[]): void {
  const cells = poolCells(context)
  const { amount } = batchPaid.read(cells, { ...key, token: token.index })
  batchPaid.write(cells, { ...key, token: token.index }, { amount: amount + sumOf(payments) })
}

/** Payments of more than nothing. */
export function countOf(payments: readonly Payment[]): bigint {
  return BigInt(payments.filter(({ amount, fee }) => amount + (fee ?? 0n) > 0n).length)
}

/** All that is paid, fees included. */
export function sumOf(payments: readonly Payment[]): bigint {
  return payments.reduce((sum, { amount, fee }) => sum + amount + (fee ?? 0n), 0n)
}

/** Refuses a claim that pays nothing, naming its only or first leaf. */
export function refuseNothing(open: OpenBatch, leaf: Leaf): never {
  const earned = earnings(open.unitEarned, leaf.weight)
  return refuse(NothingToClaim, { ...open.key, index: leaf.index, earned })
}

/** Pays, each payee by itself, and at last the submitter's fees. */
export async function payAll(context: ModuleContext, payments: readonly Payment[]): Promise<void> {
  const claimOf = payments.length === 1 ? 'one' : 'many'
  const fees = new Map<number, { readonly token: Token; readonly sum: bigint }>()
  for (const { payee, token, amount, fee } of payments) {
    await payOut(context, payee, token, amount, claimOf)
    if (fee !== undefined) fees.set(token.index, { token, sum: (fees.get(token.index)?.sum ?? 0n) + fee })
  }
  for (const { token, sum } of fees.values()) await payOut(context, context.caller, token, sum, claimOf)
}

/** The same for the native coin, which calls nobody, and a claim of one leaf. */
export function payOneNative(context: ModuleContext, { payee, amount, fee }: Payment): void {
  payOutNative(context, payee, amount)
  if (fee !== undefined) payOutNative(context, context.caller, fee)
}

/** The same for the native coin and many leaves: custody counts them once, and they go on from here. */
export function payManyNative(context: ModuleContext, payments: readonly Payment[]): void {
  payOutNative(context, context.module, sumOf(payments))
  let fees: bigint | undefined
  for (const { payee, token, amount, fee } of payments) {
    assert(token.index === NATIVE_TOKEN, 'only the native coin is paid without a call')
    context.moveBalance(context.module, payee, amount)
    if (fee !== undefined) fees = (fees ?? 0n) + fee
  }
  if (fees !== undefined) context.moveBalance(context.module, context.caller, fees)
}

/** Where an account wants its claims to go. */
export function payeeFor(context: ModuleContext, account: Address): Address {
  const { payee } = payeeOf.read(poolCells(context), { account })
  return payee === 0n ? account : addressFromBigint(payee)
}

/** The submitter's part of a payment, rounded down to whole units of the token. */
function relayFee(due: bigint, relayFeePpm: bigint, unit: bigint): bigint {
  const fee = (due * relayFeePpm) / WHOLE_PPM
  return fee - (fee % unit)
}
