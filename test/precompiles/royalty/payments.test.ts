import { describe, expect, it } from 'vitest'
import { directNode } from '../../../src/precompiles/royalty/nodes.ts'
import { Paid } from '../../../src/precompiles/royalty/royalty-events.ts'
import { ZERO_HASH } from '../../../src/types/primitives.ts'
import { account, FEE_COLLECTOR, Ledger, PAYER } from './support.ts'

const ETHER = 10n ** 18n

describe('a payment', () => {
  it('credits in its block the protocol, the parents, the pool and the owner, to the wei', () => {
    const ledger = new Ledger()
    const model = ledger.asset({ owner: account(10) })
    const dataset = ledger.asset({ owner: account(11) })
    const agent = ledger.asset({
      ...{ owner: account(12), poolPpm: 200_000 },
      parents: [
        { parent: model, relative: 100_000, direct: 150_000 },
        { parent: dataset, relative: 50_000 },
      ],
    })
    expect(ledger.pay(agent, ETHER).refusal).toBeUndefined()
    const logs = ledger.sweep()
    expect(ledger.owed(FEE_COLLECTOR)).toBe(ETHER / 1_000n)
    expect(ledger.owed(account(10))).toBe((ETHER * 15n) / 100n)
    expect(ledger.owed(account(11))).toBe((ETHER * 5n) / 100n)
    expect(ledger.pool(agent)).toBe((ETHER * 20n) / 100n)
    expect(ledger.owed(account(12))).toBe((ETHER * 599n) / 1_000n)
    expect(logs).toHaveLength(3)
    expect(ledger.sumOfClaims()).toBe(ETHER)
  })

  it('says who paid what with which memo', () => {
    const ledger = new Ledger()
    const asset = ledger.asset()
    const { logs } = ledger.pay(asset, 7n)
    const expected = Paid.encode({
      ...{ asset: BigInt(asset), payer: PAYER, token: `0x${'00'.repeat(20)}` as never, amount: 7n, memo: ZERO_HASH },
    })
    expect(logs.map(({ topics, data }) => ({ topics, data }))).toEqual([expected])
  })

  it('keeps in the carry what does not divide, and hands it on when it does', () => {
    const ledger = new Ledger()
    const asset = ledger.asset({ owner: account(10) })
    ledger.pay(asset, 999_999n)
    expect(ledger.sweep()).toEqual([])
    expect(ledger.owed(account(10))).toBe(0n)
    ledger.pay(asset, 1n)
    expect(ledger.sweep()).toHaveLength(1)
    expect(ledger.owed(account(10))).toBe(999_000n)
    expect(ledger.owed(FEE_COLLECTOR)).toBe(1_000n)
  })

  it('takes less than 85,000 gas with two parents and 165,000 with sixteen, beside what any transaction takes', () => {
    const ledger = new Ledger()
    const parents = Array.from({ length: 16 }, () => ({ parent: ledger.asset(), relative: 10_000 }))
    const two = ledger.asset({ parents: parents.slice(0, 2) })
    const sixteen = ledger.asset({ parents })
    expect(ledger.pay(two, 1n).gasUsed).toBeLessThan(85_000n)
    expect(ledger.pay(sixteen, 1n).gasUsed).toBeLessThan(165_000n)
  })

  it('costs the same whatever the ledger holds', () => {
    const ledger = new Ledger()
    const parent = ledger.asset()
    const asset = ledger.asset({ parents: [{ parent, relative: 100_000 }] })
    const first = ledger.pay(asset, ETHER).gasUsed
    ledger.sweep()
    expect(ledger.pay(asset, ETHER).gasUsed).toBe(first)
    expect(ledger.pay(asset, 1n).gasUsed).toBeLessThanOrEqual(first)
  })

  it('of nothing is refused', () => {
    const ledger = new Ledger()
    expect(ledger.pay(ledger.asset(), 0n).refusal).toBe('ZeroAmount')
  })

  it('to an asset that does not exist is refused', () => {
    const ledger = new Ledger()
    expect(ledger.pay(1, 5n).refusal).toBe('AssetNotFound')
    const unknown = { asset: 2n ** 64n - 1n, memo: ZERO_HASH }
    expect(ledger.call('pay', unknown, { value: 5n }).refusal).toBe('AssetNotFound')
  })

  it('that would take the total to 2^120 is refused by the number, and what came before stays', () => {
    const ledger = new Ledger()
    const asset = ledger.asset()
    expect(ledger.pay(asset, 2n ** 120n - 1n).refusal).toBeUndefined()
    expect(ledger.pay(asset, 1n).refusal).toBe('TotalTooLarge')
    ledger.sweep()
    expect(ledger.sumOfClaims()).toBe(2n ** 120n - 1n)
  })

  it('leaves no mark in the state behind its sweep', () => {
    const ledger = new Ledger()
    const asset = ledger.asset()
    ledger.pay(asset, ETHER)
    ledger.sweep()
    const slots = ledger.state.changes().storage.get(ledger.royalty.address)?.slots ?? new Map()
    const tags = new Set([...slots].filter(([, value]) => value !== 0n).map(([slot]) => slot.slice(2, 4)))
    expect([...tags].filter((tag) => tag === '0c' || tag === '0d' || tag === '0b')).toEqual([])
  })

  it('out of gas leaves nothing', () => {
    const ledger = new Ledger()
    const asset = ledger.asset()
    const outcome = ledger.call('pay', { asset: BigInt(asset), memo: ZERO_HASH }, { value: 5n, gasLimit: 40_000n })
    expect(outcome.refusal).toBe('failure')
    expect(ledger.node(directNode(asset)).inflow).toBe(0n)
    expect(ledger.custody().booked).toBe(0n)
  })
})

describe('a payment to an asset that is not active', () => {
  it('holds the owner’s share in escrow during a dispute, while parents and pool flow on', () => {
    const ledger = new Ledger()
    const parent = ledger.asset({ owner: account(10) })
    const asset = ledger.asset({
      owner: account(11),
      poolPpm: 100_000,
      parents: [{ parent, relative: 200_000 }],
    })
    ledger.setStatus(asset, 2n)
    ledger.pay(asset, 1_000_000n)
    ledger.sweep()
    ledger.call('flush', { token: `0x${'00'.repeat(20)}`, nodesDescending: [BigInt(2 * parent)] })
    expect(ledger.owed(account(10))).toBe(0n)
    expect(ledger.node(2 * parent).inflow).toBe(200_000n)
    expect(ledger.pool(asset)).toBe(100_000n)
    expect(ledger.owed(account(11))).toBe(0n)
    const pending = ledger.call('pending', { asset: BigInt(asset), token: `0x${'00'.repeat(20)}` })
    expect(pending.value['settled']).toBe(699_000n)
    expect(ledger.sumOfClaims()).toBe(1_000_000n)
  })

  it('is refused after a revocation; what children relay goes to the treasury', () => {
    const ledger = new Ledger()
    const parent = ledger.asset({ owner: account(10) })
    const asset = ledger.asset({ parents: [{ parent, relative: 500_000 }] })
    ledger.setStatus(parent, 3n)
    expect(ledger.pay(parent, 1n).refusal).toBe('AssetRevoked')
    ledger.pay(asset, ETHER)
    ledger.sweep()
    expect(ledger.owed(account(10))).toBe(0n)
    expect(ledger.sumOfClaims()).toBe(ETHER)
  })
})

describe('a bundle', () => {
  it('pays several assets at once', () => {
    const ledger = new Ledger()
    const [a, b] = [ledger.asset({ owner: account(10) }), ledger.asset({ owner: account(11) })]
    const bundle = { assets: [BigInt(b), BigInt(a)], amounts: [3_000_000n, 2_000_000n], memo: ZERO_HASH }
    expect(ledger.call('payBundle', bundle, { value: 5_000_000n }).logs).toHaveLength(2)
    ledger.sweep()
    expect(ledger.owed(account(10))).toBe(1_998_000n)
    expect(ledger.owed(account(11))).toBe(2_997_000n)
  })

  it('is refused whole when one of its parts is', () => {
    const ledger = new Ledger()
    const asset = BigInt(ledger.asset())
    const refusal = (assets: bigint[], amounts: bigint[]): string | undefined =>
      ledger.call('payBundle', { assets, amounts, memo: ZERO_HASH }, { value: 10n }).refusal
    expect(refusal([asset, asset], [4n, 5n])).toBe('WrongValue')
    expect(refusal([asset], [4n, 6n])).toBe('UnequalLengths')
    expect(refusal([asset, asset], [10n, 0n])).toBe('ZeroAmount')
    expect(refusal([asset, 9n], [4n, 6n])).toBe('AssetNotFound')
    expect(refusal([asset], [2n ** 256n - 1n])).toBe('WrongValue')
    expect(refusal(Array(33).fill(asset), Array(33).fill(1n))).toBe('ListTooLong')
    expect(ledger.custody().booked).toBe(0n)
  })
})
