import { describe, expect, it } from 'vitest'
import { Verifier } from '../../src/engine/verifier.ts'
import type { Certificate } from '../../src/types/certificate.ts'
import { NOTARIZE, nullifySubject, type Subject } from '../../src/types/vote.ts'
import { TestValidators, testChain, testHash } from '../support/votes.ts'

const validators = new TestValidators([1, 1, 1, 5, 1, 1, 1, 1, 1])
const subject: Subject = {
  kind: NOTARIZE,
  epoch: 0,
  view: 5,
  parentView: 4,
  blockHash: testHash(1),
  justHash: testHash(2),
}

function createVerifier(): { verifier: Verifier; verifications: () => number } {
  let count = 0
  const verifier = new Verifier({
    chain: testChain,
    setOf: (epoch) => validators.setOf(epoch),
    onVerified: (_elapsedMs, certificates) => {
      count += certificates
    },
  })
  return { verifier, verifications: () => count }
}

describe('the verifier', () => {
  it('adds a quorum of votes up to a certificate that verifies', () => {
    const { verifier } = createVerifier()
    const signers = [0, 3, 5, 8, 1]
    const { certificate, badSigners } = verifier.verifyQuorum(
      subject,
      signers.map((index) => validators.vote(index, subject)),
    )
    expect(badSigners).toEqual([])
    expect(certificate).toEqual(validators.certificate(signers, subject))
    expect(certificate?.bitmap).toEqual(Uint8Array.of(0b00101011, 1))
  })

  it('names those in a quorum whose signature is bad, and makes no certificate of the rest', () => {
    const { verifier } = createVerifier()
    const votes = [0, 1, 2, 3, 4].map((index) => validators.vote(index, subject))
    const forged = { ...validators.vote(2, { ...subject, view: 6 }), subject }
    const junk = { ...validators.vote(4, subject), signature: new Uint8Array(96).fill(7) }
    const outcome = verifier.verifyQuorum(
      subject,
      [votes[0], votes[1], forged, votes[3], junk].filter((v) => v !== undefined),
    )
    expect(outcome).toEqual({ certificate: null, goodSigners: [0, 1, 3], badSigners: [2, 4] })
  })

  it('refuses certificates below the quorum, of strangers, of other subjects, chains and bitmaps', () => {
    const { verifier } = createVerifier()
    const good = validators.certificate([0, 3, 5, 8, 1], subject)
    const elsewhere = new Verifier({
      chain: { ...testChain, chainId: 8 },
      setOf: (epoch) => validators.setOf(epoch),
    })
    expect(verifier.isCertificateValid(good)).toBe(true)
    expect(elsewhere.isCertificateValid(good)).toBe(false)
    const bad: Certificate[] = [
      validators.certificate([0, 1, 2, 4, 5, 6, 7], subject),
      { ...good, subject: { ...subject, justHash: testHash(3) } },
      { ...good, subject: nullifySubject(0, 5) },
      { ...good, bitmap: Uint8Array.of(0b00101111, 1) },
      { ...good, bitmap: Uint8Array.of(0b00101011, 1, 0) },
      { ...good, bitmap: Uint8Array.of(0b00101011, 0b11) },
      { ...good, bitmap: new Uint8Array(0) },
      { ...good, signature: new Uint8Array(96) },
    ]
    for (const certificate of bad) expect(verifier.isCertificateValid(certificate)).toBe(false)
  })

  it('verifies a certificate once, however often it comes', async () => {
    const { verifier, verifications } = createVerifier()
    const certificates = [1, 2, 3].map((view) => validators.certificate([0, 3, 5, 8, 1], nullifySubject(0, view)))
    expect(await verifier.areCertificatesValid([...certificates, ...certificates])).toBe(true)
    expect(verifications()).toBe(3)
    for (const certificate of certificates) expect(verifier.isCertificateValid(certificate)).toBe(true)
    expect(verifications()).toBe(3)
    const wrong = validators.certificate([0, 1], nullifySubject(0, 9))
    expect(await verifier.areCertificatesValid([...certificates, wrong])).toBe(false)
  })

  it('finds the one wrong signature among many certificates', async () => {
    const { verifier } = createVerifier()
    const certificates = Array.from({ length: 40 }, (_, view) =>
      validators.certificate([0, 3, 5, 8, 1], nullifySubject(0, view + 1)),
    )
    const wrong = { ...certificates[33], signature: certificates[0]?.signature } as Certificate
    expect(await verifier.areCertificatesValid(certificates.with(33, wrong))).toBe(false)
    expect(await verifier.areCertificatesValid(certificates)).toBe(true)
  })
})
