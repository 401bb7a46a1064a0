/**
 * Operators, anchored usage, disputes and lowered edges: who may, and what follows in the ledger.
 */

import { describe, expect, it } from 'vitest'
import { ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import { listToken } from '../../../src/precompiles/parameters.ts'
import { allNode, directNode } from '../../../src/precompiles/royalty/nodes.ts'
import { owedOf } from '../../../src/precompiles/royalty/owed.ts'
import { ledger } from '../../../src/precompiles/royalty/royalty-cells.ts'
import { type Address, ZERO_ADDRESS } from '../../../src/types/primitives.ts'
import { ALICE, AUTHORITY, BOB, CAROL, DAVE, edge, hashOf, Registry, TREASURY } from './support.ts'

const WEI = 1_000_000_000n

function owed(chain: Registry, account: Address, token = 0): bigint {
  return owedOf(chain.cells(ROYALTY_MODULE), account, token)
}

/** Lists a token of which each of an asset's nodes holds `amount`, as after payments that no sweep has handed on. */
function holdToken(chain: Registry, id: bigint, amount: bigint): number {
  const cells = chain.cells(ROYALTY_MODULE)
  const token = listToken(cells, { address: CAROL, decimals: 18, flushMin: 1n, slotMin: 1n })
  for (const node of [directNode(Number(id)), allNode(Number(id))]) {
    ledger.write(cells, { node, token }, { inflow: amount, acc: 0n })
  }
  return token
}

describe('the operator', () => {
  it('is named by the owner alone and leaves with the owner', () => {
    const chain = new Registry()
    const id = chain.register()
    expect(chain.refusal('setOperator', { id, operator: BOB }, { from: BOB })).toEqual({
      ...{ name: 'NotOwner', id, caller: BOB, owner: ALICE },
    })
    expect(chain.refusal('setOperator', { id: 9n, operator: BOB })).toEqual({ name: 'UnknownAsset', id: 9n })
    const { logs } = chain.must('setOperator', { id, operator: BOB })
    expect(logs.map((one) => one.topics[0])).toEqual([hashOf('OperatorSet(uint64,address)')])
    expect(chain.read('operatorOf', { id })).toBe(BOB)
    chain.must('transferFrom', { from: ALICE, to: CAROL, tokenId: id })
    expect(chain.read('operatorOf', { id })).toBe(ZERO_ADDRESS)
  })
})

describe('usage', () => {
  it('is anchored by owner or operator, numbered, summed and kept', () => {
    const chain = new Registry()
    const id = chain.register()
    const anchor = { id, logRoot: hashOf('log'), entries: 7n }
    expect(chain.refusal('anchorUsage', anchor, { from: BOB })).toMatchObject({ name: 'NotOwnerOrOperator' })
    chain.must('setOperator', { id, operator: BOB })
    expect(chain.must('anchorUsage', anchor, { from: BOB }).value).toEqual({ anchor: 0n })
    const { value, logs } = chain.must('anchorUsage', { ...anchor, logRoot: hashOf('next'), entries: 5n })
    expect(value).toEqual({ anchor: 1n })
    expect(logs.map((one) => one.topics[0])).toEqual([hashOf('UsageAnchored(uint64,uint64,bytes32,uint64,uint128)')])
    expect(chain.call('usage', { id }).value).toEqual({ anchors: 2n, entries: 12n })
    expect(chain.read('usageRoot', { id, anchor: 0n })).toBe(hashOf('log'))
    expect(chain.read('usageRoot', { id, anchor: 1n })).toBe(hashOf('next'))
  })

  it('of a disputed asset goes on, of a revoked one it ends', () => {
    const chain = new Registry()
    const id = chain.register()
    const anchor = { id, logRoot: hashOf('log'), entries: 7n }
    chain.setStatus(id, 2n)
    expect(chain.refusal('anchorUsage', anchor)).toBe('accepted')
    chain.resolve(id, 3n)
    expect(chain.refusal('anchorUsage', anchor)).toEqual({ name: 'NotActive', id, status: 3n })
  })
})

describe('a dispute', () => {
  it('is opened, ended and turned into a revocation by the dispute authority alone', () => {
    const chain = new Registry()
    const id = chain.register()
    const refused = { name: 'NotDisputeAuthority', caller: ALICE, authority: AUTHORITY }
    expect(chain.refusal('setStatus', { id, status: 2n })).toEqual(refused)
    expect(chain.refusal('resolve', { id, status: 1n, escrowTo: ALICE, owner: ALICE })).toEqual(refused)
    chain.setStatus(id, 2n)
    expect(chain.read('statusOf', { id })).toBe(2n)
    const from = { from: AUTHORITY }
    expect(chain.refusal('setStatus', { id, status: 3n }, from)).toMatchObject({
      name: 'StatusChangeRefused',
      from: 2n,
    })
    expect(chain.refusal('setStatus', { id, status: 9n }, from)).toEqual({ name: 'UnknownStatus', status: 9n })
    expect(chain.refusal('setStatus', { id: 9n, status: 2n }, from)).toEqual({ name: 'UnknownAsset', id: 9n })
    const nobody = { id, status: 1n, escrowTo: ALICE, owner: ZERO_ADDRESS }
    expect(chain.refusal('resolve', nobody, from)).toEqual({ name: 'ZeroRecipient' })
    chain.resolve(id, 3n)
    expect(chain.refusal('setStatus', { id, status: 1n }, from)).toMatchObject({
      name: 'StatusChangeRefused',
      from: 3n,
    })
    expect(chain.refusal('resolve', { ...nobody, owner: ALICE }, from)).toMatchObject({ name: 'StatusChangeRefused' })
  })

  it('holds the owner’s share in escrow, and its resolution names who gets escrow and asset', () => {
    const chain = new Registry()
    const id = chain.register()
    chain.setStatus(id, 2n)
    chain.pay(id, WEI)
    chain.sweep()
    expect(owed(chain, ALICE)).toBe(0n)
    chain.pay(id, WEI)
    const { logs } = chain.must('resolve', { id, status: 1n, escrowTo: DAVE, owner: BOB }, { from: AUTHORITY })
    // The fee of a thousandth is not the owner's; what was not swept when the dispute ended went to escrow before.
    expect(owed(chain, DAVE)).toBe((2n * WEI * 999n) / 1_000n)
    expect(owed(chain, ALICE)).toBe(0n)
    expect(chain.read('ownerOf', { tokenId: id })).toBe(BOB)
    expect(chain.read('balanceOf', { owner: ALICE })).toBe(0n)
    expect(chain.read('balanceOf', { owner: BOB })).toBe(1n)
    expect(logs.map((one) => one.topics[0])).toEqual(
      expect.arrayContaining([
        hashOf('Transfer(address,address,uint256)'),
        hashOf('StatusChanged(uint64,uint8,uint8)'),
        hashOf('DisputeResolved(uint64,uint8,address,address)'),
      ]),
    )
    chain.pay(id, WEI)
    chain.sweep()
    expect(owed(chain, BOB)).toBe((WEI * 999n) / 1_000n)
  })

  it('holds back tokens that were not handed on when it ends, too', () => {
    const chain = new Registry()
    const id = chain.register()
    chain.setStatus(id, 2n)
    const token = holdToken(chain, id, WEI)
    chain.must('resolve', { id, status: 1n, escrowTo: DAVE, owner: BOB }, { from: AUTHORITY })
    expect(owed(chain, DAVE, token)).toBe((WEI * 999n) / 1_000n + WEI)
    expect(owed(chain, BOB, token)).toBe(0n)
  })

  it('that is resolved for the owner moves no token', () => {
    const chain = new Registry()
    const id = chain.register()
    chain.setStatus(id, 2n)
    chain.pay(id, WEI)
    const { logs } = chain.must('resolve', { id, status: 1n, escrowTo: ALICE, owner: ALICE }, { from: AUTHORITY })
    expect(logs.map((one) => one.topics[0])).not.toContain(hashOf('Transfer(address,address,uint256)'))
    expect(owed(chain, ALICE)).toBe((WEI * 999n) / 1_000n)
  })

  it('never opened before a revocation leaves to the owner all that came in before, in every token', () => {
    const chain = new Registry()
    const id = chain.register()
    const token = holdToken(chain, id, WEI)
    chain.setStatus(id, 3n)
    expect(owed(chain, ALICE, token)).toBe((WEI * 999n) / 1_000n + WEI)
    expect(owed(chain, TREASURY, token)).toBe(0n)
  })

  it('lets parents and pool flow on, and refuses transfers', () => {
    const chain = new Registry()
    const parent = chain.register({ by: BOB })
    chain.openTerms(parent, BOB)
    const id = chain.register({ parents: [edge(parent, { relativePpm: 500_000n })] })
    chain.setStatus(id, 2n)
    chain.pay(id, 10n ** 18n)
    chain.sweep()
    expect(owed(chain, BOB)).toBe(10n ** 18n / 2n)
    expect(chain.refusal('transferFrom', { from: ALICE, to: CAROL, tokenId: id })).toEqual({
      ...{ name: 'NotActive', id, status: 2n },
    })
  })

  it('that ends in a revocation stops payments; what descendants relay goes to the treasury', () => {
    const chain = new Registry()
    const id = chain.register({ by: BOB })
    chain.openTerms(id, BOB)
    const child = chain.register({ parents: [edge(id, { relativePpm: 500_000n })] })
    chain.pay(id, 1_000_000n)
    chain.setStatus(id, 3n)
    expect(owed(chain, BOB)).toBe(999_000n)
    expect(chain.tryPay(id, WEI)).toMatchObject({ name: 'AssetRevoked' })
    chain.pay(child, 10n ** 18n)
    chain.sweep()
    expect(owed(chain, BOB)).toBe(999_000n)
    expect(owed(chain, TREASURY)).toBe(10n ** 18n / 2n)
  })
})

describe('an edge', () => {
  function world() {
    const chain = new Registry()
    const parent = chain.register({ by: BOB })
    chain.openTerms(parent, BOB)
    const granted = edge(parent, { relativePpm: 400_000n, floorPpm: 100_000n, floorGens: 255n })
    const child = chain.register({ parents: [granted] })
    const lower = (fields: object, from = BOB) =>
      chain.call(
        'lowerEdge',
        { child, parent, relativePpm: 200_000n, floorPpm: 50_000n, floorGens: 9n, ...fields },
        { from },
      )
    return { chain, parent, child, granted, lower }
  }

  it('is lowered by the parent’s owner, after what came in before was shared at the old share', () => {
    const { chain, parent, child, granted, lower } = world()
    chain.pay(child, 10n ** 18n)
    const { refusal, logs } = lower({})
    expect(refusal).toBeUndefined()
    expect(logs.at(-1)?.topics[0]).toBe(hashOf('EdgeLowered(uint64,uint64,uint32,uint32,uint8)'))
    chain.pay(child, 10n ** 18n)
    chain.sweep()
    expect(owed(chain, BOB)).toBe(6n * 10n ** 17n)
    expect(owed(chain, ALICE)).toBe(2n * 10n ** 18n - 6n * 10n ** 17n - 2n * 10n ** 15n)
    const lowered = { ...granted, relativePpm: 200_000n, floorPpm: 50_000n, floorGens: 9n }
    expect(chain.read('parents', { id: child })).toEqual([lowered])
    expect(chain.read('obligations', { id: child })).toEqual([{ ancestor: parent, ppm: 200_000n, gens: 9n }])
  })

  it('is never raised, and is nobody else’s to lower', () => {
    const { chain, parent, child, lower } = world()
    const current = { child, parent, relativePpm: 400_000n, floorPpm: 100_000n, floorGens: 255n }
    expect(lower({ relativePpm: 400_001n }).refusal).toEqual({ name: 'EdgeRaised', ...current })
    expect(lower({ floorPpm: 100_001n }).refusal).toEqual({ name: 'EdgeRaised', ...current })
    expect(lower({}, ALICE).refusal).toEqual({ name: 'NotOwner', id: parent, caller: ALICE, owner: BOB })
    expect(lower({ child: 9n }).refusal).toEqual({ name: 'UnknownEdge', child: 9n, parent })
    expect(lower({ floorGens: 0n }).refusal).toEqual({ name: 'FloorWithoutGenerations', parent, floorPpm: 50_000n })
    chain.must('setOperator', { id: parent, operator: CAROL }, { from: BOB })
    expect(lower({}, CAROL).refusal).toMatchObject({ name: 'NotOwner' })
    chain.setStatus(parent, 2n)
    expect(lower({}).refusal).toEqual({ name: 'NotActive', id: parent, status: 2n })
  })

  it('that was lowered passes the lower floor to later descendants', () => {
    const { chain, parent, child, lower } = world()
    chain.openTerms(child, ALICE)
    const before = chain.register({ parents: [edge(child)] })
    lower({})
    const after = chain.register({ parents: [edge(child)] })
    expect(chain.read('obligations', { id: before })).toEqual([{ ancestor: parent, ppm: 100_000n, gens: 255n }])
    expect(chain.read('obligations', { id: after })).toEqual([{ ancestor: parent, ppm: 50_000n, gens: 8n }])
  })

  it('keeps what other paths ask for the same parent', () => {
    const { chain, parent, child, lower } = world()
    chain.openTerms(child, ALICE)
    const both = chain.register({ parents: [edge(parent, { floorPpm: 150_000n }), edge(child)] })
    const fields = { child: both, relativePpm: 0n, floorPpm: 0n, floorGens: 0n }
    expect(lower(fields).refusal).toBeUndefined()
    expect(chain.read('obligations', { id: both })).toEqual([{ ancestor: parent, ppm: 100_000n, gens: 255n }])
  })
})
