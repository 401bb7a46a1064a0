/**
 * What the consensus core knows of a block: enough for its rules, without the transactions.
 */

import { blockTimestampMs, type SealedBlock } from './block.ts'
import type { Hash } from './primitives.ts'

export type BlockSummary = {
  readonly hash: Hash
  readonly parentHash: Hash
  readonly height: number
  readonly epoch: number
  readonly view: number
  readonly parentView: number
  readonly timestampMs: number
}

/** The summary of a block. */
export function summarize(block: SealedBlock): BlockSummary {
  const { context } = block.consensus
  return {
    hash: block.hash,
    parentHash: block.header.parentHash,
    height: block.header.number,
    epoch: context.epoch,
    view: context.view,
    parentView: context.parentView,
    timestampMs: blockTimestampMs(block),
  }
}
