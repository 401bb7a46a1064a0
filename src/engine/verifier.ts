/**
 * Signatures of votes and certificates, under the validators of their epoch (docs/consensus.md 2.11).
 *
 * A quorum's votes are added up and verified once; only if that fails is each looked at. A certificate that verified is
 * remembered by its bytes, for it arrives from every peer and again inside proposals. Many at once share one pairing and let
 * the event loop breathe in between.
 */

import {
  type AggregateSignature,
  aggregateSignatures,
  type BlsPublicKey,
  verifyAggregate,
  verifyAggregates,
  verifySignature,
} from '../crypto/bls.ts'
import { sha256Hash } from '../crypto/sha256.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { MAX_CERTIFICATES_PER_TURN, MAX_VERIFIED_CERTIFICATES } from '../lib/limits.ts'
import type { Certificate } from '../types/certificate.ts'
import { encodeCertificate } from '../types/consensus-codec.ts'
import { type ChainIdentity, randaoSignBytes, subjectSignBytes } from '../types/sign-bytes.ts'
import type { Validator, ValidatorSet } from '../types/validator-set.ts'
import type { Subject, Vote } from '../types/vote.ts'

/** The outcome of verifying a quorum's votes. */
export type VerifiedVotes = {
  readonly certificate: Certificate | null
  readonly goodSigners: readonly number[]
  readonly badSigners: readonly number[]
}

export type VerifierOptions = {
  readonly chain: ChainIdentity
  readonly setOf: (epoch: number) => ValidatorSet
  /** Told how long the verification of certificates took, in ms. */
  readonly onVerified?: (elapsedMs: number, certificates: number) => void
  readonly monotonicMs?: () => number
}

export class Verifier {
  private readonly options: VerifierOptions
  private readonly verified = new BoundedMap<string, true>(MAX_VERIFIED_CERTIFICATES)

  constructor(options: VerifierOptions) {
    this.options = options
  }

  /** Whether the vote's signer signed it. */
  isVoteValid(vote: Vote): boolean {
    const signer = this.signer(vote.subject.epoch, vote.signerIndex)
    return signer !== undefined && verifySignature(keyOf(signer), this.signBytes(vote.subject), vote.signature)
  }

  /** Whether the reveal is the given validator's for that view. */
  isRevealValid(epoch: number, view: number, signerIndex: number, reveal: Uint8Array): boolean {
    const signer = this.signer(epoch, signerIndex)
    if (signer === undefined) return false
    return verifySignature(keyOf(signer), randaoSignBytes(this.options.chain, epoch, view), reveal)
  }

  /** Whether a quorum of its epoch signed the certificate. */
  isCertificateValid(certificate: Certificate): boolean {
    const name = nameOf(certificate)
    if (this.verified.get(name) !== undefined) return true
    const signed = this.signedBy(certificate)
    if (signed === undefined || !this.timed(1, () => verifyAggregate(signed))) return false
    this.verified.set(name, true)
    return true
  }

  /** Whether all of them verify; byte-identical ones and known ones cost nothing. */
  async areCertificatesValid(certificates: readonly Certificate[]): Promise<boolean> {
    const unknown = new Map<string, AggregateSignature>()
    for (const certificate of certificates) {
      const name = nameOf(certificate)
      if (this.verified.get(name) !== undefined || unknown.has(name)) continue
      const signed = this.signedBy(certificate)
      if (signed === undefined) return false
      unknown.set(name, signed)
    }
    const entries = [...unknown]
    for (let at = 0; at < entries.length; at += MAX_CERTIFICATES_PER_TURN) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve))
      const batch = entries.slice(at, at + MAX_CERTIFICATES_PER_TURN)
      if (!this.timed(batch.length, () => verifyAggregates(batch.map(([, signed]) => signed)))) return false
      for (const [name] of batch) this.verified.set(name, true)
    }
    return true
  }

  /** Adds a quorum's votes up to a certificate, or names those whose signature is bad. */
  verifyQuorum(subject: Subject, votes: readonly Vote[]): VerifiedVotes {
    const certificate = this.aggregate(subject, votes)
    if (certificate !== undefined && this.isCertificateValid(certificate)) {
      return { certificate, goodSigners: votes.map((vote) => vote.signerIndex), badSigners: [] }
    }
    return this.verifySingly(votes)
  }

  /** Looks at each vote on its own. */
  verifySingly(votes: readonly Vote[]): VerifiedVotes {
    const goodSigners: number[] = []
    const badSigners: number[] = []
    for (const vote of votes) (this.isVoteValid(vote) ? goodSigners : badSigners).push(vote.signerIndex)
    return { certificate: null, goodSigners, badSigners }
  }

  private aggregate(subject: Subject, votes: readonly Vote[]): Certificate | undefined {
    const signature = aggregateSignatures(votes.map((vote) => vote.signature))
    if (signature === undefined) return undefined
    const bitmap = new Uint8Array(Math.ceil(this.options.setOf(subject.epoch).validators.length / 8))
    for (const { signerIndex } of votes) {
      bitmap[signerIndex >> 3] = (bitmap[signerIndex >> 3] ?? 0) | (1 << (signerIndex & 7))
    }
    return { subject, bitmap, signature }
  }

  /** Who signed, if the bitmap is well formed and they are a quorum. */
  private signedBy({ subject, bitmap, signature }: Certificate): AggregateSignature | undefined {
    const { validators, quorum } = this.options.setOf(subject.epoch)
    if (bitmap.length !== Math.ceil(validators.length / 8)) return undefined
    const publicKeys: BlsPublicKey[] = []
    let power = 0
    for (let index = 0; index < bitmap.length * 8; index++) {
      if (((bitmap[index >> 3] ?? 0) & (1 << (index & 7))) === 0) continue
      const validator = validators[index]
      if (validator === undefined) return undefined
      publicKeys.push(keyOf(validator))
      power += validator.power
    }
    return power < quorum ? undefined : { publicKeys, message: this.signBytes(subject), signature }
  }

  private signer(epoch: number, index: number): Validator | undefined {
    return this.options.setOf(epoch).validators[index]
  }

  private signBytes(subject: Subject): Uint8Array {
    return subjectSignBytes(this.options.chain, subject)
  }

  private timed(certificates: number, verify: () => boolean): boolean {
    const startedMs = this.options.monotonicMs?.() ?? 0
    const isValid = verify()
    this.options.onVerified?.((this.options.monotonicMs?.() ?? 0) - startedMs, certificates)
    return isValid
  }
}

function keyOf(validator: Validator): BlsPublicKey {
  return validator.blsPublicKey
}

function nameOf(certificate: Certificate): string {
  return sha256Hash(encodeCertificate(certificate))
}
