/**
 * A block has two parts (consensus.md 2.2): the standard Ethereum block, whose hash is the keccak of its header's RLP, and
 * the consensus body, to which the header commits through parentBeaconBlockRoot = keccak(RLP(context)).
 */

import type { Evidence } from './evidence.ts'
import type { Address, Hash } from './primitives.ts'

/** An Osaka header. Integers that fit are numbers; gas and fees are bigint. */
export type Header = {
  readonly parentHash: Hash
  readonly ommersHash: Hash
  readonly coinbase: Address
  readonly stateRoot: Hash
  readonly transactionsRoot: Hash
  readonly receiptsRoot: Hash
  /** 256 bytes. */
  readonly logsBloom: Uint8Array
  readonly number: number
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  /** Seconds: the floor of the block's milliseconds. */
  readonly timestamp: number
  readonly extraData: Uint8Array
  readonly mixHash: Hash
  readonly baseFeePerGas: bigint
  readonly withdrawalsRoot: Hash
  readonly blobGasUsed: bigint
  readonly excessBlobGas: bigint
  readonly parentBeaconBlockRoot: Hash
  readonly requestsHash: Hash
}

/** What consensus says of a block; its RLP is hashed into the header. */
export type ConsensusContext = {
  readonly version: number
  readonly epoch: number
  readonly view: number
  readonly parentView: number
  readonly parentCertHash: Hash
  readonly validatorsHash: Hash
  /** ZERO_HASH except in an epoch's closing block. */
  readonly nextValidatorsHash: Hash
  readonly evidenceRoot: Hash
  /** Milliseconds of the timestamp within its second, 0 to 999. */
  readonly timestampMsPart: number
  /** 96 bytes; the proposer's BLS signature over (epoch, view). */
  readonly randaoReveal: Uint8Array
}

export type ConsensusBody = {
  readonly context: ConsensusContext
  /** Encoded parent certificate; empty for block 1. */
  readonly parentCert: Uint8Array
  readonly evidence: readonly Evidence[]
}

/** A whole block as it is proposed, pushed and stored. */
export type SealedBlock = {
  readonly hash: Hash
  readonly header: Header
  /** Canonical (EIP-2718) bytes of every transaction in order. */
  readonly transactions: readonly Uint8Array[]
  readonly consensus: ConsensusBody
}

/** A block's time in milliseconds since the Unix epoch. */
export function blockTimestampMs(block: SealedBlock): number {
  return block.header.timestamp * 1000 + block.consensus.context.timestampMsPart
}
