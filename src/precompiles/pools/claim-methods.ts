/**
 * Claims: one leaf, many leaves of one batch, or leaves of any pools and batches in one call.
 */

import { MAX_CLAIMED_LEAVES } from '../../lib/limits.ts'
import { ZERO_ADDRESS } from '../../types/primitives.ts'
import { address, bytes, uint32, uint64, uint256 } from '../abi-types.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { orRefuse } from '../failure.ts'
import { method } from '../module.ts'
import { TOKEN_MOVE_GAS } from '../royalty/custody.ts'
import { withLock, withLockAsync } from '../royalty/lock.ts'
import { LEAF, LEAF_CLAIMS, LEAVES, type LeafClaim } from './abi-structs.ts'
import {
  countOf,
  countPaid,
  openBatch,
  type Payment,
  payAll,
  payManyNative,
  payOneNative,
  refuseNothing,
  settleLeaf,
  sumOf,
} from './claims.ts'
import { NoLeaves, TooManyLeaves } from './errors.ts'
import { PayeeSet } from './events.ts'
import { poolCells } from './guards.ts'
import { payeeOf } from './pool-cells.ts'
import { checkLeaf, checkLeaves } from './proofs.ts'

/** Whether the token of a claim, its third word, is the native coin, which is paid without a call. */
function isNativeClaim(data: Uint8Array): boolean {
  const [start, end] = [4 + 64, 4 + 96]
  return data.length >= end && data.subarray(start, end).every((byte) => byte === 0)
}

const BATCH_GAS = 'six slot reads and two slot writes of the batch'
const LEAF_GAS = `a hash of the leaf, two slot reads, the slot write of a new cell that its neighbour shares, one log, one payment, in a token at least ${TOKEN_MOVE_GAS}`

export const claim = method({
  name: 'claim',
  params: { pool: uint64, batch: uint32, token: address, leaf: LEAF, proof: bytes },
  returns: { amount: uint256 },
  access: 'write',
  callsOut: true,
  isDirect: isNativeClaim,
  notes:
    'Pays what a leaf earned and was not paid to its account or the payee that the account named; token 0 is the native coin. Anybody may submit it. Returns what was paid, fee included, in units of the token. The proof has 48 bytes for each level, hash and sum of the sibling, from the leaf up.',
  gas: `${BATCH_GAS}; ${LEAF_GAS}; a hash for each level`,
  run: (context, { pool, batch, token, leaf, proof }) => {
    const settle = (): Payment => {
      const open = openBatch(context, { pool, batch }, token)
      orRefuse(checkLeaf(context, open, leaf, proof))
      const payment = settleLeaf(context, open, leaf)
      if (countOf([payment]) === 0n) refuseNothing(open, leaf)
      countPaid(context, open, [payment])
      return payment
    }
    if (token === ZERO_ADDRESS) {
      return withLock(context, () => {
        const payment = settle()
        payOneNative(context, payment)
        return { amount: sumOf([payment]) }
      })
    }
    return withLockAsync(context, async () => {
      const payment = settle()
      await payAll(context, [payment])
      return { amount: sumOf([payment]) / payment.token.unit }
    })
  },
})

export const claimMany = method({
  name: 'claimMany',
  params: { pool: uint64, batch: uint32, token: address, leaves: LEAVES, multiproof: bytes },
  returns: { amount: uint256, paid: uint256 },
  access: 'write',
  callsOut: true,
  isDirect: isNativeClaim,
  notes: `Claims up to ${MAX_CLAIMED_LEAVES} leaves of one batch, in ascending order of their indices, with one proof: level by level from the leaves up and from left to right, those siblings that do not follow from the leaves. Leaves with nothing due are passed over. Returns the amount in all, in units of the token, and the number of leaves that were paid.`,
  gas: `${BATCH_GAS}; for each leaf ${LEAF_GAS}; a hash for each node above the leaves`,
  run: (context, { pool, batch, token, leaves, multiproof }) => {
    demandCount(leaves.length)
    const settle = (): readonly Payment[] => {
      const open = openBatch(context, { pool, batch }, token)
      orRefuse(checkLeaves(context, open, leaves, multiproof))
      const settled = leaves.map((leaf) => settleLeaf(context, open, leaf))
      const [first] = leaves
      if (countOf(settled) === 0n && first !== undefined) refuseNothing(open, first)
      countPaid(context, open, settled)
      return settled
    }
    const finish = (payments: readonly Payment[]) => ({ amount: unitsOf(payments), paid: countOf(payments) })
    return payingMany(context, token === ZERO_ADDRESS, settle, finish)
  },
})

export const claimAcross = method({
  name: 'claimAcross',
  params: { claims: LEAF_CLAIMS },
  returns: { paid: uint256 },
  access: 'write',
  callsOut: true,
  notes: `Claims up to ${MAX_CLAIMED_LEAVES} leaves of any pools, batches and tokens, each with its own proof. Leaves with nothing due are passed over. Returns the number of leaves that were paid.`,
  gas: 'as claim for each, with cells of a batch that was touched before at the price of warm ones',
  run: (context, { claims }) => {
    demandCount(claims.length)
    const isNative = claims.every(({ token }) => token === ZERO_ADDRESS)
    const settle = (): readonly Payment[] => settleAcross(context, claims)
    return payingMany(context, isNative, settle, (payments) => ({ paid: countOf(payments) }))
  },
})

export const setPayee = method({
  name: 'setPayee',
  params: { payee: address },
  returns: {},
  access: 'write',
  notes: 'Names who gets what the caller claims in every pool; 0 is the caller itself again.',
  gas: 'one slot write, one log',
  run: (context, { payee }) => {
    payeeOf.write(poolCells(context), { account: context.caller }, { payee: BigInt(payee) })
    context.emit(PayeeSet, { account: context.caller, payee })
  },
})

/** All that is paid in one token, in units of that token: each payment is a whole number of them. */
function unitsOf(payments: readonly Payment[]): bigint {
  return sumOf(payments) / (payments[0]?.token.unit ?? 1n)
}

/** Settles and pays many leaves under the lock: native coin at once, tokens in calls. */
function payingMany<Returned>(
  context: ModuleContext,
  isNative: boolean,
  settle: () => readonly Payment[],
  finish: (payments: readonly Payment[]) => Returned,
): Returned | Promise<Returned> {
  if (isNative) {
    return withLock(context, () => {
      const payments = settle()
      payManyNative(context, payments)
      return finish(payments)
    })
  }
  return withLockAsync(context, async () => {
    const payments = settle()
    await payAll(context, payments)
    return finish(payments)
  })
}

function settleAcross(context: ModuleContext, claims: readonly LeafClaim[]): Payment[] {
  const settled = claims.map((one) => {
    const open = openBatch(context, { pool: one.pool, batch: one.batch }, one.token)
    orRefuse(checkLeaf(context, open, one.leaf, one.proof))
    const payment = settleLeaf(context, open, one.leaf)
    countPaid(context, open, [payment])
    return { open, leaf: one.leaf, payment }
  })
  const payments = settled.map(({ payment }) => payment)
  const [first] = settled
  if (countOf(payments) === 0n && first !== undefined) refuseNothing(first.open, first.leaf)
  return payments
}

function demandCount(count: number): void {
  if (count === 0) refuse(NoLeaves, {})
  if (count > MAX_CLAIMED_LEAVES) {
    refuse(TooManyLeaves, { count: BigInt(count), limit: BigInt(MAX_CLAIMED_LEAVES) })
  }
}
