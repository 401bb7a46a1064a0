/**
 * Assets and their ancestry as the RPC shows them.
 */

import { present } from '../../lib/assert.ts'
import { MAX_LINEAGE_WALK } from '../../lib/limits.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import {
  assetOfContent,
  contentHashes,
  dataRoots,
  lineages,
  origin,
  termsOf,
  uris,
  usageTotals,
} from '../../precompiles/assets/asset-cells.ts'
import { type AssetRecord, operatorOf, readAsset } from '../../precompiles/assets/asset-store.ts'
import { readEdges, readFurtherFloors, type StoredEdge } from '../../precompiles/assets/edge-store.ts'
import { ASSET_KINDS, RELATIONS, statusName } from '../../precompiles/assets/kinds.ts'
import { poolControl, poolHead } from '../../precompiles/pools/pool-cells.ts'
import { POLICY, policyName } from '../../precompiles/pools/pool-store.ts'
import { KeyHeap } from '../../precompiles/royalty/key-heap.ts'
import { NODE_KEYS } from '../../precompiles/royalty/nodes.ts'
import type {
  AssetView,
  EdgeView,
  LineageEntry,
  LineageFailure,
  LineagePage,
  LineageRequest,
  PoolPolicyView,
  TermsView,
} from '../../rpc/attribution-port.ts'
import { addressFromBigint, type Hash, hashFromBigint, ZERO_ADDRESS } from '../../types/primitives.ts'
import type { ModuleCells } from './attribution-state.ts'

/** Ids of assets are below this; larger numbers name none. */
const ASSET_IDS = BigInt(NODE_KEYS / 2)

/** An asset by id or content hash; undefined when there is none. */
export function assetView(cells: ModuleCells, wanted: bigint | Hash): AssetView | undefined {
  const { assets } = cells
  const id = typeof wanted === 'bigint' ? wanted : assetOfContent.read(assets, { contentHash: wanted }).id
  const record = recordOf(cells, id)
  if (record === undefined) return undefined
  const { registrant, royaltyBps, registeredAtBlock, previous } = origin.read(assets, { id })
  const operator = operatorOf(assets, id)
  return {
    ...headOf(cells, id, record),
    operator: operator === ZERO_ADDRESS ? null : operator,
    registrant: addressFromBigint(registrant),
    registeredAtBlock,
    previousVersion: previous === 0n ? null : previous,
    contentHash: hashFromBigint(contentHashes.read(assets, { id }).contentHash),
    dataRoot: hashFromBigint(dataRoots.read(assets, { id }).dataRoot),
    uri: new TextDecoder().decode(uris.read(assets, { id })),
    royaltyBps,
    pool: record.pool === 0n ? null : record.pool,
    poolPpm: record.poolPpm,
    poolPolicy: record.pool === 0n ? null : policyView(cells, record.pool),
    terms: termsView(cells, id),
    parents: readEdges(assets, id, record).map(edgeView),
    floors: readFurtherFloors(assets, id, record).map(({ ancestor, ppm, gens }) => ({ ancestor, ppm, gens })),
    usage: usageTotals.read(assets, { id }),
  }
}

/** A page of an asset's ancestors by falling id; undefined when there is no such asset. */
export function lineagePage(
  cells: ModuleCells,
  { id, below, limit }: LineageRequest,
): Result<LineagePage | undefined, LineageFailure> {
  if (recordOf(cells, id) === undefined) return ok(undefined)
  const waiting = new KeyHeap()
  pushParents(cells, id, waiting)
  const entries: LineageEntry[] = []
  for (let walked = 0; waiting.size > 0; walked++) {
    if (walked === MAX_LINEAGE_WALK) return err({ code: 'LINEAGE_TOO_LARGE', limit: MAX_LINEAGE_WALK })
    const ancestor = BigInt(waiting.top)
    const isOfPage = below === undefined || ancestor < below
    if (isOfPage && entries.length === limit) return ok({ entries, next: ancestor + 1n })
    waiting.pop()
    if (isOfPage) entries.push(lineageEntry(cells, ancestor))
    pushParents(cells, ancestor, waiting)
  }
  return ok({ entries, next: null })
}

function pushParents({ assets }: ModuleCells, id: bigint, waiting: KeyHeap): void {
  for (const { edge } of readEdges(assets, id, readAsset(assets, id))) waiting.push(Number(edge.parent))
}

function lineageEntry(cells: ModuleCells, id: bigint): LineageEntry {
  const record = present(recordOf(cells, id), 'a parent is an asset')
  return { ...headOf(cells, id, record), parents: readEdges(cells.assets, id, record).map(edgeView) }
}

function headOf({ assets }: ModuleCells, id: bigint, { kind, status, owner }: AssetRecord) {
  return {
    id,
    kind: present(ASSET_KINDS[Number(kind)], 'the kind of an asset is known'),
    status: present(statusName(status), 'an asset has a status'),
    owner: addressFromBigint(owner),
    lineageHash: hashFromBigint(lineages.read(assets, { id }).lineageHash),
  }
}

function policyView({ pools }: ModuleCells, pool: bigint): PoolPolicyView {
  const { policy, weight, committed } = poolHead.read(pools, { pool })
  const isCapped = policy === POLICY.capped
  return {
    policy: present(policyName(policy), 'a pool has a policy'),
    maxWeight: isCapped ? poolControl.read(pools, { pool }).maxWeight : null,
    weight,
    committedWeight: committed,
  }
}

function recordOf({ assets }: ModuleCells, id: bigint): AssetRecord | undefined {
  if (id === 0n || id >= ASSET_IDS) return undefined
  const record = readAsset(assets, id)
  return record.status === 0n ? undefined : record
}

function edgeView({ edge }: StoredEdge): EdgeView {
  const { parent, relation, relativePpm, floorPpm, floorGens, licenceId } = edge
  return { parent, relation: relationName(Number(relation)), relativePpm, floorPpm, floorGens, licenceId }
}

function termsView({ assets }: ModuleCells, id: bigint): TermsView | null {
  const { relationMask, minRelativePpm, floorPpm, floorGens, isOpen } = termsOf.read(assets, { id })
  if (relationMask === 0n) return null
  const relations = RELATIONS.filter((_, i) => ((relationMask >> BigInt(i)) & 1n) === 1n)
  return { relations, minRelativePpm, floorPpm, floorGens, isOpen: isOpen === 1n }
}

function relationName(relation: number): string {
  return present(RELATIONS[relation], 'the relation of an edge is known')
}
