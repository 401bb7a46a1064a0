/**
 * The validators of one epoch, in order, with their voting power.
 */

import type { Address } from './primitives.ts'

export type Validator = {
  /** 48 bytes, BLS12-381 G1, hexadecimal. */
  readonly blsPublicKey: `0x${string}`
  /** libp2p peer id, base58 text. */
  readonly peerId: string
  readonly operator: Address
  readonly feeAddress: Address
  /** Stake in units of POWER_UNIT; a positive safe integer. */
  readonly power: number
}

export type ValidatorSet = {
  readonly epoch: number
  readonly validators: readonly Validator[]
  /** Sum of all powers, below 2^53. */
  readonly totalPower: number
  /** floor(2 * totalPower / 3) + 1. */
  readonly quorum: number
}
