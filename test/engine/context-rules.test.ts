import { describe, expect, it } from 'vitest'
import { validatorListHash } from '../../src/chainspec/genesis-validators.ts'
import { ContextRules } from '../../src/engine/context-rules.ts'
import { EvidencePool } from '../../src/engine/evidence-pool.ts'
import { Verifier } from '../../src/engine/verifier.ts'
import { present } from '../../src/lib/assert.ts'
import type { ConsensusContext, SealedBlock } from '../../src/types/block.ts'
import type { Certificate } from '../../src/types/certificate.ts'
import { encodeCertificate } from '../../src/types/consensus-codec.ts'
import { DOUBLE_NOTARIZE, type Evidence, NULLIFY_AND_FINALIZE } from '../../src/types/evidence.ts'
import { ZERO_HASH } from '../../src/types/primitives.ts'
import { randaoSignBytes } from '../../src/types/sign-bytes.ts'
import { FINALIZE, NOTARIZE, nullifySubject, type Subject } from '../../src/types/vote.ts'
import { MemoryLogFolder } from '../support/memory-log-folder.ts'
import { payloadGenesis } from '../support/payload-execution.ts'
import { openTestLog } from '../support/test-log.ts'
import { TestValidators, testChain, testHash } from '../support/votes.ts'

const EPOCH_LENGTH = 10
const validators = new TestValidators([1, 1, 1, 1])
const validatorsHash = validatorListHash(validators.setOf(0).validators)
const SCHEDULE = [0, 1, 2, 3]
const PARENT = testHash(0x22)
const genesis = payloadGenesis(validatorsHash, 1_000)

const { wal, records } = await openTestLog(new MemoryLogFolder(), testChain, 'evidence')
const evidencePool = new EvidencePool(wal)
await evidencePool.recover(records)
const setOf = (epoch: number) => validators.setOf(epoch)
const rules = new ContextRules({
  epochLength: EPOCH_LENGTH,
  setOf,
  verifier: new Verifier({ chain: testChain, setOf }),
  evidence: evidencePool,
})

function subjectOf(kind: typeof NOTARIZE | typeof FINALIZE, epoch: number, view: number, blockHash = PARENT): Subject {
  return { kind, epoch, view, parentView: 0, blockHash, justHash: testHash(0x33) }
}

function certified(subject: Subject, signers: readonly number[] = [0, 1, 2]): Certificate {
  return validators.certificate(signers, subject)
}

type Draft = {
  readonly height: number
  readonly view: number
  readonly parentView: number
  readonly parentCert?: Certificate | Uint8Array
  readonly evidence?: readonly Evidence[]
  readonly context?: Partial<ConsensusContext>
}

/** A block of the epoch that its height says, which keeps all rules unless `context` breaks one. */
function blockOf({ height, view, parentView, parentCert, evidence = [], context = {} }: Draft): SealedBlock {
  const epoch = Math.floor((height - 1) / EPOCH_LENGTH)
  const leader = present(validators.keys[(view - 1) % SCHEDULE.length], 'a leader')
  const honest: ConsensusContext = {
    ...genesis.consensus.context,
    epoch,
    view,
    parentView,
    validatorsHash,
    nextValidatorsHash: height % EPOCH_LENGTH === 0 ? validatorsHash : ZERO_HASH,
    randaoReveal: leader.sign(randaoSignBytes(testChain, epoch, view)),
  }
  const bytes =
    parentCert === undefined || parentCert instanceof Uint8Array ? parentCert : encodeCertificate(parentCert)
  return {
    ...genesis,
    hash: testHash(0x44),
    header: { ...genesis.header, number: height, parentHash: PARENT },
    consensus: { context: { ...honest, ...context }, parentCert: bytes ?? new Uint8Array(0), evidence },
  }
}

const refusalOf = (draft: Draft): string | undefined => rules.refusalOf(blockOf(draft), SCHEDULE, [])

describe('a block keeps the rules of consensus', () => {
  it.each<[string, Draft]>([
    ['as the first of all, without a certificate', { height: 1, view: 1, parentView: 0 }],
    ['on a notarized parent', { height: 5, view: 6, parentView: 4, parentCert: certified(subjectOf(NOTARIZE, 0, 4)) }],
    ['on a finalized parent', { height: 5, view: 6, parentView: 4, parentCert: certified(subjectOf(FINALIZE, 0, 4)) }],
    [
      'as the first of an epoch, on any finalization of the closing block',
      { height: 11, view: 1, parentView: 0, parentCert: certified(subjectOf(FINALIZE, 0, 31), [0, 1, 3]) },
    ],
    ['closing its epoch', { height: 10, view: 11, parentView: 10, parentCert: certified(subjectOf(NOTARIZE, 0, 10)) }],
  ])('%s', (_, draft) => {
    expect(refusalOf(draft)).toBeUndefined()
  })
})

describe('a block is refused when its parent’s certificate', () => {
  const place = { height: 5, view: 6, parentView: 4 }
  const first = { height: 11, view: 1, parentView: 0 }
  it.each<[string, Draft, string]>([
    ['is missing', place, 'does not decode'],
    ['is no certificate', { ...place, parentCert: new Uint8Array(200) }, 'does not decode'],
    [
      'comes with the first block of all',
      { height: 1, view: 1, parentView: 0, parentCert: new Uint8Array(1) },
      'block 1',
    ],
    [
      'is of another block',
      { ...place, parentCert: certified(subjectOf(NOTARIZE, 0, 4, testHash(1))) },
      'another block',
    ],
    ['is of another view', { ...place, parentCert: certified(subjectOf(NOTARIZE, 0, 3)) }, 'another block'],
    ['is of another epoch', { ...place, parentCert: certified(subjectOf(NOTARIZE, 1, 4)) }, 'another block'],
    ['is a nullification', { ...place, parentCert: certified(nullifySubject(0, 4)) }, 'another block'],
    ['is below the quorum', { ...place, parentCert: certified(subjectOf(NOTARIZE, 0, 4), [0, 1]) }, 'not verify'],
    [
      'only notarizes the epoch’s anchor',
      { ...first, parentCert: certified(subjectOf(NOTARIZE, 0, 31)) },
      'another block',
    ],
    [
      'finalizes the anchor in its own epoch',
      { ...first, parentCert: certified(subjectOf(FINALIZE, 1, 31)) },
      'another block',
    ],
  ])('%s', (_, draft, reason) => {
    expect(refusalOf(draft)).toMatch(reason)
  })
})

describe('a block is refused when its context', () => {
  const place = { height: 5, view: 6, parentView: 4, parentCert: certified(subjectOf(NOTARIZE, 0, 4)) }
  const closing = { height: 10, view: 11, parentView: 10, parentCert: certified(subjectOf(NOTARIZE, 0, 10)) }
  const ofAnotherView = present(validators.keys[1], 'its leader').sign(randaoSignBytes(testChain, 0, 2))
  const ofAnother = present(validators.keys[2], 'another').sign(randaoSignBytes(testChain, 0, 6))
  it.each<[string, Draft, string]>([
    ['reveals for another view', { ...place, context: { randaoReveal: ofAnotherView } }, 'reveal'],
    ['holds another validator’s reveal', { ...place, context: { randaoReveal: ofAnother } }, 'reveal'],
    ['names other validators', { ...place, context: { validatorsHash: testHash(7) } }, 'validatorsHash'],
    [
      'names the next ones too early',
      { ...place, context: { nextValidatorsHash: validatorsHash } },
      'nextValidatorsHash',
    ],
    ['closes the epoch without them', { ...closing, context: { nextValidatorsHash: ZERO_HASH } }, 'nextValidatorsHash'],
  ])('%s', (_, draft, reason) => {
    expect(refusalOf(draft)).toMatch(reason)
  })
})

describe('a block is refused when its evidence', () => {
  const place = { height: 5, view: 6, parentView: 4, parentCert: certified(subjectOf(NOTARIZE, 0, 4)) }
  const one = subjectOf(NOTARIZE, 0, 3)
  const other = subjectOf(NOTARIZE, 0, 3, testHash(9))
  const fault = (type: Evidence['type'], first: Subject, second: Subject, by = 3, accused = by): Evidence => ({
    type,
    first: { ...validators.vote(by, first), signerIndex: accused },
    second: { ...validators.vote(by, second), signerIndex: accused },
  })
  const proof = fault(DOUBLE_NOTARIZE, one, other)

  it('is none: two votes that their signer never made, the same vote twice, another fault, votes of two', () => {
    expect(refusalOf({ ...place, evidence: [proof] })).toBeUndefined()
    const lies: Evidence[] = [
      fault(DOUBLE_NOTARIZE, one, other, 3, 1),
      fault(DOUBLE_NOTARIZE, one, one),
      fault(DOUBLE_NOTARIZE, one, { ...other, view: 2 }),
      { ...proof, type: NULLIFY_AND_FINALIZE },
      { ...proof, second: validators.vote(2, other) },
      { ...proof, second: { ...proof.second, signerIndex: 9 } },
      { ...proof, first: { ...proof.first, signature: new Uint8Array(96) } },
    ]
    for (const lie of lies) expect(refusalOf({ ...place, evidence: [lie] })).toMatch('proves nothing')
    expect(refusalOf({ ...place, evidence: [proof, lies[0] as Evidence] })).toMatch('proves nothing')
  })

  it('is an honest validator’s: a nullification after a notarization', () => {
    const honest = fault(NULLIFY_AND_FINALIZE, one, nullifySubject(0, 3))
    expect(refusalOf({ ...place, evidence: [honest] })).toMatch('proves nothing')
  })

  it('is in the block twice', () => {
    expect(refusalOf({ ...place, evidence: [proof, proof] })).toMatch('already')
  })
})
