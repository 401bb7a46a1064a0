import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZERO_ADDRESS } from '../../../src/types/primitives.ts'
import { AUTHORITY, account, FEE_COLLECTOR, Ledger, TREASURY } from './support.ts'

const MILLION = 1_000_000n
const FEE = 0n
const POOL = 1n
const OWNER = 2n

function quote(ledger: Ledger, asset: number, amount: bigint, maxNodes = 256n) {
  const { value, refusal } = ledger.call('quote', { asset: BigInt(asset), amount, maxNodes })
  return { ...(value as { payees: object[]; amounts: bigint[]; unassigned: bigint }), refusal }
}

describe('a quote', () => {
  it('tells who would earn what, down to the roots', () => {
    const ledger = new Ledger()
    const root = ledger.asset({ owner: account(10) })
    const middle = ledger.asset({
      owner: account(11),
      poolPpm: 200_000,
      parents: [{ parent: root, relative: 100_000 }],
    })
    const agent = ledger.asset({
      ...{ owner: account(12), floors: [{ ancestor: root, ppm: 20_000 }] },
      parents: [{ parent: middle, relative: 500_000 }],
    })
    const { payees, amounts, unassigned } = quote(ledger, agent, MILLION)
    expect(payees.map((payee, i) => ({ ...payee, amount: amounts[i] }))).toEqual([
      { asset: 3n, role: FEE, account: FEE_COLLECTOR, amount: 1_000n },
      { asset: 3n, role: OWNER, account: account(12), amount: 479_000n },
      { asset: 2n, role: POOL, account: ZERO_ADDRESS, amount: 100_000n },
      { asset: 2n, role: OWNER, account: account(11), amount: 350_000n },
      { asset: 1n, role: OWNER, account: account(10), amount: 70_000n },
    ])
    expect(unassigned).toBe(0n)
  })

  it('is what really happens, where everything divides', () => {
    const ledger = new Ledger()
    const root = ledger.asset({ owner: account(10) })
    const agent = ledger.asset({ owner: account(11), poolPpm: 50_000, parents: [{ parent: root, relative: 250_000 }] })
    const { amounts } = quote(ledger, agent, 4n * MILLION)
    ledger.pay(agent, 4n * MILLION)
    ledger.sweep()
    expect(amounts).toEqual([
      ledger.owed(FEE_COLLECTOR),
      ledger.pool(agent),
      ledger.owed(account(11)),
      ledger.owed(account(10)),
    ])
  })

  it('tells the fee that a payment would bring, not the one that the last payment bore', () => {
    const ledger = new Ledger()
    const asset = ledger.asset({ owner: account(10) })
    ledger.call('setProtocolFee', { feePpm: 10_000n }, { from: AUTHORITY })
    ledger.sweep()
    const { amounts } = quote(ledger, asset, MILLION)
    ledger.pay(asset, MILLION)
    ledger.sweep()
    expect(amounts).toEqual([ledger.owed(FEE_COLLECTOR), ledger.owed(account(10))])
  })

  it('of a revoked asset is refused, as a payment is', () => {
    const ledger = new Ledger()
    const asset = ledger.asset()
    ledger.setStatus(asset, 3n)
    expect(quote(ledger, asset, MILLION).refusal).toBe('AssetRevoked')
  })

  it('sums to the amount with what it leaves unassigned, whatever the amount and the bound', () => {
    const ledger = new Ledger()
    for (let i = 0; i < 12; i++) {
      const parents = Array.from({ length: Math.min(i, 3) }, (_, k) => ({ parent: i - k, relative: 123_457 + k }))
      ledger.asset({ poolPpm: 77_777, parents })
    }
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 30n), fc.integer({ min: 0, max: 30 }), (amount, maxNodes) => {
        const { amounts, unassigned } = quote(ledger, 12, amount, BigInt(maxNodes))
        expect(amounts.reduce((sum, one) => sum + one, unassigned)).toBe(amount)
      }),
    )
  })

  it('names the treasury for a revoked asset and nobody for a disputed one', () => {
    const ledger = new Ledger()
    const revoked = ledger.asset()
    const disputed = ledger.asset({ parents: [{ parent: revoked, relative: 500_000 }] })
    ledger.setStatus(revoked, 3n)
    ledger.setStatus(disputed, 2n)
    const accounts = quote(ledger, disputed, MILLION).payees.map((payee) => (payee as { account: string }).account)
    expect(accounts).toEqual([FEE_COLLECTOR, ZERO_ADDRESS, TREASURY])
  })

  it('costs the same whether this process has met the assets before or not', () => {
    const gas = [0, 1].map((round) => {
      const ledger = new Ledger()
      const parents = [1, 2, 3, 4].map(() => ({ parent: ledger.asset(), relative: 33_331 }))
      const agent = ledger.asset({ parents })
      const { gasUsed } = ledger.call('quote', { asset: BigInt(agent), amount: MILLION, maxNodes: 9n })
      if (round === 0) {
        ledger.pay(agent, MILLION)
        ledger.sweep()
      }
      return gasUsed
    })
    expect(gas[1]).toBe(gas[0])
  })

  it('is refused for an unknown asset and beyond its bound', () => {
    const ledger = new Ledger()
    expect(quote(ledger, 1, 1n).refusal).toBe('AssetNotFound')
    expect(quote(ledger, ledger.asset(), 1n, 257n).refusal).toBe('TooManyQuotedNodes')
  })
})

describe('pending', () => {
  it('tells what the owner may claim, and what a flush would add', () => {
    const ledger = new Ledger({ flushMinWei: 10n ** 18n })
    const parent = ledger.asset({ owner: account(10) })
    const child = ledger.asset({ parents: [{ parent, relative: 500_000 }] })
    ledger.pay(child, 2n * MILLION)
    ledger.sweep()
    ledger.pay(parent, MILLION)
    const params = { asset: BigInt(parent), token: ZERO_ADDRESS }
    expect(ledger.call('pending', params).value).toEqual({ settled: 0n, ifFlushed: MILLION + 999_000n })
    ledger.sweep()
    const after = { settled: MILLION + 999_000n, ifFlushed: MILLION + 999_000n }
    expect(ledger.call('pending', params).value).toEqual(after)
  })
})

describe('the ledger', () => {
  it('tells what came in and what was handed on', () => {
    const ledger = new Ledger()
    const asset = ledger.asset()
    ledger.pay(asset, 2n * MILLION + 5n)
    ledger.sweep()
    const params = { asset: BigInt(asset), token: ZERO_ADDRESS }
    const nodes = { directInflow: 2n * MILLION + 5n, directAcc: 2n, allInflow: 0n, allAcc: 0n }
    expect(ledger.call('ledger', params).value).toEqual(nodes)
    expect(ledger.call('totals', { token: ZERO_ADDRESS }).value['booked']).toBe(2n * MILLION + 5n)
    expect(ledger.call('ledger', { ...params, asset: 9n }).refusal).toBe('AssetNotFound')
  })
})
