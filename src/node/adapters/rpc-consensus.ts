/**
 * Consensus for the RPC: certificates from the database, the live set, and the pace of the chain.
 */

import type { ValidatorsPort } from '../../engine/ports.ts'
import { MAX_UNFINALIZED } from '../../lib/limits.ts'
import type { ConsensusPort, ConsensusStatus, FinalityProof } from '../../rpc/ports.ts'
import { blockTimestampMs } from '../../types/block.ts'
import { decodeCertificate } from '../../types/consensus-codec.ts'
import type { ValidatorSet } from '../../types/validator-set.ts'
import type { BlockStatistics } from '../block-statistics.ts'
import type { EngineStore } from './engine-store.ts'

export type RpcConsensusOptions = {
  readonly store: EngineStore
  readonly validators: ValidatorsPort
  readonly statistics: BlockStatistics
  readonly isValidator: boolean
  readonly nowMs: () => number
  /** The epoch and view the engine is in. */
  readonly round: () => { readonly epoch: number; readonly view: number }
}

export class RpcConsensus implements ConsensusPort {
  private readonly options: RpcConsensusOptions

  constructor(options: RpcConsensusOptions) {
    this.options = options
  }

  finality(number: number): FinalityProof | undefined {
    const { store } = this.options
    const block = number === 0 ? undefined : store.readBlock(number)
    if (block === undefined) return undefined
    // A block may be final through a descendant; no more than MAX_UNFINALIZED blocks become final at once.
    for (let height = number; height <= number + MAX_UNFINALIZED; height++) {
      const encoded = store.readCertificate(height)
      if (encoded === undefined) continue
      return { certificate: decodeCertificate(encoded), encoded, timestampMs: blockTimestampMs(block) }
    }
    return undefined
  }

  validators(epoch: number | undefined): ValidatorSet | undefined {
    const live = this.options.round().epoch
    const asked = epoch ?? live
    return asked > live + 1 ? undefined : this.options.validators.setOf(asked)
  }

  status(): ConsensusStatus {
    const { statistics, isValidator, nowMs, round } = this.options
    return { ...round(), isValidator, ...statistics.pace(nowMs()) }
  }
}
