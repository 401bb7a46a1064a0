import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keccak256Hash } from '../../src/crypto/keccak.ts'
import { sha256, sha256Hash } from '../../src/crypto/sha256.ts'
import { bytesToHex, concatBytes, hexToBytes, u64ToBytes } from '../../src/lib/bytes.ts'
import { MAX_CERTIFICATE_VIEWS } from '../../src/lib/limits.ts'
import type { Certificate } from '../../src/types/certificate.ts'
import { DecodeError } from '../../src/types/codec.ts'
import {
  decodeCertificate,
  decodeCertificateAnswer,
  decodeCertificateQuestion,
  decodeProposal,
  decodeVote,
  encodeCertificate,
  encodeCertificateAnswer,
  encodeCertificateQuestion,
  encodeJustification,
  encodeProposal,
  encodeVote,
  hashJustification,
} from '../../src/types/consensus-codec.ts'
import { type Hash, hashFromBytes, ZERO_HASH } from '../../src/types/primitives.ts'
import { randaoSignBytes, subjectSignBytes } from '../../src/types/sign-bytes.ts'
import { FINALIZE, NOTARIZE, nullifySubject, type Subject, type Vote } from '../../src/types/vote.ts'

const blockHash = keccak256Hash(new TextEncoder().encode('block'))
const justHash = keccak256Hash(new TextEncoder().encode('justification'))
const signature = new Uint8Array(96).fill(0xaa)
const notarize: Subject = { kind: NOTARIZE, epoch: 3, view: 77, parentView: 75, blockHash, justHash }
const vote: Vote = { subject: notarize, signerIndex: 5, signature }
const certificate: Certificate = { subject: notarize, bitmap: Uint8Array.of(0b1011), signature }
const skip: Certificate = { subject: nullifySubject(3, 76), bitmap: Uint8Array.of(7), signature }

const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hashFromBytes)
const anyRound = { epoch: fc.nat(), view: fc.maxSafeNat() }
const anySubject: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({ ...anyRound }).map(({ epoch, view }) => nullifySubject(epoch, view)),
  fc.record({
    kind: fc.constantFrom<Subject['kind']>(NOTARIZE, FINALIZE),
    ...anyRound,
    parentView: fc.maxSafeNat(),
    blockHash: anyHash,
    justHash: anyHash,
  }),
)
const anySignature = fc.uint8Array({ minLength: 96, maxLength: 96 })
const anyVote = fc.record({ subject: anySubject, signerIndex: fc.nat({ max: 65_535 }), signature: anySignature })
const anyCertificate = fc.record({
  subject: anySubject,
  bitmap: fc.uint8Array({ maxLength: 16 }),
  signature: anySignature,
})

describe('the bytes of consensus', () => {
  it('are frozen: a vote, a nullification, a certificate, a justification', () => {
    expect(sha256Hash(encodeVote(vote))).toBe('0x4d5d2b442a7a60ff913563854a30c44de944488424f97387fec5d157d1808997')
    expect(sha256Hash(encodeCertificate(certificate))).toBe(
      '0xc76f8a39c0b5952b459d4687b427fc2e92bfa140e81a74f19115f5f839ce1c70',
    )
    expect(bytesToHex(encodeCertificate({ ...skip, signature: new Uint8Array(96) }))).toBe(
      `0x020000000000000003000000000000004c0107${'00'.repeat(96)}`,
    )
    expect(hashJustification([certificate, skip])).toBe(
      '0x665a35e95bb1d3ef900a794728b840d83336c0e44da260830138594426bc50e1',
    )
    expect(hashJustification([])).toBe(sha256Hash(new Uint8Array(4)))
  })

  it('leave the zero fields of a nullification out', () => {
    expect(encodeVote({ ...vote, subject: nullifySubject(3, 77) })).toHaveLength(1 + 8 + 8 + 2 + 96)
    expect(encodeVote(vote)).toHaveLength(1 + 8 + 8 + 8 + 32 + 32 + 2 + 96)
  })

  it('come back as they went', () => {
    fc.assert(
      fc.property(anyVote, (one) => {
        expect(decodeVote(encodeVote(one))).toEqual(one)
      }),
    )
    fc.assert(
      fc.property(anyCertificate, (one) => {
        expect(decodeCertificate(encodeCertificate(one))).toEqual(one)
      }),
    )
    const views = fc.array(fc.maxSafeNat(), { maxLength: MAX_CERTIFICATE_VIEWS })
    fc.assert(
      fc.property(views, (list) => {
        const question = { epoch: 2, views: list }
        expect(decodeCertificateQuestion(encodeCertificateQuestion(question))).toEqual(question)
      }),
    )
    fc.assert(
      fc.property(fc.array(anyCertificate, { maxLength: 8 }), (certificates) => {
        const answer = { epoch: 2, certificates }
        expect(decodeCertificateAnswer(encodeCertificateAnswer(answer))).toEqual(answer)
      }),
    )
  })

  it('are unique: whatever decodes encodes to the same bytes', () => {
    fc.assert(
      fc.property(anyVote, fc.nat(), fc.nat({ max: 255 }), (one, at, value) => {
        const bytes = encodeVote(one)
        bytes[at % bytes.length] = value
        try {
          expect(encodeVote(decodeVote(bytes))).toEqual(bytes)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('of anybody else fail with DecodeError and nothing worse', () => {
    const decoders = [decodeVote, decodeCertificate, decodeProposal, decodeCertificateQuestion, decodeCertificateAnswer]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.constantFrom(...decoders), (bytes, decode) => {
        try {
          decode(bytes)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  it('of more views than may be asked for are refused before they are read', () => {
    const views = Array.from({ length: MAX_CERTIFICATE_VIEWS + 1 }, (_, index) => index)
    expect(() => decodeCertificateQuestion(encodeCertificateQuestion({ epoch: 0, views }))).toThrow(DecodeError)
  })

  it('of a re-proposal carry every certificate and no block', () => {
    const proposal = { block: null, justification: [certificate, skip], leaderVote: vote }
    expect(decodeProposal(encodeProposal(proposal))).toEqual(proposal)
    expect(encodeJustification([certificate, skip])).toHaveLength(
      4 + encodeCertificate(certificate).length + encodeCertificate(skip).length,
    )
  })
})

describe('what is signed', () => {
  const chain = { chainId: 534_100, genesisHash: keccak256Hash(new TextEncoder().encode('genesis')) }

  it('is exactly the tag, the chain and the subject, integers of eight bytes', () => {
    const parts = [chain.chainId, NOTARIZE, 3, 77, 75].map(u64ToBytes) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const [chainId, kind, epoch, view, parentView] = parts
    const preimage = concatBytes(
      new TextEncoder().encode('sahara/sxe/1'),
      chainId,
      hexToBytes(chain.genesisHash),
      kind,
      epoch,
      view,
      parentView,
      hexToBytes(blockHash),
      hexToBytes(justHash),
    )
    expect(subjectSignBytes(chain, notarize)).toEqual(sha256(preimage))
    expect(bytesToHex(subjectSignBytes(chain, notarize))).toBe(
      '0x8f562a65605af3483c4f321319e2169382ff7ba7b816a86da52e5776a0f928fc',
    )
    expect(bytesToHex(randaoSignBytes(chain, 3, 77))).toBe(
      '0x01dde27fdaa69ed6e41fcba0b8c8ac40127f5b9404653f93633b0855e2e2ef34',
    )
  })

  it('differs in every field, and from chain to chain', () => {
    const other = 'f'.repeat(64)
    const variants: [typeof chain, Subject][] = [
      [chain, notarize],
      [{ ...chain, chainId: 1 }, notarize],
      [{ ...chain, genesisHash: ZERO_HASH }, notarize],
      [chain, { ...notarize, kind: FINALIZE }],
      [chain, { ...notarize, epoch: 4 }],
      [chain, { ...notarize, view: 78 }],
      [chain, { ...notarize, parentView: 74 }],
      [chain, { ...notarize, blockHash: `0x${other}` as Hash }],
      [chain, { ...notarize, justHash: `0x${other}` as Hash }],
      [chain, nullifySubject(3, 77)],
    ]
    const signed = new Set(variants.map(([of, subject]) => bytesToHex(subjectSignBytes(of, subject))))
    expect(signed.size).toBe(variants.length)
  })
})
