/**
 * The validators of each epoch: order and powers change from one to the next, Byzantine power stays under a third.
 */

import type { Prng } from '../../src/lib/prng.ts'
import { ZERO_ADDRESS } from '../../src/types/primitives.ts'
import type { Validator, ValidatorSet } from '../../src/types/validator-set.ts'
import type { Plan } from './plan.ts'

export function peerName(node: number): string {
  return `peer-${node}`
}

export function keyOf(node: number): `0x${string}` {
  return `0x${node.toString(16).padStart(2, '0')}`
}

/** Node of a validator's key. */
export function nodeOfKey(key: string): number {
  return Number.parseInt(key.slice(2), 16)
}

/** The set of `epoch`; drawn from `prng`, which is the epoch's own stream. Sometimes one honest node is not in it. */
export function validatorsOf(plan: Plan, epoch: number, prng: Prng): ValidatorSet {
  const powers = drawPowers(plan, epoch, prng)
  const order = prng.shuffle(powers.map((_, node) => node)).filter((node) => (powers[node] as number) > 0)
  const validators = order.map((node): Validator => {
    const power = powers[node] as number
    return {
      blsPublicKey: keyOf(node),
      peerId: peerName(node),
      operator: ZERO_ADDRESS,
      feeAddress: ZERO_ADDRESS,
      power,
    }
  })
  const totalPower = powers.reduce((sum, power) => sum + power, 0)
  return { epoch, validators, totalPower, quorum: Math.floor((2 * totalPower) / 3) + 1 }
}

/** Powers by node; 0 is outside the set. Falls back to those of the first epoch when the faulty would get too much. */
function drawPowers(plan: Plan, epoch: number, prng: Prng): readonly number[] {
  if (epoch === 0) return plan.basePowers
  const powers = plan.basePowers.map((power) => Math.max(1, power + prng.below(3) - 1))
  const absent = prng.chance(0.15) && plan.size >= 5 ? prng.below(plan.size) : -1
  if (absent >= 0 && !plan.byzantine.has(absent)) powers[absent] = 0
  const total = powers.reduce((sum, power) => sum + power, 0)
  const isFaulty = (node: number): boolean => plan.byzantine.has(node) || node === plan.restoredNode
  const faulty = powers.reduce((sum, power, node) => sum + (isFaulty(node) ? power : 0), 0)
  return 3 * faulty < total ? powers : plan.basePowers
}
