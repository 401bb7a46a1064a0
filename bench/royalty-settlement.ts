/**
 * What a payment costs until everybody it is owed to has been credited, over many shapes of ancestry, as a ratio to one
 * native ecdsaRecover of the same run; beside it the same payments settled by walking every ancestor and by pushing to every
 * contributor.
 *
 * A settlement is everything that a block does for a payment but decoding it and recovering its sender: executing the
 * transaction, the sweep, logs, receipts and their root, the storage trie. The durable commit is reported apart.
 */

import { systemClock } from '../src/lib/clock.ts'
import { ROYALTY_MODULE } from '../src/precompiles/addresses.ts'
import { ZERO_HASH } from '../src/types/primitives.ts'
import { callData } from '../test/precompiles/model/module-calls.ts'
import type { BenchOptions } from './main.ts'
import { type Summary, summarize } from './measure.ts'
import type { Report } from './report.ts'
import { pushToEach, traverseEach } from './royalty-baselines.ts'
import { AUTHORITY, type BenchCall, type BlockTimes, RoyaltyChain } from './royalty-chain.ts'
import { checkConserved } from './royalty-conservation.ts'
import { contributors, installDataset, installWorld } from './royalty-install.ts'
import { runPools } from './royalty-pools.ts'
import { chainWorld, diamondWorld, flatWorld, type RoyaltyWorld, randomWorld, treeWorld } from './royalty-worlds.ts'

const PEER = 'ecdsaRecover'
/** One coin: deeper ancestors reach their thresholds in the block. */
const LARGE = 10n ** 18n
/** A ten-thousandth of a coin: most ancestors beyond the parents wait. */
const SMALL = 10n ** 14n
const WARM_UP_BLOCKS = 2
const LEAST_BLOCKS = 3
/** After this long no more blocks are measured than must be, and where one block took longer, none but it warms up. */
const SAMPLING_MS = 15_000
const PAY_GAS = 2_000_000n
/** What the walks of one block may take. */
const TRAVERSAL_MS = 1_000
/** Payments that are pushed in a block where each costs as much as thousands of settlements. */
const PUSHED_PAYMENTS = 2
const NOTHING = new Uint8Array(0)

export async function runRoyaltySettlement(report: Report, options: BenchOptions): Promise<void> {
  if (options.shape === undefined) {
    await runPools(report, options)
    await runContributors(report, options)
    await runBlockSizes(report, options)
  }
  await runWorlds(report, options)
}

/** Shapes of ancestry, each in blocks of 4,000 payments; one is walked ancestor by ancestor as well. */
async function runWorlds(report: Report, options: BenchOptions): Promise<void> {
  const payments = options.isQuick ? 400 : 4_000
  const worlds: readonly (readonly [RoyaltyWorld, bigint])[] = [
    [treeWorld(1), LARGE],
    [treeWorld(2), LARGE],
    [treeWorld(3), LARGE],
    [flatWorld('parents-16 zipf', 4_096, 16_000, 'zipf'), SMALL],
    [flatWorld('parents-16 zipf', 4_096, 16_000, 'zipf'), LARGE],
    [flatWorld('parents-16 distinct', 16_000, 4_000, 'each'), SMALL],
    [chainWorld(1_000), LARGE],
    [diamondWorld(20), LARGE],
    [randomWorld(20_000, 'zipf'), LARGE],
    [randomWorld(20_000, 'zipf'), SMALL],
    [randomWorld(20_000, 'uniform'), SMALL],
    [treeWorld(4), LARGE],
  ]
  const { shape = '' } = options
  const wanted = worlds.filter(([world]) => world.name.includes(shape))
  if (wanted.length === 0) throw new Error(`no shape ${shape}: expected a part of ${names(worlds)}`)
  for (const [world, amount] of wanted) await runWorld(report, options, world, payments, amount)
}

function names(worlds: readonly (readonly [RoyaltyWorld, bigint])[]): string {
  return [...new Set(worlds.map(([world]) => world.name))].join(', ')
}

async function runWorld(
  report: Report,
  options: BenchOptions,
  world: RoyaltyWorld,
  payments: number,
  amount: bigint,
): Promise<void> {
  const chain = await RoyaltyChain.open((state) => installWorld(state, world, AUTHORITY))
  try {
    const name = `shape=${world.name} payments=${payments} amount=${amount === LARGE ? '1e18' : '1e14'}`
    const blocks = await sample(options, () => chain.run(draw(world, payments, amount)))
    const settledMs = reportSettlement(report, name, payments, blocks)
    checkConserved(report, name, chain.state())
    await runTraversal(report, chain, world, { payments, amount, settledMs })
  } finally {
    await chain.close()
  }
}

type Settled = { readonly payments: number; readonly amount: bigint; readonly settledMs: number }

/**
 * The same payments with every ancestor credited in the block by a walk; the transactions are plain transfers. Where a walk
 * takes long, few payments tell its cost, and the block's root is spread over as many payments as the settlement's was.
 */
async function runTraversal(
  report: Report,
  chain: RoyaltyChain,
  world: RoyaltyWorld,
  { payments, amount, settledMs }: Settled,
): Promise<void> {
  const walk = (count: number): Promise<BlockTimes> => {
    const paid = Array.from({ length: count }, () => world.pick())
    return chain.run(transfers(count, amount), (state) => traverseEach(state, paid, amount))
  }
  const { execute } = await walk(1)
  const walked = Math.min(payments, Math.max(1, Math.floor(TRAVERSAL_MS / Math.max(execute, 0.01))))
  const blocks = await sample({ isQuick: true }, () => walk(walked))
  const perPayment = blocks.map((block) => block.execute / walked + (block.sweep + block.root) / payments)
  const name = `royalty-settlement/by=traversal shape=${world.name} payments=${payments} walked=${walked}`
  addAgainstOurs(report, name, perPayment, settledMs)
}

/** A cost in milliseconds a payment as a multiple of ours. */
function addAgainstOurs(report: Report, name: string, perPayment: readonly number[], settledMs: number): void {
  const summary = summarize(perPayment)
  report.addSummary(name, scale(summary, 1_000), 'us', { peer: 'ours', ratio: summary.median / settledMs })
}

/** The same world in blocks of several sizes: what a block shares among its payments. */
async function runBlockSizes(report: Report, options: BenchOptions): Promise<void> {
  const world = flatWorld('parents-16 zipf', 4_096, 16_000, 'zipf')
  const chain = await RoyaltyChain.open((state) => installWorld(state, world, AUTHORITY))
  try {
    for (const payments of options.isQuick ? [100] : [100, 1_000, 4_000]) {
      const blocks = await sample(options, () => chain.run(draw(world, payments, LARGE)))
      reportSettlement(report, `block shape=${world.name} payments=${payments}`, payments, blocks)
    }
  } finally {
    await chain.close()
  }
}

/** A dataset of few and of many contributors, and both paid by pushing to each of them. */
async function runContributors(report: Report, options: BenchOptions): Promise<void> {
  const sizes = options.isQuick ? [1_000] : [1_000, 200_000]
  for (const payments of options.isQuick ? [10] : [100, 1_000]) {
    const costs: number[] = []
    for (const size of sizes) {
      const chain = await RoyaltyChain.open((state) => installDataset(state, size, AUTHORITY))
      try {
        const blocks = await sample(options, () => chain.run(payDataset(payments)))
        const name = `dataset contributors=${size} payments=${payments}`
        costs.push(reportSettlement(report, name, payments, blocks))
        checkConserved(report, name, chain.state())
      } finally {
        await chain.close()
      }
    }
    for (const [at, size] of sizes.entries()) await runPush(report, size, payments, costs[at] ?? Number.NaN)
    const [few, many] = costs
    if (few !== undefined && many !== undefined) {
      const name = `royalty-settlement/dataset-200k-against-1k payments=${payments}`
      report.add({ name, value: many / few, unit: 'times', peer: 'one of 1,000 contributors', ratio: many / few })
    }
  }
}

async function runPush(report: Report, size: number, payments: number, settledMs: number): Promise<void> {
  // Pushing to 200,000 costs the same each time, so that few payments tell the cost of one in a block of the same size.
  const pushed = size > 1_000 ? Math.min(payments, PUSHED_PAYMENTS) : payments
  const accounts = contributors(size)
  const chain = await RoyaltyChain.open((state) => installDataset(state, size, AUTHORITY), [])
  try {
    const blocks = await sample({ isQuick: true }, () =>
      chain.run(transfers(pushed, LARGE), (state) => pushToEach(state, accounts, pushed, LARGE / BigInt(size))),
    )
    // What every payment adds, and what the block pays once: its tries.
    const perPayment = blocks.map((block) => block.execute / pushed + (block.sweep + block.root) / payments)
    const name = `royalty-settlement/by=push contributors=${size} payments=${payments} pushed=${pushed}`
    addAgainstOurs(report, name, perPayment, settledMs)
  } finally {
    await chain.close()
  }
}

function draw(world: RoyaltyWorld, payments: number, amount: bigint): BenchCall[] {
  return Array.from({ length: payments }, () => payCall(world.pick(), amount))
}

function payDataset(payments: number): BenchCall[] {
  return Array.from({ length: payments }, () => payCall(1, LARGE))
}

function payCall(asset: number, amount: bigint): BenchCall {
  const data = callData(ROYALTY_MODULE, 'pay', { asset: BigInt(asset), memo: ZERO_HASH })
  return { to: ROYALTY_MODULE, data, value: amount, gasLimit: PAY_GAS }
}

/** Plain transfers of the amount: what the other ways are told by. */
function transfers(count: number, amount: bigint): BenchCall[] {
  return Array.from({ length: count }, () => ({ to: AUTHORITY, data: NOTHING, value: amount, gasLimit: PAY_GAS }))
}

/** Blocks after the warm-up, fewer where they take long. */
async function sample(options: BenchOptions, run: () => Promise<BlockTimes>): Promise<BlockTimes[]> {
  const start = systemClock.monotonicMs()
  const isLong = (): boolean => systemClock.monotonicMs() - start > SAMPLING_MS
  for (let block = 0; block < WARM_UP_BLOCKS && !isLong(); block++) await run()
  const most = options.isQuick ? LEAST_BLOCKS : 8
  const blocks: BlockTimes[] = []
  while (blocks.length < most && !(isLong() && blocks.length >= LEAST_BLOCKS)) blocks.push(await run())
  return blocks
}

/** Reports all parts of a settlement; returns the milliseconds of one. */
function reportSettlement(report: Report, name: string, payments: number, blocks: readonly BlockTimes[]): number {
  const native = summarize(blocks.map((block) => block.ecdsaRecover / payments)).median
  const add = (part: string, ms: (block: BlockTimes) => number): number => {
    const summary = summarize(blocks.map((block) => ms(block) / payments))
    const ratio = summary.median / native
    report.addSummary(`royalty-settlement/${part} ${name}`, scale(summary, 1_000), 'us', { peer: PEER, ratio })
    return summary.median
  }
  add('execute', (block) => block.execute)
  add('sweep', (block) => block.sweep)
  add('root', (block) => block.root)
  add('commit', (block) => block.commit)
  const whole = add('settlement', (block) => block.execute + block.sweep + block.root)
  report.add({ name: `royalty-settlement/rate ${name}`, value: 1_000 / whole, unit: 'payments/s' })
  return whole
}

function scale(summary: Summary, factor: number): Summary {
  return { ...summary, median: summary.median * factor, p99: summary.p99 * factor }
}
