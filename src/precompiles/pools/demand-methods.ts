/**
 * Withheld leaves. A batch is a root and a file; who keeps the file back keeps its contributors from their money.
 *
 * Anybody may demand a leaf with a bond. Whoever shows the leaf (or that its place is empty) gets the bond, which covers
 * the gas of the answer: idle demands cost who makes them, and the chain sets the bond so low that being asked is no
 * business. If nobody answers in time, anybody may revoke the batch, and the bond goes back. What the batch earned until
 * then stays claimable, for some have their proofs; only the dispute authority forfeits.
 */

import { type Address, addressFromBigint, ZERO_ADDRESS, ZERO_HASH } from '../../types/primitives.ts'
import { bytes, uint8, uint32, uint64 } from '../abi-types.ts'
import { ROYALTY_MODULE } from '../addresses.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { orRefuse } from '../failure.ts'
import { method } from '../module.ts'
import { parameters } from '../parameters.ts'
import { payOutNative, receiveNative } from '../royalty/custody.ts'
import { withLock } from '../royalty/lock.ts'
import { WrongValue } from '../royalty/royalty-errors.ts'
import { LEAF } from './abi-structs.ts'
import type { BatchKey } from './batch-turns.ts'
import { readRoot } from './claims.ts'
import { AlreadyDemanded, BatchGone, BatchStands, IndexOutOfRange, NotDemanded, TooEarly } from './errors.ts'
import { BondReturned, LeafAnswered, LeafDemanded } from './events.ts'
import { demandBatch, poolCells } from './guards.ts'
import { bondsHeld, leafDemand, leafDemandBond } from './pool-cells.ts'
import { BATCH, type BatchHead } from './pool-store.ts'
import { checkEmpty, checkLeaf } from './proofs.ts'
import { sendAway } from './revocation.ts'

const PLACE = { pool: uint64, batch: uint32, index: uint64 }
type Place = BatchKey & { readonly index: bigint }
type OpenDemand = { readonly demander: Address; readonly bond: bigint; readonly dueAt: bigint }

export const demandLeaf = method({
  name: 'demandLeaf',
  params: PLACE,
  returns: {},
  access: 'payable',
  notes:
    "Asks for a leaf of a batch to be shown, with exactly the chain's bond as value. Whoever answers gets the bond; if nobody does in time, revokeUnanswered returns it.",
  gas: 'six slot reads, five slot writes of which two make new cells, one log, one payment',
  run: (context, place) =>
    withLock(context, () => {
      const batch = demandPresent(context, place)
      const limit = 1n << batch.depth
      if (place.index >= limit) refuse(IndexOutOfRange, { index: place.index, limit })
      const { demandBondWei, demandBlocks } = parameters(context.cells(ROYALTY_MODULE))
      const { value, caller } = context
      if (value !== demandBondWei) refuse(WrongValue, { value, expected: demandBondWei })
      const cells = poolCells(context)
      const known = leafDemand.read(cells, place)
      if (known.demander !== 0n) refuse(AlreadyDemanded, { ...place, dueAtBlock: known.dueAt })
      const dueAt = BigInt(context.block.number + demandBlocks)
      leafDemand.write(cells, place, { demander: BigInt(caller), dueAt })
      leafDemandBond.write(cells, place, { bond: value })
      bondsHeld.write(cells, {}, { wei: bondsHeld.read(cells, {}).wei + value })
      context.moveBalance(context.module, ROYALTY_MODULE, value)
      receiveNative(context, value)
      const { pool, batch: number, index } = place
      context.emit(LeafDemanded, { pool, batch: number, demander: caller, index, bond: value, dueAtBlock: dueAt })
    }),
})

export const answerLeaf = method({
  name: 'answerLeaf',
  params: { pool: uint64, batch: uint32, leaf: LEAF, proof: bytes },
  returns: {},
  access: 'write',
  notes: 'Shows a demanded leaf with its proof, as in claim. Anybody; the bond goes to the caller.',
  gas: 'five slot reads, three slot writes, a hash for the leaf and each level, one log, one payment',
  run: (context, { pool, batch, leaf, proof }) =>
    withLock(context, () => {
      const head = demandPresent(context, { pool, batch })
      const place = { pool, batch, index: leaf.index }
      const demand = demandOpen(context, place, head)
      orRefuse(
        checkLeaf(context, { key: { pool, batch }, root: readRoot(context, { pool, batch }, head) }, leaf, proof),
      )
      close(context, place, demand, context.caller)
      const { account, weight } = leaf
      context.emit(LeafAnswered, { ...place, answerer: context.caller, account, weight })
    }),
})

export const answerEmpty = method({
  name: 'answerEmpty',
  params: { ...PLACE, height: uint8, proof: bytes },
  returns: {},
  access: 'write',
  notes:
    'Shows that a demanded place is empty: that the subtree of 2^height places around it has hash 0 and sum 0. The proof has the siblings from that subtree up. Anybody; the bond goes to the caller.',
  gas: 'five slot reads, three slot writes, a hash for each level above the subtree, one log, one payment',
  run: (context, { height, proof, ...place }) =>
    withLock(context, () => {
      const { pool, batch } = place
      const head = demandPresent(context, place)
      const demand = demandOpen(context, place, head)
      const root = readRoot(context, { pool, batch }, head)
      orRefuse(checkEmpty(context, { key: { pool, batch }, root }, place.index, height, proof))
      close(context, place, demand, context.caller)
      context.emit(LeafAnswered, { ...place, answerer: context.caller, account: ZERO_ADDRESS, weight: 0n })
    }),
})

export const revokeUnanswered = method({
  name: 'revokeUnanswered',
  params: PLACE,
  returns: {},
  access: 'write',
  notes:
    'Revokes a batch of which a leaf was demanded and not shown in time, as revoke does without forfeiting, and returns the bond. Anybody.',
  gas: 'as revoke, and three slot reads, three slot writes, two logs, one payment',
  run: (context, place) =>
    withLock(context, () => {
      const { pool, batch } = place
      const head = demandPresent(context, place)
      const demand = demandOpen(context, place, head)
      const allowedAtBlock = demand.dueAt + 1n
      const block = BigInt(context.block.number)
      if (block < allowedAtBlock) refuse(TooEarly, { allowedAtBlock, block })
      if (head.status !== BATCH.leaving) {
        sendAway(context, { pool, batch }, head, { isForfeit: false, evidence: ZERO_HASH, endsFreeze: false })
      }
      giveBondBack(context, place, demand)
    }),
})

export const returnBond = method({
  name: 'returnBond',
  params: PLACE,
  returns: {},
  access: 'write',
  notes: 'Returns the bond of an open demand whose batch was revoked meanwhile. Anybody; it goes to who demanded.',
  gas: 'four slot reads, three slot writes, one log, one payment',
  run: (context, place) =>
    withLock(context, () => {
      const { pool, batch } = place
      const head = demandBatch(context, { pool, batch })
      if (isPresent(head)) refuse(BatchStands, { pool, batch, status: head.status })
      giveBondBack(context, place, demandOpen(context, place, head))
    }),
})

/** A batch that counts or will. */
function demandPresent(context: ModuleContext, { pool, batch }: BatchKey): BatchHead {
  const head = demandBatch(context, { pool, batch })
  return isPresent(head) ? head : refuse(BatchGone, { pool, batch, status: head.status })
}

function isPresent({ status }: BatchHead): boolean {
  return status !== BATCH.revoked && status !== BATCH.forfeited
}

/** The demand of a leaf. */
function demandOpen(context: ModuleContext, place: Place, { depth }: BatchHead): OpenDemand {
  const limit = 1n << depth
  if (place.index >= limit) refuse(IndexOutOfRange, { index: place.index, limit })
  const cells = poolCells(context)
  const { demander, dueAt } = leafDemand.read(cells, place)
  if (demander === 0n) refuse(NotDemanded, place)
  return { demander: addressFromBigint(demander), dueAt, bond: leafDemandBond.read(cells, place).bond }
}

/** Ends a demand and pays its bond. */
function close(context: ModuleContext, place: Place, { bond }: OpenDemand, to: Address): void {
  const cells = poolCells(context)
  cells.set(leafDemand.slot(place), 0n, 'steady')
  cells.set(leafDemandBond.slot(place), 0n, 'steady')
  bondsHeld.write(cells, {}, { wei: bondsHeld.read(cells, {}).wei - bond })
  payOutNative(context, to, bond)
}

function giveBondBack(context: ModuleContext, place: Place, demand: OpenDemand): void {
  const { demander, bond } = demand
  close(context, place, demand, demander)
  const { pool, batch, index } = place
  context.emit(BondReturned, { pool, batch, demander, index, bond })
}
