/**
 * Proofs of faults that wait for a block, and what blocks have proven already (docs/consensus.md 2.8). Both survive a restart.
 *
 * A fault is named by its epoch, view and signer and its type: another pair of votes for the same fault says nothing new.
 */

import {
  MAX_EVIDENCE_AGE_EPOCHS,
  MAX_EVIDENCE_PER_BLOCK,
  MAX_PENDING_EVIDENCE,
  MAX_PENDING_EVIDENCE_PER_SIGNER,
} from '../lib/limits.ts'
import type { SealedBlock } from '../types/block.ts'
import { Reader, Writer } from '../types/codec.ts'
import type { Evidence } from '../types/evidence.ts'
import { decodeEvidence, encodeEvidence } from '../types/evidence-codec.ts'
import type { LoggedRecord, LogPort } from './ports.ts'

const PENDING = 1
const INCLUDED = 2

/** Where the chain proves a fault: the epoch of the fault, and the height of the block. */
type Inclusion = { readonly epoch: number; readonly height: number }

export class EvidencePool {
  private readonly log: LogPort
  private readonly pending = new Map<string, Evidence>()
  /** Faults in finalized blocks. */
  private readonly included = new Map<string, Inclusion>()

  constructor(log: LogPort) {
    this.log = log
  }

  get size(): number {
    return this.pending.size
  }

  /** Takes back what the log held, and writes what still counts anew, so that the log stays as short as the list. */
  async recover(records: Iterable<LoggedRecord> | AsyncIterable<LoggedRecord>): Promise<void> {
    for await (const { type, payload } of records) {
      if (type === PENDING) {
        const evidence = decodeEvidence(payload)
        this.pending.set(faultName(evidence), evidence)
      } else if (type === INCLUDED) {
        const reader = new Reader(payload)
        const inclusion = { epoch: reader.u64(), height: reader.u64() }
        const name = reader.text(128)
        this.included.set(name, inclusion)
        this.pending.delete(name)
      }
    }
    let segment = 0
    for (const evidence of this.pending.values()) segment = this.log.append(PENDING, encodeEvidence(evidence))
    for (const [name, at] of this.included) segment = this.log.append(INCLUDED, encodeIncluded(name, at))
    await this.log.sync()
    if (segment > 0) await this.log.dropBefore(segment)
  }

  /** Whether the fault is neither waiting nor in the chain, timely in `epoch`, and there is room for it. */
  isNews(evidence: Evidence, epoch: number): boolean {
    const name = faultName(evidence)
    if (this.pending.has(name) || this.included.has(name) || !isTimely(evidence, epoch)) return false
    if (this.pending.size >= MAX_PENDING_EVIDENCE) return false
    // One proof is enough to punish: a signer cannot crowd out what others did.
    let ofSigner = 0
    for (const { first } of this.pending.values()) if (first.signerIndex === evidence.first.signerIndex) ofSigner++
    return ofSigner < MAX_PENDING_EVIDENCE_PER_SIGNER
  }

  /** Keeps verified evidence; a crash may lose it, and peers have it too. */
  add(evidence: Evidence): void {
    this.pending.set(faultName(evidence), evidence)
    this.log.append(PENDING, encodeEvidence(evidence))
  }

  /** What a block of `epoch` on top of the given unfinalized ancestors may prove. */
  candidates(epoch: number, ancestors: readonly SealedBlock[]): Evidence[] {
    const taken = new Set(ancestors.flatMap((block) => block.consensus.evidence.map(faultName)))
    const chosen: Evidence[] = []
    for (const [name, evidence] of this.pending) {
      if (chosen.length === MAX_EVIDENCE_PER_BLOCK) break
      if (!taken.has(name) && isTimely(evidence, epoch)) chosen.push(evidence)
    }
    return chosen
  }

  /** The part of rule V8 about repetition and age; undefined when the block keeps it, else what is wrong. */
  refusalOf(block: SealedBlock, ancestors: readonly SealedBlock[]): string | undefined {
    const { evidence, context } = block.consensus
    const taken = new Set(ancestors.flatMap((one) => one.consensus.evidence.map(faultName)))
    for (const one of evidence) {
      const name = faultName(one)
      if (!isTimely(one, context.epoch)) return `evidence ${name} is too old or of the future`
      // A crash may come between this log and the database: then the very block that proves the fault is judged once more.
      const includedAt = this.included.get(name)?.height ?? Number.POSITIVE_INFINITY
      if (taken.has(name) || includedAt < block.header.number) return `evidence ${name} is in the chain already`
      taken.add(name)
    }
    return undefined
  }

  /** Notes what a block that is about to be final proves; durable before it is final, so that no restart forgets it. */
  async noteFinal(block: SealedBlock): Promise<void> {
    const { evidence, context } = block.consensus
    for (const one of evidence) {
      const name = faultName(one)
      const inclusion = { epoch: one.first.subject.epoch, height: block.header.number }
      this.pending.delete(name)
      this.included.set(name, inclusion)
      this.log.append(INCLUDED, encodeIncluded(name, inclusion))
    }
    if (evidence.length > 0) await this.log.sync()
    this.expire(context.epoch)
  }

  private expire(epoch: number): void {
    for (const [name, evidence] of this.pending) if (!isTimely(evidence, epoch)) this.pending.delete(name)
    // Unfinalized blocks of the epoch before may still be judged.
    for (const [name, at] of this.included)
      if (epoch - at.epoch > MAX_EVIDENCE_AGE_EPOCHS + 1) this.included.delete(name)
  }
}

/** The fault that evidence proves. */
export function faultName({ type, first }: Evidence): string {
  return `${type}/${first.subject.epoch}/${first.subject.view}/${first.signerIndex}`
}

function encodeIncluded(name: string, { epoch, height }: Inclusion): Uint8Array {
  return new Writer(64).u64(epoch).u64(height).text(name).finish()
}

function isTimely(evidence: Evidence, epoch: number): boolean {
  const age = epoch - evidence.first.subject.epoch
  return age >= 0 && age <= MAX_EVIDENCE_AGE_EPOCHS
}
