/**
 * Looking assets up.
 */

import { addressFromBigint, hashFromBigint } from '../../types/primitives.ts'
import { bytes32, uint8, uint64 } from '../abi-types.ts'
import type { ModuleContext } from '../context.ts'
import { method } from '../module.ts'
import { ASSET, type AssetView } from './abi-structs.ts'
import { assetOfContent, contentHashes, dataRoots, lineages, origin } from './asset-cells.ts'
import { assetCount, operatorOf, readAsset, readUri } from './asset-store.ts'
import { demandAsset } from './guards.ts'

const get = method({
  name: 'get',
  params: { id: uint64 },
  returns: { asset: ASSET },
  access: 'view',
  notes: 'All of an asset but its edges, floors and terms.',
  gas: 'seven slot reads and one for each 32 bytes of the uri',
  run: (context, { id }) => ({ asset: viewAsset(context, id) }),
})

const byContent = method({
  name: 'byContent',
  params: { contentHash: bytes32 },
  returns: { id: uint64 },
  access: 'view',
  notes: 'The asset that was registered with this content; 0 when there is none.',
  gas: 'one slot read, one hash',
  run: (context, { contentHash }) => ({ id: assetOfContent.read(context.cells(context.module), { contentHash }).id }),
})

const count = method({
  name: 'assetCount',
  params: {},
  returns: { count: uint64 },
  access: 'view',
  notes: 'How many assets there are; ids are 1 to this.',
  gas: 'one slot read',
  run: (context) => ({ count: assetCount(context.cells(context.module)) }),
})

const statusOfAsset = method({
  name: 'statusOf',
  params: { id: uint64 },
  returns: { status: uint8 },
  access: 'view',
  notes: '1 active, 2 disputed, 3 revoked; 0 is no asset.',
  gas: 'one slot read',
  run: (context, { id }) => ({ status: readAsset(context.cells(context.module), id).status }),
})

/** Look-ups. */
export const READ_METHODS = [get, byContent, count, statusOfAsset]

function viewAsset(context: ModuleContext, id: bigint): AssetView {
  const cells = context.cells(context.module)
  const record = demandAsset(context, id)
  const { registrant, royaltyBps, registeredAtBlock, previous } = origin.read(cells, { id })
  return {
    owner: addressFromBigint(record.owner),
    operator: operatorOf(cells, id),
    registrant: addressFromBigint(registrant),
    ...{ kind: record.kind, status: record.status, royaltyBps, poolPpm: record.poolPpm, pool: record.pool },
    ...{ previous, registeredAtBlock, parentCount: record.parents, floorCount: record.floors },
    contentHash: hashFromBigint(contentHashes.read(cells, { id }).contentHash),
    dataRoot: hashFromBigint(dataRoots.read(cells, { id }).dataRoot),
    lineageHash: hashFromBigint(lineages.read(cells, { id }).lineageHash),
    uri: readUri(cells, id),
  }
}
