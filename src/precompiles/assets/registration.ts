/**
 * A registration, of a first asset or of a version: everything is checked, then everything is written.
 *
 * The order is from what the caller alone decides (facts, edges) over what the chain holds (content, commitment, parents,
 * consent) to what follows from both (shares). The ledger's weights are the royalty module's, the pool is the pools
 * module's; this module computes them once, here, and they are bounded by its limits from then on.
 */

import { MAX_URI_BYTES } from '../../lib/limits.ts'
import type { Cells } from '../../state/cells.ts'
import { addressFromBigint, type Hash, hashFromBigint, ZERO_ADDRESS, ZERO_HASH } from '../../types/primitives.ts'
import { POOLS_MODULE, ROYALTY_MODULE } from '../addresses.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { orRefuse } from '../failure.ts'
import { parameters } from '../parameters.ts'
import { createAssetPool } from '../pools/accumulator.ts'
import { installAsset } from '../royalty/node-vectors.ts'
import {
  assetOfContent,
  commitments,
  contentHashes,
  dataRoots,
  lineages,
  origin,
  registry,
  uris,
} from './asset-cells.ts'
import { type AssetRecord, assetCount, createAsset, readAsset } from './asset-store.ts'
import { checkCommitment, commitmentPreimage } from './commitments.ts'
import { hasApproval, readTerms } from './consent-methods.ts'
import { readFurtherFloors, readParents, writeEdges } from './edge-store.ts'
import {
  DuplicateContent,
  IdsExhausted,
  NotActive,
  RoyaltyTooHigh,
  UnknownKind,
  UriTooLong,
  ZeroContentHash,
} from './errors.ts'
import { EdgeAdded, Registered, Transfer } from './events.ts'
import { ACTIVE, ASSET_KINDS } from './kinds.ts'
import { lineagePreimage } from './lineage.ts'
import { addToBalance } from './ownership.ts'
import { checkEdges } from './parents.ts'
import { MAX_ROYALTY_BPS } from './ppm.ts'
import { checkShares, type FloorTo, mergeShares, type Shares } from './shares.ts'
import { checkConsent, type Edge } from './terms.ts'

/** Ids stay below 2^31, so that both ledger nodes of an asset have keys of 32 bits. */
const MAX_ASSET_ID = 2n ** 31n - 1n

export type Draft = {
  readonly kind: bigint
  readonly contentHash: Hash
  readonly dataRoot: Hash
  readonly uri: string
  readonly edges: readonly Edge[]
  readonly poolPpm: bigint
  readonly royaltyBps: bigint
  readonly salt: Hash
  /** The asset that this is a version of, or 0. */
  readonly previous: bigint
  /** The pool to share with it, or 0: then a pool share makes a pool of its own. */
  readonly pool: bigint
}

/** Registers a draft of the caller, who becomes owner and registrant. Gives the id. */
export function registerAsset(context: ModuleContext, draft: Draft): bigint {
  const cells = context.cells(context.module)
  const count = assetCount(cells)
  const id = count + 1n
  if (id > MAX_ASSET_ID) refuse(IdsExhausted, { limit: MAX_ASSET_ID })
  const uri = checkFacts(draft)
  orRefuse(checkEdges(draft.edges, count))
  demandNewContent(cells, draft.contentHash)
  useCommitment(context, cells, draft)
  const floors = draft.edges.map((edge) => {
    return floorsOf(cells, edge.parent, demandConsent(context, cells, edge, draft.contentHash))
  })
  const shares = mergeShares(draft.edges, floors)
  const feePpm = parameters(context.cells(ROYALTY_MODULE)).protocolFeePpm
  orRefuse(checkShares(shares, feePpm, draft.poolPpm))

  const pool = draft.poolPpm > 0n && draft.pool === 0n ? id : draft.pool
  registry.write(cells, {}, { count: id })
  writeAsset(context, cells, id, { ...draft, pool }, shares)
  uris.write(cells, { id }, uri)
  const lineageHash = writeLineage(context, cells, id, draft)
  writeEdges(cells, id, draft.edges, shares)
  addToBalance(cells, context.caller)
  install(context, id, { ...draft, pool }, shares, feePpm)
  if (pool === id) createAssetPool(context.cells(POOLS_MODULE), id, context.caller)
  announce(context, id, draft, lineageHash)
  return id
}

/** Checks what needs no state. Gives the bytes of the uri. */
function checkFacts({ kind, contentHash, uri, royaltyBps }: Draft): Uint8Array {
  if (kind >= BigInt(ASSET_KINDS.length)) refuse(UnknownKind, { kind })
  if (contentHash === ZERO_HASH) refuse(ZeroContentHash, {})
  if (royaltyBps > MAX_ROYALTY_BPS) refuse(RoyaltyTooHigh, { royaltyBps, limit: MAX_ROYALTY_BPS })
  const bytes = new TextEncoder().encode(uri)
  if (bytes.length > MAX_URI_BYTES) {
    refuse(UriTooLong, { length: BigInt(bytes.length), limit: BigInt(MAX_URI_BYTES) })
  }
  return bytes
}

function demandNewContent(cells: Cells, contentHash: Hash): void {
  const first = assetOfContent.read(cells, { contentHash }).id
  if (first !== 0n) refuse(DuplicateContent, { first })
}

/** A commitment is used once: its cell is emptied. */
function useCommitment(context: ModuleContext, cells: Cells, { contentHash, salt }: Draft): void {
  const commitment = context.hash(commitmentPreimage(contentHash, context.caller, salt))
  const { block } = commitments.read(cells, { commitment })
  orRefuse(checkCommitment(commitment, block, BigInt(context.block.number)))
  cells.set(commitments.slot({ commitment }), 0n, 'steady')
}

/** The parent's record, when the parent is active and consents. Its approval is always looked up: the price is the same. */
function demandConsent(context: ModuleContext, cells: Cells, edge: Edge, contentHash: Hash): AssetRecord {
  const { parent } = edge
  const record = readAsset(cells, parent)
  if (record.status !== ACTIVE) refuse(NotActive, { id: parent, status: record.status })
  const approval = { parent, contentHash, registrant: context.caller, terms: edge }
  const isApproved = hasApproval(context, approval, addressFromBigint(record.owner))
  orRefuse(checkConsent(edge, readTerms(cells, parent), isApproved))
  return record
}

/** What a child of `parent` may inherit. */
function floorsOf(cells: Cells, parent: bigint, record: AssetRecord): FloorTo[] {
  const floors = [...readParents(cells, parent, record), ...readFurtherFloors(cells, parent, record)]
  return floors.filter((one) => one.ppm > 0n)
}

function writeAsset(context: ModuleContext, cells: Cells, id: bigint, draft: Draft, shares: Shares): void {
  const { kind, contentHash, dataRoot, poolPpm, pool, royaltyBps, previous } = draft
  const counts = { parents: BigInt(shares.parents.length), floors: BigInt(shares.floors.length) }
  createAsset(cells, id, { owner: BigInt(context.caller), status: ACTIVE, kind, ...counts, poolPpm, pool })
  const registrant = BigInt(context.caller)
  origin.write(cells, { id }, { registrant, royaltyBps, registeredAtBlock: BigInt(context.block.number), previous })
  contentHashes.write(cells, { id }, { contentHash: BigInt(contentHash) })
  dataRoots.write(cells, { id }, { dataRoot: BigInt(dataRoot) })
  assetOfContent.write(cells, { contentHash }, { id })
}

function writeLineage(context: ModuleContext, cells: Cells, id: bigint, { kind, contentHash, edges }: Draft): Hash {
  const hashes = edges.map(({ parent }) => hashFromBigint(lineages.read(cells, { id: parent }).lineageHash))
  const lineageHash = context.hash(lineagePreimage(kind, contentHash, hashes, edges))
  lineages.write(cells, { id }, { lineageHash: BigInt(lineageHash) })
  return lineageHash
}

/** Hands the weights to the ledger. */
function install(context: ModuleContext, id: bigint, { poolPpm, pool }: Draft, shares: Shares, feePpm: bigint): void {
  const directParents = shares.parents.map(({ parent, directPpm }) => ({ parent, ppm: directPpm }))
  const relatives = shares.parents.map(({ parent, relativePpm }) => ({ parent, ppm: relativePpm }))
  const { floors } = shares
  installAsset(context.cells(ROYALTY_MODULE), { id, directParents, relatives, floors, poolPpm, pool }, feePpm)
}

function announce(context: ModuleContext, id: bigint, draft: Draft, lineageHash: Hash): void {
  const { kind, contentHash, edges } = draft
  context.emit(Registered, { id, owner: context.caller, kind, contentHash, lineageHash })
  for (const { parent, relation, relativePpm, floorPpm, licenceId } of edges) {
    context.emit(EdgeAdded, { child: id, parent, relation, relativePpm, floorPpm, licenceId })
  }
  context.emit(Transfer, { from: ZERO_ADDRESS, to: context.caller, tokenId: id })
}
