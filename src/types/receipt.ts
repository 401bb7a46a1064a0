/**
 * What a transaction did. `logs` carry no positions: those follow from the block.
 */

import type { Address, Hash } from './primitives.ts'

export type Log = { readonly address: Address; readonly topics: readonly Hash[]; readonly data: Uint8Array }

export type Receipt = {
  readonly type: 0 | 1 | 2 | 4
  readonly status: 0 | 1
  readonly cumulativeGasUsed: bigint
  /** 256 bytes. */
  readonly logsBloom: Uint8Array
  readonly logs: readonly Log[]
  /** Not part of the consensus encoding; stored beside it. */
  readonly gasUsed: bigint
  readonly effectiveGasPrice: bigint
  readonly contractAddress: Address | null
}
