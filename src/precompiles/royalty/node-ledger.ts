/**
 * The arithmetic of one ledger node: what came in, what was handed on a unit of weight, and what waits in the carry.
 *
 * A node keeps two numbers that never fall: `inflow`, all that ever came in, and `acc`, the wei handed on per part per
 * million. A flush raises `acc` to inflow / 1,000,000 rounded down, so that each slot receives exactly its weight times the
 * rise, in whole wei; less than 1,000,000 wei stay as the carry, which is derived and never stored.
 */

/** Parts of the whole: the weights of a node's slots sum to exactly this. */
export const WHOLE_PPM = 1_000_000n

export type NodeLedger = { readonly inflow: bigint; readonly acc: bigint }

/** What a node holds and has not handed on. */
export function pendingOf({ inflow, acc }: NodeLedger): bigint {
  return inflow - acc * WHOLE_PPM
}

/** How far a flush raises `acc`: the wei for each part per million. Rounded down; the rest is the carry. */
export function riseOf({ inflow, acc }: NodeLedger): bigint {
  return inflow / WHOLE_PPM - acc
}

/** What must wait in a deeper node before the sweep flushes it, so that its slots are worth their writing. */
export type Threshold = { readonly flushMin: bigint; readonly slotMin: bigint }

/** The pending amount from which a node with so many slots is queued. */
export function thresholdOf({ flushMin, slotMin }: Threshold, slots: number): bigint {
  const bySlots = BigInt(slots) * slotMin
  return bySlots > flushMin ? bySlots : flushMin
}
