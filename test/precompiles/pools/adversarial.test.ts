/**
 * A publisher who lies. Whatever tree is behind a root, leaves that verify at distinct indices never weigh more than the
 * batch, so a pool never owes more than came in.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leafHash, nodeHash, type SumNode } from '../../../src/crypto/merkle-sum.ts'
import { concatBytes, hexToBytes } from '../../../src/lib/bytes.ts'
import { type Address, ZERO_ADDRESS, ZERO_HASH } from '../../../src/types/primitives.ts'
import { account, type Leaf, PoolWorld } from './support.ts'

const MAX_SUM = (1n << 128n) - 1n

function leafAt(index: number, weight: bigint, who: Address = account(3_000 + index)): Leaf {
  return { index: BigInt(index), account: who, weight }
}

function nodeOf(leaf: Leaf): SumNode {
  return { hash: leafHash(leaf), sum: leaf.weight }
}

function record({ hash, sum }: SumNode): Uint8Array {
  return concatBytes(hexToBytes(hash), hexToBytes(`0x${sum.toString(16).padStart(32, '0')}`))
}

function above(left: SumNode, right: SumNode): SumNode {
  const node = nodeHash(left, right)
  if (!node.ok) throw new Error('the sum overflows')
  return node.value
}

/** A world with an active batch whose root has these children, funded with `amount`. */
async function published(left: SumNode, right: SumNode, depth: number, amount = 1_000n) {
  const world = new PoolWorld({ noticeBlocks: 0 })
  const pool = await world.create()
  const root = { leftHash: left.hash, leftSum: left.sum, rightHash: right.hash, rightSum: right.sum }
  const weight = left.sum + right.sum
  const offer = { pool, root, weight, depth: BigInt(depth), dataHash: ZERO_HASH, relayFeePpm: 0n }
  const { batch } = await world.must('append', offer)
  world.endBlocks()
  await world.fund(pool, amount)
  const claim = (leaf: Leaf, ...siblings: readonly SumNode[]) => {
    const proof = concatBytes(...siblings.map(record))
    return world.call('claim', { pool, batch, token: ZERO_ADDRESS, leaf, proof })
  }
  return { world, pool, claim }
}

describe('a publisher cannot', () => {
  it('inflate a leaf above what the root says', async () => {
    const [a, b] = [leafAt(0, 5n), leafAt(1, 5n)]
    const { claim } = await published(nodeOf(a), nodeOf(b), 1)
    expect((await claim({ ...a, weight: 6n }, nodeOf(b))).refusal).toMatchObject({ name: 'WrongProof' })
    expect((await claim({ ...a, weight: 6n }, { ...nodeOf(b), sum: 4n })).refusal).toMatchObject({ name: 'WrongProof' })
    expect((await claim(a, nodeOf(b))).value).toEqual({ amount: 500n })
  })

  it('hide a heavy leaf behind a light sum', async () => {
    const heavy = leafAt(0, 1_000_000n)
    const { claim } = await published({ ...nodeOf(heavy), sum: 1n }, nodeOf(leafAt(1, 1n)), 1)
    expect((await claim(heavy, nodeOf(leafAt(1, 1n)))).refusal).toMatchObject({ name: 'WrongProof' })
    expect((await claim({ ...heavy, weight: 1n }, nodeOf(leafAt(1, 1n)))).refusal).toMatchObject({ name: 'WrongProof' })
  })

  it('have one leaf paid at two indices', async () => {
    const twin = leafAt(0, 5n)
    const { world, pool, claim } = await published(nodeOf(twin), nodeOf(twin), 1)
    expect((await claim(twin, nodeOf(twin))).value).toEqual({ amount: 500n })
    expect((await claim({ ...twin, index: 1n }, nodeOf(twin))).refusal).toMatchObject({ name: 'WrongProof' })
    expect((await claim(twin, nodeOf(twin))).refusal).toMatchObject({ name: 'NothingToClaim' })
    expect(world.holdings(pool)).toBe(500n)
  })

  it('prove a leaf at another depth', async () => {
    const [a, b] = [leafAt(0, 4n), leafAt(1, 4n)]
    const inner = above(nodeOf(a), nodeOf(b))
    const { claim } = await published(inner, { hash: ZERO_HASH, sum: 0n }, 2)
    expect((await claim(a, nodeOf(b))).refusal).toEqual({ name: 'WrongProofLength', expected: 96n, given: 48n })
    const three = await claim(a, nodeOf(b), { hash: ZERO_HASH, sum: 0n }, { hash: ZERO_HASH, sum: 0n })
    expect(three.refusal).toMatchObject({ name: 'WrongProofLength', given: 144n })
    expect((await claim({ ...a, index: 4n }, nodeOf(b), { hash: ZERO_HASH, sum: 0n })).refusal).toEqual({
      ...{ name: 'IndexOutOfRange', index: 4n, limit: 4n },
    })
    expect((await claim(a, nodeOf(b), { hash: ZERO_HASH, sum: 0n })).value).toEqual({ amount: 500n })
  })

  it('pass a node off as a leaf', async () => {
    const inner = above(nodeOf(leafAt(0, 4n)), nodeOf(leafAt(1, 4n)))
    const { claim } = await published(inner, { hash: ZERO_HASH, sum: 0n }, 2)
    const forged = leafAt(0, 8n)
    expect((await claim(forged, inner, { hash: ZERO_HASH, sum: 0n })).refusal).toMatchObject({ name: 'WrongProof' })
  })

  it('let sums run over', async () => {
    const { claim } = await published(nodeOf(leafAt(0, 1n)), nodeOf(leafAt(1, 1n)), 1)
    const wrapping = { hash: ZERO_HASH, sum: MAX_SUM }
    expect((await claim(leafAt(0, 2n), wrapping)).refusal).toEqual({ name: 'ProofSumOverflow', level: 1n })
  })
})

describe('a tree of the greatest depth', () => {
  it('pays its last leaf, whose proof has 24 siblings, most of them empty', async () => {
    const empty = { hash: ZERO_HASH, sum: 0n }
    const last = leafAt(2 ** 24 - 1, 7n)
    const siblings: SumNode[] = []
    let node = nodeOf(last)
    for (let level = 0; level < 23; level++) {
      siblings.push(empty)
      node = above(empty, node)
    }
    const other = { hash: leafHash(leafAt(0, 1n)), sum: 3n }
    const { claim } = await published(other, node, 24)
    expect((await claim(last, ...siblings, other)).value).toEqual({ amount: 700n })
    expect((await claim({ ...last, index: 2n ** 24n }, ...siblings, other)).refusal).toMatchObject({
      ...{ name: 'IndexOutOfRange', limit: 2n ** 24n },
    })
  })
})

describe('any tree of nodes with any sums', () => {
  /** Trees of depth 2 over four leaves whose inner nodes state sums of the publisher's choice. */
  const trees = fc.record({
    weights: fc.array(fc.bigInt({ min: 0n, max: 40n }), { minLength: 4, maxLength: 4 }),
    stated: fc.array(fc.bigInt({ min: 0n, max: 40n }), { minLength: 6, maxLength: 6 }),
    lies: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    twins: fc.boolean(),
  })

  it('pays distinct leaves no more than came in', async () => {
    await fc.assert(
      fc.asyncProperty(trees, async ({ weights, stated, lies, twins }) => {
        const leaves = weights.map((weight, i) => leafAt(twins ? i & 1 : i, weight))
        const say = (node: SumNode, i: number): SumNode => (lies[i] === true ? { ...node, sum: stated[i] ?? 0n } : node)
        const base = leaves.map((leaf, i) => say(nodeOf(leaf), i))
        const [a, b, c, d] = base as [SumNode, SumNode, SumNode, SumNode]
        const left = say(above(a, b), 4)
        const right = say(above(c, d), 5)
        if (left.sum + right.sum === 0n) return
        const { world, pool, claim } = await published(left, right, 2, 10_007n)
        let verified = 0n
        for (const [i, leaf] of leaves.entries()) {
          const sibling = base[i ^ 1] as SumNode
          for (const weight of [leaf.weight, base[i]?.sum ?? 0n, 40n]) {
            const shown = { ...leaf, index: BigInt(i), weight }
            const answer = await claim(shown, sibling, i < 2 ? right : left)
            if (answer.refusal === undefined) verified += weight
          }
        }
        expect(verified).toBeLessThanOrEqual(left.sum + right.sum)
        expect(world.paid(pool, 0n)).toBeLessThanOrEqual(10_007n)
        expect(world.holdings(pool) + world.paid(pool, 0n)).toBe(10_007n)
      }),
      { numRuns: 150 },
    )
  })
})
