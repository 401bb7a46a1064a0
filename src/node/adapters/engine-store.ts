/**
 * The engine's reads of the finalized chain, from the database on this thread.
 */

import { keccak256Hash } from '../../crypto/keccak.ts'
import type { StorePort } from '../../engine/ports.ts'
import { present } from '../../lib/assert.ts'
import type { BlockStore } from '../../storage/block-store.ts'
import type { SealedBlock } from '../../types/block.ts'
import { decodeHeader } from '../../types/block-codec.ts'
import type { Hash } from '../../types/primitives.ts'
import { decodeConsensusBody, encodeSealedBlock } from '../../types/sealed-block-codec.ts'

export class EngineStore implements StorePort {
  private readonly blocks: BlockStore

  constructor(blocks: BlockStore) {
    this.blocks = blocks
  }

  async blockByHash(hash: Hash): Promise<SealedBlock | undefined> {
    const number = this.blocks.numberOf(hash)
    return number === undefined ? undefined : this.readBlock(number)
  }

  async blockByHeight(height: number): Promise<SealedBlock | undefined> {
    return this.readBlock(height)
  }

  async finalization(height: number): Promise<Uint8Array | undefined> {
    return this.readCertificate(height)
  }

  /** The finalization stored with the block of that height; undefined when only a descendant's is held. */
  readCertificate(height: number): Uint8Array | undefined {
    const certificate = this.blocks.certificate(height)
    return certificate === undefined || certificate.length === 0 ? undefined : certificate
  }

  /** A finalized block with all its parts; undefined above the head. */
  readBlock(height: number): SealedBlock | undefined {
    const headerBytes = this.blocks.headerBytes(height)
    if (headerBytes === undefined) return undefined
    const transactions = present(this.blocks.transactions(height), 'a stored header has its body')
    const consensus = present(this.blocks.consensusBody(height), 'a stored header has its consensus body')
    return {
      hash: keccak256Hash(headerBytes),
      header: decodeHeader(headerBytes),
      transactions,
      consensus: decodeConsensusBody(consensus),
    }
  }

  /** The block's bytes as peers get them. */
  encodedBlock(height: number): Uint8Array | undefined {
    const block = this.readBlock(height)
    return block === undefined ? undefined : encodeSealedBlock(block)
  }
}
