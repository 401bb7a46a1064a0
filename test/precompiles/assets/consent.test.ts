/**
 * Consent through the module: terms of the moment, approvals by transaction and by signature, and who may give them.
 */

import { hashTypedData } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { DEV_ACCOUNTS } from '../../../src/chainspec/dev-accounts.ts'
import { hexToBytes } from '../../../src/lib/bytes.ts'
import { ASSETS_MODULE } from '../../../src/precompiles/addresses.ts'
import type { Edge } from '../../../src/precompiles/assets/terms.ts'
import type { Address } from '../../../src/types/primitives.ts'
import { ALICE, BOB, CAROL, CHAIN_ID, DAVE, edge, FIRST_TIMESTAMP, hashOf, Registry } from './support.ts'

const APPROVE = 'approve(uint64,bytes32,address,(uint8,uint32,uint32,uint8,bytes32))'
const TRANSFER = 'transferFrom'

/** ALICE owns the parent, BOB registers the child. */
function world() {
  const chain = new Registry()
  const parent = chain.register({ by: ALICE })
  const granted = edge(parent, { relation: 4n, relativePpm: 10n, floorPpm: 20n, floorGens: 2n, licenceId: hashOf('l') })
  const { parent: _parent, ...terms } = granted
  const approval = { parent, contentHash: hashOf('child'), registrant: BOB, terms }
  const tryChild = (by = BOB, parents: readonly Edge[] = [granted]) =>
    chain.tryRegister({ by, name: 'child', parents }).refusal
  return { chain, parent, granted, approval, tryChild }
}

/** The typed data as wallets show it. */
function typedData(approval: ReturnType<typeof world>['approval'], deadline: bigint, chainId = CHAIN_ID) {
  const { parent, contentHash, registrant, terms } = approval
  const { relation, relativePpm, floorPpm, floorGens, licenceId } = terms
  const small = { relation: Number(relation), relativePpm: Number(relativePpm), floorPpm: Number(floorPpm) }
  return {
    domain: { name: 'Sahara Assets', version: '1', chainId: Number(chainId), verifyingContract: ASSETS_MODULE },
    types: {
      Approval: [
        { name: 'parent', type: 'uint64' },
        { name: 'contentHash', type: 'bytes32' },
        { name: 'registrant', type: 'address' },
        { name: 'relation', type: 'uint8' },
        { name: 'relativePpm', type: 'uint32' },
        { name: 'floorPpm', type: 'uint32' },
        { name: 'floorGens', type: 'uint8' },
        { name: 'licenceId', type: 'bytes32' },
        { name: 'deadline', type: 'uint64' },
      ],
    },
    primaryType: 'Approval',
    message: { parent, contentHash, registrant, ...small, floorGens: Number(floorGens), licenceId, deadline },
  } as const
}

async function signed(
  who: Address,
  approval: ReturnType<typeof world>['approval'],
  deadline: bigint,
  chainId = CHAIN_ID,
) {
  const account = DEV_ACCOUNTS.find((one) => one.address === who)
  if (account === undefined) throw new Error('only development accounts sign')
  return hexToBytes(await privateKeyToAccount(account.privateKey).signTypedData(typedData(approval, deadline, chainId)))
}

describe('terms', () => {
  it('are set by owner or operator, stored and logged', () => {
    const { chain, parent } = world()
    const terms = { relationMask: 0b11n, minRelativePpm: 5n, floorPpm: 6n, floorGens: 7n, isOpen: false }
    expect(chain.refusal('setTerms', { id: parent, ...terms }, { from: BOB })).toEqual({
      ...{ name: 'NotOwnerOrOperator', id: parent, caller: BOB, owner: ALICE },
      operator: '0x0000000000000000000000000000000000000000',
    })
    chain.must('setOperator', { id: parent, operator: BOB }, { from: ALICE })
    const { logs } = chain.must('setTerms', { id: parent, ...terms }, { from: BOB })
    expect(logs.map((one) => one.topics[0])).toEqual([hashOf('TermsSet(uint64,uint32,uint32,uint32,uint8,bool)')])
    expect(chain.read('terms', { id: parent })).toEqual(terms)
  })

  it('are refused out of bounds, of unknown assets and in a dispute', () => {
    const { chain, parent } = world()
    const terms = { relationMask: 1n, minRelativePpm: 0n, floorPpm: 0n, floorGens: 0n, isOpen: true }
    const refusal = (changed: object) =>
      chain.refusal('setTerms', { id: parent, ...terms, ...changed }, { from: ALICE })
    expect(refusal({ relationMask: 1n << 10n })).toMatchObject({ name: 'UnknownRelations' })
    expect(refusal({ minRelativePpm: 900_001n })).toMatchObject({ name: 'MinimumTooHigh' })
    expect(refusal({ floorPpm: 200_001n })).toMatchObject({ name: 'FloorTooHigh' })
    expect(refusal({ id: 9n })).toEqual({ name: 'UnknownAsset', id: 9n })
    chain.setStatus(parent, 2n)
    expect(refusal({})).toEqual({ name: 'NotActive', id: parent, status: 2n })
  })

  it('rule the edges after them: terms that rose refuse the child, and never charge it more', () => {
    const { chain, parent, granted, tryChild } = world()
    chain.openTerms(parent, ALICE, { minRelativePpm: 10n })
    chain.openTerms(parent, ALICE, { minRelativePpm: 11n })
    expect(tryChild()).toEqual({ name: 'TermsNotMet', parent, asked: 11n, given: 10n })
    chain.openTerms(parent, ALICE, { minRelativePpm: 5n })
    expect(tryChild()).toBeUndefined()
    expect(chain.read('parents', { id: 2n })).toEqual([granted])
    chain.openTerms(parent, ALICE, { minRelativePpm: 500n })
    expect(chain.read('parents', { id: 2n })).toEqual([granted])
  })

  it('are withdrawn with an empty mask', () => {
    const { chain, parent, tryChild } = world()
    expect(tryChild()).toEqual({ name: 'NoTerms', parent })
    chain.openTerms(parent, ALICE)
    chain.openTerms(parent, ALICE, { relationMask: 0n })
    expect(tryChild()).toEqual({ name: 'NoTerms', parent })
  })
})

describe('an approval', () => {
  it('by transaction lets exactly this edge in, without terms and below them', () => {
    const { chain, parent, approval, tryChild } = world()
    const { logs } = chain.must(APPROVE, approval, { from: ALICE })
    expect(logs.map((one) => one.topics[0])).toEqual([hashOf('EdgeApproved(uint64,address,bytes32,bytes32)')])
    expect(chain.read('isApproved', approval)).toBe(true)
    chain.openTerms(parent, ALICE, { minRelativePpm: 900_000n, isOpen: false })
    expect(tryChild()).toBeUndefined()
  })

  it('is for nobody else, no other content and no other value', () => {
    const { chain, parent, granted, approval, tryChild } = world()
    chain.must(APPROVE, approval, { from: ALICE })
    expect(tryChild(CAROL)).toEqual({ name: 'NoTerms', parent })
    const other = chain.tryRegister({ by: BOB, name: 'other', parents: [granted] })
    expect(other.refusal).toEqual({ name: 'NoTerms', parent })
    const changes: Partial<Edge>[] = [
      ...[{ relation: 5n }, { relativePpm: 11n }, { floorPpm: 21n }],
      ...[{ floorGens: 3n }, { licenceId: hashOf('other') }],
    ]
    for (const changed of changes)
      expect(tryChild(BOB, [{ ...granted, ...changed }])).toEqual({ name: 'NoTerms', parent })
    expect(tryChild()).toBeUndefined()
  })

  it('is the owner’s or the operator’s to give, while the parent is active', () => {
    const { chain, parent, approval } = world()
    expect(chain.refusal(APPROVE, approval, { from: BOB })).toMatchObject({ name: 'NotOwnerOrOperator', caller: BOB })
    chain.must('setOperator', { id: parent, operator: DAVE }, { from: ALICE })
    expect(chain.refusal(APPROVE, approval, { from: DAVE })).toBe('accepted')
    chain.setStatus(parent, 2n)
    expect(chain.refusal(APPROVE, approval, { from: ALICE })).toMatchObject({ name: 'NotActive', id: parent })
  })

  it('ends with the ownership of who gave it', () => {
    const { chain, parent, approval, tryChild } = world()
    chain.must(APPROVE, approval, { from: ALICE })
    chain.must(TRANSFER, { from: ALICE, to: CAROL, tokenId: parent }, { from: ALICE })
    expect(chain.read('isApproved', approval)).toBe(false)
    expect(tryChild()).toEqual({ name: 'NoTerms', parent })
    chain.must(APPROVE, approval, { from: CAROL })
    expect(tryChild()).toBeUndefined()
  })

  it('can be taken back before it is used', () => {
    const { chain, parent, approval, tryChild } = world()
    chain.must(APPROVE, approval, { from: ALICE })
    expect(chain.refusal('revokeApproval', approval, { from: BOB })).toMatchObject({ name: 'NotOwnerOrOperator' })
    const { logs } = chain.must('revokeApproval', approval, { from: ALICE })
    expect(logs.map((one) => one.topics[0])).toEqual([hashOf('EdgeApprovalRevoked(uint64,address,bytes32,bytes32)')])
    expect(tryChild()).toEqual({ name: 'NoTerms', parent })
  })
})

describe('a signed approval', () => {
  const deadline = BigInt(FIRST_TIMESTAMP) + 1_000n

  it('has the digest that wallets compute', () => {
    const { chain, approval } = world()
    expect(chain.read('approvalDigest', { ...approval, deadline })).toBe(hashTypedData(typedData(approval, deadline)))
  })

  it('may be brought by anyone', async () => {
    const { chain, approval, tryChild } = world()
    const signature = await signed(ALICE, approval, deadline)
    expect(chain.refusal('approveBySignature', { ...approval, deadline, signature }, { from: DAVE })).toBe('accepted')
    expect(tryChild()).toBeUndefined()
  })

  it('of the operator counts as the owner’s', async () => {
    const { chain, parent, approval } = world()
    const signature = await signed(CAROL, approval, deadline)
    const given = { ...approval, deadline, signature }
    expect(chain.refusal('approveBySignature', given)).toEqual({ name: 'BadSignature', parent, signer: CAROL })
    chain.must('setOperator', { id: parent, operator: CAROL }, { from: ALICE })
    expect(chain.refusal('approveBySignature', given)).toBe('accepted')
  })

  it('for another chain, another value or of no form is refused', async () => {
    const { chain, approval } = world()
    const foreign = await signed(ALICE, approval, deadline, 1n)
    const good = await signed(ALICE, approval, deadline)
    const bring = (changed: object) =>
      chain.refusal('approveBySignature', { ...approval, deadline, signature: good, ...changed })
    expect(bring({ signature: foreign })).toMatchObject({ name: 'BadSignature' })
    expect(bring({ signature: good.subarray(1) })).toMatchObject({ name: 'BadSignature' })
    expect(bring({ deadline: deadline + 1n })).toMatchObject({ name: 'BadSignature' })
    expect(bring({ registrant: CAROL })).toMatchObject({ name: 'BadSignature' })
    expect(bring({})).toBe('accepted')
  })

  it('is refused after its deadline', async () => {
    const { chain, approval } = world()
    const signature = await signed(ALICE, approval, deadline)
    chain.block = 1_001
    expect(chain.refusal('approveBySignature', { ...approval, deadline, signature })).toEqual({
      name: 'ApprovalExpired',
      deadline,
      now: deadline + 1n,
    })
  })

  it('that was taken back is refused, until the owner approves again', async () => {
    const { chain, approval } = world()
    const signature = await signed(ALICE, approval, deadline)
    chain.must('revokeApproval', approval, { from: ALICE })
    expect(chain.refusal('approveBySignature', { ...approval, deadline, signature })).toMatchObject({
      name: 'ApprovalRevoked',
    })
    chain.must(APPROVE, approval, { from: ALICE })
    expect(chain.read('isApproved', approval)).toBe(true)
  })
  it('stays taken back when the parent was somebody else’s in between, whatever that owner said', async () => {
    const { chain, parent, approval } = world()
    const signature = await signed(ALICE, approval, deadline)
    chain.must('revokeApproval', approval, { from: ALICE })
    chain.must(TRANSFER, { from: ALICE, to: BOB, tokenId: parent }, { from: ALICE })
    chain.must(APPROVE, approval, { from: BOB })
    chain.must('revokeApproval', approval, { from: BOB })
    chain.must(TRANSFER, { from: BOB, to: ALICE, tokenId: parent }, { from: BOB })
    expect(chain.refusal('approveBySignature', { ...approval, deadline, signature })).toMatchObject({
      name: 'ApprovalRevoked',
    })
    expect(chain.read('isApproved', approval)).toBe(false)
  })
})
