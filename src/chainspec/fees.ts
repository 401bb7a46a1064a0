/**
 * The base fee of a block from its parent: EIP-1559 with the chainspec's denominator, elasticity and floor.
 */

import type { FeeRules } from './chain-spec.ts'

/** What the rule reads of the parent. */
export type FeeParent = { readonly gasUsed: bigint; readonly gasLimit: bigint; readonly baseFeePerGas: bigint }

/** Wei per gas of the block after `parent`, never below the floor. */
export function nextBaseFee(rules: FeeRules, parent: FeeParent): bigint {
  const target = parent.gasLimit / rules.elasticityMultiplier
  const fee = moveBaseFee(parent, target, rules.baseFeeChangeDenominator)
  return fee < rules.minBaseFeePerGas ? rules.minBaseFeePerGas : fee
}

function moveBaseFee({ gasUsed, baseFeePerGas }: FeeParent, target: bigint, denominator: bigint): bigint {
  if (gasUsed === target || target === 0n) return baseFeePerGas
  if (gasUsed > target) {
    const rise = (baseFeePerGas * (gasUsed - target)) / target / denominator
    return baseFeePerGas + (rise > 0n ? rise : 1n)
  }
  return baseFeePerGas - (baseFeePerGas * (target - gasUsed)) / target / denominator
}
