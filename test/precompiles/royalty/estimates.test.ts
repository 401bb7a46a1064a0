import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allNode, directNode } from '../../../src/precompiles/royalty/nodes.ts'
import { ZERO_ADDRESS, ZERO_HASH } from '../../../src/types/primitives.ts'
import { AUTHORITY, account, Ledger, type Outcome } from './support.ts'

const ASSETS = 6

function open(): Ledger {
  const ledger = new Ledger({ sweepUnits: 15 })
  for (let i = 0; i < ASSETS; i++) {
    const parents = Array.from({ length: Math.min(i, 3) }, (_, k) => ({ parent: i - k, relative: 200_000 }))
    ledger.asset({ owner: account(10 + i), poolPpm: 50_000, parents })
  }
  return ledger
}

/** What others do in between. */
const deed = fc.record({
  kind: fc.constantFrom('pay', 'flush', 'sweep', 'fee', 'dispute'),
  asset: fc.integer({ min: 1, max: ASSETS }),
  amount: fc.bigInt(1n, 10n ** 20n),
})

function perform(ledger: Ledger, { kind, asset, amount }: { kind: string; asset: number; amount: bigint }): void {
  if (kind === 'pay') ledger.pay(asset, amount)
  if (kind === 'flush') flush(ledger, asset)
  if (kind === 'sweep') ledger.sweep()
  if (kind === 'fee') ledger.call('setProtocolFee', { feePpm: amount % 10_001n }, { from: AUTHORITY })
  if (kind === 'dispute') ledger.setStatus(asset, amount % 2n === 0n ? 1n : 2n)
}

function flush(ledger: Ledger, asset: number): Outcome {
  const nodes = [BigInt(directNode(asset)), BigInt(allNode(asset))]
  return ledger.call('flush', { token: ZERO_ADDRESS, nodesDescending: nodes })
}

function bundle(ledger: Ledger): Outcome {
  const assets = [1n, BigInt(ASSETS)]
  return ledger.call('payBundle', { assets, amounts: [4n, 5n], memo: ZERO_HASH }, { value: 9n })
}

describe('an estimate taken between blocks', () => {
  it('still holds after any hundred transactions of others', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 100 }), (deeds) => {
        const paid = open().pay(ASSETS, 1n).gasUsed
        const bundled = bundle(open()).gasUsed
        const flushed = flush(open(), ASSETS).gasUsed
        const ledger = open()
        for (const one of deeds) perform(ledger, one)
        expect(ledger.pay(ASSETS, 10n ** 18n).gasUsed).toBeLessThanOrEqual(paid)
        expect(ledger.pay(ASSETS, 10n ** 18n).gasUsed).toBeLessThanOrEqual(paid)
        expect(bundle(ledger).gasUsed).toBeLessThanOrEqual(bundled)
        expect(flush(ledger, ASSETS).gasUsed).toBeLessThanOrEqual(flushed)
      }),
      { numRuns: 50 },
    )
  })
})
