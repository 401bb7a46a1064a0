/**
 * What a node keeps when its process dies: the log up to the last sync (and perhaps some of what followed), the signer's own
 * state, and the database of finalized blocks.
 */

import { roundOfRecord, type WalRecord } from '../../src/consensus/record.ts'
import { afterSigning, EMPTY_GUARD, type GuardState, guardVerdict } from '../../src/consensus/signer-guard.ts'
import type { Prng } from '../../src/lib/prng.ts'
import type { BlockSummary } from '../../src/types/block-summary.ts'
import type { Certificate } from '../../src/types/certificate.ts'
import type { Hash } from '../../src/types/primitives.ts'
import { NOTARIZE, type Subject, sameSubject } from '../../src/types/vote.ts'
import { GOOD_SIGNATURE } from './ledger.ts'

export class SimDisk {
  private log: WalRecord[] = []
  private durable = 0
  /** An older copy of the log, which a careless operator may put back. */
  private copy: WalRecord[] = []
  private guard: GuardState = EMPTY_GUARD
  /** Finalized blocks by height; genesis is at 0. */
  readonly chain: BlockSummary[]
  /** Finalizations held, by the hash they finalize. */
  readonly finalizations = new Map<Hash, Certificate>()

  constructor(genesis: BlockSummary) {
    this.chain = [genesis]
  }

  get head(): BlockSummary {
    return this.chain[this.chain.length - 1] as BlockSummary
  }

  get records(): readonly WalRecord[] {
    return this.log
  }

  append(record: WalRecord): void {
    this.log.push(record)
  }

  sync(): void {
    this.durable = this.log.length
  }

  /** The process dies: records that were not synced are lost, all of them or from some point on. */
  crash(prng: Prng): void {
    const unsynced = this.log.length - this.durable
    if (unsynced > 0) this.log.length = prng.chance(0.6) ? this.durable : this.durable + prng.below(unsynced + 1)
    this.durable = this.log.length
  }

  makeCopy(): void {
    this.copy = [...this.log]
  }

  /** The log is replaced by the older copy; the signer's state is not in the data folder and stays. */
  restoreCopy(): void {
    this.log = [...this.copy]
    this.durable = this.log.length
  }

  /** Drops records that finality made worthless. */
  prune(epoch: number, view: number, dropsEarlierEpochs: boolean): void {
    let dropped = 0
    const kept = this.log.filter((record, index) => {
      const round = roundOfRecord(record)
      const isOld = round.epoch === epoch ? round.view < view : round.epoch < epoch && dropsEarlierEpochs
      if (isOld && index < this.durable) dropped++
      return !isOld
    })
    this.durable -= dropped
    this.log = kept
  }

  /** The signer's decision, durable before it is known; null is a refusal. */
  askSigner(subject: Subject, isGuarded: boolean): 'sign' | 'stored' | null {
    const verdict = guardVerdict(this.guard, subject)
    if (verdict.verdict === 'stored') return 'stored'
    if (verdict.verdict === 'refuse') return isGuarded ? null : 'sign'
    this.guard = afterSigning(this.guard, subject, GOOD_SIGNATURE)
    return 'sign'
  }

  /** Whether our vote, and for a notarize vote its block, would survive a crash now. */
  holdsDurably(subject: Subject): boolean {
    let hasVote = false
    let hasBlock = subject.kind !== NOTARIZE || this.chain.some((block) => block.hash === subject.blockHash)
    for (let i = this.durable - 1; i >= 0 && !(hasVote && hasBlock); i--) {
      const record = this.log[i]
      if (record?.type === 'ownVote' && sameSubject(record.vote.subject, subject)) hasVote = true
      if (record?.type === 'ownProposal' && sameSubject(record.proposal.leaderVote.subject, subject)) hasVote = true
      if (record?.type === 'block' && record.block.hash === subject.blockHash) hasBlock = true
    }
    return hasVote && hasBlock
  }

  /** The highest finalized block of which a finalization of its own is held. */
  highestProven(): { readonly block: BlockSummary; readonly certificate: Certificate } | null {
    for (let height = this.chain.length - 1; height > 0; height--) {
      const block = this.chain[height] as BlockSummary
      const certificate = this.finalizations.get(block.hash)
      if (certificate !== undefined) return { block, certificate }
    }
    return null
  }
}
