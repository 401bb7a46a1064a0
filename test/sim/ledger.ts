/**
 * What an all-seeing observer knows: every block made, every vote signed, every certificate formed, every finalization; and
 * the properties that must hold of them whatever happens (docs/consensus.md 4.4, oracles).
 */

import { evidenceOf } from '../../src/consensus/evidence.ts'
import type { BlockSummary } from '../../src/types/block-summary.ts'
import type { Certificate } from '../../src/types/certificate.ts'
import type { Hash } from '../../src/types/primitives.ts'
import type { ValidatorSet } from '../../src/types/validator-set.ts'
import { FINALIZE, NOTARIZE, NULLIFY, type Subject, sameSubject, type Vote } from '../../src/types/vote.ts'

/** A simulated signature is one of two objects. */
export const GOOD_SIGNATURE = new Uint8Array([1])
export const BAD_SIGNATURE = new Uint8Array([0])

export type SimBlock = {
  readonly summary: BlockSummary
  /** Breaks a rule that a check without execution finds. */
  readonly isMalformed: boolean
  /** Its roots are not those of its execution. */
  readonly isFalse: boolean
}

export class Ledger {
  readonly blocks = new Map<Hash, SimBlock>()
  readonly finalized = new Map<number, Hash>()
  finalizedHeight = 0
  violation: string | null = null
  evidenceCount = 0
  /** How often what happened: a simulator that never reaches a rule says nothing about it. */
  readonly coverage = new Map<string, number>()
  private readonly signers = new Map<string, number>()
  private readonly honestVotes = new Map<string, Vote[]>()
  private readonly certificates = new Map<string, Subject>()
  private readonly verified = new WeakMap<Certificate, boolean>()
  private blockCount = 0

  fail(what: string): void {
    this.violation ??= what
  }

  note(what: string): void {
    this.coverage.set(what, (this.coverage.get(what) ?? 0) + 1)
  }

  addBlock(summary: Omit<BlockSummary, 'hash'>, isMalformed = false, isFalse = false): BlockSummary {
    const hash = `0xb${this.blockCount++}` as Hash
    const block = { ...summary, hash }
    this.blocks.set(hash, { summary: block, isMalformed, isFalse })
    return block
  }

  /** Whether executing the block on its parent succeeds. */
  executes(hash: Hash): boolean {
    const block = this.blocks.get(hash)
    return block !== undefined && !block.isMalformed && !block.isFalse
  }

  /** Signs; honest validators must never make a provable fault. */
  sign(subject: Subject, signerIndex: number, isHonest: boolean): Vote {
    const vote: Vote = { subject, signerIndex, signature: GOOD_SIGNATURE }
    const key = subjectKey(subject)
    this.signers.set(key, (this.signers.get(key) ?? 0) | (1 << signerIndex))
    if (isHonest) this.checkHonest(vote)
    return vote
  }

  private checkHonest(vote: Vote): void {
    const { epoch, view } = vote.subject
    const place = `${vote.signerIndex} ${epoch} ${view}`
    const held = this.honestVotes.get(place) ?? []
    for (const other of held) {
      if (evidenceOf(other, vote) === null) continue
      this.fail(`honest validator ${vote.signerIndex} made a provable fault in view ${view} of epoch ${epoch}`)
    }
    held.push(vote)
    this.honestVotes.set(place, held)
  }

  /** Whether the certificate holds a quorum of true signatures. */
  verifyCertificate(certificate: Certificate, set: ValidatorSet, quorum: number): boolean {
    const held = this.verified.get(certificate)
    if (held !== undefined) return held
    const signed = this.signers.get(subjectKey(certificate.subject)) ?? 0
    const claimed = (certificate.bitmap[0] ?? 0) | ((certificate.bitmap[1] ?? 0) << 8)
    const isTrue = (claimed & ~signed) === 0 && powerOf(claimed, set) >= quorum
    this.verified.set(certificate, isTrue)
    if (isTrue) this.noteCertificate(certificate.subject)
    return isTrue
  }

  /** No two certificates of a kind differ in a view, and no view is both finalized and nullified. */
  private noteCertificate(subject: Subject): void {
    const { kind, epoch, view } = subject
    const held = this.certificates.get(`${kind} ${epoch} ${view}`)
    if (held !== undefined && !sameSubject(held, subject)) {
      this.fail(`two certificates of kind ${kind} in view ${view} of epoch ${epoch}`)
    }
    this.certificates.set(`${kind} ${epoch} ${view}`, subject)
    const opposite = kind === NULLIFY ? FINALIZE : kind === FINALIZE ? NULLIFY : null
    if (opposite !== null && this.certificates.has(`${opposite} ${epoch} ${view}`)) {
      this.fail(`view ${view} of epoch ${epoch} is both finalized and nullified`)
    }
  }

  /** Whether the world holds the parent's certificate and a nullification of every view between: what V3 is about. */
  isJustified(subject: Subject, parentHash: Hash): boolean {
    const { epoch, view, parentView } = subject
    for (let between = parentView + 1; between < view; between++) {
      if (!this.certificates.has(`${NULLIFY} ${epoch} ${between}`)) return false
    }
    if (parentView === 0) return true
    const certified = [NOTARIZE, FINALIZE].map((kind) => this.certificates.get(`${kind} ${epoch} ${parentView}`))
    return certified.some((one) => one?.blockHash === parentHash)
  }

  /** Agreement, and validity of what is agreed on. */
  noteFinalized(node: number, block: BlockSummary): void {
    const held = this.finalized.get(block.height)
    if (held !== undefined && held !== block.hash) {
      this.fail(`AGREEMENT: node ${node} finalized ${block.hash} at height ${block.height}, another ${held}`)
    }
    if (!this.executes(block.hash)) this.fail(`node ${node} finalized the invalid block ${block.hash}`)
    this.finalized.set(block.height, block.hash)
    this.finalizedHeight = Math.max(this.finalizedHeight, block.height)
  }
}

export function subjectKey(subject: Subject): string {
  if (subject.kind === NULLIFY) return `2 ${subject.epoch} ${subject.view}`
  return `${subject.kind} ${subject.epoch} ${subject.view} ${subject.parentView} ${subject.blockHash} ${subject.justHash}`
}

/** A certificate from votes on one subject. */
export function certificateFrom(subject: Subject, signers: readonly number[]): Certificate {
  const bitmap = new Uint8Array(2)
  for (const signer of signers) bitmap[signer >> 3] = (bitmap[signer >> 3] as number) | (1 << (signer & 7))
  return { subject, bitmap, signature: GOOD_SIGNATURE }
}

function powerOf(mask: number, set: ValidatorSet): number {
  let power = 0
  for (let index = 0; index < set.validators.length; index++) {
    if ((mask >> index) & 1) power += set.validators[index]?.power ?? 0
  }
  return power
}

/** A cheap stand-in for sha256 of the justification's bytes: equal exactly when subjects and bitmaps are. */
export function hashJustification(justification: readonly Certificate[]): Hash {
  let text = '0xj'
  for (const { subject, bitmap } of justification) {
    const mask = (bitmap[0] ?? 0) | ((bitmap[1] ?? 0) << 8)
    text += `.${subject.kind}.${subject.epoch}.${subject.view}.${mask}`
    if (subject.kind !== NULLIFY) text += subject.blockHash
  }
  return text as Hash
}
