/**
 * What pools cost: building, proving and verifying trees of 1,000 to 1,000,000 leaves, and paying 200,000 contributors one
 * by one and many at a time.
 */

import { verifyProof } from '../src/crypto/merkle-sum.ts'
import { SumTree } from '../src/crypto/merkle-sum-tree.ts'
import { hexToBytes } from '../src/lib/bytes.ts'
import { Prng } from '../src/lib/prng.ts'
import { POOLS_MODULE, ROYALTY_MODULE } from '../src/precompiles/addresses.ts'
import { ZERO_ADDRESS, ZERO_HASH } from '../src/types/primitives.ts'
import { callData } from '../test/precompiles/model/module-calls.ts'
import type { BenchOptions } from './main.ts'
import { summarize, timeMs } from './measure.ts'
import type { Report } from './report.ts'
import { AUTHORITY, type BenchCall, RoyaltyChain } from './royalty-chain.ts'
import { checkConserved } from './royalty-conservation.ts'
import { contributor, datasetTree, installDataset } from './royalty-install.ts'

const CONTRIBUTORS = 200_000
/** Gas of a block of the network that people use, and of one transaction. */
const BLOCK_GAS = 30_000_000n
const TRANSACTION_GAS = 16_000_000n
const PROOFS = 2_000
const PER_CLAIM = 256

export async function runPools(report: Report, options: BenchOptions): Promise<void> {
  for (const leaves of options.isQuick ? [1_000] : [1_000, 10_000, 100_000, 200_000, 1_000_000]) {
    await runTree(report, leaves)
  }
  await runClaims(report, options)
}

async function runTree(report: Report, count: number): Promise<void> {
  const accounts = new Uint8Array(20 * count)
  const weights = new Uint8Array(16 * count)
  const prng = new Prng(count)
  for (let index = 0; index < count; index++) {
    accounts.set(hexToBytes(contributor(index)), 20 * index)
    weights[16 * index + 15] = 1 + prng.below(100)
  }
  let built = SumTree.build({ count: 1, accounts, weights })
  const builtMs = await timeMs(() => {
    built = SumTree.build({ count, accounts, weights })
  })
  if (!built.ok) throw new Error(`no tree: ${built.error.code}`)
  const tree = built.value
  const indices = Array.from({ length: PROOFS }, () => prng.below(count))
  let proofs: Uint8Array[] = []
  const provedMs = await timeMs(() => {
    proofs = indices.map((index) => tree.prove(index))
  })
  const leaves = indices.map((index) => {
    return { index: BigInt(index), account: contributor(index), weight: BigInt(weights[16 * index + 15] ?? 0) }
  })
  const verifiedMs = await timeMs(() => {
    for (const [at, leaf] of leaves.entries()) {
      const verified = verifyProof(tree.root, leaf, proofs[at] ?? new Uint8Array(0))
      if (!verified.ok) throw new Error(`refused: ${verified.error.code}`)
    }
  })
  const name = (part: string): string => `royalty-settlement/pool-${part} leaves=${count}`
  report.add({ name: name('build'), value: builtMs, unit: 'ms' })
  report.add({ name: name('prove'), value: (provedMs * 1_000) / PROOFS, unit: 'us' })
  report.add({ name: name('verify'), value: (verifiedMs * 1_000) / PROOFS, unit: 'us' })
}

/** Pays a dataset once, then contributors of it one by one and many at a time. */
async function runClaims(report: Report, options: BenchOptions): Promise<void> {
  const size = options.isQuick ? 2_000 : CONTRIBUTORS
  const chain = await RoyaltyChain.open((state) => installDataset(state, size, AUTHORITY))
  try {
    const data = callData(ROYALTY_MODULE, 'pay', { asset: 1n, memo: ZERO_HASH })
    await chain.run([{ to: ROYALTY_MODULE, data, value: 10n ** 24n, gasLimit: 2_000_000n }])
    const tree = datasetTree(size)
    const blocks = options.isQuick ? 2 : 8
    await claimOneByOne(report, chain, tree, blocks)
    await claimManyAtOnce(report, chain, tree, blocks)
    checkConserved(report, `claims of ${size} contributors`, chain.state())
  } finally {
    await chain.close()
  }
}

async function claimOneByOne(report: Report, chain: RoyaltyChain, tree: SumTree, blocks: number): Promise<void> {
  const perBlock = 250
  const calls = (block: number): BenchCall[] =>
    Array.from({ length: perBlock }, (_, at) => claimCall(tree, block * perBlock + at))
  await reportClaims(report, chain, { name: 'claim', calls, blocks, leavesPerCall: 1 })
}

/** Whole stretches of neighbours, as a relayer claims them, from where single claims ended. */
async function claimManyAtOnce(report: Report, chain: RoyaltyChain, tree: SumTree, blocks: number): Promise<void> {
  const perBlock = tree.count > CONTRIBUTORS / 2 ? 8 : 2
  const first = Math.ceil(tree.count / 2 / PER_CLAIM) * PER_CLAIM
  const calls = (block: number): BenchCall[] =>
    Array.from({ length: perBlock }, (_, at) => claimManyCall(tree, first + (block * perBlock + at) * PER_CLAIM))
  const fitting = Math.min(blocks, Math.floor((tree.count - first) / PER_CLAIM / perBlock))
  await reportClaims(report, chain, { name: 'claimMany', calls, blocks: fitting, leavesPerCall: PER_CLAIM })
}

type ClaimRun = {
  readonly name: string
  readonly calls: (block: number) => BenchCall[]
  readonly blocks: number
  readonly leavesPerCall: number
}

async function reportClaims(report: Report, chain: RoyaltyChain, run: ClaimRun): Promise<void> {
  const costs: number[] = []
  const ratios: number[] = []
  let gas = 0n
  for (let block = 0; block < run.blocks; block++) {
    const calls = run.calls(block)
    const done = await chain.run(calls)
    if (done.receipts.some((one) => one.status !== 1)) throw new Error(`${run.name} is refused`)
    const leaves = calls.length * run.leavesPerCall
    const ms = done.execute + done.sweep + done.root
    costs.push((ms * 1_000) / leaves)
    ratios.push(ms / leaves / (done.ecdsaRecover / calls.length))
    gas = done.gasUsed / BigInt(calls.length)
  }
  const gasPerLeaf = gas / BigInt(run.leavesPerCall)
  const suffix = `leaves-per-call=${run.leavesPerCall}`
  const compared = { peer: 'ecdsaRecover', ratio: summarize(ratios).median }
  report.addSummary(`royalty-settlement/${run.name} ${suffix}`, summarize(costs), 'us a leaf', compared)
  report.add({ name: `royalty-settlement/${run.name}-gas ${suffix}`, value: Number(gasPerLeaf), unit: 'gas a leaf' })
  const callsPerBlock = BLOCK_GAS / gas
  const leavesPerBlock = Number(callsPerBlock) * run.leavesPerCall
  report.add({ name: `royalty-settlement/${run.name}-rate`, value: leavesPerBlock, unit: 'leaves a block' })
  const blocks = Math.ceil(CONTRIBUTORS / leavesPerBlock)
  report.add({ name: `royalty-settlement/${run.name} contributors=${CONTRIBUTORS}`, value: blocks, unit: 'blocks' })
}

function claimCall(tree: SumTree, index: number): BenchCall {
  const leaf = { index: BigInt(index), account: contributor(index), weight: 1n }
  const proof = tree.prove(index)
  const data = callData(POOLS_MODULE, 'claim', { pool: 1n, batch: 0n, token: ZERO_ADDRESS, leaf, proof })
  return { to: POOLS_MODULE, data, gasLimit: TRANSACTION_GAS }
}

function claimManyCall(tree: SumTree, first: number): BenchCall {
  const indices = Array.from({ length: PER_CLAIM }, (_, at) => first + at)
  const leaves = indices.map((index) => ({ index: BigInt(index), account: contributor(index), weight: 1n }))
  const multiproof = tree.proveMany(indices)
  const place = { pool: 1n, batch: 0n, token: ZERO_ADDRESS }
  const data = callData(POOLS_MODULE, 'claimMany', { ...place, leaves, multiproof })
  return { to: POOLS_MODULE, data, gasLimit: TRANSACTION_GAS }
}
