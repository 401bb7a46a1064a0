/**
 * Block sync's view of the network, and the finalized chain as peers are served from it.
 */

import type { Result } from '../../lib/result.ts'
import { BLOCK_RANGE } from '../../p2p/messages.ts'
import type { Host } from '../../p2p/ports.ts'
import type { BlockStore } from '../../storage/block-store.ts'
import type { SyncFault } from '../../sync/faults.ts'
import type { PeerPort, ServePort, SyncPeer } from '../../sync/ports.ts'
import type { Hash } from '../../types/primitives.ts'
import type { EngineStore } from './engine-store.ts'

export class SyncPeers implements PeerPort {
  private readonly host: () => Host

  constructor(host: () => Host) {
    this.host = host
  }

  peers(): readonly SyncPeer[] {
    return this.host()
      .peers()
      .map(({ peerId, status }) => ({ peerId, finalizedHeight: status.finalizedHeight }))
  }

  requestRange(
    peerId: string,
    request: Uint8Array,
    timeoutMs: number,
  ): Promise<Result<Uint8Array, { readonly code: string }>> {
    return this.host().request(peerId, BLOCK_RANGE, request, timeoutMs)
  }

  report(peerId: string, fault: SyncFault): void {
    this.host().score(peerId, fault)
  }
}

export class ServedChain implements ServePort {
  private readonly blocks: BlockStore
  private readonly store: EngineStore

  constructor(blocks: BlockStore, store: EngineStore) {
    this.blocks = blocks
    this.store = store
  }

  finalizedHeight(): number {
    return this.blocks.head()?.number ?? 0
  }

  blockBytes(height: number): Uint8Array | undefined {
    return this.store.encodedBlock(height)
  }

  blockBytesByHash(hash: Hash): Uint8Array | undefined {
    const height = this.blocks.numberOf(hash)
    return height === undefined ? undefined : this.store.encodedBlock(height)
  }

  headerBytes(height: number): Uint8Array | undefined {
    return this.blocks.headerBytes(height)
  }

  finalization(height: number): Promise<Uint8Array | undefined> {
    return this.store.finalization(height)
  }
}
