/**
 * Execution and store in memory for engines under test and for the consensus benchmark: blocks carry opaque bytes, and the
 * state root is a hash chain over them. Everything that consensus itself owns is real: headers, contexts, hashes, bodies.
 */

import { keccak256Hash } from '../../src/crypto/keccak.ts'
import type { BlockRefusal, BlockRequest, ExecutionPort, FinalizedHead, StorePort } from '../../src/engine/ports.ts'
import { present } from '../../src/lib/assert.ts'
import { concatBytes, hexToBytes } from '../../src/lib/bytes.ts'
import { err, ok, type Result } from '../../src/lib/result.ts'
import type { ConsensusContext, Header, SealedBlock } from '../../src/types/block.ts'
import {
  CONTEXT_VERSION,
  contextHash,
  EMPTY_OMMERS_HASH,
  EMPTY_REQUESTS_HASH,
  headerHash,
  parentCertHash,
  transactionsRootOf,
} from '../../src/types/block-codec.ts'
import { EMPTY_TRIE_ROOT } from '../../src/types/ordered-root.ts'
import { type Hash, ZERO_ADDRESS, ZERO_HASH } from '../../src/types/primitives.ts'
import { evidenceRootOf } from '../../src/types/sealed-block-codec.ts'

export type PayloadExecutionOptions = {
  readonly genesis: SealedBlock
  /** The bytes of a block to build, as its only transaction; none for an empty block. */
  readonly payload: (request: BlockRequest) => Uint8Array | undefined
  /** Milliseconds that a call takes; none when absent. */
  readonly delayMs?: () => number
  /** Refuses blocks, to see what the engine does then. */
  readonly refuse?: (block: SealedBlock) => string | undefined
}

/** What survives a restart of the process around it. */
export type FinalizedBlocks = { readonly block: SealedBlock; readonly certificate: Uint8Array }[]

export class PayloadExecution implements ExecutionPort, StorePort {
  private readonly options: PayloadExecutionOptions
  private readonly certified = new Map<Hash, SealedBlock>()
  /** By height. */
  readonly finalized: FinalizedBlocks

  constructor(options: PayloadExecutionOptions, finalized: FinalizedBlocks = []) {
    this.options = options
    this.finalized = finalized
    if (finalized.length === 0) finalized.push({ block: options.genesis, certificate: new Uint8Array(0) })
  }

  async head(): Promise<FinalizedHead> {
    return this.tip()
  }

  async check(block: SealedBlock): Promise<Result<null, BlockRefusal>> {
    const parent = this.blockOf(block.header.parentHash)
    if (parent === undefined) return refusal('UNKNOWN_PARENT', 'ignore', 'its parent is not executed')
    const expected = nextHeaderFields(parent.header, block.consensus.context.randaoReveal)
    const { number, mixHash } = block.header
    if (number !== expected.number || mixHash !== expected.mixHash) return refusal('HEADER', 'reject', 'wrong header')
    return ok(null)
  }

  async certify(block: SealedBlock): Promise<Result<null, BlockRefusal>> {
    await this.pause()
    const checked = await this.check(block)
    if (!checked.ok) return checked
    const reason = this.options.refuse?.(block)
    if (reason !== undefined) return refusal('REFUSED', 'reject', reason)
    const parent = present(this.blockOf(block.header.parentHash), 'checked')
    if (block.header.stateRoot !== nextStateRoot(parent, block.transactions)) {
      return refusal('STATE_ROOT_MISMATCH', 'reject', 'another state root')
    }
    this.certified.set(block.hash, block)
    return ok(null)
  }

  async build(request: BlockRequest): Promise<Result<SealedBlock, BlockRefusal>> {
    const parent = this.blockOf(request.parentHash)
    if (parent === undefined) return refusal('UNKNOWN_PARENT', 'ignore', 'its parent is not executed')
    const payload = this.options.payload(request)
    const block = sealPayload(parent, request, payload === undefined ? [] : [payload])
    this.certified.set(block.hash, block)
    return ok(block)
  }

  async finalize(hash: Hash, certificate: Uint8Array): Promise<Result<null, BlockRefusal>> {
    await this.pause()
    const path: SealedBlock[] = []
    for (let at = hash; at !== this.tip().block.hash; ) {
      const block = this.certified.get(at)
      if (block === undefined) {
        const isFinal = this.finalized.some((one) => one.block.hash === at)
        return isFinal && path.length === 0 ? ok(null) : refusal('UNKNOWN_BLOCK', 'ignore', `${at} is not here`)
      }
      path.push(block)
      at = block.header.parentHash
    }
    for (const block of path.reverse()) {
      this.finalized.push({ block, certificate: block.hash === hash ? certificate : new Uint8Array(0) })
    }
    return ok(null)
  }

  forget(hashes: readonly Hash[]): void {
    for (const hash of hashes) this.certified.delete(hash)
  }

  async blockByHash(hash: Hash): Promise<SealedBlock | undefined> {
    return this.finalized.find((one) => one.block.hash === hash)?.block
  }

  async blockByHeight(height: number): Promise<SealedBlock | undefined> {
    return this.finalized[height]?.block
  }

  async finalization(height: number): Promise<Uint8Array | undefined> {
    const certificate = this.finalized[height]?.certificate
    return certificate === undefined || certificate.length === 0 ? undefined : certificate
  }

  private pause(): Promise<void> {
    const delayMs = this.options.delayMs?.() ?? 0
    return delayMs === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, delayMs))
  }

  private tip(): FinalizedHead {
    return present(this.finalized.at(-1), 'genesis is final')
  }

  private blockOf(hash: Hash): SealedBlock | undefined {
    const tip = this.tip().block
    return tip.hash === hash ? tip : this.certified.get(hash)
  }
}

/** Block 0 of a chain of payloads. */
export function payloadGenesis(validatorsHash: Hash, timestampMs: number): SealedBlock {
  const context: ConsensusContext = {
    version: CONTEXT_VERSION,
    epoch: 0,
    view: 0,
    parentView: 0,
    parentCertHash: ZERO_HASH,
    validatorsHash,
    nextValidatorsHash: ZERO_HASH,
    evidenceRoot: evidenceRootOf([]),
    timestampMsPart: timestampMs % 1_000,
    randaoReveal: new Uint8Array(96),
  }
  const fields = { parentHash: ZERO_HASH, number: 0, mixHash: keccak256Hash(new Uint8Array(0)) }
  return seal(fields, ZERO_HASH, timestampMs, { context, parentCert: new Uint8Array(0), evidence: [] }, [])
}

function sealPayload(parent: SealedBlock, request: BlockRequest, transactions: readonly Uint8Array[]): SealedBlock {
  const { epoch, view, parentView, parentCert, evidence, timestampMs, randaoReveal } = request
  const context: ConsensusContext = {
    version: CONTEXT_VERSION,
    epoch,
    view,
    parentView,
    parentCertHash: parentCertHash(parentCert),
    validatorsHash: request.validatorsHash,
    nextValidatorsHash: request.nextValidatorsHash,
    evidenceRoot: evidenceRootOf(evidence),
    timestampMsPart: timestampMs % 1_000,
    randaoReveal,
  }
  const fields = { parentHash: parent.hash, ...nextHeaderFields(parent.header, randaoReveal) }
  const stateRoot = nextStateRoot(parent, transactions)
  return seal(fields, stateRoot, timestampMs, { context, parentCert, evidence }, transactions)
}

function seal(
  fields: Pick<Header, 'parentHash' | 'number' | 'mixHash'>,
  stateRoot: Hash,
  timestampMs: number,
  consensus: SealedBlock['consensus'],
  transactions: readonly Uint8Array[],
): SealedBlock {
  const header: Header = {
    ...fields,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: ZERO_ADDRESS,
    stateRoot,
    transactionsRoot: transactionsRootOf(transactions),
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(256),
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp: Math.floor(timestampMs / 1_000),
    extraData: new Uint8Array(0),
    baseFeePerGas: 0n,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: contextHash(consensus.context),
    requestsHash: EMPTY_REQUESTS_HASH,
  }
  return { hash: headerHash(header), header, transactions, consensus }
}

function nextHeaderFields(parent: Header, reveal: Uint8Array): Pick<Header, 'number' | 'mixHash'> {
  return { number: parent.number + 1, mixHash: keccak256Hash(concatBytes(hexToBytes(parent.mixHash), reveal)) }
}

function nextStateRoot(parent: SealedBlock, transactions: readonly Uint8Array[]): Hash {
  return keccak256Hash(concatBytes(hexToBytes(parent.header.stateRoot), hexToBytes(transactionsRootOf(transactions))))
}

function refusal(code: string, blame: BlockRefusal['blame'], reason: string): Result<never, BlockRefusal> {
  return err({ code, blame, reason })
}
