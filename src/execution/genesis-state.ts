/**
 * Writes the genesis of a chainspec as block 0, and tells whether a database holds that chain.
 */

import { type ChainSpec, chainSpecHash } from '../chainspec/chain-spec.ts'
import { genesisAccounts, genesisBlock } from '../chainspec/genesis.ts'
import { CodedError } from '../lib/errors.ts'
import { writeModuleGenesis } from '../precompiles/genesis.ts'
import type { ModuleDefinition } from '../precompiles/module.ts'
import { modulesOf } from '../precompiles/registry.ts'
import type { StateStore } from '../state/state-store.ts'
import { WorldState } from '../state/world-state.ts'
import type { BlockStore } from '../storage/block-store.ts'
import type { SealedBlock } from '../types/block.ts'
import { decodeConsensusBody, encodeConsensusBody } from '../types/sealed-block-codec.ts'
import type { ExecutionStop } from './chain-types.ts'

/** Commits block 0 into an empty database and returns it. */
export async function writeGenesis(
  spec: ChainSpec,
  store: StateStore,
  modules: readonly ModuleDefinition[] = modulesOf(spec),
): Promise<SealedBlock> {
  const state = new WorldState(store.head())
  state.beginTransaction()
  for (const { address, balanceWei, nonce, code } of genesisAccounts(spec)) {
    if (balanceWei > 0n) state.setBalance(address, balanceWei)
    if (nonce > 0n) state.setNonce(address, nonce)
    if (code.length > 0) state.setCode(address, code)
  }
  if (spec.attribution !== undefined) writeModuleGenesis(spec.attribution, modules, state)
  const sealed = store.seal(store.head(), state.changes())
  const block = genesisBlock(spec, sealed.stateRoot)
  await store.commit(sealed, {
    hash: block.hash,
    header: block.header,
    transactions: [],
    transactionHashes: [],
    receipts: [],
    consensusBody: encodeConsensusBody(block.consensus),
    certificate: new Uint8Array(0),
  })
  return block
}

/** Throws GENESIS_MISMATCH when the database was made from another chainspec; the genesis context holds its hash. */
export function checkGenesis(spec: ChainSpec, blocks: BlockStore): void {
  const body = blocks.consensusBody(0)
  const actual = body === undefined ? undefined : decodeConsensusBody(body).context.parentCertHash
  const expected = chainSpecHash(spec)
  if (actual === expected) return
  const detail: ExecutionStop = { code: 'GENESIS_MISMATCH', expected, actual: actual ?? expected }
  throw new CodedError(detail, `the database belongs to the chainspec ${actual}, not to ${expected}`)
}
