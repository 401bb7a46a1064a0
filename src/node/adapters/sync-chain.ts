/**
 * The chain that block sync feeds: the engine's importer.
 */

import type { Engine } from '../../engine/engine.ts'
import type { Result } from '../../lib/result.ts'
import type { ChainPort, ChainPosition, ImportFailure, VerifiedRange } from '../../sync/ports.ts'
import type { Certificate } from '../../types/certificate.ts'

export class SyncChain implements ChainPort {
  readonly epochLength: number
  private readonly engine: Engine

  constructor(engine: Engine, epochLength: number) {
    this.engine = engine
    this.epochLength = epochLength
  }

  finalized(): ChainPosition {
    return this.engine.chain.finalized()
  }

  async verifyFinalization(certificate: Certificate): Promise<'valid' | 'invalid' | 'unknown'> {
    // Validators of an epoch are known once its anchor is final here.
    const newestKnown = Math.floor(this.finalized().height / this.epochLength)
    if (certificate.subject.epoch > newestKnown) return 'unknown'
    return (await this.engine.chain.verifyFinalization(certificate)) ? 'valid' : 'invalid'
  }

  importRange(range: VerifiedRange): Promise<Result<ChainPosition, ImportFailure>> {
    return this.engine.chain.importRange(range)
  }
}
