/**
 * The finalized chain's one way in, for consensus and for block sync alike (docs/consensus.md 2.11, S1): blocks become final
 * one after another, durably, and the core and the node hear of it afterwards.
 */

import type { Input } from '../consensus/input.ts'
import { epochOfNextBlock } from '../consensus/open-state.ts'
import type { ConsensusState } from '../consensus/state.ts'
import { present } from '../lib/assert.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { Serial } from '../lib/serial.ts'
import type { SealedBlock } from '../types/block.ts'
import { summarize } from '../types/block-summary.ts'
import type { Certificate } from '../types/certificate.ts'
import { encodeCertificate } from '../types/consensus-codec.ts'
import type { Hash } from '../types/primitives.ts'
import { encodeSealedBlock } from '../types/sealed-block-codec.ts'
import { FINALIZE } from '../types/vote.ts'
import type { ContextRules } from './context-rules.ts'
import { EngineError } from './engine-errors.ts'
import type { EngineOptions } from './engine-options.ts'
import type { EvidencePool } from './evidence-pool.ts'
import type { Verifier } from './verifier.ts'

/** Why a range was not imported. */
export type ImportFailure =
  | { readonly code: 'INVALID_BLOCK'; readonly height: number; readonly reason: string }
  /** Consensus finalized the same heights meanwhile. */
  | { readonly code: 'STALE' }
  | { readonly code: 'UNAVAILABLE' }

/** Consecutive blocks and the finalization of the last of them, or of a descendant that their headers lead to. */
export type FinalizedRange = { readonly blocks: readonly SealedBlock[]; readonly certificate: Certificate }

export type FinalizedChainOptions = {
  readonly engine: EngineOptions
  readonly verifier: Verifier
  readonly rules: ContextRules
  readonly evidence: EvidencePool
  readonly state: ConsensusState
  readonly head: SealedBlock
  readonly feed: (input: Input) => void
  readonly halt: (error: Error) => void
}

export class FinalizedChain {
  private readonly options: FinalizedChainOptions
  private readonly serial = new Serial()
  private head: SealedBlock
  /** Blocks that the core has made final and that wait here to become durable. */
  private readonly waiting = new Set<Hash>()
  private isClosed = false

  constructor(options: FinalizedChainOptions) {
    this.options = options
    this.head = options.head
  }

  /** The durable head. */
  get tip(): SealedBlock {
    return this.head
  }

  /** Position of the durable head, for block sync. */
  finalized(): { readonly height: number; readonly hash: Hash } {
    return { height: this.head.header.number, hash: this.head.hash }
  }

  /** Whether the certificate is a finalization that verifies under its epoch's validators. */
  async verifyFinalization(certificate: Certificate): Promise<boolean> {
    return certificate.subject.kind === FINALIZE && this.options.verifier.isCertificateValid(certificate)
  }

  /** Runs after everything that was asked before is durable. */
  afterwards(task: () => Promise<void> | void): void {
    this.serial
      .run(async () => {
        if (!this.isClosed) await task()
      })
      .catch((error: unknown) => this.options.halt(error as Error))
  }

  /** Whether a block waits to become durable: its execution must not be forgotten, whatever the core said of it before. */
  isWaiting(hash: Hash): boolean {
    return this.waiting.has(hash)
  }

  /**
   * The core's finalization: certified blocks, ascending; `certificate` is of the last. `obtain` gives the whole blocks; one
   * that cannot be had ends the process, and recovery or block sync will find it.
   */
  finalize(
    hashes: readonly Hash[],
    certificate: Certificate,
    obtain: (hash: Hash) => Promise<SealedBlock | undefined>,
  ): void {
    for (const hash of hashes) this.waiting.add(hash)
    this.afterwards(async () => {
      const blocks: SealedBlock[] = []
      for (const hash of hashes) blocks.push(await demandBlock(hash, obtain))
      await this.commit(blocks, certificate)
      for (const hash of hashes) this.waiting.delete(hash)
      this.openEpochAfter(present(blocks.at(-1), 'a finalization has blocks'), certificate)
    })
  }

  /** Block sync's range: executed, made final, and told to the core. */
  importRange(range: FinalizedRange): Promise<Result<{ height: number; hash: Hash }, ImportFailure>> {
    return this.serial.run(async () => {
      if (this.isClosed) return err({ code: 'UNAVAILABLE' })
      try {
        return await this.importNow(range)
      } catch (error) {
        this.options.halt(error as Error)
        return err({ code: 'UNAVAILABLE' })
      }
    })
  }

  /** Finishes what runs and refuses the rest. */
  async close(): Promise<void> {
    this.isClosed = true
    await this.serial.drain()
  }

  private async importNow(range: FinalizedRange): Promise<Result<{ height: number; hash: Hash }, ImportFailure>> {
    const blocks = range.blocks.filter((block) => block.header.number > this.head.header.number)
    const [first, last] = [blocks[0], blocks.at(-1)]
    if (first === undefined || last === undefined) return ok(this.finalized())
    if (first.header.parentHash !== this.head.hash) return err({ code: 'STALE' })
    if (!(await this.verifyFinalization(range.certificate))) {
      return err({ code: 'INVALID_BLOCK', height: last.header.number, reason: 'the finalization does not verify' })
    }
    for (const block of blocks) {
      const refusal = await this.executeFinal(block)
      if (refusal === 'unavailable') return err({ code: 'UNAVAILABLE' })
      if (refusal !== undefined) throw divergence(block, refusal)
    }
    await this.commit(blocks, range.certificate)
    this.tellCore(last, range.certificate)
    return ok(this.finalized())
  }

  private async executeFinal(block: SealedBlock): Promise<string | undefined> {
    const reason = this.options.rules.refusalOfFinal(block)
    if (reason !== undefined) return reason
    const certified = await this.options.engine.execution.certify(block)
    if (certified.ok) return undefined
    return certified.error.blame === 'ignore' ? 'unavailable' : certified.error.reason
  }

  private async commit(blocks: readonly SealedBlock[], certificate: Certificate): Promise<void> {
    const fresh = blocks.filter((block) => block.header.number > this.head.header.number)
    const last = fresh.at(-1)
    if (last === undefined) return
    const { execution, events } = this.options.engine
    for (const block of fresh) await this.options.evidence.noteFinal(block)
    const isExact = certificate.subject.blockHash === last.hash
    const bytes = isExact ? encodeCertificate(certificate) : new Uint8Array(0)
    let finalized = await execution.finalize(last.hash, bytes)
    if (!finalized.ok && finalized.error.blame === 'ignore') {
      // Execution may have let go of an outcome that it found useless; nothing is lost but the time to repeat it.
      for (const block of fresh) await execution.certify(block)
      finalized = await execution.finalize(last.hash, bytes)
    }
    if (!finalized.ok) {
      const { reason } = finalized.error
      throw new EngineError({ code: 'FINALIZE_FAILED', hash: last.hash, reason }, `finalizing ${last.hash}: ${reason}`)
    }
    this.head = last
    for (const block of fresh) events.onFinalized(block, block === last && isExact ? bytes : null)
  }

  /** The core may be an epoch behind what was imported: ranges end at closing blocks, so at most one. */
  private tellCore(last: SealedBlock, certificate: Certificate): void {
    const { feed, state } = this.options
    const { epoch } = certificate.subject
    if (epoch < state.epoch) return
    feed({ type: 'synced', head: summarize(last), certificate })
    this.openEpochAfter(last, certificate)
  }

  private openEpochAfter(last: SealedBlock, certificate: Certificate): void {
    const { engine, feed } = this.options
    const { epochLengthBlocks } = engine.timing
    if (last.header.number % epochLengthBlocks !== 0) return
    const epoch = epochOfNextBlock(last.header.number, epochLengthBlocks)
    feed({
      type: 'epochOpened',
      set: engine.validators.setOf(epoch),
      anchor: summarize(last),
      mixHash: last.header.mixHash,
      anchorCertificate: certificate.subject.blockHash === last.hash ? certificate : null,
    })
  }
}

async function demandBlock(hash: Hash, obtain: (hash: Hash) => Promise<SealedBlock | undefined>): Promise<SealedBlock> {
  const block = await obtain(hash)
  if (block !== undefined) return block
  const reason = 'its bytes are nowhere to be found'
  throw new EngineError({ code: 'FINALIZE_FAILED', hash, reason }, `finalizing ${hash}: ${reason}`)
}

/** A quorum finalized what this node finds invalid. */
export function divergence(block: SealedBlock, reason: string): EngineError {
  const { hash, header } = block
  const detail = { hash, height: header.number, reason, block: encodeSealedBlock(block) }
  return new EngineError(
    { code: 'STATE_DIVERGED', ...detail },
    `block ${header.number} (${hash}) is final, but here: ${reason}`,
  )
}
