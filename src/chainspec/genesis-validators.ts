/**
 * The validators of epoch 0: their set, and what each must sign with its BLS key to prove that it holds it.
 */

import { keccak256Hash } from '../crypto/keccak.ts'
import { concatBytes, hexToBytes, u64ToBytes } from '../lib/bytes.ts'
import { Writer } from '../types/codec.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Validator, ValidatorSet } from '../types/validator-set.ts'
import type { ChainSpec } from './chain-spec.ts'

/** The validators of epoch 0. */
export function genesisValidatorSet(spec: ChainSpec): ValidatorSet {
  const validators = spec.validators.map(({ blsPublicKey, peerId, operator, feeAddress, power }) => ({
    blsPublicKey,
    peerId,
    operator,
    feeAddress,
    power,
  }))
  const totalPower = validators.reduce((sum, one) => sum + one.power, 0)
  return { epoch: 0, validators, totalPower, quorum: Math.floor((2 * totalPower) / 3) + 1 }
}

/** What a block's context commits to: the validators in order, without the epoch. */
export function validatorListHash(validators: readonly Validator[]): Hash {
  const writer = new Writer()
  writer.list(validators, (out, one) => {
    out
      .fixed(hexToBytes(one.blsPublicKey))
      .text(one.peerId)
      .address(one.operator)
      .address(one.feeAddress)
      .u64(one.power)
  })
  return keccak256Hash(writer.finish())
}

/**
 * What a genesis validator signs: the chain id, the operator and the key. The genesis hash is left out, for it commits to
 * this very proof; a later registration includes it (docs/attribution.md section 6).
 */
export function genesisPossessionMessage(chainId: number, operator: Address, blsPublicKey: string): Uint8Array {
  const domain = new TextEncoder().encode('sahara/genesis-possession/1')
  return concatBytes(domain, u64ToBytes(chainId), hexToBytes(operator), hexToBytes(blsPublicKey))
}
