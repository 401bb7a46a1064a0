/**
 * The chain's parameters: everything that all nodes of one chain must agree on, in one checked and hashed object.
 * The genesis block commits to the hash (docs/consensus.md 2.2), so two files that differ are two chains.
 */

import { keccak256Hash } from '../crypto/keccak.ts'
import { bytesToHex } from '../lib/bytes.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Validator } from '../types/validator-set.ts'
import type { Allocation } from './allocations.ts'
import { type AttributionRules, attributionToJson } from './attribution.ts'

/** The version of the file's format. */
export const CHAIN_SPEC_VERSION = 1

/** The rules of gas prices, docs/execution.md section 3. */
export type FeeRules = {
  /** Wei per gas in block 1. */
  readonly initialBaseFeePerGas: bigint
  /** The base fee never falls below this, in wei per gas. */
  readonly minBaseFeePerGas: bigint
  /** A full or empty block moves the base fee by one part in this: 8 on Ethereum, 250 at four blocks a second. */
  readonly baseFeeChangeDenominator: bigint
  /** A block's gas target is its limit divided by this. */
  readonly elasticityMultiplier: bigint
  /** True burns the base fee as Ethereum does; false leaves it at the reward address beside the tips. */
  readonly baseFeeBurned: boolean
  /** Every header's coinbase: fees gather here and the staking module distributes them. */
  readonly rewardAddress: Address
}

/** Timers and lengths of consensus, docs/consensus.md 2.5 and section 7. */
export type ConsensusRules = {
  /** Blocks in an epoch, at least 2. */
  readonly epochLengthBlocks: number
  /** Least milliseconds between a block and its parent. */
  readonly minBlockIntervalMs: number
  /** Milliseconds between blocks while there is nothing to include. */
  readonly idleIntervalMs: number
  /** base_l: milliseconds a leader has before its view is nullified, without back-off. */
  readonly leaderTimeoutMs: number
  /** base_r: milliseconds between repetitions of what was sent in a view that does not end. */
  readonly retryIntervalMs: number
  /** Milliseconds of silence after which a leader's view is skipped at once. */
  readonly skipTimeoutMs: number
}

/** A validator of the genesis set with the proof that it holds its BLS key. */
export type GenesisValidator = Validator & {
  /** 96 bytes, hexadecimal; see genesisPossessionMessage in genesis-validators.ts. */
  readonly proofOfPossession: `0x${string}`
}

export type ChainSpec = {
  /** A word for people: `devnet`. */
  readonly name: string
  readonly chainId: number
  /** Milliseconds since the Unix epoch. */
  readonly genesisTimeMs: number
  /** At most 32 bytes. */
  readonly extraData: Uint8Array
  readonly blockGasLimit: bigint
  /** Bytes of a standard Ethereum block, at most MAX_BLOCK_BYTES. */
  readonly maxBlockBytes: number
  readonly fees: FeeRules
  readonly consensus: ConsensusRules
  readonly validators: readonly GenesisValidator[]
  readonly allocations: readonly Allocation[]
  /** Names from predeploys/contracts.json, deployed at their usual addresses. */
  readonly predeploys: readonly string[]
  /** Parameters of the native modules; a chain without them has no native modules. */
  readonly attribution?: AttributionRules
}

/** The file's form of a chainspec: bigint as decimal text, bytes as hexadecimal, fields in reading order. */
export function chainSpecToJson(spec: ChainSpec): object {
  return {
    version: CHAIN_SPEC_VERSION,
    name: spec.name,
    chainId: spec.chainId,
    genesisTimeMs: spec.genesisTimeMs,
    extraData: bytesToHex(spec.extraData),
    blockGasLimit: spec.blockGasLimit.toString(),
    maxBlockBytes: spec.maxBlockBytes,
    fees: {
      initialBaseFeePerGas: spec.fees.initialBaseFeePerGas.toString(),
      minBaseFeePerGas: spec.fees.minBaseFeePerGas.toString(),
      baseFeeChangeDenominator: spec.fees.baseFeeChangeDenominator.toString(),
      elasticityMultiplier: spec.fees.elasticityMultiplier.toString(),
      baseFeeBurned: spec.fees.baseFeeBurned,
      rewardAddress: spec.fees.rewardAddress,
    },
    consensus: { ...spec.consensus },
    validators: spec.validators.map((one) => ({
      blsPublicKey: one.blsPublicKey,
      proofOfPossession: one.proofOfPossession,
      peerId: one.peerId,
      operator: one.operator,
      feeAddress: one.feeAddress,
      power: one.power,
    })),
    allocations: spec.allocations.map((one) => ({
      bucket: one.bucket,
      address: one.address,
      balanceWei: one.balanceWei.toString(),
    })),
    predeploys: [...spec.predeploys],
    ...(spec.attribution === undefined ? {} : { attribution: attributionToJson(spec.attribution) }),
  }
}

/**
 * Keccak-256 of the domain and the canonical text: JSON of the file's form without white space and with the keys of each
 * object in ascending order.
 */
export function chainSpecHash(spec: ChainSpec): Hash {
  return keccak256Hash(new TextEncoder().encode(`sahara/chainspec/1${canonicalJson(chainSpecToJson(spec))}`))
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
}
