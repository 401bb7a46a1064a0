import { describe, expect, it } from 'vitest'
import { readWeights } from '../../../src/precompiles/royalty/node-vectors.ts'
import { allNode, directNode } from '../../../src/precompiles/royalty/nodes.ts'
import { ledger as ledgerCell } from '../../../src/precompiles/royalty/royalty-cells.ts'
import { flushAsset, flushForTransfer, lowerEdge, releaseEscrow } from '../../../src/precompiles/royalty/settle.ts'
import { ZERO_ADDRESS, ZERO_HASH } from '../../../src/types/primitives.ts'
import { AUTHORITY, account, FEE_COLLECTOR, Ledger, PAYER } from './support.ts'
import { TokenDouble } from './token-double.ts'

const MILLION = 1_000_000n

function flush(ledger: Ledger, ...nodes: number[]) {
  return ledger.call('flush', { token: ZERO_ADDRESS, nodesDescending: nodes.map(BigInt) })
}

describe('a flush in a transaction', () => {
  it('settles at once what the sweep would settle at the end of the block', () => {
    const ledger = new Ledger()
    const parent = ledger.asset({ owner: account(10) })
    const child = ledger.asset({ owner: account(11), parents: [{ parent, relative: 250_000 }] })
    ledger.pay(child, 4n * MILLION)
    const { logs, refusal } = flush(ledger, directNode(child), allNode(parent))
    expect(refusal).toBeUndefined()
    expect(logs).toHaveLength(2)
    expect(ledger.owed(account(10))).toBe(MILLION)
    expect(ledger.sweep()).toEqual([])
  })

  it('queues what reaches its threshold, for the sweep of the block', () => {
    const ledger = new Ledger()
    const parent = ledger.asset({ owner: account(10) })
    const child = ledger.asset({ parents: [{ parent, relative: 250_000 }] })
    ledger.pay(child, 4n * MILLION)
    flush(ledger, directNode(child))
    expect(ledger.owed(account(10))).toBe(0n)
    ledger.sweep()
    expect(ledger.owed(account(10))).toBe(MILLION)
  })

  it('refuses keys that do not fall and nodes that no asset has', () => {
    const ledger = new Ledger()
    const asset = ledger.asset()
    expect(flush(ledger, allNode(asset), directNode(asset)).refusal).toBe('KeysNotDescending')
    expect(flush(ledger, allNode(asset), allNode(asset)).refusal).toBe('KeysNotDescending')
    expect(flush(ledger, directNode(asset + 1)).refusal).toBe('NodeNotFound')
    expect(flush(ledger, 2 ** 40).refusal).toBe('NodeNotFound')
    const other = { token: account(5), nodesDescending: [BigInt(directNode(asset))] }
    expect(ledger.call('flush', other).refusal).toBe('UnknownToken')
  })

  it('costs the same whether there was anything to hand on or not', () => {
    const ledger = new Ledger()
    const asset = ledger.asset()
    const nothing = flush(ledger, directNode(asset)).gasUsed
    ledger.pay(asset, 4n * MILLION)
    expect(flush(ledger, directNode(asset)).gasUsed).toBe(nothing)
  })
})

describe('an asset that changes hands', () => {
  it('leaves what was swept or paid before to the old owner; what descendants hold goes to the new one', () => {
    const ledger = new Ledger({ flushMinWei: 10n ** 18n })
    const parent = ledger.asset({ owner: account(10) })
    const child = ledger.asset({ parents: [{ parent, relative: 500_000 }] })
    ledger.pay(child, 2n * MILLION)
    ledger.sweep()
    ledger.pay(parent, MILLION)
    ledger.pay(child, 2n * MILLION)
    flushForTransfer(ledger.context(), BigInt(parent))
    ledger.setOwner(parent, account(20))
    expect(ledger.owed(account(10))).toBe(999_000n + MILLION)
    ledger.sweep()
    ledger.pay(parent, MILLION)
    ledger.sweep()
    expect(ledger.owed(account(10))).toBe(999_000n + MILLION)
    expect(ledger.owed(account(20))).toBe(MILLION + 999_000n)
    expect(ledger.sumOfClaims()).toBe(6n * MILLION)
  })
})

describe('the chain’s fee', () => {
  const change = (ledger: Ledger, feePpm: bigint) =>
    ledger.call('setProtocolFee', { feePpm }, { from: AUTHORITY }).refusal

  it('counts from the next block on, and not for what was paid before, in the very block included', () => {
    const ledger = new Ledger()
    const asset = ledger.asset()
    ledger.pay(asset, MILLION)
    expect(change(ledger, 9_000n)).toBeUndefined()
    expect(change(ledger, 10_000n)).toBeUndefined()
    ledger.pay(asset, MILLION)
    ledger.sweep()
    expect(ledger.owed(FEE_COLLECTOR)).toBe(2_000n)
    ledger.pay(asset, MILLION)
    ledger.sweep()
    expect(ledger.owed(FEE_COLLECTOR)).toBe(2_000n + 10_000n)
    expect(ledger.sumOfClaims()).toBe(3n * MILLION)
  })

  it('leaves what an earlier payment left over to be shared at the new weights, to the wei', () => {
    const ledger = new Ledger()
    const asset = ledger.asset()
    ledger.pay(asset, MILLION + 7n)
    change(ledger, 10_000n)
    ledger.sweep()
    ledger.pay(asset, MILLION - 7n)
    ledger.sweep()
    expect(ledger.owed(FEE_COLLECTOR)).toBe(1_000n + 10_000n)
    expect(ledger.sumOfClaims()).toBe(2n * MILLION)
  })

  it('changes nothing that others were promised', () => {
    const ledger = new Ledger()
    const parent = ledger.asset()
    const asset = ledger.asset({ owner: account(9), poolPpm: 100_000, parents: [{ parent, relative: 899_000 }] })
    change(ledger, 10_000n)
    ledger.sweep()
    ledger.pay(asset, MILLION)
    ledger.sweep()
    expect(ledger.node(allNode(parent)).inflow).toBe(899_000n)
    expect(ledger.pool(asset)).toBe(100_000n)
    expect(ledger.owed(FEE_COLLECTOR)).toBe(1_000n)
    expect(ledger.owed(account(9))).toBe(0n)
  })

  it('is changed by the authority alone, and is at most one percent', () => {
    const ledger = new Ledger()
    expect(ledger.call('setProtocolFee', { feePpm: 1n }).refusal).toBe('NotAuthority')
    expect(change(ledger, 10_001n)).toBe('FeeTooHigh')
  })

  it.each([0, 999_000])(
    'does not change the price of a payment, where the pool has %i parts per million',
    (poolPpm) => {
      const ledger = new Ledger()
      const asset = ledger.asset({ poolPpm })
      const before = ledger.pay(asset, MILLION).gasUsed
      ledger.sweep()
      change(ledger, 10_000n)
      expect(ledger.pay(asset, MILLION).gasUsed).toBeLessThanOrEqual(before)
      ledger.sweep()
      for (let i = 0; i < 3; i++) expect(ledger.pay(asset, MILLION).gasUsed).toBeLessThanOrEqual(before)
    },
  )
})

describe('a lowered edge', () => {
  it('counts from now on: what the child holds is handed on by the old shares first', () => {
    const ledger = new Ledger()
    const parent = ledger.asset()
    const child = ledger.asset({ owner: account(9), parents: [{ parent, relative: 400_000, direct: 500_000 }] })
    const grandchild = ledger.asset({ parents: [{ parent: child, relative: 500_000 }] })
    ledger.pay(child, MILLION)
    flush(ledger, directNode(grandchild))
    lowerEdge(ledger.context(), { child: 2n, parent: 1n, directPpm: 100_000n, relativePpm: 100_000n })
    expect(ledger.node(allNode(parent)).inflow).toBe(500_000n)
    ledger.pay(child, MILLION)
    ledger.pay(grandchild, 2n * MILLION)
    ledger.sweep()
    expect(ledger.node(allNode(parent)).inflow).toBe(700_000n)
    const weights = readWeights(ledger.royalty, child)
    expect(weights?.ownerDirectPpm).toBe(899_000n)
    expect(weights?.ownerAllPpm).toBe(900_000n)
    expect(ledger.sumOfClaims()).toBe(4n * MILLION)
  })
})

describe('an asset of the most slots that received every token', () => {
  it('has an edge lowered within the gas of one transaction', () => {
    const tokens = Array.from({ length: 16 }, (_, i) => ({
      ...{ address: account(500 + i), decimals: 18, flushMin: 1n, slotMin: 0n },
    }))
    const chain = new Ledger({ tokens })
    for (let i = 0; i < 96; i++) chain.asset()
    const asset = chain.asset({
      parents: Array.from({ length: 64 }, (_, i) => ({ parent: 33 + i, relative: 10_000 })),
      floors: Array.from({ length: 32 }, (_, i) => ({ ancestor: 1 + i, ppm: 1_000 })),
    })
    for (let token = 0; token <= 16; token++) {
      ledgerCell.write(chain.royalty, { node: directNode(asset), token }, { inflow: 10n ** 24n, acc: 0n })
    }
    const context = chain.context()
    const before = context.gas.left
    lowerEdge(context, { child: BigInt(asset), parent: 40n, directPpm: 0n, relativePpm: 0n })
    expect(before - context.gas.left).toBeLessThan(16_000_000n)
  })
})

describe('the end of a dispute', () => {
  it('gives what was held back to whom the resolution names', () => {
    const ledger = new Ledger()
    const asset = ledger.asset({ owner: account(9) })
    ledger.setStatus(asset, 2n)
    ledger.pay(asset, MILLION)
    ledger.sweep()
    ledger.setStatus(asset, 1n)
    releaseEscrow(ledger.context(), BigInt(asset), account(12))
    expect(ledger.owed(account(12))).toBe(999_000n)
    expect(ledger.owed(account(9))).toBe(0n)
    releaseEscrow(ledger.context(), BigInt(asset), account(12))
    expect(ledger.sumOfClaims()).toBe(MILLION)
  })
})

describe('the end of a dispute', () => {
  it('costs the same with and without something in escrow', async () => {
    const tokens = [1, 2, 3].map((i) => ({ address: account(500 + i), decimals: 18, flushMin: 1n, slotMin: 0n }))
    const gasOf = async (isPaid: boolean) => {
      const ledger = new Ledger({ tokens })
      const asset = ledger.asset({ owner: account(10) })
      ledger.setStatus(asset, 2n)
      if (isPaid) {
        ledger.pay(asset, 10n * MILLION)
        for (const { address: token } of tokens) {
          const double = new TokenDouble(token)
          double.give(PAYER, 10n ** 30n)
          const params = { asset: BigInt(asset), token, amount: 10n * MILLION, memo: ZERO_HASH }
          await ledger.callOut('payToken', params, { callOut: double.callOut })
        }
        ledger.sweep()
      }
      const context = ledger.context()
      flushAsset(context, BigInt(asset))
      releaseEscrow(context, BigInt(asset), account(77))
      return context.gas.used
    }
    expect(await gasOf(true)).toBe(await gasOf(false))
  })
})
