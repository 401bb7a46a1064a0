/**
 * What the dispute authority may do, and the controller's own withdrawal of a batch that does not count yet.
 *
 * A revocation takes two steps: `freeze`, which pauses the batch's claims while it still earns, and `revoke`, the chain's
 * number of blocks later, so that who is in the batch can be heard. What a revoked batch earned stays claimable unless it
 * is forfeited.
 */

import { ZERO_ADDRESS } from '../../types/primitives.ts'
import { address, bool, bytes32, uint32, uint64, uint256 } from '../abi-types.ts'
import { ROYALTY_MODULE } from '../addresses.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { method } from '../module.ts'
import { parameters } from '../parameters.ts'
import { withLock } from '../royalty/lock.ts'
import { creditOwed } from '../royalty/owed.ts'
import { demandToken } from '../royalty/tokens.ts'
import { accrue } from './accrual.ts'
import { type BatchKey, forfeit as forfeitRevoked } from './batch-turns.ts'
import { AlreadyFrozen, BatchGone, NotFrozen, NothingInEscrow, NoWeight, TooEarly } from './errors.ts'
import { BatchFrozen, BatchRevoked, BatchUnfrozen, EscrowReleased } from './events.ts'
import { demandBatch, demandController, demandDisputeAuthority, demandPool, poolCells } from './guards.ts'
import { batchHead, held } from './pool-cells.ts'
import { BATCH, type BatchHead, readAccrual, writeAccrual } from './pool-store.ts'
import { departureGas, sendAway, withdrawPending } from './revocation.ts'

const BATCH_PARAMS = { pool: uint64, batch: uint32 }

export const freeze = method({
  name: 'freeze',
  params: BATCH_PARAMS,
  returns: {},
  access: 'write',
  notes: 'Pauses the claims of a batch, which still earns. The dispute authority.',
  gas: 'two slot reads, one slot write, one log',
  run: (context, key) => {
    demandDisputeAuthority(context)
    const batch = demandBatch(context, key)
    if (batch.status === BATCH.forfeited) refuse(BatchGone, { ...key, status: batch.status })
    if (batch.isFrozen === 1n) refuse(AlreadyFrozen, { ...key, sinceBlock: batch.frozenAt })
    const frozenAt = BigInt(context.block.number)
    batchHead.write(poolCells(context), key, { ...batch, isFrozen: 1n, frozenAt })
    context.emit(BatchFrozen, key)
  },
})

export const unfreeze = method({
  name: 'unfreeze',
  params: BATCH_PARAMS,
  returns: {},
  access: 'write',
  notes: 'Opens the claims of a frozen batch again. The dispute authority.',
  gas: 'two slot reads, one slot write, one log',
  run: (context, key) => {
    demandDisputeAuthority(context)
    const batch = demandBatch(context, key)
    if (batch.isFrozen === 0n) refuse(NotFrozen, key)
    batchHead.write(poolCells(context), key, { ...batch, isFrozen: 0n })
    context.emit(BatchUnfrozen, key)
  },
})

export const revoke = method({
  name: 'revoke',
  params: { ...BATCH_PARAMS, evidence: bytes32, isForfeit: bool },
  returns: {},
  access: 'write',
  notes:
    'Sends a batch away. A pending one at once; an active one must have been frozen for the dispute period and stops earning when the royalties under way are swept. With isForfeit, what it earned and was not paid is shared among the others; so it can be for a batch that was revoked before. The dispute authority.',
  gas: 'the cells of the departure of a batch, three for each listed token, one log',
  run: (context, { evidence, isForfeit, ...key }) => {
    demandDisputeAuthority(context)
    const batch = demandBatch(context, key)
    if (batch.status === BATCH.active) demandHeard(context, key, batch)
    if (batch.status !== BATCH.revoked || !isForfeit) {
      sendAway(context, key, batch, { isForfeit, evidence, endsFreeze: !isForfeit })
      return
    }
    demandHeard(context, key, batch)
    context.gas.charge(departureGas(parameters(context.cells(ROYALTY_MODULE)).tokenCount))
    forfeitRevoked(poolCells(context), key)
    const totalWeight = demandPool(context, key.pool).weight
    context.emit(BatchRevoked, { ...key, isForfeit, totalWeight })
  },
})

export const withdraw = method({
  name: 'withdraw',
  params: BATCH_PARAMS,
  returns: {},
  access: 'write',
  notes: 'Takes back a batch that has not activated yet. The controller.',
  gas: 'three slot reads, two slot writes, one log',
  run: (context, key) => {
    demandController(context, key.pool)
    const batch = demandBatch(context, key)
    if (batch.status !== BATCH.pending) refuse(BatchGone, { ...key, status: batch.status })
    withdrawPending(context, key, batch)
  },
})

export const releaseEscrow = method({
  name: 'releaseEscrow',
  params: { pool: uint64, token: address, account: address },
  returns: { amount: uint256 },
  access: 'write',
  notes:
    'Gives what came in while no batch of a started pool counted to an account, which claims it from the royalty ledger, or to the pool itself (account 0) once a batch counts. The dispute authority.',
  gas: 'five slot reads, up to four slot writes, one log',
  run: (context, { pool, token, account }) =>
    withLock(context, () => {
      demandDisputeAuthority(context)
      const head = demandPool(context, pool)
      const { index } = demandToken(context, token)
      const cells = poolCells(context)
      const { waiting, escrow } = held.read(cells, { pool, token: index })
      if (escrow === 0n) refuse(NothingInEscrow, { pool, token })
      held.write(cells, { pool, token: index }, { waiting, escrow: 0n })
      if (account !== ZERO_ADDRESS) creditOwed(context.cells(ROYALTY_MODULE), account, index, escrow)
      else if (head.weight === 0n) refuse(NoWeight, { pool })
      else writeAccrual(cells, pool, index, accrue(readAccrual(cells, pool, index), head.weight, escrow))
      context.emit(EscrowReleased, { pool, token, account, amount: escrow })
      return { amount: escrow }
    }),
})

/** Refuses to revoke a batch that was not frozen for the dispute period. */
function demandHeard(context: ModuleContext, key: BatchKey, batch: BatchHead): void {
  if (batch.isFrozen === 0n) refuse(NotFrozen, key)
  const allowedAtBlock = batch.frozenAt + BigInt(parameters(context.cells(ROYALTY_MODULE)).disputeBlocks)
  const block = BigInt(context.block.number)
  if (block < allowedAtBlock) refuse(TooEarly, { allowedAtBlock, block })
}
