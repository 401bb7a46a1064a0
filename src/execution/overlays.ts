/**
 * The certified blocks above the finalized head, by hash, each with the state after it. Bounded; blocks that lost leave when
 * another one of their height becomes final.
 */

import type { SealedState } from '../state/sealed-state.ts'
import type { SealedBlock } from '../types/block.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Receipt } from '../types/receipt.ts'

/** What execution made of a block. */
export type Overlay = {
  readonly block: SealedBlock
  readonly state: SealedState
  readonly receipts: readonly Receipt[]
  readonly transactionHashes: readonly Hash[]
  readonly senders: readonly Address[]
  readonly changedAccounts: readonly Address[]
}

export class Overlays {
  private readonly byHash = new Map<Hash, Overlay>()

  get size(): number {
    return this.byHash.size
  }

  get(hash: Hash): Overlay | undefined {
    return this.byHash.get(hash)
  }

  add(overlay: Overlay): void {
    this.byHash.set(overlay.block.hash, overlay)
  }

  delete(hash: Hash): void {
    this.byHash.delete(hash)
  }

  /** The overlays from the child of `head` up to `hash`, ascending; undefined when one of them is missing. */
  pathFrom(head: Hash, hash: Hash): Overlay[] | undefined {
    const path: Overlay[] = []
    for (let at = hash; at !== head; ) {
      const overlay = this.byHash.get(at)
      if (overlay === undefined) return undefined
      path.push(overlay)
      at = overlay.block.header.parentHash
    }
    return path.reverse()
  }

  /** Drops whatever does not descend from `head`. */
  keepDescendantsOf(head: Hash): void {
    const kept = new Set<Hash>([head])
    const ascending = [...this.byHash.values()].sort((a, b) => a.block.header.number - b.block.header.number)
    for (const { block } of ascending) {
      if (kept.has(block.header.parentHash)) kept.add(block.hash)
      else this.byHash.delete(block.hash)
    }
  }
}
