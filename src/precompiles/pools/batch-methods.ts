/**
 * Making pools and appending batches.
 */

import { leafHash } from '../../crypto/merkle-sum.ts'
import { type Hash, ZERO_ADDRESS } from '../../types/primitives.ts'
import { address, bytes32, uint8, uint32, uint64, uint128 } from '../abi-types.ts'
import { ROYALTY_MODULE } from '../addresses.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { orRefuse } from '../failure.ts'
import { FRESH_WRITE_GAS, keccakGas, STEADY_WRITE_GAS } from '../gas.ts'
import { method } from '../module.ts'
import { parameters } from '../parameters.ts'
import { LEAF, SUM_ROOT } from './abi-structs.ts'
import { writeNewPool } from './accumulator.ts'
import { enqueueTurn } from './batch-queue.ts'
import { checkOffer, checkPolicy, checkRoot, type Offer } from './batch-rules.ts'
import { IndexOutOfRange, PolicyFixed, ZeroController } from './errors.ts'
import { BatchQueued, ControllerChanged, PolicySet, PoolCreated } from './events.ts'
import { controllerOf, demandAppender, demandController, demandPool, poolCells } from './guards.ts'
import { batchData, batchHead, batchRoot, poolControl, poolCount, poolHead } from './pool-cells.ts'
import { BATCH, STAND_ALONE_POOLS } from './pool-store.ts'

export const create = method({
  name: 'create',
  params: { controller: address, policy: uint8, maxWeight: uint128 },
  returns: { pool: uint64 },
  access: 'write',
  notes:
    'Creates a pool of its own, which can never belong to an asset. Its policy is for ever: 1 closed after the first batch, 2 capped at maxWeight, 3 open; maxWeight is 0 unless capped. The controller alone may append.',
  gas: 'three slot reads, three slot writes of which two make new cells, one log',
  run: (context, { controller, policy, maxWeight }) => {
    if (controller === ZERO_ADDRESS) refuse(ZeroController, {})
    orRefuse(checkPolicy({ policy, maxWeight }))
    const cells = poolCells(context)
    const { standAlone } = poolCount.read(cells, {})
    const pool = STAND_ALONE_POOLS + standAlone
    poolCount.write(cells, {}, { standAlone: standAlone + 1n })
    writeNewPool(cells, pool, { controller, policy, maxWeight })
    context.emit(PoolCreated, { pool, controller, policy, maxWeight })
    return { pool }
  },
})

export const setPolicy = method({
  name: 'setPolicy',
  params: { pool: uint64, policy: uint8, maxWeight: uint128 },
  returns: {},
  access: 'write',
  notes:
    "Fixes the policy of an asset's pool, which is open otherwise. The controller, before the first batch; from then on the policy is for ever.",
  gas: 'three slot reads, two slot writes, one log',
  run: (context, { pool, policy, maxWeight }) => {
    const head = demandPool(context, pool)
    demandController(context, pool)
    const isFixed = pool >= STAND_ALONE_POOLS || head.batches > 0n
    if (isFixed) refuse(PolicyFixed, { pool, policy: head.policy, batches: head.batches })
    orRefuse(checkPolicy({ policy, maxWeight }))
    const cells = poolCells(context)
    poolHead.write(cells, { pool }, { ...head, policy })
    poolControl.write(cells, { pool }, { ...poolControl.read(cells, { pool }), maxWeight })
    context.emit(PolicySet, { pool, policy, maxWeight })
  },
})

export const setController = method({
  name: 'setController',
  params: { pool: uint64, controller: address },
  returns: {},
  access: 'write',
  notes: 'Hands the right to append to another account. The controller; an asset that is sold does not take it along.',
  gas: 'two slot reads, one slot write, one log',
  run: (context, { pool, controller }) => {
    demandPool(context, pool)
    demandController(context, pool)
    if (controller === ZERO_ADDRESS) refuse(ZeroController, {})
    const cells = poolCells(context)
    const previous = controllerOf(cells, pool)
    poolControl.write(cells, { pool }, { ...poolControl.read(cells, { pool }), controller: BigInt(controller) })
    context.emit(ControllerChanged, { pool, previous, controller })
  },
})

const APPEND_NOTES =
  'It is pending for the notice of the chain and until the royalties under way at this moment are swept; then it earns. dataHash is the content address of the leaf file. relayFeePpm of a claim, at most 20,000, goes to whoever submits it for somebody else.'

export const append = method({
  name: 'append',
  params: {
    pool: uint64,
    root: SUM_ROOT,
    weight: uint128,
    depth: uint8,
    dataHash: bytes32,
    relayFeePpm: uint32,
  },
  returns: { batch: uint32 },
  access: 'write',
  notes: `Appends a batch of contributors: a Merkle-sum tree of this depth, 1 to 24, given by what its root is the hash of. The controller, or the operator of the pool's asset. ${APPEND_NOTES}`,
  gas: 'the cells of the batch and of its turn, two for each listed token that its activation may make, one hash, one log',
  run: (context, { root, depth, ...offer }) => {
    demandRoom(context, offer)
    context.gas.charge(keccakGas(97))
    return { batch: store(context, { ...offer, depth, root: orRefuse(checkRoot(root, offer.weight, depth)) }) }
  },
})

export const appendLeaf = method({
  name: 'appendLeaf',
  params: { pool: uint64, leaf: LEAF, dataHash: bytes32, relayFeePpm: uint32 },
  returns: { batch: uint32 },
  access: 'write',
  notes: `Appends a batch of a single contributor, whose leaf has index 0: a tree of depth 0. ${APPEND_NOTES}`,
  gas: 'as append',
  run: (context, { leaf, ...offer }) => {
    demandRoom(context, { ...offer, weight: leaf.weight })
    if (leaf.index !== 0n) refuse(IndexOutOfRange, { index: leaf.index, limit: 1n })
    context.gas.charge(keccakGas(45))
    return { batch: store(context, { ...offer, weight: leaf.weight, depth: 0n, root: leafHash(leaf) }) }
  },
})

/** Refuses a batch that its pool does not take from this caller. */
function demandRoom(context: ModuleContext, offer: Offer): void {
  const head = demandPool(context, offer.pool)
  demandAppender(context, offer.pool)
  const { maxWeight } = poolControl.read(poolCells(context), { pool: offer.pool })
  orRefuse(checkOffer(offer, head, maxWeight))
}

type NewBatch = Offer & { readonly root: Hash; readonly depth: bigint; readonly dataHash: Hash }

/** Writes the batch, its turn and its log, and prepays its activation. */
function store(context: ModuleContext, { pool, weight, relayFeePpm, root, depth, dataHash }: NewBatch): bigint {
  const cells = poolCells(context)
  const { noticeBlocks, tokenCount } = parameters(context.cells(ROYALTY_MODULE))
  context.gas.charge(activationGas(tokenCount))
  const head = poolHead.read(cells, { pool })
  const batch = head.batches
  const readyAt = BigInt(context.block.number + noticeBlocks)
  poolHead.write(cells, { pool }, { ...head, batches: batch + 1n, committed: head.committed + weight })
  batchRoot.write(cells, { pool, batch }, { root: BigInt(root) })
  batchData.write(cells, { pool, batch }, { dataHash: BigInt(dataHash) })
  const fields = { status: BATCH.pending, isFrozen: 0n, depth, relayFeePpm, entered: 0n, weight, readyAt, frozenAt: 0n }
  cells.set(batchHead.slot({ pool, batch }), batchHead.pack(fields), 'fresh')
  enqueueTurn(cells, 'arrival', { pool, batch, readyAt, mark: BigInt(context.block.number), isForfeit: 0n })
  const shown = { pool, batch, dataHash, root, weight, depth, relayFeePpm, readyAtBlock: readyAt }
  context.emit(BatchQueued, shown)
  return batch
}

/**
 * What a batch's activation writes at the end of a later block: both heads and the queue, and of each token that the chain
 * lists the accumulator, what waited, where the batch entered, and the count of what its leaves are paid, which is there
 * when they come.
 */
function activationGas(tokenCount: number): number {
  return 4 * STEADY_WRITE_GAS + (1 + tokenCount) * (2 * STEADY_WRITE_GAS + 2 * FRESH_WRITE_GAS)
}
