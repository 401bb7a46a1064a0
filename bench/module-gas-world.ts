/**
 * A chain on which every method of the native modules can be called at its caps: assets with 64 parents and 32 floors of
 * further ancestors, pools with deep trees, a token, disputes and demands.
 */

import { keccak256Hash } from '../src/crypto/keccak.ts'
import { leafHash, nodeHash, SUM_RECORD_BYTES, type SumNode } from '../src/crypto/merkle-sum.ts'
import type { SumTree } from '../src/crypto/merkle-sum-tree.ts'
import { bigintToBytes32, concatBytes, hexToBytes } from '../src/lib/bytes.ts'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../src/precompiles/addresses.ts'
import { commitmentPreimage } from '../src/precompiles/assets/commitments.ts'
import { ALL_RELATIONS } from '../src/precompiles/assets/kinds.ts'
import { type Address, type Hash, ZERO_ADDRESS, ZERO_HASH } from '../src/types/primitives.ts'
import { callData, type Fields } from '../test/precompiles/model/module-calls.ts'
import { approvals, deployment } from '../test/precompiles/properties/token-six.ts'
import { AUTHORITY_NUMBER, BENCH_RULES, type BenchCall, ROYALTY_HOOKS, RoyaltyChain } from './royalty-chain.ts'
import { contributor, datasetTree } from './royalty-install.ts'

/** Assets 1 to 32 have no parents, 33 to 96 one, 97 to 128 all 64 of these. */
export const ROOTS = 32
export const PARENTS = 64
export const CHILDREN = 32
export const FIRST_CHILD = ROOTS + PARENTS + 1
/** The youngest child: its edges, floors, pool and ledger are what most methods are called with. */
export const CHILD = BigInt(ROOTS + PARENTS + CHILDREN)
export const DISPUTED = CHILD - 1n
export const GAS = 16_700_000n
const COIN = 10n ** 18n
/** Content that is committed and not registered. */
export const FREE_CONTENT = 1_000n
const LEAVES = 20_000
/** A place behind the leaves; all 8,192 from it on are empty. */
export const EMPTY_PLACE = 24_576n
const DEPTH = 24
/** Enough that no batch turns active in the block that is measured. */
const NOTICE_BLOCKS = 3

export type GasWorld = {
  readonly chain: RoyaltyChain
  readonly owner: Address
  readonly token: Address
  /** A token that is not listed. */
  readonly unlisted: Address
  /** A batch of one leaf at the greatest depth: number 0 of the child's pool. */
  readonly deep: DeepLeaf
  /** Number 1 of the child's pool; 2 is frozen, 3 has an unanswered demand, 4 is pending. */
  readonly tree: SumTree
}

export type DeepLeaf = {
  readonly leaf: { readonly index: bigint; readonly account: Address; readonly weight: bigint }
  readonly proof: Uint8Array
  readonly left: SumNode
  readonly right: SumNode
  readonly total: bigint
}

export async function openGasWorld(): Promise<GasWorld> {
  const rules = { ...BENCH_RULES, noticeBlocks: NOTICE_BLOCKS, demandBlocks: 1 }
  const chain = await RoyaltyChain.open(() => {}, ROYALTY_HOOKS, rules)
  const owner = chain.address(0)
  const token = await deployToken(chain, owner)
  const unlisted = await deployContract(chain, owner)
  await registerAssets(chain, owner)
  const deep = deepLeaf(owner)
  const tree = datasetTree(LEAVES)
  await fillPools(chain, token, deep, tree)
  return { chain, owner, token, unlisted, deep, tree }
}

export function assets(name: string, params: Fields, from = 0): BenchCall {
  return { to: ASSETS_MODULE, data: callData(ASSETS_MODULE, name, params), gasLimit: GAS, from }
}

export function royalty(name: string, params: Fields, value = 0n, from = 0): BenchCall {
  return { to: ROYALTY_MODULE, data: callData(ROYALTY_MODULE, name, params), gasLimit: GAS, value, from }
}

export function pools(name: string, params: Fields, value = 0n, from = 0): BenchCall {
  return { to: POOLS_MODULE, data: callData(POOLS_MODULE, name, params), gasLimit: GAS, value, from }
}

export function contentHash(content: bigint): Hash {
  return keccak256Hash(bigintToBytes32(content))
}

/** A registration's parameters. */
export function registration(content: bigint, edges: readonly Fields[], uri = ''): Fields {
  const facts = { kind: 0n, contentHash: contentHash(content), dataRoot: contentHash(content), uri, royaltyBps: 500n }
  return { ...facts, parents: edges, poolPpm: 100_000n }
}

/** Edges to all 64 parents, with licences. */
export function fullEdges(): Fields[] {
  return Array.from({ length: PARENTS }, (_, at) => edge(ROOTS + 1 + at, 8_000n, 0n))
}

function edge(parent: number, relativePpm: bigint, floorPpm: bigint): Fields {
  const floor = { floorPpm, floorGens: floorPpm === 0n ? 0n : 255n }
  return { parent: BigInt(parent), relation: 0n, relativePpm, ...floor, licenceId: contentHash(BigInt(parent)) }
}

async function run(chain: RoyaltyChain, calls: readonly BenchCall[]): Promise<void> {
  const { receipts } = await chain.run(calls)
  const failed = receipts.findIndex((one) => one.status !== 1)
  if (failed >= 0) throw new Error(`call ${failed} of the world failed`)
}

async function deployToken(chain: RoyaltyChain, owner: Address): Promise<Address> {
  const token = await deployContract(chain, owner)
  const approving = approvals([owner], token).map((one): BenchCall => {
    return { to: token, data: one.kind === 'call' ? one.data : new Uint8Array(0), gasLimit: GAS, from: 0 }
  })
  const listing = { token, decimals: 6n, flushMin: 1n, slotMin: 0n }
  await run(chain, [...approving, royalty('listToken', listing, 0n, AUTHORITY_NUMBER)])
  return token
}

async function deployContract(chain: RoyaltyChain, owner: Address): Promise<Address> {
  const data = deployment([owner, chain.address(1)])
  const { receipts } = await chain.run([{ to: null, data, gasLimit: GAS, from: 0 }])
  return receipts[0]?.contractAddress ?? ZERO_ADDRESS
}

async function registerAssets(chain: RoyaltyChain, owner: Address): Promise<void> {
  const count = ROOTS + PARENTS + CHILDREN
  const contents = [...Array.from({ length: count }, (_, at) => BigInt(at + 1)), FREE_CONTENT]
  await run(
    chain,
    contents.map((content) => {
      const preimage = commitmentPreimage(contentHash(content), owner, ZERO_HASH)
      return assets('commit', { commitment: keccak256Hash(preimage) })
    }),
  )
  await run(chain, [])
  for (let id = 1; id <= count; id++) await run(chain, [registerCall(id), termsCall(id)])
}

function registerCall(id: number): BenchCall {
  if (id <= ROOTS) return assets('register', registration(BigInt(id), []))
  const isParent = id <= ROOTS + PARENTS
  const edges = isParent ? [edge(1 + ((id - ROOTS - 1) % ROOTS), 10_000n, 5_000n)] : fullEdges()
  return assets('register', registration(BigInt(id), edges))
}

function termsCall(id: number): BenchCall {
  const floor = id <= ROOTS ? { floorPpm: 5_000n, floorGens: 255n } : { floorPpm: 0n, floorGens: 0n }
  const terms = { relationMask: ALL_RELATIONS, minRelativePpm: 0n, ...floor, isOpen: true }
  return assets('setTerms', { id: BigInt(id), ...terms })
}

async function fillPools(chain: RoyaltyChain, token: Address, deep: DeepLeaf, tree: SumTree): Promise<void> {
  const batch = tree.rootPreimage()
  if (batch === undefined) throw new Error('the tree has a level above its leaves')
  const whole = appendCall(batch, tree.root.total, tree.root.depth)
  const single = appendCall(deep, deep.total, DEPTH)
  const lone = { pool: BigInt(FIRST_CHILD), leaf: deep.leaf, dataHash: contentHash(7n), relayFeePpm: 0n }
  await run(chain, [single, whole, single, single, pools('appendLeaf', lone)])
  for (let block = 0; block < NOTICE_BLOCKS + 1; block++) await run(chain, [])
  await leaveEscrow(chain)
  const key = { pool: CHILD, batch: 2n }
  await run(chain, [
    royalty('pay', { asset: CHILD, memo: ZERO_HASH }, 1_000_000n * COIN),
    royalty('payToken', { asset: CHILD, token, amount: 10n ** 12n, memo: ZERO_HASH }),
    pools('fund', { pool: CHILD, token, amount: 10n ** 12n }),
    pools('freeze', key, 0n, AUTHORITY_NUMBER),
    pools('demandLeaf', { pool: CHILD, batch: 3n, index: 0n }, BENCH_RULES.demandBondWei),
    pools('demandLeaf', { pool: CHILD, batch: 1n, index: EMPTY_PLACE }, BENCH_RULES.demandBondWei),
    assets('setStatus', { id: DISPUTED, status: 2n }, AUTHORITY_NUMBER),
  ])
  await run(chain, [
    royalty('pay', { asset: DISPUTED, memo: ZERO_HASH }, COIN),
    pools('demandLeaf', { pool: CHILD, batch: 0n, index: deep.leaf.index }, BENCH_RULES.demandBondWei),
  ])
  // Something for every parent, which stays below its threshold.
  await run(chain, [royalty('pay', { asset: BigInt(FIRST_CHILD + 2), memo: ZERO_HASH }, COIN / 1_000n)])
  await run(chain, [single])
}

/** The first child's pool has had a batch and has none any more: what comes in is in escrow. */
async function leaveEscrow(chain: RoyaltyChain): Promise<void> {
  const key = { pool: BigInt(FIRST_CHILD), batch: 0n }
  const demand = pools('demandLeaf', { ...key, index: 0n }, BENCH_RULES.demandBondWei)
  await run(chain, [demand, pools('freeze', key, 0n, AUTHORITY_NUMBER)])
  await run(chain, [pools('revoke', { ...key, evidence: ZERO_HASH, isForfeit: false }, 0n, AUTHORITY_NUMBER)])
  await run(chain, [royalty('pay', { asset: BigInt(FIRST_CHILD), memo: ZERO_HASH }, COIN)])
}

export function appendCall(
  { left, right }: { readonly left: SumNode; readonly right: SumNode },
  weight: bigint,
  depth: number,
): BenchCall {
  const root = { leftHash: left.hash, leftSum: left.sum, rightHash: right.hash, rightSum: right.sum }
  const terms = { dataHash: contentHash(7n), relayFeePpm: 20_000n }
  return pools('append', { pool: CHILD, root, weight, depth: BigInt(depth), ...terms })
}

/** A leaf under 24 levels whose siblings are made up, each of weight 1. */
function deepLeaf(account: Address): DeepLeaf {
  const leaf = { index: 0n, account, weight: 1n }
  let node: SumNode = { hash: leafHash(leaf), sum: 1n }
  let left = node
  let right = node
  const siblings: Uint8Array[] = []
  for (let level = 0; level < DEPTH; level++) {
    left = node
    right = { hash: contentHash(BigInt(level)), sum: 1n }
    siblings.push(hexToBytes(right.hash), bigintToBytes32(1n).subarray(16))
    const above = nodeHash(left, right)
    if (!above.ok) throw new Error('the sums fit')
    node = above.value
  }
  return { leaf, proof: concatBytes(...siblings), left, right, total: node.sum }
}

/** The siblings of the empty place, level by level. */
export function emptyProof(tree: SumTree): Uint8Array {
  const records = tree.levels.slice(0, tree.root.depth).map((level, height) => {
    const at = ((Number(EMPTY_PLACE) >> height) ^ 1) * SUM_RECORD_BYTES
    return at < level.length ? level.subarray(at, at + SUM_RECORD_BYTES) : new Uint8Array(SUM_RECORD_BYTES)
  })
  return concatBytes(...records)
}

/** The first leaves of the dataset's batch. */
export function treeLeaves(count: number): { index: bigint; account: Address; weight: bigint }[] {
  return Array.from({ length: count }, (_, at) => ({ index: BigInt(at), account: contributor(at), weight: 1n }))
}
