/**
 * Blocks to and from bytes: the header and the standard block in RLP, the consensus context in RLP
 * (docs/consensus.md 2.2). A whole sealed block in the node's own encoding: sealed-block-codec.ts.
 */

import { keccak256Hash } from '../crypto/keccak.ts'
import { equalBytes, hexToBytes } from '../lib/bytes.ts'
import type { ConsensusContext, Header, SealedBlock } from './block.ts'
import { BLOOM_BYTES } from './bloom.ts'
import { DecodeError } from './codec.ts'
import { orderedTrieRoot } from './ordered-root.ts'
import { addressFromBytes, type Hash, hashFromBytes, ZERO_HASH } from './primitives.ts'
import {
  decodeRlpList,
  encodeRlp,
  encodeRlpListOf,
  type RlpItem,
  rlpBigint,
  rlpBytes,
  rlpFixed,
  rlpInteger,
  rlpNumber,
} from './rlp.ts'

/** keccak(rlp([])): a block has no ommers. */
export const EMPTY_OMMERS_HASH = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347' as Hash
/** sha256 of nothing: no execution requests (EIP-7685). */
export const EMPTY_REQUESTS_HASH = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' as Hash
/** Bytes of the extraData field at most. */
export const MAX_EXTRA_DATA = 32
export const CONTEXT_VERSION = 1
/** A BLS signature. */
export const RANDAO_REVEAL_BYTES = 96

const HEADER_FIELDS = 21
const CONTEXT_FIELDS = 10
const ZERO_NONCE = new Uint8Array(8)
const EMPTY = new Uint8Array(0)
const EMPTY_LIST = Uint8Array.of(0xc0)

/** RLP of an Osaka header; its keccak is the block hash. */
export function encodeHeader(header: Header): Uint8Array {
  return encodeRlp([
    hexToBytes(header.parentHash),
    hexToBytes(header.ommersHash),
    hexToBytes(header.coinbase),
    hexToBytes(header.stateRoot),
    hexToBytes(header.transactionsRoot),
    hexToBytes(header.receiptsRoot),
    header.logsBloom,
    EMPTY,
    rlpInteger(header.number),
    rlpInteger(header.gasLimit),
    rlpInteger(header.gasUsed),
    rlpInteger(header.timestamp),
    header.extraData,
    hexToBytes(header.mixHash),
    ZERO_NONCE,
    rlpInteger(header.baseFeePerGas),
    hexToBytes(header.withdrawalsRoot),
    rlpInteger(header.blobGasUsed),
    rlpInteger(header.excessBlobGas),
    hexToBytes(header.parentBeaconBlockRoot),
    hexToBytes(header.requestsHash),
  ])
}

/** Reads a header; throws DecodeError. Difficulty and nonce must be zero: they are not part of Header. */
export function decodeHeader(bytes: Uint8Array): Header {
  const fields = decodeRlpList(bytes, 'header')
  if (fields.length !== HEADER_FIELDS) {
    throw new DecodeError(`header: expected ${HEADER_FIELDS} fields, got ${fields.length}`)
  }
  if (rlpBytes(fields[7], 'difficulty').length !== 0) throw new DecodeError('header: difficulty is not zero')
  if (!equalBytes(rlpFixed(fields[14], 'nonce', 8), ZERO_NONCE)) throw new DecodeError('header: nonce is not zero')
  return {
    parentHash: hashField(fields, 0, 'parentHash'),
    ommersHash: hashField(fields, 1, 'ommersHash'),
    coinbase: addressFromBytes(rlpFixed(fields[2], 'coinbase', 20)),
    stateRoot: hashField(fields, 3, 'stateRoot'),
    transactionsRoot: hashField(fields, 4, 'transactionsRoot'),
    receiptsRoot: hashField(fields, 5, 'receiptsRoot'),
    logsBloom: rlpFixed(fields[6], 'logsBloom', BLOOM_BYTES).slice(),
    number: rlpNumber(fields[8], 'number'),
    gasLimit: rlpBigint(fields[9], 'gasLimit', 8),
    gasUsed: rlpBigint(fields[10], 'gasUsed', 8),
    timestamp: rlpNumber(fields[11], 'timestamp'),
    extraData: rlpBytes(fields[12], 'extraData', MAX_EXTRA_DATA).slice(),
    mixHash: hashField(fields, 13, 'mixHash'),
    baseFeePerGas: rlpBigint(fields[15], 'baseFeePerGas'),
    withdrawalsRoot: hashField(fields, 16, 'withdrawalsRoot'),
    blobGasUsed: rlpBigint(fields[17], 'blobGasUsed', 8),
    excessBlobGas: rlpBigint(fields[18], 'excessBlobGas', 8),
    parentBeaconBlockRoot: hashField(fields, 19, 'parentBeaconBlockRoot'),
    requestsHash: hashField(fields, 20, 'requestsHash'),
  }
}

/** The block hash. */
export function headerHash(header: Header): Hash {
  return keccak256Hash(encodeHeader(header))
}

/** RLP of the consensus context; the header holds its keccak as parentBeaconBlockRoot. */
export function encodeContext(context: ConsensusContext): Uint8Array {
  return encodeRlp([
    rlpInteger(context.version),
    rlpInteger(context.epoch),
    rlpInteger(context.view),
    rlpInteger(context.parentView),
    hexToBytes(context.parentCertHash),
    hexToBytes(context.validatorsHash),
    hexToBytes(context.nextValidatorsHash),
    hexToBytes(context.evidenceRoot),
    rlpInteger(context.timestampMsPart),
    context.randaoReveal,
  ])
}

/** Reads a consensus context; throws DecodeError. */
export function decodeContext(bytes: Uint8Array): ConsensusContext {
  const fields = decodeRlpList(bytes, 'context')
  if (fields.length !== CONTEXT_FIELDS) {
    throw new DecodeError(`context: expected ${CONTEXT_FIELDS} fields, got ${fields.length}`)
  }
  return {
    version: rlpNumber(fields[0], 'version'),
    epoch: rlpNumber(fields[1], 'epoch'),
    view: rlpNumber(fields[2], 'view'),
    parentView: rlpNumber(fields[3], 'parentView'),
    parentCertHash: hashField(fields, 4, 'parentCertHash'),
    validatorsHash: hashField(fields, 5, 'validatorsHash'),
    nextValidatorsHash: hashField(fields, 6, 'nextValidatorsHash'),
    evidenceRoot: hashField(fields, 7, 'evidenceRoot'),
    timestampMsPart: rlpNumber(fields[8], 'timestampMsPart'),
    randaoReveal: rlpBytes(fields[9], 'randaoReveal', RANDAO_REVEAL_BYTES).slice(),
  }
}

/** keccak(RLP(context)). */
export function contextHash(context: ConsensusContext): Hash {
  return keccak256Hash(encodeContext(context))
}

/** The hash of an encoded parent certificate as the context holds it; ZERO_HASH when there is none (block 1). */
export function parentCertHash(parentCert: Uint8Array): Hash {
  return parentCert.length === 0 ? ZERO_HASH : keccak256Hash(parentCert)
}

/** transactionsRoot of canonical transaction bytes. */
export function transactionsRootOf(transactions: readonly Uint8Array[]): Hash {
  return orderedTrieRoot(transactions)
}

/** The standard Ethereum block in RLP: header, transactions, no ommers, no withdrawals (debug_getRawBlock). */
export function encodeStandardBlock(block: Pick<SealedBlock, 'header' | 'transactions'>): Uint8Array {
  // A legacy transaction stands in the list as the RLP list it is, a typed one as a byte string.
  const items = block.transactions.map((raw) => ((raw[0] ?? 0) > 0x7f ? raw : encodeRlp(raw)))
  return encodeRlpListOf([encodeHeader(block.header), encodeRlpListOf(items), EMPTY_LIST, EMPTY_LIST])
}

/** Bytes of encodeStandardBlock's result without building it: the `size` of a block. */
export function standardBlockSize(block: Pick<SealedBlock, 'header' | 'transactions'>): number {
  let payload = 0
  for (const raw of block.transactions) payload += standardTransactionSize(raw)
  return listSize(encodeHeader(block.header).length + listSize(payload) + 2)
}

/** Bytes that a transaction adds to a block's transaction list. */
export function standardTransactionSize(raw: Uint8Array): number {
  return (raw[0] ?? 0) > 0x7f ? raw.length : listSize(raw.length)
}

function listSize(payload: number): number {
  if (payload < 56) return payload + 1
  if (payload < 0x100) return payload + 2
  if (payload < 0x10000) return payload + 3
  return payload + (payload < 0x1000000 ? 4 : 5)
}

function hashField(fields: readonly RlpItem[], index: number, what: string): Hash {
  return hashFromBytes(rlpFixed(fields[index], what, 32))
}
