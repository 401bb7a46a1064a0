/**
 * Merkle-sum trees: frozen vectors of an independent program, what verifies and what never does, whoever made the tree.
 */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  leafHash,
  multiproofShape,
  nodeHash,
  SUM_RECORD_BYTES,
  type SumLeaf,
  type SumNode,
  type SumRoot,
  verifyMultiproof,
  verifyProof,
} from '../../src/crypto/merkle-sum.ts'
import { type LeafColumns, SumTree } from '../../src/crypto/merkle-sum-tree.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../../src/lib/bytes.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'

type Vector = {
  name: string
  leaves: { index: number; account: Address; weight: string }[]
  leafHashes: Hash[]
  root: { hash: Hash; total: string; depth: number }
  proofs: string[]
  multiproof: { indices: number[]; proof: string }
}
const { trees } = JSON.parse(
  readFileSync(new URL('../vectors/attribution/merkle-sum.json', import.meta.url), 'utf8'),
) as { trees: Vector[] }

const UINT128_MAX = (1n << 128n) - 1n
const EMPTY: SumNode = { hash: `0x${'00'.repeat(32)}` as Hash, sum: 0n }

const addressOf = (i: number) => `0x${i.toString(16).padStart(40, '0')}` as Address
const leavesOf = (weights: readonly bigint[]): SumLeaf[] =>
  weights.map((weight, i) => ({ index: BigInt(i), account: addressOf(i + 1), weight }))

function columnsOf(leaves: readonly SumLeaf[]): LeafColumns {
  const weights = leaves.map(({ weight }) => hexToBytes(`0x${weight.toString(16).padStart(32, '0')}`))
  return {
    count: leaves.length,
    accounts: concatBytes(...leaves.map(({ account }) => hexToBytes(account))),
    weights: concatBytes(...weights),
  }
}

function treeOf(leaves: readonly SumLeaf[]): SumTree {
  const tree = SumTree.build(columnsOf(leaves))
  if (!tree.ok) throw new Error(tree.error.code)
  return tree.value
}

const recordOf = ({ hash, sum }: SumNode) => hexToBytes(`${hash}${sum.toString(16).padStart(32, '0')}`)
const weight = fc.bigInt({ min: 0n, max: (1n << 96n) - 1n })

describe('the frozen vectors', () => {
  it.each(trees)('$name', ({ leaves: given, leafHashes, root: expected, proofs, multiproof }) => {
    const leaves = given.map(({ index, account, weight }) => ({
      index: BigInt(index),
      account,
      weight: BigInt(weight),
    }))
    const tree = treeOf(leaves)
    expect(leaves.map(leafHash)).toEqual(leafHashes)
    expect(tree.root).toEqual({ ...expected, total: BigInt(expected.total) })
    for (const [i, leaf] of leaves.entries()) {
      expect(bytesToHex(tree.prove(i))).toBe(proofs[i])
      expect(verifyProof(tree.root, leaf, tree.prove(i)).ok).toBe(true)
    }
    const proof = tree.proveMany(multiproof.indices)
    expect(bytesToHex(proof)).toBe(multiproof.proof)
    const chosen = multiproof.indices.map((i) => leaves[i] as SumLeaf)
    expect(verifyMultiproof(tree.root, chosen, proof).ok).toBe(true)
  })
})

describe('a tree', () => {
  it('gives every leaf a proof, any subset a multiproof, and the root the sum of all weights', () => {
    fc.assert(
      fc.property(
        fc.array(weight, { minLength: 1, maxLength: 70 }),
        fc.infiniteStream(fc.boolean()),
        (weights, coin) => {
          const leaves = leavesOf(weights)
          const tree = treeOf(leaves)
          expect(tree.root.total).toBe(weights.reduce((sum, one) => sum + one, 0n))
          expect(2 ** tree.root.depth).toBeGreaterThanOrEqual(weights.length)
          for (const leaf of leaves) {
            expect(verifyProof(tree.root, leaf, tree.prove(Number(leaf.index))).ok).toBe(true)
          }
          const chosen = leaves.filter(() => coin.next().value === true)
          if (chosen.length === 0) return
          const indices = chosen.map(({ index }) => index)
          const proof = tree.proveMany(indices.map(Number))
          expect(verifyMultiproof(tree.root, chosen, proof).ok).toBe(true)
          const shape = multiproofShape(tree.root.depth, indices)
          expect(shape.ok && shape.value.siblings * SUM_RECORD_BYTES).toBe(proof.length)
        },
      ),
    )
  })

  it("shows its root's preimage, which hashes to the root", () => {
    const tree = treeOf(leavesOf([1n, 2n, 3n]))
    const { left, right } = tree.rootPreimage() ?? { left: EMPTY, right: EMPTY }
    expect(nodeHash(left, right)).toEqual({ ok: true, value: { hash: tree.root.hash, sum: 6n } })
    expect(treeOf(leavesOf([9n])).rootPreimage()).toBeUndefined()
  })

  it('refuses no leaves, and weights that sum to 2^128', () => {
    expect(SumTree.build(columnsOf([]))).toEqual({ ok: false, error: { code: 'NO_LEAVES' } })
    expect(SumTree.build(columnsOf(leavesOf([UINT128_MAX, 0n, 1n])))).toEqual({
      ok: false,
      error: { code: 'SUM_OVERFLOW', level: 2 },
    })
    expect(treeOf(leavesOf([UINT128_MAX - 1n, 1n])).root.total).toBe(UINT128_MAX)
  })

  it('reports its progress up to the last hash', () => {
    const reports: [number, number][] = []
    const tree = SumTree.build(columnsOf(leavesOf(new Array(20_000).fill(1n))), (...report) => reports.push(report))
    expect(tree.ok && tree.value.root.total).toBe(20_000n)
    const [done, total] = reports.at(-1) ?? []
    expect(done).toBe(total)
    expect(reports.length).toBeGreaterThan(1)
  })
})

describe('a proof that does not verify', () => {
  const leaves = leavesOf([10n, 20n, 30n, 40n, 50n])
  const tree = treeOf(leaves)
  const leaf = leaves[2] as SumLeaf
  const proof = tree.prove(2)

  it.each<[string, SumLeaf]>([
    ['an inflated weight', { ...leaf, weight: 31n }],
    ['another account', { ...leaf, account: addressOf(99) }],
    ['another index', { ...leaf, index: 3n }],
  ])('has %s', (_what, changed) => {
    expect(verifyProof(tree.root, changed, proof)).toEqual({ ok: false, error: { code: 'ROOT_MISMATCH' } })
  })

  it('has an index outside the tree, which would alias one inside', () => {
    const aliased = { ...leaf, index: leaf.index + 8n }
    expect(verifyProof(tree.root, aliased, proof)).toEqual({
      ok: false,
      error: { code: 'INDEX_OUT_OF_RANGE', index: 10n, limit: 8n },
    })
  })

  it('has another length than the depth', () => {
    for (const actual of [0, 96, 145, 192]) {
      expect(verifyProof(tree.root, leaf, new Uint8Array(actual))).toEqual({
        ok: false,
        error: { code: 'PROOF_LENGTH', expected: 144, actual },
      })
    }
  })

  it('differs in any bit of the proof, the hash, the total or the depth of the root', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: proof.length * 8 - 1 }), (bit) => {
        const flipped = proof.slice()
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
        expect(verifyProof(tree.root, leaf, flipped).ok).toBe(false)
      }),
    )
    expect(verifyProof({ ...tree.root, total: 151n }, leaf, proof).ok).toBe(false)
    expect(verifyProof({ ...tree.root, depth: 4 }, leaf, concatBytes(proof, new Uint8Array(48))).ok).toBe(false)
  })

  it('has siblings whose sum overflows', () => {
    const heavy = concatBytes(recordOf({ hash: leafHash(leaf), sum: UINT128_MAX }), proof.subarray(48))
    expect(verifyProof(tree.root, leaf, heavy)).toEqual({ ok: false, error: { code: 'SUM_OVERFLOW', level: 1 } })
  })
})

describe('a multiproof that does not verify', () => {
  const leaves = leavesOf([10n, 20n, 30n, 40n, 50n])
  const tree = treeOf(leaves)
  const pick = (...indices: number[]) => indices.map((i) => leaves[i] as SumLeaf)

  it('names a duplicate, a descending and a foreign index, and an empty list', () => {
    const proof = tree.proveMany([1, 3])
    expect(verifyMultiproof(tree.root, pick(1, 1), proof)).toEqual({
      ok: false,
      error: { code: 'INDEX_NOT_ASCENDING', index: 1n, position: 1 },
    })
    expect(verifyMultiproof(tree.root, pick(3, 1), proof)).toMatchObject({ error: { code: 'INDEX_NOT_ASCENDING' } })
    const foreign = { index: 8n, account: addressOf(1), weight: 1n }
    expect(verifyMultiproof(tree.root, [...pick(1), foreign], proof)).toMatchObject({
      error: { code: 'INDEX_OUT_OF_RANGE', limit: 8n },
    })
    expect(verifyMultiproof(tree.root, [], proof)).toEqual({ ok: false, error: { code: 'NO_LEAVES' } })
  })

  it('has a sibling too many or too few', () => {
    const proof = tree.proveMany([0, 4])
    for (const actual of [proof.length - 48, proof.length + 48]) {
      expect(verifyMultiproof(tree.root, pick(0, 4), new Uint8Array(actual))).toEqual({
        ok: false,
        error: { code: 'PROOF_LENGTH', expected: proof.length, actual },
      })
    }
  })

  it('has an inflated leaf or an overflowing sibling', () => {
    const proof = tree.proveMany([0, 4])
    const [first, last] = pick(0, 4) as [SumLeaf, SumLeaf]
    expect(verifyMultiproof(tree.root, [first, { ...last, weight: 51n }], proof).ok).toBe(false)
    const heavy = concatBytes(recordOf({ hash: leafHash(first), sum: UINT128_MAX }), proof.subarray(48))
    expect(verifyMultiproof(tree.root, [first, last], heavy)).toMatchObject({ error: { code: 'SUM_OVERFLOW' } })
  })
})

/** A tree as a dishonest publisher may make it: any hashes and sums, committed node by node. */
type Forged = { readonly node: SumNode; readonly leaves: readonly { leaf: SumLeaf; proof: Uint8Array }[] }

/** Real leaves at chosen places, everything else invented: siblings with any sum, even ones that nothing is below. */
function forge(
  depth: number,
  first: number,
  real: ReadonlyMap<number, SumLeaf>,
  invent: () => SumNode,
): Forged | undefined {
  const last = first + 2 ** depth
  if (![...real.keys()].some((index) => index >= first && index < last)) return { node: invent(), leaves: [] }
  const own = real.get(first)
  if (depth === 0 && own !== undefined) {
    return { node: { hash: leafHash(own), sum: own.weight }, leaves: [{ leaf: own, proof: new Uint8Array(0) }] }
  }
  const left = forge(depth - 1, first, real, invent)
  const right = forge(depth - 1, first + 2 ** (depth - 1), real, invent)
  if (left === undefined || right === undefined) return undefined
  const node = nodeHash(left.node, right.node)
  if (!node.ok) return undefined
  const grow = (side: Forged, sibling: SumNode) =>
    side.leaves.map(({ leaf, proof }) => ({ leaf, proof: concatBytes(proof, recordOf(sibling)) }))
  return { node: node.value, leaves: [...grow(left, right.node), ...grow(right, left.node)] }
}

describe('a tree made to cheat', () => {
  const inventedNode = fc.record({
    hash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytesToHex(bytes) as Hash),
    sum: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: UINT128_MAX })),
  })
  const realLeaves = fc
    .uniqueArray(fc.integer({ min: 0, max: 31 }), { minLength: 1, maxLength: 12 })
    .chain((places) =>
      fc
        .tuple(...places.map((place) => weight.map((one) => [place, one] as const)))
        .map(
          (pairs) =>
            new Map(
              pairs.map(([place, one]) => [place, { index: BigInt(place), account: addressOf(place), weight: one }]),
            ),
        ),
    )

  it('never has verified leaves at distinct indices that weigh more than its root', () => {
    fc.assert(
      fc.property(realLeaves, fc.infiniteStream(inventedNode), (real, inventions) => {
        const forged = forge(5, 0, real, () => inventions.next().value ?? EMPTY)
        // A sum of the forger's own overflows: such a tree has no root to append.
        if (forged === undefined) return
        const root: SumRoot = { hash: forged.node.hash, total: forged.node.sum, depth: 5 }
        const verified = forged.leaves.filter(({ leaf, proof }) => verifyProof(root, leaf, proof).ok)
        expect(verified).toHaveLength(real.size)
        const claimed = verified.reduce((sum, { leaf }) => sum + leaf.weight, 0n)
        expect(claimed <= root.total).toBe(true)
        expect(
          verifyProof({ ...root, total: claimed - 1n }, verified[0]?.leaf as SumLeaf, new Uint8Array(240)).ok,
        ).toBe(false)
      }),
    )
  })

  it('cannot pass a node off as a leaf, nor give it less than its children weigh', () => {
    const tree = treeOf(leavesOf([1n, 2n, 3n, 4n]))
    const preimage = tree.rootPreimage()
    const light = nodeHash({ ...(preimage?.left ?? EMPTY), sum: 0n }, preimage?.right ?? EMPTY)
    expect(light.ok && light.value.hash).not.toBe(tree.root.hash)
    const asLeaf = { index: 0n, account: addressOf(1), weight: 3n }
    expect(verifyProof({ ...tree.root, depth: 1 }, asLeaf, recordOf(preimage?.right ?? EMPTY)).ok).toBe(false)
  })

  it('has nothing to claim in an empty subtree', () => {
    expect(nodeHash(EMPTY, EMPTY)).toEqual({ ok: true, value: EMPTY })
    const tree = treeOf(leavesOf([1n, 2n, 3n]))
    const ghost = { index: 3n, account: addressOf(0), weight: 0n }
    const proof = concatBytes(
      recordOf({ hash: leafHash(leavesOf([1n, 2n, 3n])[2] as SumLeaf), sum: 3n }),
      tree.prove(0).subarray(48),
    )
    expect(verifyProof(tree.root, ghost, proof)).toEqual({ ok: false, error: { code: 'ROOT_MISMATCH' } })
  })
})
