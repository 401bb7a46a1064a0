/**
 * What contract code sees of a block, and finalized blocks as the executor reads them back.
 */

import { keccak256Hash } from '../crypto/keccak.ts'
import { present } from '../lib/assert.ts'
import type { BlockStore } from '../storage/block-store.ts'
import type { Header, SealedBlock } from '../types/block.ts'
import type { Hash } from '../types/primitives.ts'
import { decodeConsensusBody } from '../types/sealed-block-codec.ts'
import type { BlockContext } from './evm.ts'

/** There are no blobs: the price per blob gas is the least there is. */
const BLOB_BASE_FEE = 1n

/** The context of code in a block with this header. */
export function blockContext(header: Header, blockHash: (number: number) => Hash): BlockContext {
  return {
    number: header.number,
    timestamp: header.timestamp,
    coinbase: header.coinbase,
    gasLimit: header.gasLimit,
    baseFeePerGas: header.baseFeePerGas,
    prevRandao: header.mixHash,
    blobBaseFee: BLOB_BASE_FEE,
    blockHash,
  }
}

/** The hash of a finalized block by height. */
export function finalizedHash(blocks: BlockStore, number: number): Hash {
  return keccak256Hash(present(blocks.headerBytes(number), `finalized block ${number} is stored`))
}

/** The finalized block of a height as it was sealed; undefined above the head. */
export function readSealedBlock(blocks: BlockStore, number: number): SealedBlock | undefined {
  const headerBytes = blocks.headerBytes(number)
  const header = blocks.header(number)
  const transactions = blocks.transactions(number)
  const body = blocks.consensusBody(number)
  if (headerBytes === undefined || header === undefined || transactions === undefined) return undefined
  if (body === undefined || body.length === 0) return undefined
  return { hash: keccak256Hash(headerBytes), header, transactions, consensus: decodeConsensusBody(body) }
}

/** The finalized head; the database has at least its genesis. */
export function readHead(blocks: BlockStore): SealedBlock {
  const head = present(blocks.head(), 'an opened chain has a head')
  return present(readSealedBlock(blocks, head.number), 'the head is a whole block')
}
