/**
 * Prices of flushes, by shape: how many slots an asset has and how many words hold them, whatever the cells hold now. So an
 * estimate holds after any other transaction, and whoever makes work for the sweep has paid for it.
 */

import { COLD_SLOT_GAS, FRESH_WRITE_GAS, logGas, STEADY_WRITE_GAS } from '../gas.ts'
import { allSlots, directSlots, type Shape } from './asset-weights.ts'
import { floorWords, parentWords } from './slot-lanes.ts'

/** A cell read and written: a node's ledger, an owed cell, a head. */
const UPDATE_GAS = COLD_SLOT_GAS + STEADY_WRITE_GAS
/** One Flushed log. */
export const FLUSHED_LOG_GAS = logGas(3, 3 * 32)
/** A slot's target: its cell is written once a block, however many credit it. */
export const SLOT_GAS = STEADY_WRITE_GAS
/** Queueing a node: its bit in a word of the tree, which other nodes share. With 17 tokens, all flushes fit a transaction. */
export const ENQUEUE_GAS = STEADY_WRITE_GAS - COLD_SLOT_GAS
/** What a flush in a transaction touches once: the queue's head and the sweep's. */
export const FLUSH_CALL_GAS = 2 * UPDATE_GAS

/** Counting coins in or out: the totals of a token. */
export const BOOKING_GAS = UPDATE_GAS
/**
 * A payment by itself: the asset's record and the head of its slots, the rates, its ledger, the mark and its chain for the
 * sweep, and the fee of its slots, which is renewed when it was changed.
 */
export const PAYMENT_GAS = 3 * COLD_SLOT_GAS + 3 * UPDATE_GAS + STEADY_WRITE_GAS

/** One token's escrow that becomes owed: a new cell for an account and its place in the list; the log is charged apart. */
export const ESCROW_RELEASE_GAS = 2 * UPDATE_GAS + COLD_SLOT_GAS + 2 * FRESH_WRITE_GAS

/**
 * What a payment prepays: the sweep flushes both nodes of the asset together, so that their targets are one cell each. The
 * ledger cell of a.direct is the one that the payment itself writes.
 */
export function firstHopGas(shape: Shape): number {
  return bothNodesGas(shape) - UPDATE_GAS + 2 * FLUSHED_LOG_GAS
}

/** Both nodes of an asset flushed in a transaction, where targets may have to be queued one by one; without the logs. */
export function bothNodesNowGas(shape: Shape): number {
  return bothNodesGas(shape) + (shape.parents + shape.floors) * ENQUEUE_GAS
}

/** One node of an asset flushed in a transaction, without the log. */
export function nodeGas({ parents, floors }: Shape, isDirect: boolean): number {
  const targets = parents + (isDirect ? floors : 0)
  const slots = isDirect ? directSlots(parents, floors) : allSlots(parents)
  const words = 1 + parentWords(parents) + (isDirect ? floorWords(floors) : 0)
  return UPDATE_GAS + words * COLD_SLOT_GAS + slots * SLOT_GAS + targets * ENQUEUE_GAS
}

function bothNodesGas({ parents, floors }: Shape): number {
  const words = 1 + parentWords(parents) + floorWords(floors)
  return 2 * UPDATE_GAS + words * COLD_SLOT_GAS + directSlots(parents, floors) * SLOT_GAS
}
