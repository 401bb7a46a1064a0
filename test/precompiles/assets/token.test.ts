/**
 * Assets as tokens: ERC-721, its metadata and receivers, ERC-2981 and ERC-165, with the errors of ERC-6093.
 */

import { decodeFunctionData, parseAbi } from 'viem'
import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../../../src/lib/bytes.ts'
import { ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import type { ModuleCall } from '../../../src/precompiles/context.ts'
import type { CallOut } from '../../../src/precompiles/frame.ts'
import { owedOf } from '../../../src/precompiles/royalty/owed.ts'
import { type Address, ZERO_ADDRESS } from '../../../src/types/primitives.ts'
import { ALICE, BOB, CAROL, DAVE, hashOf, Registry } from './support.ts'

const APPROVE = 'approve(address,uint256)'
const SAFE_TRANSFER = 'safeTransferFrom(address,address,uint256)'
const SAFE_TRANSFER_WITH_DATA = 'safeTransferFrom(address,address,uint256,bytes)'
const RECEIVER = parseAbi(['function onERC721Received(address operator, address from, uint256 tokenId, bytes data)'])
const ACCEPTED = hexToBytes(`0x150b7a02${'00'.repeat(28)}`)

function world() {
  const chain = new Registry()
  const id = chain.register({ uri: 'ipfs://one', royaltyBps: 250n })
  const transfer = (from: Address, to: Address, by: Address, tokenId = id) =>
    chain.refusal('transferFrom', { from, to, tokenId }, { from: by })
  return { chain, id, transfer }
}

/** A contract at DAVE that answers calls, and what it was called with. */
function receiver(chain: Registry, returnData: Uint8Array, isSuccess = true) {
  chain.state.beginTransaction()
  chain.state.setNonce(DAVE, 1n)
  chain.state.setCode(DAVE, Uint8Array.of(0))
  chain.state.endTransaction()
  const calls: (ModuleCall & { readonly owner: unknown })[] = []
  const callOut: CallOut = async (request) => {
    calls.push({ ...request, owner: chain.call('ownerOf', { tokenId: 1n }, { isStatic: true }).value['owner'] })
    return { isSuccess, returnData, logs: [] }
  }
  return { calls, callOut }
}

describe('the collection', () => {
  it('says its name, its symbol and what it supports', () => {
    const { chain } = world()
    expect(chain.read('name')).toBe('Sahara Assets')
    expect(chain.read('symbol')).toBe('ASSET')
    const supports = (interfaceId: string) => chain.read('supportsInterface', { interfaceId })
    expect(['0x01ffc9a7', '0x80ac58cd', '0x5b5e139f', '0x2a55205a'].map(supports)).toEqual([true, true, true, true])
    expect(['0xffffffff', '0x780e9d63'].map(supports)).toEqual([false, false])
  })

  it('answers for tokens that are there and refuses others by name', () => {
    const { chain, id } = world()
    expect(chain.read('ownerOf', { tokenId: id })).toBe(ALICE)
    expect(chain.read('balanceOf', { owner: ALICE })).toBe(1n)
    expect(chain.read('tokenURI', { tokenId: id })).toBe('ipfs://one')
    expect(chain.read('getApproved', { tokenId: id })).toBe(ZERO_ADDRESS)
    for (const tokenId of [0n, 2n, 2n ** 64n, 2n ** 256n - 1n]) {
      const missing = { name: 'ERC721NonexistentToken', tokenId }
      for (const method of ['ownerOf', 'tokenURI', 'getApproved'])
        expect(chain.refusal(method, { tokenId })).toEqual(missing)
      expect(chain.refusal('royaltyInfo', { tokenId, salePrice: 1n })).toEqual(missing)
      expect(chain.refusal(APPROVE, { to: BOB, tokenId })).toEqual(missing)
    }
    expect(chain.refusal('balanceOf', { owner: ZERO_ADDRESS })).toEqual({
      name: 'ERC721InvalidOwner',
      owner: ZERO_ADDRESS,
    })
  })

  it('pays the registrant the resale royalty of registration, whoever owns the asset, rounded down', () => {
    const { chain, id, transfer } = world()
    transfer(ALICE, BOB, ALICE)
    const royaltyOf = (salePrice: bigint) => chain.call('royaltyInfo', { tokenId: id, salePrice }).value
    expect(royaltyOf(10_000n)).toEqual({ receiver: ALICE, royaltyAmount: 250n })
    expect(royaltyOf(39n)).toEqual({ receiver: ALICE, royaltyAmount: 0n })
    expect(royaltyOf(2n ** 256n - 1n)).toEqual({ receiver: ALICE, royaltyAmount: ((2n ** 256n - 1n) * 250n) / 10_000n })
  })
})

describe('a transfer', () => {
  it('by the owner moves the token and both balances, and logs it', () => {
    const { chain, id } = world()
    chain.register({ by: BOB })
    const { logs } = chain.must('transferFrom', { from: ALICE, to: BOB, tokenId: id })
    expect(logs.map((one) => one.topics)).toEqual([
      [
        hashOf('Transfer(address,address,uint256)'),
        ...[ALICE, BOB].map((one) => `0x${one.slice(2).padStart(64, '0')}`),
        `0x${id.toString(16).padStart(64, '0')}`,
      ],
    ])
    expect(chain.read('ownerOf', { tokenId: id })).toBe(BOB)
    expect(chain.read('balanceOf', { owner: ALICE })).toBe(0n)
    expect(chain.read('balanceOf', { owner: BOB })).toBe(2n)
  })

  it('to oneself changes nothing', () => {
    const { chain, id, transfer } = world()
    expect(transfer(ALICE, ALICE, ALICE)).toBe('accepted')
    expect(chain.read('ownerOf', { tokenId: id })).toBe(ALICE)
    expect(chain.read('balanceOf', { owner: ALICE })).toBe(1n)
  })

  it('leaves to the former owner what came in before, and to the new one what comes later', () => {
    const { chain, id, transfer } = world()
    const owed = (account: Address) => owedOf(chain.cells(ROYALTY_MODULE), account, 0)
    chain.pay(id, 1_000_000n)
    transfer(ALICE, BOB, ALICE)
    expect(owed(ALICE)).toBe(999_000n)
    chain.pay(id, 2_000_000n)
    chain.sweep()
    expect(owed(ALICE)).toBe(999_000n)
    expect(owed(BOB)).toBe(1_998_000n)
  })

  it('is refused to strangers, from others than the owner and to nobody', () => {
    const { id, transfer } = world()
    expect(transfer(ALICE, CAROL, BOB)).toEqual({ name: 'ERC721InsufficientApproval', operator: BOB, tokenId: id })
    expect(transfer(BOB, CAROL, ALICE)).toEqual({
      name: 'ERC721IncorrectOwner',
      sender: BOB,
      tokenId: id,
      owner: ALICE,
    })
    expect(transfer(ALICE, ZERO_ADDRESS, ALICE)).toEqual({ name: 'ERC721InvalidReceiver', receiver: ZERO_ADDRESS })
    expect(transfer(ALICE, BOB, ALICE, 9n)).toEqual({ name: 'ERC721NonexistentToken', tokenId: 9n })
  })

  it('of a disputed or revoked asset is refused', () => {
    const { chain, id, transfer } = world()
    chain.setStatus(id, 2n)
    expect(transfer(ALICE, BOB, ALICE)).toEqual({ name: 'NotActive', id, status: 2n })
    chain.resolve(id, 3n)
    expect(transfer(ALICE, BOB, ALICE)).toEqual({ name: 'NotActive', id, status: 3n })
  })

  it('by a method that is not payable or in a static call is refused', () => {
    const { chain, id } = world()
    const params = { from: ALICE, to: BOB, tokenId: id }
    expect(chain.refusal('transferFrom', params, { isStatic: true })).toEqual({ name: 'StaticCallRefused' })
    chain.state.addBalance(ALICE, 1n)
    expect(chain.refusal('transferFrom', params, { value: 1n })).toEqual({ name: 'ValueRefused', value: 1n })
  })
})

describe('an approval', () => {
  it('lets one account transfer one token once', () => {
    const { chain, id, transfer } = world()
    const { logs } = chain.must(APPROVE, { to: BOB, tokenId: id })
    expect(logs.map((one) => one.topics[0])).toEqual([hashOf('Approval(address,address,uint256)')])
    expect(chain.read('getApproved', { tokenId: id })).toBe(BOB)
    expect(transfer(ALICE, CAROL, BOB)).toBe('accepted')
    expect(chain.read('getApproved', { tokenId: id })).toBe(ZERO_ADDRESS)
    expect(transfer(CAROL, BOB, BOB)).toMatchObject({ name: 'ERC721InsufficientApproval' })
  })

  it('is given by the owner or who acts for all the owner has', () => {
    const { chain, id } = world()
    const approve = (from: Address) => chain.refusal(APPROVE, { to: CAROL, tokenId: id }, { from })
    expect(approve(BOB)).toEqual({ name: 'ERC721InvalidApprover', approver: BOB })
    chain.must('setApprovalForAll', { operator: BOB, approved: true })
    expect(approve(BOB)).toBe('accepted')
    chain.must(APPROVE, { to: BOB, tokenId: id })
    chain.must('setApprovalForAll', { operator: BOB, approved: false })
    expect(approve(BOB)).toMatchObject({ name: 'ERC721InvalidApprover' })
  })

  it('for all lets an account transfer whatever the owner has, until it is taken back', () => {
    const { chain, id, transfer } = world()
    const { logs } = chain.must('setApprovalForAll', { operator: BOB, approved: true })
    expect(logs.map((one) => one.topics[0])).toEqual([hashOf('ApprovalForAll(address,address,bool)')])
    expect(chain.read('isApprovedForAll', { owner: ALICE, operator: BOB })).toBe(true)
    expect(chain.read('isApprovedForAll', { owner: BOB, operator: ALICE })).toBe(false)
    expect(transfer(ALICE, CAROL, BOB)).toBe('accepted')
    const second = chain.register()
    chain.must('setApprovalForAll', { operator: BOB, approved: false })
    expect(transfer(ALICE, CAROL, BOB, second)).toMatchObject({ name: 'ERC721InsufficientApproval', tokenId: second })
    expect(chain.refusal('setApprovalForAll', { operator: ZERO_ADDRESS, approved: true })).toMatchObject({
      name: 'ERC721InvalidOperator',
    })
    expect(chain.read('ownerOf', { tokenId: id })).toBe(CAROL)
  })
})

describe('a safe transfer', () => {
  it('to an account without code asks nobody', async () => {
    const { chain, id } = world()
    const callOut: CallOut = async () => {
      throw new Error('nobody is to be called')
    }
    const { refusal } = await chain.callOut(SAFE_TRANSFER, { from: ALICE, to: BOB, tokenId: id }, { callOut })
    expect(refusal).toBeUndefined()
    expect(chain.read('ownerOf', { tokenId: id })).toBe(BOB)
  })

  it('tells a contract what it got, when it has it', async () => {
    const { chain, id } = world()
    const { calls, callOut } = receiver(chain, ACCEPTED)
    chain.must('setApprovalForAll', { operator: BOB, approved: true })
    const params = { from: ALICE, to: DAVE, tokenId: id, data: Uint8Array.of(1, 2, 3) }
    const { refusal } = await chain.callOut(SAFE_TRANSFER_WITH_DATA, params, { from: BOB, callOut })
    expect(refusal).toBeUndefined()
    expect(calls.map((one) => [one.to, one.owner])).toEqual([[DAVE, DAVE]])
    const { args } = decodeFunctionData({ abi: RECEIVER, data: bytesToHex(calls[0]?.data as Uint8Array) })
    expect(args.map((one) => (typeof one === 'string' ? one.toLowerCase() : one))).toEqual([BOB, ALICE, id, '0x010203'])
  })

  it('to a contract that fails, says nothing or says another word is undone', async () => {
    const other = hexToBytes(`0x150b7a03${'00'.repeat(28)}`)
    const answers: [Uint8Array, boolean][] = [
      ...([[ACCEPTED, false]] as [Uint8Array, boolean][]),
      ...([
        [new Uint8Array(0), true],
        [other, true],
        [ACCEPTED.subarray(0, 4), true],
      ] as [Uint8Array, boolean][]),
    ]
    for (const [returnData, isSuccess] of answers) {
      const { chain, id } = world()
      const { callOut } = receiver(chain, returnData, isSuccess)
      const { refusal } = await chain.callOut(SAFE_TRANSFER, { from: ALICE, to: DAVE, tokenId: id }, { callOut })
      expect(refusal).toEqual({ name: 'ERC721InvalidReceiver', receiver: DAVE })
      expect(chain.read('ownerOf', { tokenId: id })).toBe(ALICE)
      expect(chain.read('balanceOf', { owner: ALICE })).toBe(1n)
    }
  })

  it('is refused as a transfer is', async () => {
    const { chain, id } = world()
    const { callOut } = receiver(chain, ACCEPTED)
    const params = { from: ALICE, to: DAVE, tokenId: id }
    expect((await chain.callOut(SAFE_TRANSFER, params, { from: BOB, callOut })).refusal).toMatchObject({
      name: 'ERC721InsufficientApproval',
    })
  })
})
