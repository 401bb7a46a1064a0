/**
 * The cells that N03 keeps in its account's storage.
 *
 * The hot one is `accumulator`: one slot a (pool, token), which a royalty flush rewrites. A carry needs 96 bits and `acc` up
 * to 256, but `acc` passes 159 bits only after more than 2^95 units reached each unit of weight; so its low part shares the
 * carry's slot, and its high part has a slot of its own that is touched from then on.
 * What leaves were paid is two leaves a slot: neighbours claimed together cost one.
 */

import { defineCell } from '../../state/cells.ts'

export const poolHead = defineCell({
  name: 'poolHead',
  tag: 0x01,
  growth: 'steady',
  key: { pool: 8 },
  value: { policy: 2, hasStarted: 1, tokens: 17, batches: 32, weight: 97, committed: 97 },
  notes:
    'A pool. policy 0 is no pool; hasStarted is set by the first batch that activates; bit i of tokens says that token i ever came in; batches were appended; weight is that of the active batches, committed that of the pending ones too.',
})

export const poolControl = defineCell({
  name: 'poolControl',
  tag: 0x02,
  growth: 'steady',
  key: { pool: 8 },
  value: { controller: 160, maxWeight: 96 },
  notes: 'Who may append, and the most weight that a capped pool takes.',
})

export const accumulator = defineCell({
  name: 'accumulator',
  tag: 0x03,
  growth: 'steady',
  key: { pool: 8, token: 1 },
  value: { isWide: 1, carry: 96, acc: 159 },
  notes: 'What a unit of weight earned, and the carry; with isWide the bits of acc above 159 are in accumulatorHigh.',
})

export const accumulatorHigh = defineCell({
  name: 'accumulatorHigh',
  tag: 0x04,
  growth: 'steady',
  key: { pool: 8, token: 1 },
  value: { acc: 97 },
  notes: 'The bits of acc above 159, once there are any.',
})

export const held = defineCell({
  name: 'held',
  tag: 0x05,
  growth: 'steady',
  key: { pool: 8, token: 1 },
  value: { waiting: 128, escrow: 128 },
  notes:
    'What came in while no weight was active: before the first batch it waits for that batch, later it is in escrow.',
})

export const batchRoot = defineCell({
  name: 'batchRoot',
  tag: 0x06,
  growth: 'fresh',
  key: { pool: 8, batch: 4 },
  value: { root: 256 },
  notes: "The hash of a batch's Merkle-sum root.",
})

export const batchData = defineCell({
  name: 'batchData',
  tag: 0x07,
  growth: 'fresh',
  key: { pool: 8, batch: 4 },
  value: { dataHash: 256 },
  notes: "The content address of a batch's leaf file.",
})

export const batchHead = defineCell({
  name: 'batchHead',
  tag: 0x08,
  growth: 'steady',
  key: { pool: 8, batch: 4 },
  value: { status: 3, isFrozen: 1, depth: 5, relayFeePpm: 15, entered: 17, weight: 97, readyAt: 40, frozenAt: 40 },
  notes:
    'A batch. Bit i of entered says that token i had earned something before the batch, so that batchEntry holds where it entered. frozenAt is the block of the freeze; readyAt the first block at whose end it may activate.',
})

export const batchEntry = defineCell({
  name: 'batchEntry',
  tag: 0x09,
  growth: 'steady',
  key: { pool: 8, batch: 4, token: 1 },
  value: { acc: 256 },
  notes: "Where a batch entered a token's accumulator, unless that was 0.",
})

export const batchExit = defineCell({
  name: 'batchExit',
  tag: 0x0a,
  growth: 'steady',
  key: { pool: 8, batch: 4, token: 1 },
  value: { acc: 256 },
  notes: "Where a revoked batch left a token's accumulator.",
})

export const batchPaid = defineCell({
  name: 'batchPaid',
  tag: 0x0b,
  growth: 'steady',
  key: { pool: 8, batch: 4, token: 1 },
  value: { amount: 128 },
  notes: 'What all leaves of a batch were paid together: what a forfeited batch leaves to the others is the rest.',
})

export const leafPaid = defineCell({
  name: 'leafPaid',
  tag: 0x0c,
  growth: 'fresh',
  key: { pool: 8, batch: 4, pair: 3, token: 1 },
  value: { even: 128, odd: 128 },
  notes: 'What the leaves 2 * pair and 2 * pair + 1 were paid, cumulatively.',
})

export const payeeOf = defineCell({
  name: 'payeeOf',
  tag: 0x0d,
  growth: 'fresh',
  key: { account: 20 },
  value: { payee: 160 },
  notes: 'Where an account wants its claims to go; zero is itself.',
})

export const leafDemand = defineCell({
  name: 'leafDemand',
  tag: 0x0e,
  growth: 'fresh',
  key: { pool: 8, batch: 4, index: 3 },
  value: { demander: 160, dueAt: 40 },
  notes: 'Who asked for a leaf, and the last block in which it may be shown before anybody may revoke the batch.',
})

export const leafDemandBond = defineCell({
  name: 'leafDemandBond',
  tag: 0x0f,
  growth: 'fresh',
  key: { pool: 8, batch: 4, index: 3 },
  value: { bond: 128 },
  notes: 'The bond of an open demand, in wei; later parameters do not change it.',
})

export const queueEnds = defineCell({
  name: 'queueEnds',
  tag: 0x10,
  growth: 'steady',
  key: {},
  value: { firstArrival: 64, nextArrival: 64, firstDeparture: 64, nextDeparture: 64 },
  notes: 'The two queues of batches: positions from first up to, not including, next wait to activate, or to leave.',
})

export const queueItem = defineCell({
  name: 'queueItem',
  tag: 0x11,
  growth: 'fresh',
  key: { kind: 1, position: 8 },
  value: { pool: 64, batch: 32, readyAt: 40, mark: 40, isForfeit: 1 },
  notes:
    'A batch in a queue (kind 0 arrives, 1 departs): its turn comes when all that was queued up to block mark has drained.',
})

export const poolCount = defineCell({
  name: 'poolCount',
  tag: 0x12,
  growth: 'steady',
  key: {},
  value: { standAlone: 64 },
  notes: 'Stand-alone pools that were created.',
})

export const bondsHeld = defineCell({
  name: 'bondsHeld',
  tag: 0x13,
  growth: 'steady',
  key: {},
  value: { wei: 128 },
  notes: 'All bonds that are held for demands together, in wei.',
})

/** All cells of this file, for the module that documents them. */
export const POOL_CELLS = [
  poolHead,
  poolControl,
  accumulator,
  accumulatorHigh,
  held,
  batchRoot,
  batchData,
  batchHead,
  batchEntry,
  batchExit,
  batchPaid,
  leafPaid,
  payeeOf,
  leafDemand,
  leafDemandBond,
  queueEnds,
  queueItem,
  poolCount,
  bondsHeld,
]
