/**
 * The header and context of a block that is being built: what is known before its transactions ran, and the rest after.
 */

import type { ConsensusContext, Header, SealedBlock } from '../types/block.ts'
import {
  CONTEXT_VERSION,
  contextHash,
  EMPTY_OMMERS_HASH,
  EMPTY_REQUESTS_HASH,
  headerHash,
  parentCertHash,
  transactionsRootOf,
} from '../types/block-codec.ts'
import { BLOOM_BYTES } from '../types/bloom.ts'
import { EMPTY_TRIE_ROOT } from '../types/ordered-root.ts'
import type { Hash } from '../types/primitives.ts'
import { receiptsRootOf } from '../types/receipt-codec.ts'
import { evidenceRootOf } from '../types/sealed-block-codec.ts'
import type { BlockRules } from './block-rules.ts'
import type { BlockRun } from './block-run.ts'
import type { BuildRequest } from './chain-types.ts'

/** A block without its transactions and without what execution finds out. */
export type Draft = Pick<SealedBlock, 'header' | 'consensus'>

/** Everything that follows from the parent and the request. */
export function draftHeader(rules: BlockRules, parent: SealedBlock, request: BuildRequest): Draft {
  const { spec } = rules
  const context: ConsensusContext = {
    version: CONTEXT_VERSION,
    epoch: request.epoch,
    view: request.view,
    parentView: request.parentView,
    parentCertHash: parentCertHash(request.parentCert),
    validatorsHash: request.validatorsHash,
    nextValidatorsHash: request.nextValidatorsHash,
    evidenceRoot: evidenceRootOf(request.evidence),
    timestampMsPart: request.timestampMs % 1_000,
    randaoReveal: request.randaoReveal,
  }
  const header: Header = {
    parentHash: parent.hash,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: spec.fees.rewardAddress,
    stateRoot: EMPTY_TRIE_ROOT,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(BLOOM_BYTES),
    number: parent.header.number + 1,
    gasLimit: spec.blockGasLimit,
    gasUsed: 0n,
    timestamp: Math.floor(request.timestampMs / 1_000),
    extraData: spec.extraData,
    mixHash: rules.mixHashAfter(parent.header, request.randaoReveal),
    baseFeePerGas: rules.baseFeeAfter(parent.header),
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: contextHash(context),
    requestsHash: EMPTY_REQUESTS_HASH,
  }
  return { header, consensus: { context, parentCert: request.parentCert, evidence: request.evidence } }
}

/** The whole block, with roots, gas, bloom and hash. */
export function sealDraft(
  draft: Draft,
  transactions: readonly Uint8Array[],
  run: BlockRun,
  stateRoot: Hash,
): SealedBlock {
  const header: Header = {
    ...draft.header,
    stateRoot,
    transactionsRoot: transactionsRootOf(transactions),
    receiptsRoot: receiptsRootOf(run.receipts),
    logsBloom: run.logsBloom,
    gasUsed: run.gasUsed,
  }
  return { hash: headerHash(header), header, transactions, consensus: draft.consensus }
}
