/**
 * The rules of a block that consensus owns: its epoch's validators, the proposer's reveal, the parent's certificate, evidence
 * (docs/consensus.md 2.2, V3 and V8). What follows from the parent and the chainspec alone is execution's.
 */

import { validatorListHash } from '../chainspec/genesis-validators.ts'
import { evidenceOf } from '../consensus/evidence.ts'
import { leaderOf, type Schedule } from '../consensus/schedule.ts'
import type { SealedBlock } from '../types/block.ts'
import type { Certificate } from '../types/certificate.ts'
import { DecodeError } from '../types/codec.ts'
import { decodeCertificate } from '../types/consensus-codec.ts'
import type { Evidence } from '../types/evidence.ts'
import { type Hash, ZERO_HASH } from '../types/primitives.ts'
import type { ValidatorSet } from '../types/validator-set.ts'
import { FINALIZE, NULLIFY } from '../types/vote.ts'
import type { EvidencePool } from './evidence-pool.ts'
import type { Verifier } from './verifier.ts'

export type ContextRulesOptions = {
  readonly epochLength: number
  readonly setOf: (epoch: number) => ValidatorSet
  readonly verifier: Verifier
  readonly evidence: EvidencePool
}

export class ContextRules {
  private readonly options: ContextRulesOptions
  private readonly hashes = new WeakMap<ValidatorSet, Hash>()

  constructor(options: ContextRulesOptions) {
    this.options = options
  }

  /** What the context of a block names as its epoch's validators. */
  validatorsHash(epoch: number): Hash {
    const set = this.options.setOf(epoch)
    const held = this.hashes.get(set)
    if (held !== undefined) return held
    const hash = validatorListHash(set.validators)
    this.hashes.set(set, hash)
    return hash
  }

  /** What a block of that height names as the next epoch's validators: ZERO_HASH unless it closes its epoch. */
  nextValidatorsHash(epoch: number, height: number): Hash {
    return height === (epoch + 1) * this.options.epochLength ? this.validatorsHash(epoch + 1) : ZERO_HASH
  }

  /**
   * The rule that a proposed block breaks, as a sentence; undefined when it keeps all.
   *
   * @param schedule leaders of the block's epoch
   * @param ancestors its unfinalized ancestors, ascending
   */
  refusalOf(block: SealedBlock, schedule: Schedule, ancestors: readonly SealedBlock[]): string | undefined {
    const { epoch, view, randaoReveal } = block.consensus.context
    const leader = leaderOf(schedule, view)
    if (!this.options.verifier.isRevealValid(epoch, view, leader, randaoReveal)) return 'the reveal is not its leader’s'
    return (
      this.refusalOfFinal(block) ??
      this.refusalOfParentCertificate(block) ??
      this.options.evidence.refusalOf(block, ancestors) ??
      this.refusalOfEvidence(block)
    )
  }

  /** The rules that are worth asking of a block which a quorum finalized. */
  refusalOfFinal(block: SealedBlock): string | undefined {
    const { header, consensus } = block
    const { epoch, validatorsHash, nextValidatorsHash } = consensus.context
    if (epoch !== Math.floor((header.number - 1) / this.options.epochLength))
      return `epoch ${epoch} is another height’s`
    if (validatorsHash !== this.validatorsHash(epoch)) return 'validatorsHash is not that of the epoch'
    if (nextValidatorsHash !== this.nextValidatorsHash(epoch, header.number)) return 'nextValidatorsHash is wrong'
    return undefined
  }

  /** Whether both votes are their signer's and together a fault. */
  isEvidenceValid({ type, first, second }: Evidence): boolean {
    const proven = evidenceOf(first, second)
    if (proven === null || proven.type !== type || proven.first !== first) return false
    return this.options.verifier.isVoteValid(first) && this.options.verifier.isVoteValid(second)
  }

  private refusalOfParentCertificate(block: SealedBlock): string | undefined {
    const { header, consensus } = block
    const { epoch, parentView } = consensus.context
    if (header.number === 1) return consensus.parentCert.length === 0 ? undefined : 'block 1 has no parent certificate'
    const certificate = tryDecode(consensus.parentCert)
    if (certificate === undefined) return 'the parent certificate does not decode'
    const { subject } = certificate
    // The parent of an epoch's first block is the closing block before, which any finalization of it proves.
    const isOfParent =
      parentView === 0
        ? subject.kind === FINALIZE && subject.epoch === epoch - 1
        : subject.kind !== NULLIFY && subject.epoch === epoch && subject.view === parentView
    if (!isOfParent || subject.blockHash !== header.parentHash) return 'the parent certificate is of another block'
    return this.options.verifier.isCertificateValid(certificate) ? undefined : 'the parent certificate does not verify'
  }

  private refusalOfEvidence(block: SealedBlock): string | undefined {
    return block.consensus.evidence.every((one) => this.isEvidenceValid(one)) ? undefined : 'evidence proves nothing'
  }
}

function tryDecode(bytes: Uint8Array): Certificate | undefined {
  try {
    return decodeCertificate(bytes)
  } catch (thrown) {
    if (thrown instanceof DecodeError) return undefined
    throw thrown
  }
}
