/**
 * The cells that N02 keeps in its account's storage; the chain's parameters and listed tokens are beside them (parameters.ts).
 *
 * Assets are numbered below 2^31 (nodes.ts). Amounts are in units of 1e-18. A lane of a slot word is one target: its asset,
 * the number of slots of that asset's a.all, and the weights in parts per million; lane 0 is in the highest bits.
 */

import { defineCell } from '../../state/cells.ts'

/** One ledger node and token: all that ever came in, and what was handed on per part per million. */
export const ledger = defineCell({
  name: 'ledger',
  tag: 0x01,
  growth: 'steady',
  key: { node: 8, token: 1 },
  value: { inflow: 128, acc: 128 },
})

/**
 * An asset's slots but for parents and floors, of which it has the numbers and `print`, 160 bits of keccak256(parents ‖
 * floors ‖ their words). `pool` is the asset whose contributor pool takes the pool's share: the first version's. The owner
 * has what the others leave of the whole. The reserved slots of provider and epoch have no cell while they weigh nothing.
 */
export const weightsHead = defineCell({
  name: 'weightsHead',
  tag: 0x02,
  growth: 'steady',
  key: { asset: 8 },
  value: { parents: 8, floors: 8, feePpm: 20, poolPpm: 20, pool: 32, print: 160 },
})

/** Three parents a word: `relative` is the slot of a.all, `direct` that of a.direct. */
export const parentSlots = defineCell({
  name: 'parentSlots',
  tag: 0x03,
  growth: 'fresh',
  key: { asset: 8, word: 1 },
  value: {
    asset0: 32,
    slots0: 8,
    relative0: 20,
    direct0: 20,
    asset1: 32,
    slots1: 8,
    relative1: 20,
    direct1: 20,
    asset2: 32,
    slots2: 8,
    relative2: 20,
    direct2: 20,
  },
})

/** Four further ancestors a word, which have a floor in a.direct. */
export const floorSlots = defineCell({
  name: 'floorSlots',
  tag: 0x04,
  growth: 'fresh',
  key: { asset: 8, word: 1 },
  value: {
    asset0: 32,
    slots0: 8,
    ppm0: 20,
    asset1: 32,
    slots1: 8,
    ppm1: 20,
    asset2: 32,
    slots2: 8,
    ppm2: 20,
    asset3: 32,
    slots3: 8,
    ppm3: 20,
  },
})

/** What an account may claim, and its place in the list of holders, counted from 1: a cell never empties again. */
export const owed = defineCell({
  name: 'owed',
  tag: 0x05,
  growth: 'steady',
  key: { account: 20, token: 1 },
  value: { amount: 128, holder: 64 },
})

/** Every account and token that was ever owed something: what makes the books auditable from the state alone. */
export const holderAt = defineCell({
  name: 'holderAt',
  tag: 0x06,
  growth: 'fresh',
  key: { holder: 8 },
  value: { account: 160, token: 8 },
})

export const holderCount = defineCell({
  name: 'holderCount',
  tag: 0x07,
  growth: 'steady',
  key: {},
  value: { count: 64 },
})

/** The owner's share of a disputed asset. */
export const escrow = defineCell({
  name: 'escrow',
  tag: 0x08,
  growth: 'steady',
  key: { asset: 8, token: 1 },
  value: { amount: 128 },
})

/** All that ever came in, and what of it is still here for somebody. */
export const custody = defineCell({
  name: 'custody',
  tag: 0x09,
  growth: 'steady',
  key: { token: 1 },
  value: { totalIn: 128, booked: 128 },
})

/**
 * The two generations of a token's queue. `side` is the set that drains, the other one collects; `position` is the lowest key
 * that was flushed in the draining generation, or 2^32; `since` are the blocks at whose end each began to collect.
 */
export const queueHead = defineCell({
  name: 'queueHead',
  tag: 0x0a,
  growth: 'steady',
  key: { token: 1 },
  value: {
    side: 1,
    position: 33,
    drainingSize: 32,
    collectingSize: 32,
    drainingSince: 40,
    collectingSince: 40,
    height0: 3,
    height1: 3,
  },
})

/** A word of the tree of a queue's keys (key-bitmap.ts). */
export const queueWord = defineCell({
  name: 'queueWord',
  tag: 0x0b,
  growth: 'steady',
  key: { token: 1, side: 1, level: 1, index: 4 },
  value: { word: 256 },
})

/** A paid asset of this block: bit i of `tokens` says that it was paid in token i; `next` is the next such asset plus 1. */
export const firstHop = defineCell({
  name: 'firstHop',
  tag: 0x0c,
  growth: 'steady',
  key: { asset: 8 },
  value: { tokens: 32, next: 32 },
})

/** `firstPaid`: the last paid asset of this block plus 1, empty after its sweep. Bit i of `busy`: token i has queued nodes. */
export const sweepHead = defineCell({
  name: 'sweepHead',
  tag: 0x0d,
  growth: 'steady',
  key: {},
  value: { firstPaid: 32, busy: 32 },
})
