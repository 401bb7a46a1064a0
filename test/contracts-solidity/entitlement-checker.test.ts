/**
 * What a contributor earned, proven from state alone: by a contract and by a program outside, both from the same proofs as
 * eth_getProof gives and from the layout that docs/precompiles.md states.
 */

import { verifyMerkleProof } from '@ethereumjs/mpt'
import { decode } from '@ethereumjs/rlp'
import { beforeAll, describe, expect, it } from 'vitest'
import { leafHash, type SumLeaf, verifyProof } from '../../src/crypto/merkle-sum.ts'
import { SumTree } from '../../src/crypto/merkle-sum-tree.ts'
import { present } from '../../src/lib/assert.ts'
import { bigintToBytes32, bytesToBigint, bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import { ok } from '../../src/lib/result.ts'
import type { Prover } from '../../src/node/adapters/rpc-state.ts'
import { POOLS_MODULE } from '../../src/precompiles/addresses.ts'
import { StateReader } from '../../src/state/state-reader.ts'
import { encodeHeader } from '../../src/types/block-codec.ts'
import { type Hash, hashFromBigint, ZERO_ADDRESS, ZERO_HASH } from '../../src/types/primitives.ts'
import { account } from '../execution/support.ts'
import { MemoryChain } from '../support/memory-chain.ts'
import { RpcHarness } from '../support/rpc-harness.ts'
import { artifactOf, compileContracts } from './compile.ts'
import { type Deployed, ExampleChain } from './example-chain.ts'

const COIN = 10n ** 18n
const WEIGHTS = [5n, 1n, 70n, 4n, 20n]
const LEAVES = WEIGHTS.map((weight, i) => ({ index: BigInt(i), account: account(i).address, weight }))
const SLOTS = ['accumulator', 'accumulatorHigh', 'root', 'head', 'entry', 'exit', 'paid'] as const
const TAGS = { accumulator: 3, accumulatorHigh: 4, root: 6, head: 8, entry: 9, exit: 10, paid: 12 } as const

type Proofs = { readonly header: string; readonly account: readonly string[] } & {
  readonly [Slot in (typeof SLOTS)[number]]: readonly string[]
}

type GetProof = {
  readonly accountProof: readonly string[]
  readonly storageProof: readonly { readonly key: string; readonly proof: readonly string[] }[]
}
/** A leaf of a batch of pool 1. */
type Wanted = { readonly number: bigint; readonly leaf: SumLeaf }

let chain: ExampleChain
let checker: Deployed
let pools: Deployed
let rpc: RpcHarness
let tree: SumTree

/** The slot of a cell of a batch of pool 1 in the native coin: the tag in the first byte, the key right-aligned. */
function slotOf(name: (typeof SLOTS)[number], { number, leaf }: Wanted): Hash {
  const batch = (1n << 32n) | number
  const key = {
    ...{ accumulator: 1n << 8n, accumulatorHigh: 1n << 8n, root: batch, head: batch, entry: batch << 8n },
    ...{ exit: batch << 8n, paid: ((batch << 24n) | (leaf.index >> 1n)) << 8n },
  }[name]
  return hashFromBigint((BigInt(TAGS[name]) << 248n) | key)
}

/** What eth_getProof answers for the pools' account at the head, and the header. */
async function prove(wanted: Wanted): Promise<{ readonly proofs: Proofs; readonly blockHash: Hash }> {
  const { block } = chain.world.chain.executor.head()
  const keys = SLOTS.map((name) => slotOf(name, wanted))
  const { accountProof, storageProof } = await rpc.call<GetProof>('eth_getProof', POOLS_MODULE, keys, 'latest')
  const cell = (name: (typeof SLOTS)[number]): readonly string[] => {
    const found = storageProof.find(({ key }) => key === slotOf(name, wanted))
    return present(found, 'each slot has its proof').proof
  }
  const batch = { root: cell('root'), head: cell('head'), entry: cell('entry'), exit: cell('exit'), paid: cell('paid') }
  const pool = { accumulator: cell('accumulator'), accumulatorHigh: cell('accumulatorHigh') }
  const header = bytesToHex(encodeHeader(block.header))
  return { blockHash: block.hash, proofs: { header, account: accountProof, ...pool, ...batch } }
}

/** The RPC's own method over the state of the chain's head. */
function proofRpc(): RpcHarness {
  const proof: Prover = async (address, slots) => {
    const { kv, executor } = chain.world.chain
    const height = executor.head().block.header.number
    const proven = new StateReader(kv).prove(height, address, slots.map(hashFromBigint))
    if (!proven.ok) throw new Error(proven.error.code)
    const { account: found, ...proofs } = proven.value
    return ok({ ...found, storageHash: found.storageRoot, ...proofs })
  }
  const { ports } = new MemoryChain()
  return new RpcHarness({ ports: { ...ports, state: { ...ports.state, proof } } })
}

function claimOf({ number, leaf }: Wanted) {
  const leafProof = bytesToHex(tree.prove(Number(leaf.index)))
  return { pool: 1n, batch: Number(number), token: 0, leaf, leafProof }
}

/** The same check by a program that has the proofs and nothing else. */
async function checkOutside(proofs: Proofs, wanted: Wanted): Promise<readonly [bigint, bigint]> {
  const word = async (name: (typeof SLOTS)[number]): Promise<bigint> => {
    const [, , storageRoot] = decode((await valueAt(field(proofs.header, 3), POOLS_MODULE, proofs.account)) ?? '0xc0')
    const value = await valueAt(storageRoot as Uint8Array, slotOf(name, wanted), proofs[name])
    return value === null ? 0n : bytesToBigint(decode(value) as Uint8Array)
  }
  const [head, cell, pair, entry] = [
    await word('head'),
    await word('accumulator'),
    await word('paid'),
    await word('entry'),
  ]
  const { leaf } = wanted
  const root = {
    hash: hashFromBigint(await word('root')),
    total: BigInt.asUintN(97, head >> 80n),
    depth: Number((head >> 209n) & 31n),
  }
  expect(verifyProof(root, leaf, tree.prove(Number(leaf.index)))).toMatchObject({ ok: true })
  const start = ((head >> 177n) & 1n) === 1n ? entry : 0n
  const paid = leaf.index % 2n === 0n ? pair >> 128n : BigInt.asUintN(128, pair)
  return [((BigInt.asUintN(159, cell) - start) * leaf.weight) >> 64n, paid]
}

/** A field of a list in RLP. */
function field(rlp: string, index: number): Uint8Array {
  return (decode(hexToBytes(rlp as Hash)) as Uint8Array[])[index] ?? new Uint8Array(0)
}

function valueAt(root: Uint8Array, key: string, proof: readonly string[]): Promise<Uint8Array | null> {
  const nodes = proof.map((node) => hexToBytes(node as Hash))
  return verifyMerkleProof(hexToBytes(key as Hash), nodes, { root, useKeyHashing: true })
}

/** A dataset with five contributors, some of them paid, that was paid before and after its batch began to earn. */
beforeAll(async () => {
  chain = await ExampleChain.open()
  const compilation = compileContracts(['examples/EntitlementChecker.sol'])
  checker = await chain.deploy(5, artifactOf(compilation, 'EntitlementChecker'))
  pools = { address: POOLS_MODULE, abi: artifactOf(compilation, 'IPools').abi }
  rpc = proofRpc()
  const { world } = chain
  await world.register([{ by: 0, poolPpm: 400_000n }])
  const built = SumTree.build({
    count: LEAVES.length,
    accounts: Buffer.concat(LEAVES.map((leaf) => hexToBytes(leaf.account))),
    weights: Buffer.concat(WEIGHTS.map((weight) => bigintToBytes32(weight).subarray(16))),
  })
  tree = present(built.ok ? built.value : undefined, 'five leaves make a tree')
  const { left, right } = present(tree.rootPreimage(), 'the root has two halves')
  const root = { leftHash: left.hash, leftSum: left.sum, rightHash: right.hash, rightSum: right.sum }
  const offer = { weight: tree.root.total, depth: BigInt(tree.root.depth), dataHash: ZERO_HASH, relayFeePpm: 0n }
  world.send(0, 'pools', 'append', { pool: 1n, root, ...offer })
  for (let i = 0; i < 7; i++) {
    world.pay(3, 1n, 7n * COIN + BigInt(i))
    await world.block()
  }
  // A second batch of the same people enters when a unit of weight has earned something.
  world.send(0, 'pools', 'append', { pool: 1n, root, ...offer })
  for (let i = 0; i < 7; i++) {
    world.pay(3, 1n, COIN)
    await world.block()
  }
  const [, , third] = LEAVES
  const claim = { pool: 1n, batch: 0n, token: ZERO_ADDRESS, leaf: present(third, 'a leaf'), proof: tree.prove(2) }
  world.send(2, 'pools', 'claim', claim)
  await world.block()
  world.pay(3, 1n, COIN)
  await world.block()
})

describe('an entitlement', () => {
  const everyLeaf = [0n, 1n].flatMap((number) => LEAVES.map((leaf) => ({ number, leaf })))

  it.each(everyLeaf)(
    'of leaf $leaf.index in batch $number is the same by the module, a contract and outside',
    async (wanted) => {
      const { proofs, blockHash } = await prove(wanted)
      const { number, leaf } = wanted
      const asked = [1n, Number(number), ZERO_ADDRESS, leaf, claimOf(wanted).leafProof]
      const byModule = await chain.read(pools, { functionName: 'entitled', args: asked })
      expect(byModule).toEqual([expect.any(BigInt), number === 0n && leaf.index === 2n ? expect.any(BigInt) : 0n])
      const checked = await chain.read(checker, { functionName: 'check', args: [blockHash, claimOf(wanted), proofs] })
      expect(checked).toEqual(byModule)
      expect(await checkOutside(proofs, wanted)).toEqual(byModule)
    },
  )

  it('is refused under another block, of another weight, with a changed node, or with nodes left over', async () => {
    const wanted = { number: 1n, leaf: present(LEAVES[0], 'a leaf') }
    const { proofs, blockHash } = await prove(wanted)
    const check = (hash: Hash, claim: object, given: object): Promise<unknown> =>
      chain.read(checker, { functionName: 'check', args: [hash, claim, given] })
    const honest = claimOf(wanted)
    expect(await check(blockHash, honest, proofs)).toEqual([expect.any(BigInt), 0n])
    expect(await check(leafHash(honest.leaf), honest, proofs)).toBe('WrongBlock')
    const heavier = { ...honest, leaf: { ...honest.leaf, weight: honest.leaf.weight + 1n } }
    expect(await check(blockHash, heavier, proofs)).toBe('WrongProof')
    for (const name of ['account', 'accumulator', 'head', 'root', 'entry', 'paid'] as const) {
      const changed = proofs[name].map((node, i) =>
        i === 0 ? `${node.slice(0, -1)}${node.endsWith('0') ? '1' : '0'}` : node,
      )
      expect(await check(blockHash, honest, { ...proofs, [name]: changed })).toBe('InvalidProof')
      expect(await check(blockHash, honest, { ...proofs, [name]: [...proofs[name], '0xc0'] })).toBe('InvalidProof')
      expect(await check(blockHash, honest, { ...proofs, [name]: proofs[name].slice(0, -1) })).toBe('InvalidProof')
    }
  })
})
