/**
 * What the execution worker answers to: the ChainExecutor's methods, with everything that crosses threads in one argument.
 */

import type { ChainSpec } from '../../chainspec/chain-spec.ts'
import type { BlockFailure } from '../../execution/block-failure.ts'
import type {
  BuildFailure,
  BuildOutcome,
  BuildRequest,
  CertifiedBlock,
  ExecutedHead,
  FinalizedBlock,
  FinalizeFailure,
} from '../../execution/chain-types.ts'
import type { Result } from '../../lib/result.ts'
import type { SealedBlock } from '../../types/block.ts'
import type { Address, Hash } from '../../types/primitives.ts'

/** What the execution worker is started with. */
export type ExecutionWorkerData = {
  readonly spec: ChainSpec
  /** Folder of the chain's database. */
  readonly folder: string
  readonly genesisHash: Hash
  readonly historyBlocks: number
  readonly acceptReexecution: boolean
}

/** A block with the senders of its transactions in order. */
export type BlockWithSenders = { readonly block: SealedBlock; readonly senders: readonly Address[] }

export type ExecutionMethods = {
  /** Opens the database, writes genesis into an empty one, and checks that it is this chain's. */
  open(nothing: null): Promise<ExecutedHead>
  check(argument: BlockWithSenders): Promise<Result<null, BlockFailure>>
  certify(argument: BlockWithSenders): Promise<Result<CertifiedBlock, BlockFailure>>
  build(request: BuildRequest): Promise<Result<BuildOutcome, BuildFailure>>
  finalize(argument: {
    readonly hash: Hash
    readonly certificate: Uint8Array
  }): Promise<Result<readonly FinalizedBlock[], FinalizeFailure>>
  forget(hashes: readonly Hash[]): Promise<void>
  close(nothing: null): Promise<void>
}
