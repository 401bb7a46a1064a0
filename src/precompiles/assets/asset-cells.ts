/**
 * The cells that N01 keeps in its account's storage. All of an asset that payments, transfers and children ask for is in its
 * `asset` cell; what is fixed at registration is apart from what may change.
 */

import { MAX_URI_BYTES } from '../../lib/limits.ts'
import { defineBytesCell, defineCell } from '../../state/cells.ts'

export const registry = defineCell({
  name: 'registry',
  tag: 0x01,
  growth: 'steady',
  key: {},
  value: { count: 64 },
  notes: 'How many assets there are; ids are 1 to count.',
})

export const asset = defineCell({
  name: 'asset',
  tag: 0x02,
  growth: 'fresh',
  key: { id: 8 },
  value: { owner: 160, status: 8, kind: 8, parents: 8, floors: 8, poolPpm: 24, pool: 32 },
  notes:
    'An asset: status 0 is none; pool is the pool of its slot (a version has that of its first version), 0 is none.',
})

export const origin = defineCell({
  name: 'origin',
  tag: 0x03,
  growth: 'fresh',
  key: { id: 8 },
  value: { registrant: 160, royaltyBps: 16, registeredAtBlock: 40, previous: 32 },
  notes: 'How an asset came to be: previous is the asset that it is a version of, 0 is none.',
})

export const contentHashes = defineCell({
  name: 'contentHash',
  tag: 0x04,
  growth: 'fresh',
  key: { id: 8 },
  value: { contentHash: 256 },
})

export const dataRoots = defineCell({
  name: 'dataRoot',
  tag: 0x05,
  growth: 'fresh',
  key: { id: 8 },
  value: { dataRoot: 256 },
})

export const lineages = defineCell({
  name: 'lineageHash',
  tag: 0x06,
  growth: 'fresh',
  key: { id: 8 },
  value: { lineageHash: 256 },
})

export const uris = defineBytesCell({
  name: 'uri',
  tag: 0x07,
  growth: 'fresh',
  key: { id: 8 },
  maxBytes: MAX_URI_BYTES,
})

export const assetOfContent = defineCell({
  name: 'assetOfContent',
  tag: 0x08,
  growth: 'fresh',
  key: { contentHash: 32 },
  value: { id: 64 },
  notes: 'The asset that was registered with a content hash.',
})

export const termsOf = defineCell({
  name: 'terms',
  tag: 0x09,
  growth: 'fresh',
  key: { id: 8 },
  value: { relationMask: 32, minRelativePpm: 24, floorPpm: 24, floorGens: 8, isOpen: 1 },
  notes: 'What an owner asks of future children.',
})

const FOUR_FLOORS = {
  ancestor0: 32,
  ppm0: 24,
  gens0: 8,
  ancestor1: 32,
  ppm1: 24,
  gens1: 8,
  ancestor2: 32,
  ppm2: 24,
  gens2: 8,
  ancestor3: 32,
  ppm3: 24,
  gens3: 8,
} as const

export const parentFloors = defineCell({
  name: 'parents',
  tag: 0x0a,
  growth: 'fresh',
  key: { id: 8, word: 1 },
  value: FOUR_FLOORS,
  notes: 'An asset’s parents, ascending, four a word, with the merged floor that its children inherit.',
})

export const furtherFloors = defineCell({
  name: 'floors',
  tag: 0x0b,
  growth: 'fresh',
  key: { id: 8, word: 1 },
  value: FOUR_FLOORS,
  notes: 'An asset’s floors towards ancestors that are not its parents, ascending, four a word.',
})

export const edgeCell = defineCell({
  name: 'edge',
  tag: 0x0c,
  growth: 'fresh',
  key: { child: 8, parent: 8 },
  value: {
    order: 8,
    relation: 8,
    relativePpm: 24,
    floorPpm: 24,
    floorGens: 8,
    inheritedPpm: 24,
    inheritedGens: 8,
  },
  notes:
    'An edge: what it grants, and the floor that other paths brought for the same parent. order is its place among the child’s edges, from 1, so that no edge is an empty cell. /',
})

export const licenceOfEdge = defineCell({
  name: 'licence',
  tag: 0x0d,
  growth: 'fresh',
  key: { child: 8, parent: 8 },
  value: { licenceId: 256 },
  notes: 'The licence that an edge names, where it names one.',
})

export const commitments = defineCell({
  name: 'commitment',
  tag: 0x0e,
  growth: 'fresh',
  key: { commitment: 32 },
  value: { block: 64 },
  notes: 'The block that a commitment counts from.',
})

export const approvals = defineCell({
  name: 'approval',
  tag: 0x0f,
  growth: 'fresh',
  key: { approval: 32, owner: 20 },
  value: { state: 2 },
  notes:
    'What an owner of the parent said of an approval: 1 gave it, 2 took it back. Each owner speaks for himself alone.',
})

export const balances = defineCell({
  name: 'balance',
  tag: 0x10,
  growth: 'fresh',
  key: { owner: 20 },
  value: { count: 64 },
  notes: 'Assets of an account.',
})

export const tokenApprovals = defineCell({
  name: 'tokenApproval',
  tag: 0x11,
  growth: 'fresh',
  key: { id: 8 },
  value: { approved: 160 },
  notes: 'Who may transfer one asset.',
})

export const approvalsForAll = defineCell({
  name: 'approvalForAll',
  tag: 0x12,
  growth: 'fresh',
  key: { owner: 20, operator: 20 },
  value: { isApproved: 1 },
  notes: 'Who may transfer every asset of an account.',
})

export const operators = defineCell({
  name: 'operator',
  tag: 0x13,
  growth: 'fresh',
  key: { id: 8 },
  value: { operator: 160 },
  notes: 'Who may set terms, anchor usage and append to the pool besides the owner.',
})

export const usageTotals = defineCell({
  name: 'usage',
  tag: 0x14,
  growth: 'fresh',
  key: { id: 8 },
  value: { anchors: 64, entries: 128 },
  notes: 'How often usage was anchored, and the entries of all anchors together.',
})

export const usageRoots = defineCell({
  name: 'usageRoot',
  tag: 0x15,
  growth: 'fresh',
  key: { id: 8, anchor: 8 },
  value: { logRoot: 256 },
  notes: 'The root of one anchored usage log, by its number from 0.',
})

/** All of them, in the order of their tags. */
export const ASSET_CELLS = [
  registry,
  asset,
  origin,
  contentHashes,
  dataRoots,
  lineages,
  uris,
  assetOfContent,
  termsOf,
  parentFloors,
  furtherFloors,
  edgeCell,
  licenceOfEdge,
  commitments,
  approvals,
  balances,
  tokenApprovals,
  approvalsForAll,
  operators,
  usageTotals,
  usageRoots,
]
