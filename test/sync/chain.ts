/**
 * Chains of valid sealed blocks for the tests of sync, with finalizations whose signature is a mark instead of mathematics:
 * HONEST_SIGNATURE is what the validators signed, anything else is forged.
 */

import type { ServePort } from '../../src/sync/ports.ts'
import type { ConsensusContext, Header, SealedBlock } from '../../src/types/block.ts'
import {
  contextHash,
  EMPTY_OMMERS_HASH,
  EMPTY_REQUESTS_HASH,
  encodeHeader,
  headerHash,
  parentCertHash,
  transactionsRootOf,
} from '../../src/types/block-codec.ts'
import type { Certificate } from '../../src/types/certificate.ts'
import { encodeCertificate } from '../../src/types/consensus-codec.ts'
import { type Hash, ZERO_ADDRESS, ZERO_HASH } from '../../src/types/primitives.ts'
import { encodeSealedBlock, evidenceRootOf } from '../../src/types/sealed-block-codec.ts'
import { FINALIZE } from '../../src/types/vote.ts'

export const EPOCH_LENGTH = 20
export const GENESIS_HASH = `0x${'ab'.repeat(32)}` as Hash
export const HONEST_SIGNATURE = 1
export const FORGED_SIGNATURE = 2

/** A block on `parent`; `salt` makes siblings differ. */
export function makeBlock(
  parentHash: Hash,
  height: number,
  salt: number,
  transactions: readonly Uint8Array[] = [],
): SealedBlock {
  const parentCert = Uint8Array.of(salt, height)
  const context: ConsensusContext = {
    version: 1,
    epoch: Math.floor((height - 1) / EPOCH_LENGTH),
    view: ((height - 1) % EPOCH_LENGTH) + 1,
    parentView: (height - 1) % EPOCH_LENGTH,
    parentCertHash: parentCertHash(parentCert),
    validatorsHash: ZERO_HASH,
    nextValidatorsHash: ZERO_HASH,
    evidenceRoot: evidenceRootOf([]),
    timestampMsPart: 0,
    randaoReveal: new Uint8Array(96),
  }
  const header: Header = {
    parentHash,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: ZERO_ADDRESS,
    stateRoot: ZERO_HASH,
    transactionsRoot: transactionsRootOf(transactions),
    receiptsRoot: ZERO_HASH,
    logsBloom: new Uint8Array(256),
    number: height,
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp: height,
    extraData: Uint8Array.of(salt),
    mixHash: ZERO_HASH,
    baseFeePerGas: 1n,
    withdrawalsRoot: ZERO_HASH,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: contextHash(context),
    requestsHash: EMPTY_REQUESTS_HASH,
  }
  return { hash: headerHash(header), header, transactions, consensus: { context, parentCert, evidence: [] } }
}

export function makeChain(length: number, salt: number): SealedBlock[] {
  const blocks: SealedBlock[] = []
  for (let height = 1; height <= length; height++) {
    blocks.push(makeBlock(blocks.at(-1)?.hash ?? GENESIS_HASH, height, salt, [Uint8Array.of(salt, height % 256)]))
  }
  return blocks
}

export function makeFinalization(
  block: SealedBlock,
  signature: number,
  epoch = block.consensus.context.epoch,
): Certificate {
  return {
    subject: {
      kind: FINALIZE,
      epoch,
      view: block.consensus.context.view,
      parentView: block.consensus.context.parentView,
      blockHash: block.hash,
      justHash: ZERO_HASH,
    },
    bitmap: Uint8Array.of(7),
    signature: new Uint8Array(96).fill(signature),
  }
}

/**
 * A store of the first `height` blocks of a chain. Only every `proofEvery`-th block, each epoch's last, and the head have a
 * finalization of their own.
 */
export function storeOf(
  chain: readonly SealedBlock[],
  height: number,
  signature = HONEST_SIGNATURE,
  proofEvery = 3,
): ServePort {
  const at = (number: number) => (number >= 1 && number <= height ? chain[number - 1] : undefined)
  return {
    finalizedHeight: () => height,
    blockBytes: (number) => {
      const block = at(number)
      return block === undefined ? undefined : encodeSealedBlock(block)
    },
    blockBytesByHash: (hash) => {
      const block = chain.slice(0, height).find((one) => one.hash === hash)
      return block === undefined ? undefined : encodeSealedBlock(block)
    },
    headerBytes: (number) => {
      const block = at(number)
      return block === undefined ? undefined : encodeHeader(block.header)
    },
    finalization: (number) => {
      const block = at(number)
      const hasOwn = number % proofEvery === 0 || number % EPOCH_LENGTH === 0 || number === height
      return block === undefined || !hasOwn ? undefined : encodeCertificate(makeFinalization(block, signature))
    },
  }
}
