/**
 * What can be read of pools, batches and leaves.
 */

import { addressFromBigint, hashFromBigint } from '../../types/primitives.ts'
import { address, bool, bytes, bytes32, struct, uint8, uint32, uint64, uint128, uint256 } from '../abi-types.ts'
import { refuse } from '../context.ts'
import { orRefuse } from '../failure.ts'
import { method } from '../module.ts'
import { demandToken } from '../royalty/tokens.ts'
import { LEAF } from './abi-structs.ts'
import { earnings } from './accrual.ts'
import { payeeFor, readBatch } from './claims.ts'
import { IndexOutOfRange } from './errors.ts'
import { controllerOf, demandBatch, demandPool, poolCells } from './guards.ts'
import { batchData, batchPaid, batchRoot, held, leafDemand, leafDemandBond, poolControl } from './pool-cells.ts'
import { BATCH, readAccrual, readPaid } from './pool-store.ts'
import { checkLeaf } from './proofs.ts'

const POOL_STATE = struct('PoolState', {
  controller: address,
  policy: uint8,
  maxWeight: uint128,
  weight: uint128,
  committedWeight: uint128,
  batches: uint32,
  hasStarted: bool,
})

const BATCH_STATE = struct('BatchState', {
  root: bytes32,
  dataHash: bytes32,
  weight: uint128,
  depth: uint8,
  relayFeePpm: uint32,
  status: uint8,
  isFrozen: bool,
  frozenAtBlock: uint64,
  readyAtBlock: uint64,
})

const POOL_LEDGER = struct('PoolLedger', { acc: uint256, carry: uint128, waiting: uint128, escrow: uint128 })

export const state = method({
  name: 'state',
  params: { pool: uint64 },
  returns: { state: POOL_STATE },
  access: 'view',
  notes:
    'A pool: who appends, its policy (1 closed, 2 capped, 3 open), the weight that counts and with pending batches.',
  gas: 'two slot reads',
  run: (context, { pool }) => {
    const { policy, weight, committed, batches, hasStarted } = demandPool(context, pool)
    const cells = poolCells(context)
    const { maxWeight } = poolControl.read(cells, { pool })
    const shown = { policy, maxWeight, weight, committedWeight: committed, batches, hasStarted: hasStarted === 1n }
    return { state: { controller: controllerOf(cells, pool), ...shown } }
  },
})

export const batchState = method({
  name: 'batchState',
  params: { pool: uint64, batch: uint32 },
  returns: { state: BATCH_STATE },
  access: 'view',
  notes: 'A batch; its status is 1 pending, 2 active, 3 leaving, 4 revoked, 5 forfeited.',
  gas: 'three slot reads',
  run: (context, key) => {
    const { weight, depth, relayFeePpm, status, isFrozen, frozenAt, readyAt } = demandBatch(context, key)
    const cells = poolCells(context)
    const root = hashFromBigint(batchRoot.read(cells, key).root)
    const dataHash = hashFromBigint(batchData.read(cells, key).dataHash)
    const blocks = { frozenAtBlock: frozenAt, readyAtBlock: readyAt }
    return { state: { root, dataHash, weight, depth, relayFeePpm, status, isFrozen: isFrozen === 1n, ...blocks } }
  },
})

export const ledger = method({
  name: 'ledger',
  params: { pool: uint64, token: address },
  returns: { ledger: POOL_LEDGER },
  access: 'view',
  notes:
    'What a unit of weight earned and the carry, both in 2^-64 units of 1e-18; what waits for the first batch; what is in escrow.',
  gas: 'up to five slot reads',
  run: (context, { pool, token }) => {
    demandPool(context, pool)
    const { index } = demandToken(context, token)
    const cells = poolCells(context)
    return { ledger: { ...readAccrual(cells, pool, index), ...held.read(cells, { pool, token: index }) } }
  },
})

export const entitled = method({
  name: 'entitled',
  params: { pool: uint64, batch: uint32, token: address, leaf: LEAF, proof: bytes },
  returns: { earned: uint256, paid: uint256 },
  access: 'view',
  notes:
    'What a proven leaf earned in all and what of it was paid, in units of 1e-18. Royalties that are not swept yet are not in it. Works while claims are frozen.',
  gas: 'seven slot reads, a hash for the leaf and each level',
  run: (context, { pool, batch, token, leaf, proof }) => {
    const key = { pool, batch }
    const head = demandBatch(context, key)
    const unit = demandToken(context, token)
    const open = readBatch(context, key, head, unit)
    orRefuse(checkLeaf(context, { key, ...open }, leaf, proof))
    const paid = readPaid(poolCells(context), { ...key, token: unit.index, index: leaf.index })
    const earned = head.status === BATCH.forfeited ? paid : earnings(open.unitEarned, leaf.weight)
    return { earned, paid }
  },
})

export const batchPaidOut = method({
  name: 'batchPaid',
  params: { pool: uint64, batch: uint32, token: address },
  returns: { amount: uint256 },
  access: 'view',
  notes: 'What all leaves of a batch were paid together, fees included, in units of 1e-18.',
  gas: 'three slot reads',
  run: (context, { pool, batch, token }) => {
    demandBatch(context, { pool, batch })
    const { index } = demandToken(context, token)
    return { amount: batchPaid.read(poolCells(context), { pool, batch, token: index }).amount }
  },
})

export const payee = method({
  name: 'payee',
  params: { account: address },
  returns: { payee: address },
  access: 'view',
  notes: 'Who gets what an account claims: itself unless it named another.',
  gas: 'one slot read',
  run: (context, { account }) => ({ payee: payeeFor(context, account) }),
})

export const demandOf = method({
  name: 'demandOf',
  params: { pool: uint64, batch: uint32, index: uint64 },
  returns: { demander: address, bond: uint256, dueAtBlock: uint64 },
  access: 'view',
  notes: 'An open demand of a leaf; zeros when there is none.',
  gas: 'three slot reads',
  run: (context, { pool, batch, index }) => {
    const { depth } = demandBatch(context, { pool, batch })
    const limit = 1n << depth
    if (index >= limit) refuse(IndexOutOfRange, { index, limit })
    const cells = poolCells(context)
    const { demander, dueAt } = leafDemand.read(cells, { pool, batch, index })
    const { bond } = leafDemandBond.read(cells, { pool, batch, index })
    return { demander: addressFromBigint(demander), bond, dueAtBlock: dueAt }
  },
})
