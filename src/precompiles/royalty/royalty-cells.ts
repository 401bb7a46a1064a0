/**
 * The cells that N02 keeps in its account's storage; the chain's parameters and listed tokens are beside them (parameters.ts).
 *
 * Assets are numbered below 2^31 (nodes.ts). Amounts are in units of 1e-18. A lane of a slot word is one target: its asset,
 * the number of slots of that asset's a.all, and the weights in parts per million; lane 0 is in the highest bits.
 */

import { defineCell } from '../../state/cells.ts'

export const ledger = defineCell({
  name: 'ledger',
  tag: 0x01,
  growth: 'steady',
  key: { node: 8, token: 1 },
  value: { inflow: 128, acc: 128 },
  notes:
    'Node 2a + 1 holds what asset a was paid, 2a what its children relayed: all that ever came in, and what was handed on per part per million. The carry is inflow - 1,000,000 * acc.',
})

/** The reserved slots of provider and epoch have no cell while they weigh nothing. */
export const weightsHead = defineCell({
  name: 'weightsHead',
  tag: 0x02,
  growth: 'steady',
  key: { asset: 8 },
  value: { parents: 8, floors: 8, feePpm: 20, poolPpm: 20, pool: 32, print: 160 },
  notes:
    'An asset’s own slots and the numbers of its parents and floors. pool is the asset whose contributor pool takes the share: the first version’s. The owner has what all others leave of 1,000,000. print is the low 160 bits of keccak256(parents ‖ floors ‖ their words).',
})

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
  notes:
    'Three parents a word: relative is the weight in a.all, direct that in a.direct; slots is the number of slots of the parent’s own a.all.',
})

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
  notes: 'Four further ancestors a word, which have a floor in a.direct.',
})

export const owed = defineCell({
  name: 'owed',
  tag: 0x05,
  growth: 'steady',
  key: { account: 20, token: 1 },
  value: { amount: 128, holder: 64 },
  notes:
    'What an account may claim, and its place in the list of holders, counted from 1: the cell never empties again.',
})

export const holderAt = defineCell({
  name: 'holderAt',
  tag: 0x06,
  growth: 'fresh',
  key: { holder: 8 },
  value: { account: 160, token: 8 },
  notes: 'Every account and token that was ever owed something: what makes the books auditable from the state alone.',
})

export const holderCount = defineCell({
  name: 'holderCount',
  tag: 0x07,
  growth: 'steady',
  key: {},
  value: { count: 64 },
  notes: 'The length of the list of holders.',
})

export const escrow = defineCell({
  name: 'escrow',
  tag: 0x08,
  growth: 'steady',
  key: { asset: 8, token: 1 },
  value: { amount: 128 },
  notes: 'The owner’s share of a disputed asset.',
})

export const custody = defineCell({
  name: 'custody',
  tag: 0x09,
  growth: 'steady',
  key: { token: 1 },
  value: { totalIn: 128, booked: 128 },
  notes: 'All that ever came in of a token, and what of it is still here for somebody.',
})

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
  notes:
    'The two generations of a token’s queue: side is the tree that drains, position the lowest key flushed in its generation or 2^32; since are the blocks at whose end each began to collect; heights are the levels of the trees.',
})

export const queueWord = defineCell({
  name: 'queueWord',
  tag: 0x0b,
  growth: 'steady',
  key: { token: 1, side: 1, level: 1, index: 4 },
  value: { word: 256 },
  notes:
    'A word of a tree of queued nodes: bit i of word n at level 0 is node 256 * n + i, above it word 256 * n + i of the level below when that is not empty.',
})

export const firstHop = defineCell({
  name: 'firstHop',
  tag: 0x0c,
  growth: 'steady',
  key: { asset: 8 },
  value: { tokens: 32, next: 32 },
  notes:
    'An asset paid in this block: bit i of tokens for token i; next is the next such asset plus 1. Empty between blocks.',
})

export const sweepHead = defineCell({
  name: 'sweepHead',
  tag: 0x0d,
  growth: 'steady',
  key: {},
  value: { firstPaid: 32, busy: 32 },
  notes:
    'firstPaid is the last asset paid in this block plus 1, 0 between blocks; bit i of busy says that token i has queued nodes.',
})
