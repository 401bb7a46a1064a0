/**
 * Checks a chainspec file. What passes here is a chain that can start: every field in range, the supply exact, the
 * validators distinct and with a quorum, the predeploys known.
 */

import { hexToBytes } from '../lib/bytes.ts'
import { type BadField, type FieldReader, readFields, refuseField } from '../lib/field-reader.ts'
import { MAX_BLOCK_BYTES, MAX_GENESIS_ALLOCATIONS, MAX_VALIDATORS } from '../lib/limits.ts'
import type { Result } from '../lib/result.ts'
import type { Address } from '../types/primitives.ts'
import { type Allocation, BUCKET_NAMES, findSupplyFault, TOTAL_SUPPLY_WEI } from './allocations.ts'
import { readAttributionRules } from './attribution.ts'
import {
  CHAIN_SPEC_VERSION,
  type ChainSpec,
  type ConsensusRules,
  type FeeRules,
  type GenesisValidator,
} from './chain-spec.ts'
import { PREDEPLOY_NAMES } from './predeploys.ts'

const ADDRESS = /^0x[0-9a-fA-F]{40}$/
const ADDRESS_WORDS = '0x and 40 hexadecimal digits'
/** Wei per gas above this is a mistake, and far from overflowing any field of a transaction. */
const MAX_FEE = 10n ** 18n
/** The greatest chain id that MetaMask accepts. */
const MAX_CHAIN_ID = 4_503_599_627_370_476
const MIN_BLOCK_GAS = 5_000n
const MAX_BLOCK_GAS = 10_000_000_000n
const MAX_INTERVAL_MS = 600_000

/** The chainspec that `json` describes, or the first field that is wrong. */
export function parseChainSpec(json: unknown): Result<ChainSpec, BadField> {
  return readFields(json, (fields) => {
    fields.integer('version', CHAIN_SPEC_VERSION, CHAIN_SPEC_VERSION)
    const spec: ChainSpec = {
      name: fields.text('name', /^[a-z0-9][a-z0-9-]{0,31}$/, '1 to 32 lower-case letters, digits and hyphens'),
      chainId: fields.integer('chainId', 1, MAX_CHAIN_ID),
      genesisTimeMs: fields.integer('genesisTimeMs', 0, 2 ** 42),
      extraData: hexToBytes(
        fields.text('extraData', /^0x([0-9a-fA-F]{2}){0,32}$/, '0x and at most 32 bytes in hexadecimal'),
      ),
      blockGasLimit: fields.bigint('blockGasLimit', MIN_BLOCK_GAS, MAX_BLOCK_GAS),
      maxBlockBytes: fields.integer('maxBlockBytes', 1_024, MAX_BLOCK_BYTES),
      fees: fields.object('fees', readFeeRules),
      consensus: fields.object('consensus', readConsensusRules),
      validators: fields.objects('validators', MAX_VALIDATORS, readValidator),
      allocations: fields.objects('allocations', MAX_GENESIS_ALLOCATIONS, readAllocation),
      predeploys: fields.texts('predeploys', 64, /^[A-Za-z0-9]+$/, `names among ${PREDEPLOY_NAMES.join(', ')}`),
      ...(fields.has('attribution') ? { attribution: fields.object('attribution', readAttributionRules) } : {}),
    }
    checkAcrossFields(spec)
    return spec
  })
}

function readFeeRules(fields: FieldReader): FeeRules {
  return {
    initialBaseFeePerGas: fields.bigint('initialBaseFeePerGas', 0n, MAX_FEE),
    minBaseFeePerGas: fields.bigint('minBaseFeePerGas', 0n, MAX_FEE),
    baseFeeChangeDenominator: fields.bigint('baseFeeChangeDenominator', 1n, 1_000_000n),
    elasticityMultiplier: fields.bigint('elasticityMultiplier', 1n, 100n),
    baseFeeBurned: fields.boolean('baseFeeBurned'),
    rewardAddress: fields.text('rewardAddress', ADDRESS, ADDRESS_WORDS).toLowerCase() as Address,
  }
}

function readConsensusRules(fields: FieldReader): ConsensusRules {
  return {
    epochLengthBlocks: fields.integer('epochLengthBlocks', 2, 10_000_000),
    minBlockIntervalMs: fields.integer('minBlockIntervalMs', 1, MAX_INTERVAL_MS),
    idleIntervalMs: fields.integer('idleIntervalMs', 1, MAX_INTERVAL_MS),
    leaderTimeoutMs: fields.integer('leaderTimeoutMs', 50, MAX_INTERVAL_MS),
    retryIntervalMs: fields.integer('retryIntervalMs', 50, MAX_INTERVAL_MS),
    skipTimeoutMs: fields.integer('skipTimeoutMs', 100, MAX_INTERVAL_MS),
  }
}

function readValidator(fields: FieldReader): GenesisValidator {
  return {
    blsPublicKey: fields
      .text('blsPublicKey', /^0x[0-9a-fA-F]{96}$/, '0x and 96 hexadecimal digits')
      .toLowerCase() as `0x${string}`,
    proofOfPossession: fields
      .text('proofOfPossession', /^0x[0-9a-fA-F]{192}$/, '0x and 192 hexadecimal digits')
      .toLowerCase() as `0x${string}`,
    peerId: fields.text('peerId', /^[1-9A-HJ-NP-Za-km-z]{20,64}$/, 'a libp2p peer id in base58'),
    operator: fields.text('operator', ADDRESS, ADDRESS_WORDS).toLowerCase() as Address,
    feeAddress: fields.text('feeAddress', ADDRESS, ADDRESS_WORDS).toLowerCase() as Address,
    power: fields.integer('power', 1, 2 ** 45),
  }
}

function readAllocation(fields: FieldReader): Allocation {
  return {
    bucket: fields.choice('bucket', BUCKET_NAMES),
    address: fields.text('address', ADDRESS, ADDRESS_WORDS).toLowerCase() as Address,
    balanceWei: fields.bigint('balanceWei', 1n, TOTAL_SUPPLY_WEI),
  }
}

function checkAcrossFields(spec: ChainSpec): void {
  const { fees, consensus, validators, allocations, predeploys } = spec
  if (fees.initialBaseFeePerGas < fees.minBaseFeePerGas) {
    refuseField(
      'fees.initialBaseFeePerGas',
      fees.initialBaseFeePerGas,
      `at least ${fees.minBaseFeePerGas}, the minimum`,
    )
  }
  if (consensus.idleIntervalMs < consensus.minBlockIntervalMs) {
    refuseField('consensus.idleIntervalMs', consensus.idleIntervalMs, 'at least consensus.minBlockIntervalMs')
  }
  if (validators.length === 0) refuseField('validators', '0 items', `1 to ${MAX_VALIDATORS} validators`)
  refuseDuplicates(validators, 'blsPublicKey', 'validators')
  refuseDuplicates(validators, 'peerId', 'validators')
  const fault = findSupplyFault(allocations)
  if (fault !== undefined) {
    refuseField(`allocations of ${fault.bucket}`, `a sum of ${fault.sumWei} wei`, `exactly ${fault.budgetWei} wei`)
  }
  for (const [i, name] of predeploys.entries()) {
    const isKnown = PREDEPLOY_NAMES.includes(name)
    if (!isKnown || predeploys.indexOf(name) !== i) {
      refuseField(`predeploys[${i}]`, name, `each of ${PREDEPLOY_NAMES.join(', ')} at most once`)
    }
  }
}

function refuseDuplicates<Key extends string>(items: readonly Record<Key, unknown>[], key: Key, list: string): void {
  const seen = new Set<unknown>()
  for (const [i, item] of items.entries()) {
    if (seen.has(item[key])) refuseField(`${list}[${i}].${key}`, item[key], 'a value that no earlier entry has')
    seen.add(item[key])
  }
}
