/**
 * The rules of a block that need no execution: V4, the deterministic part of V5, V6, and what the header and the context
 * commit to (docs/consensus.md 2.2 and 2.4). All of them follow from the parent and the chainspec alone.
 */

import type { ChainSpec } from '../chainspec/chain-spec.ts'
import { nextBaseFee } from '../chainspec/fees.ts'
import { genesisValidatorSet, validatorListHash } from '../chainspec/genesis-validators.ts'
import { keccak256Hash } from '../crypto/keccak.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../lib/bytes.ts'
import { MAX_EVIDENCE_PER_BLOCK, MAX_RLP_BLOCK_BYTES } from '../lib/limits.ts'
import { blockTimestampMs, type Header, type SealedBlock } from '../types/block.ts'
import {
  CONTEXT_VERSION,
  EMPTY_OMMERS_HASH,
  EMPTY_REQUESTS_HASH,
  MAX_EXTRA_DATA,
  standardBlockSize,
} from '../types/block-codec.ts'
import { EMPTY_TRIE_ROOT } from '../types/ordered-root.ts'
import { type Hash, ZERO_HASH } from '../types/primitives.ts'
import { bodyMismatch } from '../types/sealed-block-codec.ts'
import type { BlockFailure, FieldMismatch, LimitExceeded } from './block-failure.ts'

const MISMATCH_CODES = {
  context: 'CONTEXT_MISMATCH',
  parentCert: 'PARENT_CERT_MISMATCH',
  evidence: 'EVIDENCE_ROOT_MISMATCH',
  transactions: 'TRANSACTIONS_ROOT_MISMATCH',
} as const

/** What the rules read of the chainspec, worked out once. */
export class BlockRules {
  readonly spec: ChainSpec
  readonly maxBlockBytes: number
  private readonly validatorsHash: Hash

  constructor(spec: ChainSpec) {
    this.spec = spec
    this.maxBlockBytes = Math.min(spec.maxBlockBytes, MAX_RLP_BLOCK_BYTES)
    this.validatorsHash = validatorListHash(genesisValidatorSet(spec).validators)
  }

  /** The epoch of a block above genesis. */
  epochOf(number: number): number {
    return Math.floor((number - 1) / this.spec.consensus.epochLengthBlocks)
  }

  /** Hash of the epoch's validators: the live set is the genesis set until staking changes it. */
  validatorsHashOf(_epoch: number): Hash {
    return this.validatorsHash
  }

  /** What the block's context must name as the next epoch's validators: ZERO_HASH unless it closes its epoch. */
  nextValidatorsHash(number: number): Hash {
    const closes = number % this.spec.consensus.epochLengthBlocks === 0
    return closes ? this.validatorsHashOf(this.epochOf(number) + 1) : ZERO_HASH
  }

  /** Wei per gas of the block after `parent`. */
  baseFeeAfter(parent: Header): bigint {
    return nextBaseFee(this.spec.fees, parent)
  }

  /** The earliest time of the block after `parent`, in milliseconds. */
  earliestTimestampMs(parent: SealedBlock): number {
    return blockTimestampMs(parent) + this.spec.consensus.minBlockIntervalMs
  }

  /** PREVRANDAO of the block after `parent` with the proposer's reveal. */
  mixHashAfter(parent: Header, randaoReveal: Uint8Array): Hash {
    return keccak256Hash(concatBytes(hexToBytes(parent.mixHash), randaoReveal))
  }

  /** The first rule that `block` breaks as the child of `parent`; undefined when only execution can tell more. */
  check(block: SealedBlock, parent: SealedBlock): BlockFailure | undefined {
    return (
      this.checkBounds(block, parent) ??
      this.checkFields(block, parent) ??
      this.checkContext(block) ??
      checkCommitments(block)
    )
  }

  private checkBounds(block: SealedBlock, parent: SealedBlock): LimitExceeded | undefined {
    const { header, consensus } = block
    const size = standardBlockSize(block)
    const earliest = this.earliestTimestampMs(parent)
    if (header.extraData.length > MAX_EXTRA_DATA) {
      return exceeded('EXTRA_DATA_TOO_LONG', MAX_EXTRA_DATA, header.extraData.length)
    }
    if (size > this.maxBlockBytes) return exceeded('BLOCK_TOO_LARGE', this.maxBlockBytes, size)
    if (consensus.evidence.length > MAX_EVIDENCE_PER_BLOCK) {
      return exceeded('EVIDENCE_TOO_MANY', MAX_EVIDENCE_PER_BLOCK, consensus.evidence.length)
    }
    if (blockTimestampMs(block) < earliest) return exceeded('TIMESTAMP_TOO_EARLY', earliest, blockTimestampMs(block))
    if (header.gasUsed > header.gasLimit) return exceeded('GAS_LIMIT_EXCEEDED', header.gasLimit, header.gasUsed)
    return undefined
  }

  private checkFields(block: SealedBlock, parent: SealedBlock): FieldMismatch | undefined {
    const { header } = block
    const { fees, blockGasLimit } = this.spec
    const mixHash = this.mixHashAfter(parent.header, block.consensus.context.randaoReveal)
    const constant = 'HEADER_CONSTANT_MISMATCH'
    return (
      differs('NUMBER_MISMATCH', 'number', parent.header.number + 1, header.number) ??
      differs('COINBASE_MISMATCH', 'coinbase', fees.rewardAddress, header.coinbase) ??
      differs('GAS_LIMIT_MISMATCH', 'gasLimit', blockGasLimit, header.gasLimit) ??
      differs('BASE_FEE_MISMATCH', 'baseFeePerGas', this.baseFeeAfter(parent.header), header.baseFeePerGas) ??
      differs('MIX_HASH_MISMATCH', 'mixHash', mixHash, header.mixHash) ??
      differs(constant, 'ommersHash', EMPTY_OMMERS_HASH, header.ommersHash) ??
      differs(constant, 'withdrawalsRoot', EMPTY_TRIE_ROOT, header.withdrawalsRoot) ??
      differs(constant, 'requestsHash', EMPTY_REQUESTS_HASH, header.requestsHash) ??
      differs(constant, 'blobGasUsed', 0n, header.blobGasUsed) ??
      differs(constant, 'excessBlobGas', 0n, header.excessBlobGas)
    )
  }

  private checkContext(block: SealedBlock): FieldMismatch | undefined {
    const { context } = block.consensus
    const { number } = block.header
    const epoch = this.epochOf(number)
    const next = this.nextValidatorsHash(number)
    return (
      differs('CONTEXT_MISMATCH', 'version', CONTEXT_VERSION, context.version) ??
      differs('EPOCH_MISMATCH', 'epoch', epoch, context.epoch) ??
      differs('VALIDATORS_MISMATCH', 'validatorsHash', this.validatorsHashOf(epoch), context.validatorsHash) ??
      differs('VALIDATORS_MISMATCH', 'nextValidatorsHash', next, context.nextValidatorsHash) ??
      // The milliseconds belong to the second of the header: a larger part would be a second encoding of one time.
      (context.timestampMsPart > 999
        ? differs('CONTEXT_MISMATCH', 'timestampMsPart', 999, context.timestampMsPart)
        : undefined)
    )
  }
}

function checkCommitments(block: SealedBlock): FieldMismatch | undefined {
  const mismatch = bodyMismatch(block)
  if (mismatch === undefined) return undefined
  return fieldMismatch(MISMATCH_CODES[mismatch.part], mismatch.part, mismatch.expected, mismatch.actual)
}

/** A mismatch when the two values differ. */
export function differs(
  code: FieldMismatch['code'],
  field: string,
  expected: string | number | bigint,
  actual: string | number | bigint,
): FieldMismatch | undefined {
  return expected === actual ? undefined : fieldMismatch(code, field, String(expected), String(actual))
}

/** A mismatch of two byte strings, when they differ. */
export function differsInBytes(
  code: FieldMismatch['code'],
  field: string,
  expected: Uint8Array,
  actual: Uint8Array,
): FieldMismatch | undefined {
  return differs(code, field, bytesToHex(expected), bytesToHex(actual))
}

function fieldMismatch(code: FieldMismatch['code'], field: string, expected: string, actual: string): FieldMismatch {
  return { code, blame: 'reject', field, expected, actual }
}

function exceeded(code: LimitExceeded['code'], limit: number | bigint, actual: number | bigint): LimitExceeded {
  return { code, blame: 'reject', limit, actual }
}
