/**
 * What everybody is owed follows from what each asset was paid, and from nothing else: the ledger against the exact model
 * over random graphs, payments in any order, split and batched at will, any budget, any thresholds, claims in between.
 */

import { describe, expect, it } from 'vitest'
import { Prng } from '../../../src/lib/prng.ts'
import { mergeShares } from '../../../src/precompiles/assets/shares.ts'
import { type Address, ZERO_ADDRESS, ZERO_HASH } from '../../../src/types/primitives.ts'
import { Books } from '../model/books.ts'
import { Fraction } from '../model/fraction.ts'
import type { LineageModel } from '../model/lineage-model.ts'
import { account, FEE_COLLECTOR, Ledger, TREASURY } from '../royalty/support.ts'
import { FEE_PPM, randomLineage } from './random-graph.ts'

const ASSETS = 24

type World = { readonly lineage: LineageModel; readonly books: Books; readonly payments: ReadonlyMap<number, bigint> }

function ownerOf(id: number): Address {
  // Some accounts own several assets, and so stand on both ends of an edge.
  return account(100 + (id % 9))
}

function drawWorld(seed: number): World {
  const prng = new Prng(seed)
  const lineage = randomLineage(prng.fork('graph'), ASSETS)
  const books = new Books({ feePpm: FEE_PPM, feeCollector: FEE_COLLECTOR, treasury: TREASURY })
  for (const id of lineage.ids()) books.register(id, ownerOf(id), lineage.get(id))
  const payments = new Map<number, bigint>()
  for (const id of lineage.ids()) {
    if (prng.chance(0.7)) payments.set(id, BigInt(1 + prng.below(1_000_000)) * 10n ** BigInt(prng.below(13)))
  }
  for (const [id, amount] of payments) books.pay(id, 0, amount)
  books.flushAll(0)
  return { lineage, books, payments }
}

/** The same graph in the modules, its slots merged by the registry's rules. */
function install(lineage: LineageModel, ledger: Ledger): void {
  const floorsOf = new Map<number, ReturnType<typeof floorsOfAsset>>()
  for (const id of lineage.ids()) {
    const { edges, poolPpm } = lineage.get(id)
    const terms = edges.map((edge) => ({ ...edge, parent: BigInt(edge.parent), relation: 0n, licenceId: ZERO_HASH }))
    const shares = mergeShares(
      terms,
      edges.map((edge) => floorsOf.get(edge.parent) ?? []),
    )
    floorsOf.set(id, floorsOfAsset(shares))
    ledger.asset({
      owner: ownerOf(id),
      parents: shares.parents.map((one) => {
        return { parent: Number(one.parent), relative: Number(one.relativePpm), direct: Number(one.directPpm) }
      }),
      floors: shares.floors.map((one) => ({ ancestor: Number(one.ancestor), ppm: Number(one.ppm) })),
      poolPpm: Number(poolPpm),
    })
  }
}

/** What children inherit: the floors towards parents and towards further ancestors. */
function floorsOfAsset(shares: ReturnType<typeof mergeShares>) {
  const parents = shares.parents.map((one) => ({ ancestor: one.parent, ...one.floor }))
  return [...parents, ...shares.floors].filter((one) => one.ppm > 0n)
}

/** Pays everything in random pieces and order, sweeps now and then under a random budget, claims, and flushes all. */
async function runWorld(
  seed: number,
  { lineage, payments }: World,
): Promise<{ ledger: Ledger; claimed: Map<Address, bigint> }> {
  const prng = new Prng(seed)
  const ledger = new Ledger({
    sweepUnits: prng.pick([1, 7, 50, 100_000]),
    flushMinWei: prng.pick([1n, 10n ** 9n, 10n ** 15n]),
    slotMinWei: prng.pick([0n, 10n ** 8n]),
  })
  install(lineage, ledger)
  const claimed = new Map<Address, bigint>()
  for (const [asset, amount] of prng.shuffle(pieces(prng, payments))) {
    ledger.pay(asset, amount)
    if (prng.chance(0.3)) ledger.sweep()
    if (prng.chance(0.1)) await claim(ledger, account(100 + prng.below(9)), claimed)
    if (prng.chance(0.1))
      ledger.call('flush', { token: ZERO_ADDRESS, nodesDescending: [BigInt(2 + prng.below(2 * ASSETS))] })
  }
  ledger.sweep()
  for (let node = 2 * ASSETS + 1; node > 1; node--) {
    ledger.call('flush', { token: ZERO_ADDRESS, nodesDescending: [BigInt(node)] })
  }
  return { ledger, claimed }
}

function pieces(prng: Prng, payments: ReadonlyMap<number, bigint>): (readonly [number, bigint])[] {
  return [...payments].flatMap(([asset, amount]) => {
    const parts: (readonly [number, bigint])[] = []
    let rest = amount
    while (rest > 0n) {
      const part = prng.chance(0.4) ? rest : 1n + (rest * BigInt(prng.below(1_000))) / 1_000n
      const taken = part > rest ? rest : part
      parts.push([asset, taken])
      rest -= taken
    }
    return parts
  })
}

async function claim(ledger: Ledger, who: Address, claimed: Map<Address, bigint>): Promise<void> {
  const amount = ledger.owed(who)
  const { refusal } = await ledger.claim(who)
  if (refusal === undefined) claimed.set(who, (claimed.get(who) ?? 0n) + amount)
}

describe('random graphs', () => {
  it('have in the registry the slots that the model finds path by path', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const { lineage } = drawWorld(seed)
      const floorsOf = new Map<number, ReturnType<typeof floorsOfAsset>>()
      for (const id of lineage.ids()) {
        const { edges } = lineage.get(id)
        const terms = edges.map((edge) => ({
          ...edge,
          parent: BigInt(edge.parent),
          relation: 0n,
          licenceId: ZERO_HASH,
        }))
        const shares = mergeShares(
          terms,
          edges.map((edge) => floorsOf.get(edge.parent) ?? []),
        )
        floorsOf.set(id, floorsOfAsset(shares))
        const slots = lineage.slots({ asset: id, side: 'direct' }, FEE_PPM)
        const expected = slots.flatMap(({ target, ppm }) =>
          target.kind === 'parent' || target.kind === 'floor' ? [`${target.asset}:${ppm}`] : [],
        )
        const actual = [
          ...shares.parents.map((one) => `${one.parent}:${one.directPpm}`),
          ...shares.floors.map((one) => `${one.ancestor}:${one.ppm}`),
        ].filter((one) => !one.endsWith(':0'))
        expect(actual.sort(), `seed ${seed}, asset ${id}`).toEqual(expected.sort())
      }
    }
  })

  it('settle to the same wei however payments are ordered, split, batched, swept and claimed (4)', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const world = drawWorld(seed)
      for (const run of [1, 2]) {
        const { ledger, claimed } = await runWorld(seed * 100 + run, world)
        for (const who of [FEE_COLLECTOR, ...Array.from({ length: 9 }, (_, i) => account(100 + i))]) {
          const total = ledger.owed(who) + (claimed.get(who) ?? 0n)
          expect(total, `seed ${seed}, run ${run}, ${who}`).toBe(world.books.owedTo(who, 0))
        }
        for (const id of world.lineage.ids()) {
          const { held } = world.books.pool(String(id)).totals(0)
          expect(ledger.pool(id), `seed ${seed}, run ${run}, pool ${id}`).toBe(held.numerator)
        }
      }
    }
  })

  it('owe nobody more than exact fractions would, and less only by what waits in the carries (8)', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const { books, payments, lineage } = drawWorld(seed)
      const ideal = books.ideal(payments)
      let shortfall = Fraction.ZERO
      for (const [who, exact] of ideal.accounts) {
        const settled = Fraction.of(books.owedTo(who, 0))
        expect(settled.compare(exact), `seed ${seed}, ${who}`).toBeLessThanOrEqual(0)
        shortfall = shortfall.plus(exact.minus(settled))
      }
      for (const [id, exact] of ideal.pools) {
        const { held } = books.pool(String(id)).totals(0)
        expect(held.compare(exact), `seed ${seed}, pool ${id}`).toBeLessThanOrEqual(0)
        shortfall = shortfall.plus(exact.minus(held))
      }
      // Less than a million wei wait in each of the two nodes of an asset.
      expect(shortfall.compare(Fraction.of(2n * 1_000_000n * BigInt(lineage.ids().length)))).toBeLessThan(0)
    }
  })
})

describe('self-owned assets put between', () => {
  it('take nothing of the floor that an ancestor was granted for all generations, however many', () => {
    for (const intermediates of [0, 1, 5, 20]) {
      const books = new Books({ feePpm: FEE_PPM, feeCollector: FEE_COLLECTOR, treasury: TREASURY })
      const licensor = account(1)
      const sybil = account(2)
      books.register(1, licensor, { edges: [], poolPpm: 0n, pool: 1 })
      const edge = { parent: 1, relativePpm: 50_000n, floorPpm: 50_000n, floorGens: 255n }
      books.register(2, sybil, { edges: [edge], poolPpm: 0n, pool: 2 })
      for (let at = 0; at < intermediates; at++) {
        const last = { parent: 2 + at, relativePpm: 0n, floorPpm: 0n, floorGens: 0n }
        books.register(3 + at, sybil, { edges: [last], poolPpm: 0n, pool: 3 + at })
      }
      books.pay(2 + intermediates, 0, 1_000_000n)
      books.flushAll(0)
      expect(books.owedTo(licensor, 0) + (books.ledger({ asset: 1, side: 'all' }, 0).inflow % 1_000_000n)).toBe(50_000n)
    }
  })
})
