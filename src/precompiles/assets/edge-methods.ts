/**
 * Edges after their registration: read, proved, and lowered by the parent's owner.
 */

import { MAX_LISTED_OBLIGATIONS, MAX_PATH_ASSETS } from '../../lib/limits.ts'
import { array, bool, uint8, uint32, uint64 } from '../abi-types.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { orRefuse } from '../failure.ts'
import { method } from '../module.ts'
import { lowerEdge as lowerWeights } from '../royalty/settle.ts'
import { EDGES, OBLIGATION } from './abi-structs.ts'
import { isEdge, readEdge, readEdges, readFurtherFloors, updateEdge } from './edge-store.ts'
import { EdgeRaised, UnknownEdge } from './errors.ts'
import { EdgeLowered } from './events.ts'
import { demandActive, demandAsset, demandOwner } from './guards.ts'
import { listObligations, parentShare } from './shares.ts'
import { checkEdge, type Edge } from './terms.ts'

const parents = method({
  name: 'parents',
  params: { id: uint64 },
  returns: { edges: EDGES },
  access: 'view',
  notes: 'The edges of an asset to its parents, as they stand.',
  gas: 'one slot read, one for every four parents, two for each parent',
  run: (context, { id }) => {
    const record = demandAsset(context, id)
    return { edges: readEdges(context.cells(context.module), id, record).map((one) => one.edge) }
  },
})

const obligations = method({
  name: 'obligations',
  params: { id: uint64 },
  returns: { obligations: array(OBLIGATION, MAX_LISTED_OBLIGATIONS) },
  access: 'view',
  notes:
    'What a payment to the asset itself owes each ancestor: parents by the greater of relative share and floor, then floors of further ancestors. gens are the generations that a floor still binds, this asset included; 255 are all, 0 is no floor.',
  gas: 'one slot read, one for every four parents and every four floors, two for each parent',
  run: (context, { id }) => {
    const cells = context.cells(context.module)
    const record = demandAsset(context, id)
    const shares = readEdges(cells, id, record).map(({ edge, inherited }) => parentShare(edge, inherited))
    return { obligations: listObligations({ parents: shares, floors: readFurtherFloors(cells, id, record) }) }
  },
})

const verifyPath = method({
  name: 'verifyPath',
  params: { path: array(uint64, MAX_PATH_ASSETS) },
  returns: { isPath: bool },
  access: 'view',
  notes: 'Whether each asset of the path is a parent of the one before it: two or more ids, the descendant first.',
  gas: 'one slot read for each step',
  run: (context, { path }) => {
    const cells = context.cells(context.module)
    const isStep = (parent: bigint, index: number) => index === 0 || isEdge(cells, path[index - 1] ?? 0n, parent)
    return { isPath: path.length > 1 && path.every(isStep) }
  },
})

const lowerEdge = method({
  name: 'lowerEdge',
  params: { child: uint64, parent: uint64, relativePpm: uint32, floorPpm: uint32, floorGens: uint8 },
  returns: {},
  access: 'write',
  notes:
    'Lowers what a child owes this parent, from now on: both ledger nodes of the child are flushed first in every token. Owner of the parent. Floors that descendants of the child inherited before stay; later descendants inherit the lower one.',
  gas: 'flushing both nodes of the child for every listed token; six slot reads, four slot writes, one log',
  run: (context, { child, ...lowered }) => lower(context, child, lowered),
})

/** Edges. */
export const EDGE_METHODS = [parents, obligations, verifyPath, lowerEdge]

type LoweredEdge = Pick<Edge, 'parent' | 'relativePpm' | 'floorPpm' | 'floorGens'>

function lower(context: ModuleContext, child: bigint, lowered: LoweredEdge): void {
  const { parent } = lowered
  const cells = context.cells(context.module)
  demandOwner(context, parent, demandActive(context, parent))
  const stored = readEdge(cells, child, parent)
  if (stored === undefined) refuse(UnknownEdge, { child, parent })
  const { relativePpm, floorPpm, floorGens } = stored.edge
  const isRaised = lowered.relativePpm > relativePpm || lowered.floorPpm > floorPpm || lowered.floorGens > floorGens
  if (isRaised) refuse(EdgeRaised, { child, parent, relativePpm, floorPpm, floorGens })
  const edge = { ...stored.edge, ...lowered }
  orRefuse(checkEdge(edge))
  const share = parentShare(edge, stored.inherited)
  lowerWeights(context, { child, parent, directPpm: share.directPpm, relativePpm: share.relativePpm })
  updateEdge(cells, child, { ...stored, edge }, share)
  context.emit(EdgeLowered, { child, ...lowered })
}
