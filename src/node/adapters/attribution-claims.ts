/**
 * Proofs of leaves and what accounts may claim, from the state and the leaf files that this node serves.
 */

import type { SumRoot } from '../../crypto/merkle-sum.ts'
import { MAX_CLAIM_PROOF_LEAVES, MAX_ENTITLED_LEAVES } from '../../lib/limits.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import { earnings, unitEarnings } from '../../precompiles/pools/accrual.ts'
import { entryOf } from '../../precompiles/pools/batch-turns.ts'
import {
  batchData,
  batchExit,
  batchHead,
  batchRoot,
  payeeOf,
  poolHead,
  queueEnds,
} from '../../precompiles/pools/pool-cells.ts'
import { BATCH, type BatchHead, readAccrual, readPaid, tokensIn } from '../../precompiles/pools/pool-store.ts'
import { owedOf } from '../../precompiles/royalty/owed.ts'
import type {
  BatchView,
  ClaimProof,
  ClaimProofFailure,
  EntitlementsView,
  LeafSelection,
  LeafView,
} from '../../rpc/attribution-port.ts'
import { type Address, addressFromBigint, hashFromBigint } from '../../types/primitives.ts'
import type { IndexedBatch } from '../leaf-files/batch-index.ts'
import type { BatchKey, LeafStore } from '../leaf-files/leaf-store.ts'
import { type ModuleCells, type TokenPlace, tokenPlaces } from './attribution-state.ts'

const STATUS_NAMES: ReadonlyMap<bigint, string> = new Map([
  [BATCH.pending as bigint, 'pending'],
  [BATCH.active as bigint, 'active'],
  [BATCH.leaving as bigint, 'leaving'],
  [BATCH.revoked as bigint, 'revoked'],
  [BATCH.forfeited as bigint, 'forfeited'],
])

/** Pools and batches above these numbers cannot be. */
const POOL_IDS = 1n << 64n
const BATCH_IDS = 1n << 32n

/** A batch as the chain has it; undefined when there is none. */
export function batchView({ pools }: ModuleCells, key: BatchKey): BatchView | undefined {
  if (key.pool >= POOL_IDS || key.batch >= BATCH_IDS) return undefined
  const { status, isFrozen, depth, weight } = batchHead.read(pools, key)
  const name = STATUS_NAMES.get(status)
  if (name === undefined) return undefined
  return {
    ...{ pool: key.pool, batch: key.batch, status: name, isFrozen: isFrozen === 1n, depth, weight },
    root: hashFromBigint(batchRoot.read(pools, key).root),
    dataHash: hashFromBigint(batchData.read(pools, key).dataHash),
  }
}

/** The root that a batch was appended with. */
export function rootOf({ root, weight, depth }: BatchView): SumRoot {
  return { hash: root, total: weight, depth: Number(depth) }
}

/** One proof of the selected leaves of a batch, and what each may claim. */
export function claimProof(
  cells: ModuleCells,
  store: LeafStore | undefined,
  key: BatchKey,
  selection: LeafSelection,
): Result<ClaimProof, ClaimProofFailure> {
  const view = batchView(cells, key)
  if (view === undefined) return err({ code: 'UNKNOWN_BATCH', pool: key.pool, batch: key.batch })
  const file = store?.open(view.dataHash)
  if (file === undefined) return err({ code: 'LEAF_FILE_NOT_SERVED', dataHash: view.dataHash })
  try {
    const indices = indicesOf(file, selection)
    if (indices === undefined) return err({ code: 'NO_SUCH_LEAF', wanted: wantedText(selection), leaves: file.count })
    const reader = new LeafReader(cells, key)
    return ok({ ...view, leaves: indices.map((index) => reader.view(file, index)), proof: file.prove(indices) })
  } finally {
    file.close()
  }
}

/** Everything that an account may claim: credited amounts, and leaves in served batches. */
export function entitlements(cells: ModuleCells, store: LeafStore | undefined, account: Address): EntitlementsView {
  const files = store?.list() ?? []
  const leaves: (LeafView & BatchView)[] = []
  let searchedBatches = 0
  let hasRoom = true
  for (const dataHash of files) {
    // The state that is asked for may be older than a batch.
    const batches = (store?.usesOf(dataHash) ?? []).flatMap((key) => batchView(cells, key) ?? [])
    const file = batches.length === 0 ? undefined : store?.open(dataHash)
    if (file === undefined) continue
    searchedBatches += batches.length
    try {
      const indices = file.indicesOf(account, MAX_ENTITLED_LEAVES)
      for (const view of batches) hasRoom = appendLeaves(cells, file, view, indices, leaves) && hasRoom
    } finally {
      file.close()
    }
  }
  // Every batch ever appended took a place in the queue of arrivals.
  const batches = Number(queueEnds.read(cells.pools, {}).nextArrival)
  const isComplete = hasRoom && searchedBatches === batches
  const searched = { searchedLeafFiles: files.length, searchedBatches, batches, isComplete }
  return { account, owed: owedAmounts(cells, account), leaves, ...searched }
}

/** False when not all of them fit. */
function appendLeaves(
  cells: ModuleCells,
  file: IndexedBatch,
  view: BatchView,
  indices: readonly number[],
  leaves: (LeafView & BatchView)[],
): boolean {
  if (indices.length === 0) return true
  const reader = new LeafReader(cells, view)
  const room = MAX_ENTITLED_LEAVES - leaves.length
  for (const index of indices.slice(0, room)) leaves.push({ ...view, ...reader.view(file, index) })
  return indices.length <= room
}

function owedAmounts(cells: ModuleCells, account: Address): EntitlementsView['owed'] {
  return tokenPlaces(cells).flatMap(({ index, address }) => {
    const amount = owedOf(cells.royalty, account, index)
    return amount === 0n ? [] : [{ token: address, amount }]
  })
}

/** What leaves of one batch earned and were paid; what they have in common is read once. */
class LeafReader {
  private readonly cells: ModuleCells
  private readonly key: BatchKey
  private readonly units: readonly (TokenPlace & { readonly unit: bigint | undefined })[]

  constructor(cells: ModuleCells, key: BatchKey) {
    const head = batchHead.read(cells.pools, key)
    const used = new Set(tokensIn(poolHead.read(cells.pools, { pool: key.pool }).tokens))
    this.cells = cells
    this.key = key
    this.units = tokenPlaces(cells)
      .filter(({ index }) => used.has(index))
      .map((place) => ({ ...place, unit: unitOf(cells, key, head, place.index) }))
  }

  view(file: IndexedBatch, position: number): LeafView {
    const { index, account, weight } = file.leaf(position)
    const { payee } = payeeOf.read(this.cells.pools, { account })
    const claims = this.units.flatMap(({ index: token, address, unit }) => {
      const paid = readPaid(this.cells.pools, { ...this.key, token, index })
      // Of a forfeited batch nothing is left beyond what was paid.
      const earned = unit === undefined ? paid : earnings(unit, weight)
      return earned === 0n ? [] : [{ token: address, earned, paid }]
    })
    return { index, account, payee: payee === 0n ? account : addressFromBigint(payee), weight, claims }
  }
}

/** What a unit of a batch's weight earned; undefined when the batch has forfeited it. */
function unitOf({ pools }: ModuleCells, key: BatchKey, head: BatchHead, token: number): bigint | undefined {
  if (head.status === BATCH.pending) return 0n
  if (head.status === BATCH.forfeited) return undefined
  const exit = head.status === BATCH.revoked ? batchExit.read(pools, { ...key, token }).acc : undefined
  return unitEarnings(readAccrual(pools, key.pool, token).acc, entryOf(pools, key, head, token), exit)
}

/** Ascending positions, or undefined when one is not in the file. */
function indicesOf(file: IndexedBatch, selection: LeafSelection): number[] | undefined {
  if (selection.kind === 'account') {
    const found = file.indicesOf(selection.account, MAX_CLAIM_PROOF_LEAVES)
    return found.length === 0 ? undefined : found
  }
  return selection.indices.every((index) => index < BigInt(file.count)) ? selection.indices.map(Number) : undefined
}

function wantedText(selection: LeafSelection): string {
  return selection.kind === 'account' ? selection.account : `index ${selection.indices.join(', ')}`
}
