/**
 * One block being executed: system calls, transactions, hooks, with gas, receipts and bloom as they add up. The builder and
 * the validator both drive it, so that they cannot differ.
 */

import { keccak256Hash } from '../crypto/keccak.ts'
import type { WorldState } from '../state/world-state.ts'
import { BLOOM_BYTES, bloomOf, mergeBloom } from '../types/bloom.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Log, Receipt } from '../types/receipt.ts'
import { encodeSystemTransaction } from '../types/system-transaction.ts'
import type { Transaction } from '../types/transaction.ts'
import { type EndOfBlockHook, runHooks } from './hooks.ts'
import { makeSystemCalls } from './system-calls.ts'
import {
  type ExecutionEnvironment,
  executeTransaction,
  type TransactionOutcome,
  type TransactionResult,
} from './transaction-executor.ts'

const NO_BLOOM = new Uint8Array(BLOOM_BYTES)

export class BlockRun {
  readonly state: WorldState
  readonly receipts: Receipt[] = []
  readonly transactionHashes: Hash[] = []
  readonly logsBloom = new Uint8Array(BLOOM_BYTES)
  gasUsed = 0n
  private readonly environment: ExecutionEnvironment

  constructor(state: WorldState, environment: ExecutionEnvironment) {
    this.state = state
    this.environment = environment
  }

  /** Gas that is left in the block. */
  get gasLeft(): bigint {
    return this.environment.block.gasLimit - this.gasUsed
  }

  /** Makes the system calls. Before the first transaction. */
  async begin(parentBeaconBlockRoot: Hash, parentHash: Hash): Promise<void> {
    await makeSystemCalls(this.state, this.environment, parentBeaconBlockRoot, parentHash)
  }

  /** Executes a transaction without adding it: the builder may still revert it. */
  execute(
    tx: Transaction,
    sender: Address,
    isTimeOver?: () => boolean,
  ): TransactionResult | Promise<TransactionResult> {
    const environment = isTimeOver === undefined ? this.environment : { ...this.environment, isTimeOver }
    return executeTransaction(tx, sender, this.state, environment, this.gasLeft)
  }

  /** Adds an executed transaction: its gas, receipt and bloom. */
  add(type: Receipt['type'], hash: Hash, outcome: TransactionOutcome): void {
    this.gasUsed += outcome.gasUsed
    const logsBloom = outcome.logs.length === 0 ? NO_BLOOM : bloomOf(outcome.logs)
    if (outcome.logs.length > 0) mergeBloom(this.logsBloom, logsBloom)
    this.transactionHashes.push(hash)
    this.receipts.push({
      type,
      status: outcome.status,
      cumulativeGasUsed: this.gasUsed,
      logsBloom,
      logs: outcome.logs,
      gasUsed: outcome.gasUsed,
      effectiveGasPrice: outcome.effectiveGasPrice,
      contractAddress: outcome.contractAddress,
    })
  }

  /** Runs the end-of-block hooks; returns the system transaction's bytes when they logged. After the last transaction. */
  finish(hooks: readonly EndOfBlockHook[]): Uint8Array | undefined {
    const { block } = this.environment
    const logs: readonly Log[] = runHooks(hooks, this.state, block)
    if (logs.length === 0) return undefined
    const raw = encodeSystemTransaction(block.number)
    this.add(0, keccak256Hash(raw), {
      status: 1,
      gasUsed: 0n,
      effectiveGasPrice: 0n,
      logs,
      contractAddress: null,
      returnData: new Uint8Array(0),
      error: undefined,
    })
    return raw
  }
}
