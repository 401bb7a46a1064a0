/**
 * eth_call, eth_estimateGas and eth_createAccessList, for a read worker: each on its own snapshot of the database, with a time
 * limit, leaving nothing behind. One request at a time.
 */

import type { ChainSpec } from '../chainspec/chain-spec.ts'
import { nextBaseFee } from '../chainspec/fees.ts'
import { present } from '../lib/assert.ts'
import type { Clock } from '../lib/clock.ts'
import { CALL_TIMEOUT_MS } from '../lib/limits.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { Serial } from '../lib/serial.ts'
import { modulesOf } from '../precompiles/registry.ts'
import { StateReader } from '../state/state-reader.ts'
import { WorldState } from '../state/world-state.ts'
import { BlockStore } from '../storage/block-store.ts'
import type { Kv, KvReader } from '../storage/kv.ts'
import type { BlockOverrides, CallContext, CallOutcome, CallRequest } from '../types/call.ts'
import { type Address, ZERO_HASH } from '../types/primitives.ts'
import { listAccesses } from './access-list.ts'
import { blockContext, finalizedHash } from './block-context.ts'
import { callFees } from './call-fees.ts'
import { type CallRefusal, type CallRun, type CallStage, runCall } from './call-run.ts'
import type { AccessListOutcome, CallFailure, EstimateFailure } from './call-types.ts'
import { estimateGas } from './estimate.ts'
import type { BlockContext } from './evm.ts'
import { NativeModules } from './native-modules.ts'
import { ReferenceEvm } from './reference-evm.ts'
import { applyStateOverrides } from './state-overrides.ts'

/** What a method puts around the reason why a message does not run. */
type Wording = (message: string) => string
const plainly: Wording = (message) => message

export type CallExecutorOptions = {
  readonly spec: ChainSpec
  readonly kv: Kv
  readonly clock: Clock
  /** The chain's own when left out. */
  readonly modules?: NativeModules
  /** Milliseconds of one request; CALL_TIMEOUT_MS when absent. */
  readonly limitMs?: number
}

export class CallExecutor {
  private readonly options: CallExecutorOptions
  private readonly evm: ReferenceEvm
  private readonly modules: NativeModules
  private readonly precompiles: ReadonlySet<Address>
  private readonly serial = new Serial()

  private constructor(options: CallExecutorOptions, evm: ReferenceEvm) {
    this.options = options
    this.evm = evm
    this.modules = options.modules ?? new NativeModules(modulesOf(options.spec))
    this.precompiles = new Set(evm.precompileAddresses())
  }

  static async create(options: CallExecutorOptions): Promise<CallExecutor> {
    return new CallExecutor(options, await ReferenceEvm.create(options.spec.chainId))
  }

  /** Executes the message; gas is `request.gas`, never more than `gasCap`. */
  call(request: CallRequest, context: CallContext, gasCap: bigint): Promise<Result<CallOutcome, CallFailure>> {
    const gas = callGas(request, gasCap)
    const inWords: Wording = (message) => `err: ${message} (supplied gas ${gas})`
    return this.on<CallOutcome, CallFailure>(request, context, inWords, async (stage) => {
      const run = await runCall(request, gas, request.accessList ?? [], stage)
      return run.ok ? ok(outcomeOf(run.value)) : err(failureOf(run.error, inWords))
    })
  }

  /** A gas limit with which the transaction succeeds, within 1.5 percent of the least as geth searches it. */
  estimateGas(request: CallRequest, context: CallContext, gasCap: bigint): Promise<Result<bigint, EstimateFailure>> {
    return this.on<bigint, EstimateFailure>(request, context, plainly, (stage) =>
      estimateGas(request, gasCap, stage, this.precompiles),
    )
  }

  /** What the message touches beside sender, recipient, coinbase and precompiles. */
  createAccessList(
    request: CallRequest,
    context: CallContext,
    gasCap: bigint,
  ): Promise<Result<AccessListOutcome, CallFailure>> {
    return this.on<AccessListOutcome, CallFailure>(request, context, plainly, async (stage) => {
      const listed = await listAccesses(request, callGas(request, gasCap), stage)
      if (!listed.ok) return err(failureOf(listed.error, plainly))
      return ok({ accessList: listed.value.accessList, outcome: outcomeOf(listed.value.run) })
    })
  }

  /** Runs `work` on a snapshot with the overrides applied. */
  private on<T, E>(
    request: CallRequest,
    context: CallContext,
    inWords: Wording,
    work: (stage: CallStage) => Promise<Result<T, E | CallFailure>>,
  ): Promise<Result<T, E | CallFailure>> {
    return this.serial.run(async () => {
      const snapshot = this.options.kv.snapshot()
      try {
        const stage = this.prepare(request, context, snapshot)
        return stage.ok ? await work(stage.value) : err(failureOf(stage.error, inWords))
      } finally {
        await snapshot.release()
      }
    })
  }

  private prepare(request: CallRequest, context: CallContext, kv: KvReader): Result<CallStage, CallRefusal> {
    const { clock, spec, limitMs = CALL_TIMEOUT_MS } = this.options
    const started = clock.monotonicMs()
    const past = new StateReader(kv).at(context.blockNumber)
    if (!past.ok) return err({ code: 'STATE_PRUNED', oldestBlock: past.error.oldest })
    const state = new WorldState(past.value)
    const moves = applyStateOverrides(context.stateOverrides ?? new Map(), state, this.precompiles, this.modules)
    if (typeof moves === 'string') return err({ code: 'REFUSED', message: moves })
    const block = this.contextOf(context, new BlockStore(kv))
    const fees = callFees(request, block.baseFeePerGas)
    if (!fees.ok) return err({ code: 'MESSAGE', message: fees.error })
    return ok({
      evm: this.evm,
      modules: this.modules,
      chainId: BigInt(spec.chainId),
      state,
      block: { ...block, baseFeePerGas: fees.value.baseFeePerGas },
      fees: fees.value,
      moves,
      isTimeOver: () => clock.monotonicMs() - started > limitMs,
      limitMs,
    })
  }

  private contextOf(context: CallContext, blocks: BlockStore): BlockContext {
    const { spec, clock } = this.options
    const header = present(blocks.header(context.blockNumber), 'a block with a state has a header')
    const own = blockContext(header, (number) => finalizedHash(blocks, number))
    if (!context.isNextBlock) return withOverrides(own, context.blockOverrides ?? {})
    const next: BlockContext = {
      ...own,
      number: header.number + 1,
      timestamp: Math.max(header.timestamp, Math.floor(clock.nowMs() / 1_000)),
      gasLimit: spec.blockGasLimit,
      baseFeePerGas: nextBaseFee(spec.fees, header),
    }
    return withOverrides(next, context.blockOverrides ?? {})
  }
}

function withOverrides(block: BlockContext, overrides: BlockOverrides): BlockContext {
  return {
    number: overrides.number ?? block.number,
    timestamp: overrides.time ?? block.timestamp,
    coinbase: overrides.feeRecipient ?? block.coinbase,
    gasLimit: overrides.gasLimit ?? block.gasLimit,
    baseFeePerGas: overrides.baseFeePerGas ?? block.baseFeePerGas,
    prevRandao: overrides.prevRandao ?? block.prevRandao,
    blobBaseFee: overrides.blobBaseFee ?? block.blobBaseFee,
    // A number above the chain's has no hash: only the chain's own ancestors are answered.
    blockHash: (number) => (number <= block.number ? block.blockHash(number) : ZERO_HASH),
  }
}

function callGas(request: CallRequest, gasCap: bigint): bigint {
  const { gas } = request
  return gas === undefined || gas > gasCap ? gasCap : gas
}

function outcomeOf({ status, error, returnData, gasUsed }: CallRun): CallOutcome {
  return { status, error, returnData, gasUsed }
}

function failureOf(refusal: CallRefusal, inWords: Wording): CallFailure {
  return refusal.code === 'INTRINSIC_GAS' || refusal.code === 'MESSAGE'
    ? { code: 'REFUSED', message: inWords(refusal.message) }
    : refusal
}
