/**
 * Whole blocks above the finalized head. The core knows them by their summaries and says when they may go. The bytes of what
 * others push are bounded, and what the core does not hold leaves first, the oldest before the newest: what has just come is
 * on its way to the core.
 */

import { MAX_UNFINALIZED_BYTES } from '../lib/limits.ts'
import type { SealedBlock } from '../types/block.ts'
import type { Hash } from '../types/primitives.ts'
import { encodeSealedBlock } from '../types/sealed-block-codec.ts'

export type CachedBlock = { readonly block: SealedBlock; readonly bytes: Uint8Array }

export class BlockCache {
  private readonly blocks = new Map<Hash, CachedBlock>()
  private readonly isHeld: (hash: Hash) => boolean
  private byteCount = 0

  /** @param isHeld whether the core holds the block: such a block is never evicted */
  constructor(isHeld: (hash: Hash) => boolean) {
    this.isHeld = isHeld
  }

  get(hash: Hash): CachedBlock | undefined {
    return this.blocks.get(hash)
  }

  /** Keeps a block that somebody pushed; false when there is no room for it. */
  offer(block: SealedBlock, bytes: Uint8Array = encodeSealedBlock(block)): boolean {
    if (this.blocks.has(block.hash)) return true
    this.makeRoom(bytes.length)
    if (this.byteCount + bytes.length > MAX_UNFINALIZED_BYTES) return false
    this.add(block, bytes)
    return true
  }

  /** Keeps a block that we built, logged or asked for: of those there are only so many, and finality waits for them. */
  add(block: SealedBlock, bytes: Uint8Array = encodeSealedBlock(block)): void {
    if (this.blocks.has(block.hash)) return
    this.makeRoom(bytes.length)
    this.blocks.set(block.hash, { block, bytes })
    this.byteCount += bytes.length
  }

  delete(hash: Hash): void {
    const held = this.blocks.get(hash)
    if (held === undefined) return
    this.blocks.delete(hash)
    this.byteCount -= held.bytes.length
  }

  /** Lets go of blocks at or below the finalized height that nobody asked to forget: proposals that never counted. */
  dropUpTo(height: number): void {
    this.drop((hash, block) => block.header.number <= height && !this.isHeld(hash))
  }

  /** The blocks above `baseHash` up to and with `hash`, ascending; undefined when one is missing. */
  pathFrom(baseHash: Hash, hash: Hash): SealedBlock[] | undefined {
    const path: SealedBlock[] = []
    for (let at = hash; at !== baseHash; ) {
      const block = this.blocks.get(at)?.block
      if (block === undefined) return undefined
      path.push(block)
      at = block.header.parentHash
    }
    return path.reverse()
  }

  private makeRoom(byteCount: number): void {
    for (const hash of this.blocks.keys()) {
      if (this.byteCount + byteCount <= MAX_UNFINALIZED_BYTES) return
      if (!this.isHeld(hash)) this.delete(hash)
    }
  }

  private drop(isDroppable: (hash: Hash, block: SealedBlock) => boolean): void {
    for (const [hash, { block }] of this.blocks) if (isDroppable(hash, block)) this.delete(hash)
  }
}
