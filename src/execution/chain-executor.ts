/**
 * Executes, builds and commits blocks: the one owner of the chain's state, in the execution worker.
 *
 * A certified block lies as an overlay over its parent until it is finalized, which writes it with its ancestors, one durable
 * batch a block, ascending; or until it lost. Every method may be called at any time: they run one after another.
 * Restarting finds the finalized head; overlays die with the process and are certified again.
 */

import type { ChainSpec } from '../chainspec/chain-spec.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Clock } from '../lib/clock.ts'
import { CodedError } from '../lib/errors.ts'
import { MAX_FAILED_BLOCKS, MAX_OVERLAYS } from '../lib/limits.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { Serial } from '../lib/serial.ts'
import { blockEndsOf, modulesOf } from '../precompiles/registry.ts'
import type { StateSource } from '../state/state-source.ts'
import { StateStore } from '../state/state-store.ts'
import { WorldState } from '../state/world-state.ts'
import type { BlockStore } from '../storage/block-store.ts'
import type { Kv } from '../storage/kv.ts'
import type { SealedBlock } from '../types/block.ts'
import type { Address, Hash } from '../types/primitives.ts'
import { bodyMismatch, encodeConsensusBody, encodeSealedBlock } from '../types/sealed-block-codec.ts'
import { SYSTEM_ADDRESS } from '../types/system-transaction.ts'
import { fillBlock } from './block-builder.ts'
import { blockContext, finalizedHash, readHead } from './block-context.ts'
import { type BlockFailure, describeBlockFailure } from './block-failure.ts'
import { BlockRules } from './block-rules.ts'
import { BlockRun } from './block-run.ts'
import { checkResults, runBlock } from './block-validator.ts'
import type {
  BuildFailure,
  BuildOutcome,
  BuildRequest,
  CertifiedBlock,
  ExecutedHead,
  ExecutionStop,
  FinalizedBlock,
  FinalizeFailure,
} from './chain-types.ts'
import type { BlockContext } from './evm.ts'
import { checkGenesis, writeGenesis } from './genesis-state.ts'
import type { EndOfBlockHook } from './hooks.ts'
import { NativeModules } from './native-modules.ts'
import { type Overlay, Overlays } from './overlays.ts'
import { ReferenceEvm } from './reference-evm.ts'
import { draftHeader, sealDraft } from './sealing.ts'
import { SlowTransactions } from './slow-transactions.ts'
import type { ExecutionEnvironment } from './transaction-executor.ts'

export type ChainExecutorOptions = {
  readonly spec: ChainSpec
  /** The chain's database; only this executor writes to it. */
  readonly kv: Kv
  readonly blocks: BlockStore
  /** Blocks whose states stay readable: FULL_HISTORY_BLOCKS, PRUNED_HISTORY_BLOCKS or Infinity. */
  readonly historyBlocks: number
  readonly clock: Clock
  /** The chain's own when left out, as are the hooks. */
  readonly modules?: NativeModules
  readonly hooks?: readonly EndOfBlockHook[]
  /** Continue although a quorum finalized what this node judged invalid: the block is executed anew. */
  readonly acceptReexecution?: boolean
}

/** Where a block is executed: its parent with the state after it. */
type Base = { readonly block: SealedBlock; readonly state: Overlay['state'] }
/** A block judged invalid, kept in case a quorum says otherwise. */
type FailedBlock = { readonly block: SealedBlock; readonly failure: BlockFailure }

export class ChainExecutor {
  private readonly options: ChainExecutorOptions
  private readonly rules: BlockRules
  private readonly store: StateStore
  private readonly evm: ReferenceEvm
  private readonly modules: NativeModules
  private readonly hooks: readonly EndOfBlockHook[]
  private readonly precompiles: ReadonlySet<Address>
  private readonly serial = new Serial()
  private readonly overlays = new Overlays()
  private readonly failed = new BoundedMap<Hash, FailedBlock>(MAX_FAILED_BLOCKS)
  private readonly slow = new SlowTransactions()
  private headBlock: SealedBlock

  private constructor(
    options: ChainExecutorOptions,
    store: StateStore,
    evm: ReferenceEvm,
    modules: NativeModules,
    head: SealedBlock,
  ) {
    this.options = options
    this.rules = new BlockRules(options.spec)
    this.store = store
    this.evm = evm
    this.modules = modules
    this.hooks = options.hooks ?? blockEndsOf(options.spec)
    this.precompiles = new Set(evm.precompileAddresses())
    this.headBlock = head
  }

  /**
   * Opens the chain; an empty database gets the genesis. Throws CodedError GENESIS_MISMATCH when the database belongs to
   * another chainspec, and what the store throws when it is damaged.
   */
  static async open(options: ChainExecutorOptions): Promise<ChainExecutor> {
    const store = new StateStore(options.kv, { historyBlocks: options.historyBlocks })
    const modules = options.modules ?? new NativeModules(modulesOf(options.spec))
    if (store.headRecord === undefined) await writeGenesis(options.spec, store, modules.definitions)
    else checkGenesis(options.spec, options.blocks)
    const evm = await ReferenceEvm.create(options.spec.chainId)
    return new ChainExecutor(options, store, evm, modules, readHead(options.blocks))
  }

  /** The finalized head with its finalization. */
  head(): ExecutedHead {
    const certificate = this.options.blocks.certificate(this.headBlock.header.number) ?? new Uint8Array(0)
    return { block: this.headBlock, certificate }
  }

  /** The state of the finalized head, for reads in this thread; not to be kept across a finalization. */
  headState(): StateSource {
    return this.store.head()
  }

  /** Rules V4 to V6 without executing: undefined when the block keeps all of them. */
  check(block: SealedBlock): BlockFailure | undefined {
    const place = this.placeOf(block)
    return 'code' in place ? place : this.rules.check(block, place.block)
  }

  /** Executes the block on its parent and keeps it as an overlay. `senders`: one a transaction, undefined where invalid. */
  certify(
    block: SealedBlock,
    senders: readonly (Address | undefined)[],
  ): Promise<Result<CertifiedBlock, BlockFailure>> {
    return this.serial.run(() => this.certifyNow(block, senders))
  }

  /** Builds, executes and seals a block; it is certified at once. */
  build(request: BuildRequest): Promise<Result<BuildOutcome, BuildFailure>> {
    return this.serial.run(() => this.buildNow(request))
  }

  /**
   * Makes a certified block and its ancestors above the head final, one durable batch each; `certificate` belongs to the
   * last. Already final: an empty list. Throws CodedError STATE_DIVERGED for a block that was judged invalid.
   */
  finalize(hash: Hash, certificate: Uint8Array): Promise<Result<readonly FinalizedBlock[], FinalizeFailure>> {
    return this.serial.run(() => this.finalizeNow(hash, certificate))
  }

  /** Drops overlays that are of no use any more. */
  forget(hashes: readonly Hash[]): Promise<void> {
    return this.serial.run(() => {
      for (const hash of hashes) this.overlays.delete(hash)
    })
  }

  /** Resolves when all work given so far is done. */
  async close(): Promise<void> {
    await this.serial.drain()
  }

  private async certifyNow(
    block: SealedBlock,
    senders: readonly (Address | undefined)[],
  ): Promise<Result<CertifiedBlock, BlockFailure>> {
    if (this.overlays.get(block.hash) !== undefined || block.hash === this.headBlock.hash) return ok(summaryOf(block))
    const known = this.failed.peek(block.hash)
    if (known !== undefined) return err(known.failure)
    const place = this.placeOf(block)
    if ('code' in place) return err(place)
    const failure = this.rules.check(block, place.block) ?? (await this.execute(block, senders, place))
    if (failure === undefined) return ok(summaryOf(block))
    // A body that is not the header's says nothing of the block which that hash names.
    if (failure.blame === 'reject' && bodyMismatch(block) === undefined) this.failed.set(block.hash, { block, failure })
    return err(failure)
  }

  /** Executes and keeps the overlay; the failure otherwise. */
  private async execute(
    block: SealedBlock,
    senders: readonly (Address | undefined)[],
    base: Base,
  ): Promise<BlockFailure | undefined> {
    const run = this.startRun(block, base)
    const ran = await runBlock(run, block, senders, this.hooks)
    if (!ran.ok) return ran.error
    const changes = run.state.changes()
    const state = this.store.seal(base.state, changes)
    const failure = checkResults(run, state.stateRoot, block)
    if (failure !== undefined) return failure
    const { receipts, transactionHashes } = run
    const changedAccounts = [...changes.accounts.keys()]
    const known = block.transactions.map((_, index) => senders[index] ?? SYSTEM_ADDRESS)
    this.overlays.add({ block, state, receipts, transactionHashes, senders: known, changedAccounts })
    return undefined
  }

  private async buildNow(request: BuildRequest): Promise<Result<BuildOutcome, BuildFailure>> {
    const base = this.baseOf(request.parentHash)
    if (base === undefined) return err({ code: 'UNKNOWN_PARENT', parent: request.parentHash })
    const earliestMs = this.rules.earliestTimestampMs(base.block)
    if (request.timestampMs < earliestMs) {
      return err({ code: 'TIMESTAMP_TOO_EARLY', earliestMs, timestampMs: request.timestampMs })
    }
    const draft = draftHeader(this.rules, base.block, request)
    const run = this.startRun(draft, base)
    await run.begin(draft.header.parentBeaconBlockRoot, draft.header.parentHash)
    const { maxBlockBytes } = this.rules
    const limits = { maxBlockBytes, clock: this.options.clock, slow: this.slow }
    const excluded = this.unfinalizedTransactions(request.parentHash)
    const filled = await fillBlock(run, request.candidates, draft.header.number, limits, excluded)
    const system = run.finish(this.hooks)
    const changes = run.state.changes()
    const state = this.store.seal(base.state, changes)
    const transactions = system === undefined ? filled.transactions : [...filled.transactions, system]
    const senders = system === undefined ? filled.senders : [...filled.senders, SYSTEM_ADDRESS]
    const block = sealDraft(draft, transactions, run, state.stateRoot)
    const { receipts, transactionHashes } = run
    const changedAccounts = [...changes.accounts.keys()]
    this.overlays.add({ block, state, receipts, transactionHashes, senders, changedAccounts })
    return ok({ block, senders, dropped: filled.dropped })
  }

  private async finalizeNow(
    hash: Hash,
    certificate: Uint8Array,
  ): Promise<Result<readonly FinalizedBlock[], FinalizeFailure>> {
    if (this.options.blocks.numberOf(hash) !== undefined) return ok([])
    const path = this.overlays.pathFrom(this.headBlock.hash, hash)
    if (path === undefined) return err(this.whyNotFinal(hash))
    const finalized: FinalizedBlock[] = []
    for (const overlay of path) {
      const isLast = overlay.block.hash === hash
      await this.commit(overlay, isLast ? certificate : new Uint8Array(0))
      const { block, transactionHashes, senders, receipts, changedAccounts } = overlay
      finalized.push({ block, transactionHashes, senders, receipts, changedAccounts })
    }
    return ok(finalized)
  }

  private async commit(overlay: Overlay, certificate: Uint8Array): Promise<void> {
    const { block, state, receipts, transactionHashes } = overlay
    await this.store.commit(state, {
      hash: block.hash,
      header: block.header,
      transactions: block.transactions,
      transactionHashes,
      receipts,
      consensusBody: encodeConsensusBody(block.consensus),
      certificate,
    })
    this.headBlock = block
    this.overlays.delete(block.hash)
    this.overlays.keepDescendantsOf(block.hash)
  }

  /** Throws when this node judged the block or one of its ancestors invalid. */
  private whyNotFinal(hash: Hash): FinalizeFailure {
    for (let at = hash; ; ) {
      const overlay = this.overlays.get(at)
      const failed = this.failed.peek(at)
      if (failed !== undefined) this.stopDiverged(failed)
      const block = overlay?.block
      if (block === undefined) return { code: 'UNKNOWN_BLOCK', hash: at }
      at = block.header.parentHash
      const number = this.options.blocks.numberOf(at)
      if (number !== undefined && at !== this.headBlock.hash) {
        return { code: 'CONFLICTING_FINALIZATION', hash, height: number + 1, finalized: this.headBlock.hash }
      }
    }
  }

  private stopDiverged({ block, failure }: FailedBlock): void {
    if (this.options.acceptReexecution === true) {
      this.failed.delete(block.hash)
      return
    }
    const { expected, actual } =
      'field' in failure ? failure : { expected: 'valid', actual: describeBlockFailure(failure) }
    const detail: ExecutionStop = {
      code: 'STATE_DIVERGED',
      hash: block.hash,
      height: block.header.number,
      expected,
      actual,
      block: encodeSealedBlock(block),
    }
    throw new CodedError(detail, `block ${block.hash} is final, but here: ${describeBlockFailure(failure)}`)
  }

  /** The block's parent with its state, or why the block cannot be judged now. */
  private placeOf(block: SealedBlock): Base | Extract<BlockFailure, { blame: 'ignore' }> {
    const { number, parentHash } = block.header
    const finalizedHeight = this.headBlock.header.number
    if (number <= finalizedHeight) {
      return { code: 'NOT_ABOVE_FINALIZED', blame: 'ignore', height: number, finalizedHeight }
    }
    const base = this.baseOf(parentHash)
    if (base === undefined) return { code: 'UNKNOWN_PARENT', blame: 'ignore', parent: parentHash }
    if (this.overlays.size >= MAX_OVERLAYS) {
      return { code: 'TOO_FAR_AHEAD', blame: 'ignore', height: number, finalizedHeight }
    }
    return base
  }

  private baseOf(hash: Hash): Base | undefined {
    return hash === this.headBlock.hash ? { block: this.headBlock, state: this.store.head() } : this.overlays.get(hash)
  }

  private startRun(block: Pick<SealedBlock, 'header'>, base: Base): BlockRun {
    const { spec, blocks } = this.options
    const context: BlockContext = blockContext(block.header, (number) => this.ancestorHash(base.block, number, blocks))
    const environment: ExecutionEnvironment = {
      evm: this.evm,
      modules: this.modules,
      block: context,
      chainId: BigInt(spec.chainId),
      isBaseFeeBurned: spec.fees.baseFeeBurned,
      precompiles: this.precompiles,
    }
    return new BlockRun(new WorldState(base.state), environment)
  }

  /** The hash of the ancestor of that height, from `parent` down. */
  private ancestorHash(parent: SealedBlock, number: number, blocks: BlockStore): Hash {
    let at = parent
    while (at.header.number > number) {
      const below = this.overlays.get(at.header.parentHash)?.block
      if (below === undefined) return finalizedHash(blocks, number)
      at = below
    }
    return at.hash
  }

  private unfinalizedTransactions(parentHash: Hash): ReadonlySet<Hash> {
    const hashes = new Set<Hash>()
    for (let overlay = this.overlays.get(parentHash); overlay !== undefined; ) {
      for (const hash of overlay.transactionHashes) hashes.add(hash)
      overlay = this.overlays.get(overlay.block.header.parentHash)
    }
    return hashes
  }
}

function summaryOf(block: SealedBlock): CertifiedBlock {
  const { number, gasUsed } = block.header
  return { hash: block.hash, height: number, gasUsed, transactionCount: block.transactions.length }
}
