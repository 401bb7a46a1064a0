/**
 * Fills a block from candidates in their order: drops the invalid with the reason, keeps to the gas and byte limits, and
 * measures every message so that a loop of 16 million gas does not stop transfers (docs/execution.md section 4).
 */

import { AssertionFailure } from '../lib/assert.ts'
import type { Clock } from '../lib/clock.ts'
import { errorMessage } from '../lib/errors.ts'
import { BUILDER_TIME_MS, MAX_TRANSACTION_BUILD_MS } from '../lib/limits.ts'
import { standardTransactionSize } from '../types/block-codec.ts'
import { DecodeError } from '../types/codec.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Transaction } from '../types/transaction.ts'
import { decodeTransaction } from '../types/transaction-codec.ts'
import type { BlockRun } from './block-run.ts'
import type { Candidate, DroppedCandidate } from './chain-types.ts'
import { ExecutionTimeout } from './evm.ts'
import type { SlowTransactions } from './slow-transactions.ts'
import type { InvalidTransaction } from './transaction-check.ts'

/** Bytes that header, list prefixes and the system transaction may take of a block. */
const RESERVED_BYTES = 1_024
/** Least gas of any transaction: with less left the block is full. */
const LEAST_GAS = 21_000n
/** After a transaction was cut off, the others get this many milliseconds each: room for every ordinary call. */
const SHORT_MESSAGE_MS = 10
/** Milliseconds that may be lost to transactions which are cut off; then only direct transfers are tried. */
const MAX_LOST_MS = 250

/** Refusals that another block may lift. */
const POSTPONED: ReadonlySet<InvalidTransaction['code']> = new Set([
  'FEE_TOO_LOW',
  'GAS_ALLOWANCE',
  'INSUFFICIENT_FUNDS',
  'NONCE_TOO_HIGH',
  // On this parent, which may lose.
  'NONCE_TOO_LOW',
  'SENDER_HAS_CODE',
])

export type FilledBlock = {
  readonly transactions: readonly Uint8Array[]
  readonly senders: readonly Address[]
  readonly dropped: readonly DroppedCandidate[]
}

/** What bounds the filling besides gas. */
export type BuilderLimits = { readonly maxBlockBytes: number; readonly clock: Clock; readonly slow: SlowTransactions }

/** Adds candidates to `run`, which has begun. `excluded` are transactions of unfinalized ancestors. */
export async function fillBlock(
  run: BlockRun,
  candidates: readonly Candidate[],
  height: number,
  limits: BuilderLimits,
  excluded: ReadonlySet<Hash>,
): Promise<FilledBlock> {
  const filling = new Filling(run, height, limits)
  for (const candidate of candidates) {
    if (run.gasLeft < LEAST_GAS) break
    if (!excluded.has(candidate.hash)) await filling.attempt(candidate)
  }
  return filling
}

class Filling implements FilledBlock {
  readonly transactions: Uint8Array[] = []
  readonly senders: Address[] = []
  readonly dropped: DroppedCandidate[] = []
  private readonly run: BlockRun
  private readonly height: number
  private readonly limits: BuilderLimits
  private bytes = RESERVED_BYTES
  private spentMs = 0
  private lostMs = 0

  constructor(run: BlockRun, height: number, limits: BuilderLimits) {
    this.run = run
    this.height = height
    this.limits = limits
  }

  async attempt(candidate: Candidate): Promise<void> {
    const { hash, raw } = candidate
    const size = standardTransactionSize(raw)
    if (this.bytes + size > this.limits.maxBlockBytes) return this.drop(hash, 'postponed', 'block is full')
    if (this.limits.slow.mustWait(hash, this.height)) return this.drop(hash, 'postponed', 'was too slow')
    const tx = decode(raw)
    if (typeof tx === 'string') return this.drop(hash, 'invalid', tx)
    if (tx.gasLimit > this.run.gasLeft) return this.drop(hash, 'postponed', 'gas limit reached')
    await this.execute(candidate, tx, size)
  }

  private async execute(candidate: Candidate, tx: Transaction, size: number): Promise<void> {
    const { run } = this
    const { state } = run
    const depth = state.depth
    const started = this.limits.clock.monotonicMs()
    const allowedMs = this.allowedMs()
    // A native module's call is not cut off while it runs: its gas bounds it to milliseconds.
    if (tx.data.length > 0 && allowedMs === 0)
      return this.drop(candidate.hash, 'postponed', 'no time is left for calls')
    state.checkpoint()
    try {
      const pending = run.execute(tx, candidate.sender, () => this.elapsedMs(started) >= allowedMs)
      const result = pending instanceof Promise ? await pending : pending
      state.commit()
      if (!result.ok) {
        return this.drop(
          candidate.hash,
          POSTPONED.has(result.error.code) ? 'postponed' : 'invalid',
          result.error.message,
        )
      }
      // A transfer costs a microsecond and is not worth reading the clock for.
      if (pending instanceof Promise || tx.data.length > 0) this.spentMs += this.elapsedMs(started)
      run.add(tx.type, candidate.hash, result.value)
      this.transactions.push(candidate.raw)
      this.senders.push(candidate.sender)
      this.bytes += size
    } catch (thrown) {
      if (thrown instanceof AssertionFailure) throw thrown
      while (state.depth > depth) state.revert()
      if (thrown instanceof ExecutionTimeout) return this.cutOff(candidate.hash, allowedMs, this.elapsedMs(started))
      // A transaction on which the engine breaks must not stop this leader again and again.
      this.drop(candidate.hash, 'invalid', `the engine failed: ${errorMessage(thrown)}`)
    }
  }

  private elapsedMs(started: number): number {
    return this.limits.clock.monotonicMs() - started
  }

  private allowedMs(): number {
    if (this.lostMs >= MAX_LOST_MS) return 0
    const forOne = this.lostMs === 0 ? MAX_TRANSACTION_BUILD_MS : SHORT_MESSAGE_MS
    return Math.max(0, Math.min(forOne, BUILDER_TIME_MS - this.spentMs))
  }

  private cutOff(hash: Hash, allowedMs: number, tookMs: number): void {
    this.lostMs += tookMs
    // One that was hardly given any time may only have come late in a busy block.
    if (tookMs >= SHORT_MESSAGE_MS) this.limits.slow.add(hash, this.height)
    this.drop(hash, 'postponed', `took more than ${Math.ceil(allowedMs)} ms`)
  }

  private drop(hash: Hash, kind: DroppedCandidate['kind'], reason: string): void {
    this.dropped.push({ hash, kind, reason })
  }
}

function decode(raw: Uint8Array): Transaction | string {
  try {
    return decodeTransaction(raw)
  } catch (thrown) {
    if (thrown instanceof DecodeError) return thrown.message
    throw thrown
  }
}
