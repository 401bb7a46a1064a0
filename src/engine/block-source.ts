/**
 * Finds a whole block by its hash: held here, final already, or at one of the validators. The core may name a block whose bytes
 * have left the cache in between; that costs a question, never the block.
 */

import type { ConsensusState } from '../consensus/state.ts'
import { hexToBytes } from '../lib/bytes.ts'
import type { SealedBlock } from '../types/block.ts'
import type { Hash } from '../types/primitives.ts'
import type { BlockCache } from './block-cache.ts'
import type { Inbound } from './inbound.ts'
import type { NetworkPort, StorePort } from './ports.ts'

export type BlockSourceOptions = {
  readonly state: ConsensusState
  readonly blocks: BlockCache
  readonly store: StorePort
  readonly network: NetworkPort
  readonly inbound: Inbound
}

export class BlockSource {
  private readonly options: BlockSourceOptions

  constructor(options: BlockSourceOptions) {
    this.options = options
  }

  /** Looks everywhere, nearest first; undefined when nobody has it now. */
  async obtain(hash: Hash): Promise<SealedBlock | undefined> {
    const { blocks, store, state } = this.options
    const near = blocks.get(hash)?.block ?? (await store.blockByHash(hash))
    if (near !== undefined) return near
    for (const [index, { peerId }] of state.set.validators.entries()) {
      const block = index === state.selfIndex ? undefined : await this.askFor(peerId, hash)
      if (block !== undefined) return block
    }
    return undefined
  }

  /** Asks one peer; the block is kept when it comes. */
  async askFor(peer: string, hash: Hash): Promise<SealedBlock | undefined> {
    const { network, inbound } = this.options
    const bytes = await network.ask(peer, 'block', hexToBytes(hash))
    return bytes === undefined ? undefined : inbound.readBlock(peer, hash, bytes)
  }
}
