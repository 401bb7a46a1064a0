/**
 * The validators of each epoch: the genesis set, until a staking module stores another one in the state.
 */

import type { ChainSpec } from '../../chainspec/chain-spec.ts'
import { genesisValidatorSet } from '../../chainspec/genesis-validators.ts'
import type { ValidatorsPort } from '../../engine/ports.ts'
import type { ValidatorSet } from '../../types/validator-set.ts'

export class LiveValidators implements ValidatorsPort {
  private readonly genesisSet: ValidatorSet

  constructor(spec: ChainSpec) {
    this.genesisSet = genesisValidatorSet(spec)
  }

  setOf(epoch: number): ValidatorSet {
    return { ...this.genesisSet, epoch }
  }

  /** The peer ids that may use the consensus stream in an epoch and the next. */
  allowList(epoch: number): readonly string[] {
    const both = [...this.setOf(epoch).validators, ...this.setOf(epoch + 1).validators]
    return [...new Set(both.map((one) => one.peerId))]
  }
}
