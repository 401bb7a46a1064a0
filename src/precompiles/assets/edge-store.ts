/**
 * Edges and floors in storage.
 *
 * A child's parents stand in packed words with the floor that its own children inherit; what an edge grants is found by
 * child and parent in one read, which is also the proof that the edge is there. All counts are known from the asset's
 * record, so nothing is read until an end is found.
 */

import { bytesToBigint, hexToBytes } from '../../lib/bytes.ts'
import type { Cells } from '../../state/cells.ts'
import { hashFromBigint, ZERO_HASH } from '../../types/primitives.ts'
import { edgeCell, furtherFloors, licenceOfEdge, parentFloors } from './asset-cells.ts'
import type { AssetRecord } from './asset-store.ts'
import { type Floor, type FloorTo, NO_FLOOR, type ParentShare, type Shares } from './shares.ts'
import type { Edge } from './terms.ts'

const FLOORS_A_WORD = 4

type FloorCell = typeof parentFloors
type FloorWord = ReturnType<FloorCell['read']>

/** An edge as it stands, its place among the child's edges from 0, and the floor that other paths brought. */
export type StoredEdge = { readonly edge: Edge; readonly index: number; readonly inherited: Floor }

/** Writes all edges and floors of a new asset. */
export function writeEdges(cells: Cells, child: bigint, edges: readonly Edge[], shares: Shares): void {
  for (const [index, edge] of edges.entries()) {
    const { parent, licenceId } = edge
    const inherited = shares.parents[index]?.inherited ?? NO_FLOOR
    edgeCell.write(cells, { child, parent }, edgeFields({ edge, index, inherited }))
    if (licenceId === ZERO_HASH) continue
    licenceOfEdge.write(cells, { child, parent }, { licenceId: bytesToBigint(hexToBytes(licenceId)) })
  }
  writeFloors(cells, parentFloors, child, shares.parents.map(floorOfParent))
  writeFloors(cells, furtherFloors, child, shares.floors)
}

/** Changes an edge that is there, and with it the floor that the child's children will inherit. */
export function updateEdge(cells: Cells, child: bigint, stored: StoredEdge, share: ParentShare): void {
  const slot = edgeCell.slot({ child, parent: stored.edge.parent })
  cells.set(slot, edgeCell.pack(edgeFields(stored)), 'steady')
  const word = Math.floor(stored.index / FLOORS_A_WORD)
  const floors = unpackWord(parentFloors.read(cells, { id: child, word }))
  floors[stored.index % FLOORS_A_WORD] = floorOfParent(share)
  cells.set(parentFloors.slot({ id: child, word }), parentFloors.pack(packWord(floors)), 'steady')
}

/** The edge from `child` to `parent`, or undefined when there is none. */
export function readEdge(cells: Cells, child: bigint, parent: bigint): StoredEdge | undefined {
  const { order, relation, relativePpm, floorPpm, floorGens, ...rest } = edgeCell.read(cells, { child, parent })
  if (order === 0n) return undefined
  const licenceId = hashFromBigint(licenceOfEdge.read(cells, { child, parent }).licenceId)
  const edge = { parent, relation, relativePpm, floorPpm, floorGens, licenceId }
  return { edge, index: Number(order) - 1, inherited: { ppm: rest.inheritedPpm, gens: rest.inheritedGens } }
}

/** Whether `parent` is a parent of `child`: one read. */
export function isEdge(cells: Cells, child: bigint, parent: bigint): boolean {
  return cells.get(edgeCell.slot({ child, parent })) !== 0n
}

/** The merged floors towards an asset's parents, which are its parents in ascending order. */
export function readParents(cells: Cells, id: bigint, record: AssetRecord): FloorTo[] {
  return readFloors(cells, parentFloors, id, Number(record.parents))
}

/** The floors towards an asset's further ancestors. */
export function readFurtherFloors(cells: Cells, id: bigint, record: AssetRecord): FloorTo[] {
  return readFloors(cells, furtherFloors, id, Number(record.floors))
}

/** The edges of an asset in the order of its parents. */
export function readEdges(cells: Cells, id: bigint, record: AssetRecord): StoredEdge[] {
  return readParents(cells, id, record).flatMap(({ ancestor }) => readEdge(cells, id, ancestor) ?? [])
}

function edgeFields({ edge, index, inherited }: StoredEdge) {
  const { relation, relativePpm, floorPpm, floorGens } = edge
  const values = { relation, relativePpm, floorPpm, floorGens }
  return { order: BigInt(index + 1), ...values, inheritedPpm: inherited.ppm, inheritedGens: inherited.gens }
}

function floorOfParent({ parent, floor }: ParentShare): FloorTo {
  return { ancestor: parent, ppm: floor.ppm, gens: floor.gens }
}

function writeFloors(cells: Cells, cell: FloorCell, id: bigint, floors: readonly FloorTo[]): void {
  for (let from = 0; from < floors.length; from += FLOORS_A_WORD) {
    cell.write(cells, { id, word: from / FLOORS_A_WORD }, packWord(floors.slice(from, from + FLOORS_A_WORD)))
  }
}

function readFloors(cells: Cells, cell: FloorCell, id: bigint, count: number): FloorTo[] {
  const floors: FloorTo[] = []
  for (let from = 0; from < count; from += FLOORS_A_WORD) {
    floors.push(...unpackWord(cell.read(cells, { id, word: from / FLOORS_A_WORD })))
  }
  return floors.slice(0, count)
}

const NOBODY: FloorTo = { ancestor: 0n, ...NO_FLOOR }

function packWord(floors: readonly FloorTo[]): FloorWord {
  const [a = NOBODY, b = NOBODY, c = NOBODY, d = NOBODY] = floors
  return {
    ...{ ancestor0: a.ancestor, ppm0: a.ppm, gens0: a.gens },
    ...{ ancestor1: b.ancestor, ppm1: b.ppm, gens1: b.gens },
    ...{ ancestor2: c.ancestor, ppm2: c.ppm, gens2: c.gens },
    ...{ ancestor3: d.ancestor, ppm3: d.ppm, gens3: d.gens },
  }
}

function unpackWord(word: FloorWord): FloorTo[] {
  return [
    { ancestor: word.ancestor0, ppm: word.ppm0, gens: word.gens0 },
    { ancestor: word.ancestor1, ppm: word.ppm1, gens: word.gens1 },
    { ancestor: word.ancestor2, ppm: word.ppm2, gens: word.gens2 },
    { ancestor: word.ancestor3, ppm: word.ppm3, gens: word.gens3 },
  ]
}
