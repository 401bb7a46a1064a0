/**
 * The base fee moves as EIP-1559 says, slower on our networks, and never below the floor.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextBaseFee } from '../../src/chainspec/fees.ts'
import { devnetSpec } from './fixtures.ts'

const ethereum = {
  ...devnetSpec().fees,
  minBaseFeePerGas: 0n,
  baseFeeChangeDenominator: 8n,
}

describe('the next base fee', () => {
  it('is the published example of EIP-1559 with a denominator of 8', () => {
    const parent = (gasUsed: bigint) => ({ gasUsed, gasLimit: 20_000_000n, baseFeePerGas: 1_000_000_000n })
    expect(nextBaseFee(ethereum, parent(10_000_000n))).toBe(1_000_000_000n)
    expect(nextBaseFee(ethereum, parent(20_000_000n))).toBe(1_125_000_000n)
    expect(nextBaseFee(ethereum, parent(0n))).toBe(875_000_000n)
    expect(nextBaseFee(ethereum, parent(11_000_000n))).toBe(1_012_500_000n)
  })

  it('rises by at least one wei after a block over its target', () => {
    expect(nextBaseFee(ethereum, { gasUsed: 10_000_001n, gasLimit: 20_000_000n, baseFeePerGas: 1n })).toBe(2n)
  })

  it('stays within one part of the denominator and above the floor', () => {
    const { fees } = devnetSpec()
    const parents = fc.record({
      gasUsed: fc.bigInt(0n, 30_000_000n),
      gasLimit: fc.constant(30_000_000n),
      baseFeePerGas: fc.bigInt(fees.minBaseFeePerGas, 10n ** 15n),
    })
    fc.assert(
      fc.property(parents, (parent) => {
        const next = nextBaseFee(fees, parent)
        const most = parent.baseFeePerGas / fees.baseFeeChangeDenominator + 1n
        expect(next).toBeGreaterThanOrEqual(fees.minBaseFeePerGas)
        expect(next - parent.baseFeePerGas).toBeLessThanOrEqual(most)
        expect(parent.baseFeePerGas - next).toBeLessThanOrEqual(most)
      }),
    )
  })
})
