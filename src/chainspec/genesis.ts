/**
 * The genesis block: its accounts and, once execution has computed their state root, its header and consensus context.
 * Its hash commits to the chainspec and to the first validator set (docs/consensus.md 2.2).
 */

import { keccak256Hash } from '../crypto/keccak.ts'
import { hexToBytes } from '../lib/bytes.ts'
import type { ConsensusContext, Header, SealedBlock } from '../types/block.ts'
import {
  CONTEXT_VERSION,
  contextHash,
  EMPTY_OMMERS_HASH,
  EMPTY_REQUESTS_HASH,
  headerHash,
  RANDAO_REVEAL_BYTES,
} from '../types/block-codec.ts'
import { BLOOM_BYTES } from '../types/bloom.ts'
import { EMPTY_TRIE_ROOT } from '../types/ordered-root.ts'
import { type Address, type Hash, ZERO_HASH } from '../types/primitives.ts'
import { type ChainSpec, chainSpecHash } from './chain-spec.ts'
import { genesisValidatorSet, validatorListHash } from './genesis-validators.ts'
import { PREDEPLOYS } from './predeploys.ts'

/** An account that exists from genesis on. `code` is empty for an account without a contract. */
export type GenesisAccount = {
  readonly address: Address
  readonly balanceWei: bigint
  readonly nonce: bigint
  readonly code: Uint8Array
}

/** keccak(RLP of an empty list): the same as that of no ommers. */
const EMPTY_EVIDENCE_ROOT = EMPTY_OMMERS_HASH

/** Every account of genesis once, balances summed over buckets, contracts with nonce 1 (EIP-161), by ascending address. */
export function genesisAccounts(spec: ChainSpec): GenesisAccount[] {
  const accounts = new Map<Address, GenesisAccount>()
  for (const { address, balanceWei } of spec.allocations) {
    const held = accounts.get(address)?.balanceWei ?? 0n
    accounts.set(address, { address, balanceWei: held + balanceWei, nonce: 0n, code: new Uint8Array(0) })
  }
  for (const { name, address, code } of PREDEPLOYS) {
    if (!spec.predeploys.includes(name)) continue
    accounts.set(address, { address, balanceWei: accounts.get(address)?.balanceWei ?? 0n, nonce: 1n, code })
  }
  return [...accounts.values()].sort((a, b) => (a.address < b.address ? -1 : 1))
}

/** Block 0. `stateRoot` is the root over genesisAccounts. */
export function genesisBlock(spec: ChainSpec, stateRoot: Hash): SealedBlock {
  const specHash = chainSpecHash(spec)
  const context: ConsensusContext = {
    version: CONTEXT_VERSION,
    epoch: 0,
    view: 0,
    parentView: 0,
    parentCertHash: specHash,
    validatorsHash: validatorListHash(genesisValidatorSet(spec).validators),
    nextValidatorsHash: ZERO_HASH,
    evidenceRoot: EMPTY_EVIDENCE_ROOT,
    timestampMsPart: spec.genesisTimeMs % 1_000,
    randaoReveal: new Uint8Array(RANDAO_REVEAL_BYTES),
  }
  const header: Header = {
    parentHash: ZERO_HASH,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: spec.fees.rewardAddress,
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(BLOOM_BYTES),
    number: 0,
    gasLimit: spec.blockGasLimit,
    gasUsed: 0n,
    timestamp: Math.floor(spec.genesisTimeMs / 1_000),
    extraData: spec.extraData,
    mixHash: keccak256Hash(hexToBytes(specHash)),
    baseFeePerGas: spec.fees.initialBaseFeePerGas,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: contextHash(context),
    requestsHash: EMPTY_REQUESTS_HASH,
  }
  return {
    hash: headerHash(header),
    header,
    transactions: [],
    consensus: { context, parentCert: new Uint8Array(0), evidence: [] },
  }
}
