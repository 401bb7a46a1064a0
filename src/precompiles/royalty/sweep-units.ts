/**
 * What the sweep's work counts: a unit is one pop, one vector word read, one cell written, or 64 bytes of log.
 *
 * It follows from a node's shape alone, not from what the cells hold or what is in memory already, so that every node of
 * the network counts the same.
 */

import { allSlots, directSlots, type FlushWeights, shapeOf } from './asset-weights.ts'
import { floorWords, parentWords } from './slot-lanes.ts'

/** Taking a node off the queue. */
export const POP_UNITS = 1
/** A Flushed log: address, three topics, three words of data; 64 bytes a unit, rounded up. */
const LOG_UNITS = Math.ceil((20 + 3 * 32 + 3 * 32) / 64)

/** Handing on what a node holds: its own cell, its words, every slot's cell, and the log. */
export function flushUnits(weights: FlushWeights, isDirect: boolean): number {
  const { parents, floors } = shapeOf(weights)
  const words = 1 + parentWords(parents) + (isDirect ? floorWords(floors) : 0)
  const cells = 1 + (isDirect ? directSlots(parents, floors) : allSlots(parents))
  return words + cells + LOG_UNITS
}
