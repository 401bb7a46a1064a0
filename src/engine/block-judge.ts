/**
 * Judges blocks for the core: consensus's own rules here, the rest in execution (docs/consensus.md 2.6). Not available is not
 * failed: such a block is looked at again for as long as the core holds it.
 */

import type { Input } from '../consensus/input.ts'
import type { ConsensusState } from '../consensus/state.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { MAX_REMEMBERED_REFUSALS } from '../lib/limits.ts'
import type { Result } from '../lib/result.ts'
import type { SealedBlock } from '../types/block.ts'
import type { Hash } from '../types/primitives.ts'
import type { BlockCache } from './block-cache.ts'
import type { BlockSource } from './block-source.ts'
import type { ContextRules } from './context-rules.ts'
import type { EngineOptions } from './engine-options.ts'
import type { FinalizedChain } from './finalized-chain.ts'
import type { EngineMeters } from './meters.ts'
import type { BlockRefusal } from './ports.ts'

/** A block whose parent is not there yet is looked at again after this. */
const NOT_YET_MS = 50

const NOT_HERE: BlockRefusal = { code: 'NOT_HERE', blame: 'ignore', reason: 'nobody has the block now' }

export type BlockJudgeOptions = {
  readonly engine: EngineOptions
  readonly state: ConsensusState
  readonly blocks: BlockCache
  readonly source: BlockSource
  readonly rules: ContextRules
  readonly chain: FinalizedChain
  readonly meters: EngineMeters
  readonly feed: (input: Input) => void
  readonly halt: (error: Error) => void
}

export class BlockJudge {
  private readonly options: BlockJudgeOptions
  /** Consensus's own verdicts, for `check` and `certify` both ask; null is a pass. */
  private readonly verdicts = new BoundedMap<Hash, BlockRefusal | null>(MAX_REMEMBERED_REFUSALS)
  private readonly refusals = new BoundedMap<Hash, BlockRefusal>(MAX_REMEMBERED_REFUSALS)
  private readonly waiting = new Set<() => void>()

  constructor(options: BlockJudgeOptions) {
    this.options = options
  }

  /** Rules V4 to V8 without executing; answers with `checked`. */
  check(hash: Hash): Promise<void> {
    return this.judge(hash, 'checked', (block) => this.options.engine.execution.check(block))
  }

  /** The same and execution; answers with `certified`. */
  certify(hash: Hash): Promise<void> {
    const { engine, meters } = this.options
    return this.judge(hash, 'certified', async (block) => {
      const startedMs = engine.clock.monotonicMs()
      const certified = await engine.execution.certify(block)
      meters.execution.observe((engine.clock.monotonicMs() - startedMs) / 1000)
      return certified
    })
  }

  /** Why a block was refused here, where that is remembered. */
  refusalOf(hash: Hash): BlockRefusal | undefined {
    return this.refusals.peek(hash)
  }

  /** Gives up what waits. */
  close(): void {
    for (const cancel of this.waiting) cancel()
    this.waiting.clear()
  }

  private async judge(
    hash: Hash,
    answer: 'checked' | 'certified',
    execute: (block: SealedBlock) => Promise<Result<null, BlockRefusal>>,
  ): Promise<void> {
    const { blocks, source, feed, engine } = this.options
    const block = blocks.get(hash)?.block ?? (await source.obtain(hash))
    const refusal = block === undefined ? NOT_HERE : (this.contextVerdict(block) ?? refusalIn(await execute(block)))
    if (block === undefined || refusal?.blame === 'ignore') {
      this.later(hash, () => this.judge(hash, answer, execute))
      return
    }
    if (refusal !== undefined) {
      this.refusals.set(hash, refusal)
      engine.log.warn({ height: block.header.number, hash, reason: refusal.reason }, 'block refused')
    }
    feed({ type: answer, hash, isValid: refusal === undefined })
  }

  private contextVerdict(block: SealedBlock): BlockRefusal | undefined {
    const known = this.verdicts.get(block.hash)
    if (known !== undefined) return known ?? undefined
    const { rules, blocks, chain, state } = this.options
    // While the head moves on, ancestors leave the cache before the core has heard that they are final.
    const ancestors = blocks.pathFrom(chain.tip.hash, block.header.parentHash)
    if (ancestors === undefined || block.consensus.context.epoch !== state.epoch) {
      return { code: 'NOT_YET', blame: 'ignore', reason: 'its ancestors are not here' }
    }
    const reason = rules.refusalOf(block, state.schedule, ancestors)
    const verdict: BlockRefusal | null =
      reason === undefined ? null : { code: 'CONTEXT_RULE_BROKEN', blame: 'reject', reason }
    this.verdicts.set(block.hash, verdict)
    return verdict ?? undefined
  }

  private later(hash: Hash, task: () => Promise<void>): void {
    const { state, engine, halt } = this.options
    if (!state.blocks.has(hash)) return
    const cancel = engine.timers.after(NOT_YET_MS, () => {
      this.waiting.delete(cancel)
      task().catch((error: unknown) => halt(error as Error))
    })
    this.waiting.add(cancel)
  }
}

function refusalIn(result: Result<null, BlockRefusal>): BlockRefusal | undefined {
  return result.ok ? undefined : result.error
}
