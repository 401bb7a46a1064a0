import { describe, expect, it } from 'vitest'
import type { WalRecord } from '../../src/consensus/record.ts'
import { sha256Hash } from '../../src/crypto/sha256.ts'
import { decodeRecord, encodeRecord, roundOfPayload } from '../../src/engine/wal-codec.ts'
import { bytesToHex } from '../../src/lib/bytes.ts'
import { Prng } from '../../src/lib/prng.ts'
import { summarize } from '../../src/types/block-summary.ts'
import { DecodeError } from '../../src/types/codec.ts'
import { encodeSealedBlock } from '../../src/types/sealed-block-codec.ts'
import { NOTARIZE, nullifySubject, type Subject } from '../../src/types/vote.ts'
import { payloadGenesis } from '../support/payload-execution.ts'
import { testHash } from '../support/votes.ts'

const subject: Subject = {
  kind: NOTARIZE,
  epoch: 3,
  view: 300,
  parentView: 299,
  blockHash: testHash(1),
  justHash: testHash(2),
}
const block = payloadGenesis(testHash(5), 1_700_000_000_123)
const signature = Uint8Array.from({ length: 96 }, (_, i) => i)
const vote = { subject, signerIndex: 2, signature }
const certificate = { subject: nullifySubject(3, 299), bitmap: Uint8Array.of(7), signature }
const records: readonly WalRecord[] = [
  { type: 'ownVote', vote },
  {
    type: 'ownProposal',
    proposal: { type: 'proposal', block: summarize(block), justification: [certificate], leaderVote: vote },
  },
  { type: 'ownProposal', proposal: { type: 'proposal', block: null, justification: [], leaderVote: vote } },
  { type: 'block', block: summarize(block) },
  { type: 'certificate', certificate },
  { type: 'certified', epoch: 3, view: 300, hash: testHash(1), isValid: true },
  { type: 'seenProposal', leaderVote: vote },
  { type: 'epochStart', epoch: 3, anchorHash: testHash(4) },
  { type: 'finalized', epoch: 3, view: 300, height: 170, hash: testHash(1) },
]
const encode = (record: WalRecord) => encodeRecord(record, () => encodeSealedBlock(block))

describe('records of the consensus log', () => {
  it('come back as they went in, and name their round first', () => {
    for (const record of records) {
      const { type, payload } = encode(record)
      expect(decodeRecord({ type, payload }).record).toEqual(record)
      const { epoch } = roundOfPayload(payload)
      expect(epoch).toBe(record.type === 'block' ? 0 : 3)
    }
    expect(decodeRecord(encode(records[3] as WalRecord)).block).toEqual(block)
  })

  it('have these bytes: a log of yesterday is read tomorrow', () => {
    const frozen = records.map((record) => {
      const { type, payload } = encode(record)
      const text = payload.length < 100 ? bytesToHex(payload) : sha256Hash(payload)
      return `${record.type} ${type} ${payload.length} ${text}`
    })
    expect(frozen).toMatchInlineSnapshot(`
      [
        "ownVote 1 207 0xf890ce5a799beb3a242ba1161dded8680d123cc465fb102918e86977f1650d7a",
        "ownProposal 2 438 0x89cecbec0a0d4abd595650af9c397ce650cacf3df2e1728834f508ac7fc32985",
        "ownProposal 2 215 0xd9159cedcf89b6940a477679c72a2fa0b5452c1df72de7be522e592bb8a798f7",
        "block 3 883 0x1adc6b1eb4e2192dd7ff6e85b99b3c8ad2ab990370f2fcb51c9e9b608838fc17",
        "certificate 4 135 0x24e1ef2e0e03e28a219b2720eb1f3f2b45488e2e49159c702b676f6af29d5580",
        "certified 5 49 0x0000000000000003000000000000012c010101010101010101010101010101010101010101010101010101010101010101",
        "seenProposal 6 207 0xf890ce5a799beb3a242ba1161dded8680d123cc465fb102918e86977f1650d7a",
        "epochStart 7 48 0x000000000000000300000000000000000404040404040404040404040404040404040404040404040404040404040404",
        "finalized 8 56 0x0000000000000003000000000000012c00000000000000aa0101010101010101010101010101010101010101010101010101010101010101",
      ]
    `)
  })

  it('that are damaged fail only as such', () => {
    const prng = new Prng(1)
    for (let round = 0; round < 2_000; round++) {
      const { type, payload } = encode(prng.pick(records))
      const bytes = payload.slice(0, prng.chance(0.3) ? prng.below(payload.length) : payload.length)
      for (let i = prng.below(4); i >= 0 && bytes.length > 0; i--) bytes[prng.below(bytes.length)] = prng.below(256)
      try {
        decodeRecord({ type: prng.chance(0.1) ? prng.below(256) : type, payload: bytes })
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(DecodeError)
      }
    }
  })
})
