/**
 * How assets come to be: commit, then register, or add a version.
 */

import { ZERO_HASH } from '../../types/primitives.ts'
import { bytes32, string, uint8, uint16, uint32, uint64 } from '../abi-types.ts'
import type { ModuleContext } from '../context.ts'
import { orRefuse } from '../failure.ts'
import { method } from '../module.ts'
import { EDGES } from './abi-structs.ts'
import { commitments, origin } from './asset-cells.ts'
import { committedAt } from './commitments.ts'
import { readEdges } from './edge-store.ts'
import { Committed, VersionAdded } from './events.ts'
import { demandActive, demandOwner } from './guards.ts'
import { type Draft, registerAsset } from './registration.ts'
import { checkVersion } from './versions.ts'

const REGISTER_GAS =
  'some 15 slot writes and one for each 32 bytes of the uri; for each parent five slot reads, the words of its floors (four a word), a slot write (two with a licence), two hashes and a log; one slot write for every four parents and floors; the ledger: one slot write for every three parents and four floors'

const REGISTRATION = {
  kind: uint8,
  contentHash: bytes32,
  dataRoot: bytes32,
  uri: string,
  parents: EDGES,
  poolPpm: uint32,
  royaltyBps: uint16,
}

const VERSION = { previous: uint64, contentHash: bytes32, dataRoot: bytes32, uri: string, parents: EDGES }

const commit = method({
  name: 'commit',
  params: { commitment: bytes32 },
  returns: {},
  access: 'write',
  notes:
    'Announces a registration without showing it: keccak256(abi.encode(contentHash, registrant, salt)). It may be revealed two blocks later. Committing again changes nothing until it has expired.',
  gas: 'one slot read, one slot write, one log',
  run: (context, { commitment }) => {
    const cells = context.cells(context.module)
    const known = commitments.read(cells, { commitment })
    const block = committedAt(known.block, BigInt(context.block.number))
    commitments.write(cells, { commitment }, { block })
    context.emit(Committed, { commitment, committedAtBlock: block })
  },
})

const committedAtBlock = method({
  name: 'committedAtBlock',
  params: { commitment: bytes32 },
  returns: { blockNumber: uint64 },
  access: 'view',
  notes: 'The block that a commitment counts from; 0 when there is none or it was used.',
  gas: 'one slot read',
  run: (context, { commitment }) => ({
    blockNumber: commitments.read(context.cells(context.module), { commitment }).block,
  }),
})

const register = method({
  name: 'register',
  params: REGISTRATION,
  returns: { id: uint64 },
  access: 'write',
  notes:
    'Registers an asset of the caller, committed at least two blocks before with salt 0. Parents are strictly ascending and active, and consent by their terms or an approval. A pool share makes the pool of its contributors, which the caller controls.',
  gas: REGISTER_GAS,
  run: (context, params) => ({ id: registerFirst(context, { ...params, salt: ZERO_HASH }) }),
})

const registerWithSalt = method({
  name: 'register',
  params: { ...REGISTRATION, salt: bytes32 },
  returns: { id: uint64 },
  access: 'write',
  notes: 'The same with the salt of the commitment, which hides content that others could guess.',
  gas: REGISTER_GAS,
  run: (context, params) => ({ id: registerFirst(context, params) }),
})

const addVersion = method({
  name: 'addVersion',
  params: VERSION,
  returns: { id: uint64 },
  access: 'write',
  notes:
    'Registers a new version of an asset of the caller: of the same kind, with the same pool and pool share, and every edge of the previous one at no lower terms. Committed as a registration is, with salt 0. The previous one stays payable.',
  gas: `${REGISTER_GAS}; two slot reads for each edge of the previous version`,
  run: (context, params) => ({ id: registerVersion(context, { ...params, poolPpm: undefined, salt: ZERO_HASH }) }),
})

const addVersionWithPool = method({
  name: 'addVersion',
  params: { ...VERSION, poolPpm: uint32, salt: bytes32 },
  returns: { id: uint64 },
  access: 'write',
  notes: 'The same with a pool share that is not lower, and the salt of the commitment.',
  gas: `${REGISTER_GAS}; two slot reads for each edge of the previous version`,
  run: (context, params) => ({ id: registerVersion(context, params) }),
})

/** How assets come to be. */
export const REGISTER_METHODS = [commit, committedAtBlock, register, registerWithSalt, addVersion, addVersionWithPool]

type FirstParams = Omit<Draft, 'edges' | 'previous' | 'pool'> & { readonly parents: Draft['edges'] }

function registerFirst(context: ModuleContext, { parents, ...facts }: FirstParams): bigint {
  return registerAsset(context, { ...facts, edges: parents, previous: 0n, pool: 0n })
}

type VersionParams = Pick<Draft, 'contentHash' | 'dataRoot' | 'uri' | 'previous' | 'salt'> & {
  readonly parents: Draft['edges']
  /** As the previous version has it when undefined. */
  readonly poolPpm: bigint | undefined
}

function registerVersion(context: ModuleContext, { parents, poolPpm, ...facts }: VersionParams): bigint {
  const { previous } = facts
  const cells = context.cells(context.module)
  const record = demandActive(context, previous)
  demandOwner(context, previous, record)
  const former = readEdges(cells, previous, record).map((one) => one.edge)
  const next = { edges: parents, poolPpm: poolPpm ?? record.poolPpm }
  orRefuse(checkVersion(previous, { edges: former, poolPpm: record.poolPpm }, next))
  const { royaltyBps } = origin.read(cells, { id: previous })
  const id = registerAsset(context, { ...facts, ...next, kind: record.kind, royaltyBps, pool: record.pool })
  context.emit(VersionAdded, { previous, id })
  return id
}
