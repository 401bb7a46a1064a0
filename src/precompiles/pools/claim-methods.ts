/**
 * Claims: one leaf, many leaves of one batch, or leaves of any pools and batches in one call.
 */

import { MAX_CLAIMED_LEAVES } from '../../lib/limits.ts'
import { ZERO_ADDRESS } from '../../types/primitives.ts'
import { address, bytes, uint32, uint64, uint256 } from '../abi-types.ts'
import { orRefuse } from '../assets/failure.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { method } from '../module.ts'
import { withLock, withLockAsync } from '../royalty/lock.ts'
import { LEAF, LEAF_CLAIMS, LEAVES, type LeafClaim } from './abi-structs.ts'
import {
  countPaid,
  type OpenBatch,
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

const BATCH_GAS = 'six slot reads and two slot writes of the batch'
const LEAF_GAS =
  'a hash of the leaf, two slot reads, the slot write of a new cell that its neighbour shares, one log, one payment'

export const claim = method({
  name: 'claim',
  params: { pool: uint64, batch: uint32, token: address, leaf: LEAF, proof: bytes },
  returns: { amount: uint256 },
  access: 'write',
  callsOut: true,
  notes:
    'Pays what a leaf earned and was not paid to its account or the payee that the account named; token 0 is the native coin. Anybody may submit it. The proof has 48 bytes for each level, hash and sum of the sibling, from the leaf up.',
  gas: `${BATCH_GAS}; ${LEAF_GAS}; a hash for each level`,
  run: async (context, { pool, batch, token, leaf, proof }) => {
    const isNative = token === ZERO_ADDRESS
    const payments = await paying(context, isNative, () => {
      const open = openBatch(context, { pool, batch }, token)
      orRefuse(checkLeaf(context, open, leaf, proof))
      const payment = settleLeaf(context, open, leaf) ?? refuseNothing(open, leaf)
      countPaid(context, open, [payment])
      if (isNative) payOneNative(context, payment)
      return [payment]
    })
    return { amount: sumOf(payments) }
  },
})

export const claimMany = method({
  name: 'claimMany',
  params: { pool: uint64, batch: uint32, token: address, leaves: LEAVES, multiproof: bytes },
  returns: { amount: uint256, paid: uint256 },
  access: 'write',
  callsOut: true,
  notes: `Claims up to ${MAX_CLAIMED_LEAVES} leaves of one batch, in ascending order of their indices, with one proof: level by level from the leaves up and from left to right, those siblings that do not follow from the leaves. Leaves with nothing due are passed over. Returns the amount in all and the number of leaves that were paid.`,
  gas: `${BATCH_GAS}; for each leaf ${LEAF_GAS}; a hash for each node above the leaves`,
  run: async (context, { pool, batch, token, leaves, multiproof }) => {
    demandCount(leaves.length)
    const isNative = token === ZERO_ADDRESS
    const payments = await paying(context, isNative, () => {
      const open = openBatch(context, { pool, batch }, token)
      orRefuse(checkLeaves(context, open, leaves, multiproof))
      const settled = leaves.flatMap((leaf) => settleLeaf(context, open, leaf) ?? [])
      const [first] = leaves
      if (settled.length === 0 && first !== undefined) refuseNothing(open, first)
      countPaid(context, open, settled)
      if (isNative) payManyNative(context, settled)
      return settled
    })
    return { amount: sumOf(payments), paid: BigInt(payments.length) }
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
  run: async (context, { claims }) => {
    demandCount(claims.length)
    const isNative = claims.every(({ token }) => token === ZERO_ADDRESS)
    const payments = await paying(context, isNative, () => {
      const settled = settleAcross(context, claims)
      if (isNative) payManyNative(context, settled)
      return settled
    })
    return { paid: BigInt(payments.length) }
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

/** Settles under the lock; what is not native coin is paid afterwards, in calls. */
function paying(
  context: ModuleContext,
  isNative: boolean,
  settle: () => readonly Payment[],
): readonly Payment[] | Promise<readonly Payment[]> {
  if (isNative) return withLock(context, settle)
  return withLockAsync(context, async () => {
    const payments = settle()
    await payAll(context, payments)
    return payments
  })
}

function settleAcross(context: ModuleContext, claims: readonly LeafClaim[]): Payment[] {
  const payments: Payment[] = []
  let nothing: { readonly open: OpenBatch; readonly claim: LeafClaim } | undefined
  for (const one of claims) {
    const open = openBatch(context, { pool: one.pool, batch: one.batch }, one.token)
    orRefuse(checkLeaf(context, open, one.leaf, one.proof))
    const payment = settleLeaf(context, open, one.leaf)
    countPaid(context, open, payment === undefined ? [] : [payment])
    if (payment === undefined) nothing ??= { open, claim: one }
    else payments.push(payment)
  }
  if (payments.length === 0 && nothing !== undefined) refuseNothing(nothing.open, nothing.claim.leaf)
  return payments
}

function demandCount(count: number): void {
  if (count === 0) refuse(NoLeaves, {})
  if (count > MAX_CLAIMED_LEAVES) {
    refuse(TooManyLeaves, { count: BigInt(count), limit: BigInt(MAX_CLAIMED_LEAVES) })
  }
}
