/**
 * Readings of attribution on real blocks: assets, ancestry and ledgers of any kept block, statements that sum to what was
 * credited, and an audit that notices a single wei.
 */

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { auditConservation } from '../../src/node/adapters/attribution-audit.ts'
import { moduleCells } from '../../src/node/adapters/attribution-state.ts'
import { owedOf } from '../../src/precompiles/royalty/owed.ts'
import { owed } from '../../src/precompiles/royalty/royalty-cells.ts'
import type { EarningRow } from '../../src/rpc/attribution-port.ts'
import { PastState } from '../../src/state/past-state.ts'
import { type Address, ZERO_ADDRESS } from '../../src/types/primitives.ts'
import { account } from '../execution/support.ts'
import { AttributionChain, contentOf } from './attribution-chain.ts'

const COIN = 10n ** 18n
const addressOf = (who: number): Address => account(who).address

async function value<T>(asked: Promise<{ ok: true; value: T } | { ok: false; error: unknown }>): Promise<T> {
  const answer = await asked
  if (!answer.ok) throw new Error(JSON.stringify(answer.error))
  return answer.value
}

describe('a dataset, a model and an agent', () => {
  let world: AttributionChain
  beforeAll(async () => {
    world = await AttributionChain.open()
    await world.register([{ by: 0, poolPpm: 400_000n }])
    await world.register([{ by: 1, parents: [{ parent: 1n, relativePpm: 150_000n, floorPpm: 5_000n }] }])
    await world.register([{ by: 2, parents: [{ parent: 2n, relativePpm: 200_000n }] }])
    world.pay(3, 3n, 100n * COIN)
    await world.block()
  })
  const at = () => ({ height: world.height })

  it('are shown by id and by content, and only from the block that made them', async () => {
    const shown = await value(world.reads.asset({ ...at(), wanted: 2n }))
    expect(shown).toMatchObject({
      id: 2n,
      kind: 'Model',
      status: 'active',
      owner: addressOf(1),
      uri: 'ipfs://2',
      pool: null,
    })
    expect(shown?.parents).toMatchObject([
      { parent: 1n, relation: 'TRAINED_ON', relativePpm: 150_000n, floorGens: 255n },
    ])
    expect(shown?.terms).toMatchObject({ relations: ['TRAINED_ON'], isOpen: true })
    expect(await value(world.reads.asset({ ...at(), wanted: contentOf(2n) }))).toEqual(shown)
    expect(await value(world.reads.asset({ height: 3, wanted: 2n }))).toBeUndefined()
    for (const wanted of [0n, 4n, 2n ** 31n, 2n ** 64n - 1n, contentOf(9n)]) {
      expect(await value(world.reads.asset({ ...at(), wanted }))).toBeUndefined()
    }
  })

  it('have their slots and what came in', async () => {
    const ledger = await value(world.reads.ledger({ ...at(), asset: 3n }))
    for (const node of [ledger?.direct, ledger?.all]) {
      expect(node?.slots.reduce((sum, one) => sum + one.ppm, 0n)).toBe(1_000_000n)
    }
    expect(ledger?.direct.slots).toContainEqual({ to: 'ancestor', id: 1n, ppm: 5_000n })
    const whole = { token: ZERO_ADDRESS, inflow: 100n * COIN, acc: COIN / 10_000n, pending: 0n }
    expect(ledger?.direct.tokens).toEqual([whole])
    expect(await value(world.reads.ledger({ ...at(), asset: 9n }))).toBeUndefined()
  })

  it('wait for nothing once all is swept', async () => {
    expect(await value(world.reads.pendingSweep(at()))).toEqual({
      queues: [{ token: ZERO_ADDRESS, drainingNodes: 0n, collectingNodes: 0n, oldestSinceBlock: null }],
      waitingBatches: 0n,
      batches: [],
    })
  })

  it('earned their owners what was credited, by payer', async () => {
    const to = world.height
    const rows = async (who: number) =>
      (await value(world.reads.earnings({ account: addressOf(who), from: 0, to }))).rows
    const row = (asset: bigint, payerAsset: bigint, relayed: bigint, earned: bigint) => {
      return { asset, payerAsset, token: ZERO_ADDRESS, relayed, earned, flushes: 1 }
    }
    expect(await rows(2)).toEqual([row(3n, 3n, 100n * COIN, (794n * COIN) / 10n)])
    expect(await rows(1)).toEqual([row(2n, 3n, 20n * COIN, 17n * COIN)])
    expect(await rows(0)).toEqual([
      row(1n, 2n, 3n * COIN, (18n * COIN) / 10n),
      row(1n, 3n, COIN / 2n, (3n * COIN) / 10n),
    ])
    expect(await rows(4)).toEqual([])
  })
})

describe('statements of a block in which weights change more than once', () => {
  /** Asset 2 of account 2 under asset 1 of account 1. */
  async function family(): Promise<AttributionChain> {
    const world = await AttributionChain.open()
    await world.register([{ by: 1 }])
    await world.register([{ by: 2, parents: [{ parent: 1n, relativePpm: 100_000n }] }])
    return world
  }
  const lower = (world: AttributionChain, child: bigint, relativePpm: bigint) =>
    world.send(1, 'assets', 'lowerEdge', { child, parent: 1n, relativePpm, floorPpm: 0n, floorGens: 0n })
  const earned = async (world: AttributionChain, who: number) => {
    const asked = { account: addressOf(who), from: world.height, to: world.height }
    return sumOf((await value(world.reads.earnings(asked))).rows)
  }
  const owed = async (world: AttributionChain, who: number) => {
    const asked = { account: addressOf(who), height: world.height }
    const found = await value(world.reads.entitlements(asked))
    return found.owed.reduce((sum, one) => sum + one.amount, 0n)
  }
  /** Nobody was owed anything before the block. */
  async function expectCredited(world: AttributionChain): Promise<void> {
    await world.block()
    for (const who of [1, 2]) expect(await earned(world, who), `account ${who}`).toBe(await owed(world, who))
  }

  it('are what was credited when an edge was lowered before and after a payment', async () => {
    const world = await family()
    lower(world, 2n, 50_000n)
    world.pay(1, 2n, COIN)
    lower(world, 2n, 0n)
    await expectCredited(world)
    expect(await earned(world, 2)).toBe((949n * COIN) / 1_000n)
  })

  it('are what was credited when a new fee, a payment and a lowered edge meet', async () => {
    const world = await family()
    world.send(9, 'royalty', 'setProtocolFee', { feePpm: 10_000n })
    await world.block()
    world.pay(1, 2n, COIN)
    lower(world, 2n, 0n)
    await expectCredited(world)
    expect(await earned(world, 2)).toBe((890n * COIN) / 1_000n)
  })

  it('are what was credited when the asset was registered in the very block', async () => {
    const world = await family()
    await world.register([{ by: 2, parents: [{ parent: 1n, relativePpm: 200_000n }] }], () => {
      world.pay(3, 3n, COIN)
      lower(world, 3n, 100_000n)
      world.pay(3, 3n, COIN)
    })
    for (const who of [1, 2]) expect(await earned(world, who), `account ${who}`).toBe(await owed(world, who))
    expect(await earned(world, 2)).toBe((799n * COIN) / 1_000n + (899n * COIN) / 1_000n)
  })
})

describe('what a dispute held back', () => {
  it('is told to who got it, beside the rows of what was earned', async () => {
    const world = await AttributionChain.open()
    await world.register([{ by: 1 }])
    const decide = (method: string, values: object) => world.send(9, 'assets', method, { id: 1n, ...values })
    decide('setStatus', { status: 2n })
    await world.block()
    world.pay(5, 1n, COIN)
    await world.block()
    decide('resolve', { status: 1n, escrowTo: addressOf(2), owner: addressOf(1) })
    await world.block()
    const of = async (who: number) =>
      value(world.reads.earnings({ account: addressOf(who), from: 0, to: world.height }))
    const amount = (COIN * 999n) / 1_000n
    expect(await of(2)).toMatchObject({
      rows: [],
      released: [{ asset: 1n, token: ZERO_ADDRESS, amount, blockNumber: world.height }],
    })
    expect(await of(1)).toMatchObject({ rows: [], released: [] })
  })
})

describe('an ancestry', () => {
  it('comes in pages by falling id, each ancestor once', async () => {
    const world = await AttributionChain.open()
    await world.register([{}])
    for (let id = 2n; id <= 6n; id++) {
      const parents = [id - 2n, id - 1n].filter((one) => one > 0n).map((parent) => ({ parent, relativePpm: 1_000n }))
      await world.register([{ parents }])
    }
    const height = world.height
    const page = (limit: number, below?: bigint) =>
      value(world.reads.lineage({ height, request: { id: 6n, limit, below } }))
    expect((await page(100))?.entries.map((one) => one.id)).toEqual([5n, 4n, 3n, 2n, 1n])
    const seen: bigint[] = []
    let below: bigint | undefined
    do {
      const one = await page(2, below)
      seen.push(...(one?.entries ?? []).map((entry) => entry.id))
      below = one?.next ?? undefined
    } while (below !== undefined)
    expect(seen).toEqual([5n, 4n, 3n, 2n, 1n])
    expect(
      await value(world.reads.lineage({ height, request: { id: 7n, limit: 1, below: undefined } })),
    ).toBeUndefined()
  })
})

describe('statements of earnings', () => {
  const ASSETS = 6
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('pay' as const),
        asset: fc.integer({ min: 1, max: ASSETS }),
        wei: fc.bigInt(1n, 10n ** 19n),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('transfer' as const),
        asset: fc.integer({ min: 1, max: ASSETS }),
        to: fc.integer({ min: 0, max: 3 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('lower' as const), asset: fc.integer({ min: 2, max: ASSETS }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('block' as const) }) },
  )

  it('sum to exactly what was credited, over any cut of the range, through transfers and lowered edges', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), fc.nat(), async (steps, cutAt) => {
        const world = await AttributionChain.open()
        const owners = [0]
        for (let id = 1; id <= ASSETS; id++) {
          const parents = [id - 3, id - 1]
            .filter((one) => one > 0)
            .map((one) => ({ parent: BigInt(one), relativePpm: 123_457n }))
          await world.register([{ by: id % 4, parents, poolPpm: id % 2 === 0 ? 100_001n : 0n }])
          owners[id] = id % 4
        }
        const lowered = new Set<number>()
        for (const one of steps) {
          if (one.kind === 'pay') world.pay(5, BigInt(one.asset), one.wei)
          else if (one.kind === 'block') await world.block()
          else if (one.kind === 'transfer') {
            const from = owners[one.asset] ?? 0
            const values = { from: addressOf(from), to: addressOf(one.to), tokenId: BigInt(one.asset) }
            world.send(from, 'assets', 'transferFrom', values)
            // Who signs next depends on it.
            await world.block()
            owners[one.asset] = one.to
          } else if (!lowered.has(one.asset)) {
            lowered.add(one.asset)
            // The parent's owner gives up a part.
            const parent = one.asset - 1
            const values = {
              child: BigInt(one.asset),
              parent: BigInt(parent),
              relativePpm: 100_003n,
              floorPpm: 0n,
              floorGens: 0n,
            }
            world.send(owners[parent] ?? 0, 'assets', 'lowerEdge', values)
            await world.block()
          }
        }
        await world.block()
        const to = world.height
        const cells = moduleCells(new PastState(world.chain.kv, to))
        const cut = cutAt % (to + 1)
        for (const who of [0, 1, 2, 3]) {
          const rows = async (from: number, until: number) =>
            (await value(world.reads.earnings({ account: addressOf(who), from, to: until }))).rows
          const whole = await rows(0, to)
          expect(sumOf(whole)).toBe(owedOf(cells.royalty, addressOf(who), 0))
          const parts = [...(await rows(0, cut)), ...(cut < to ? await rows(cut + 1, to) : [])]
          expect(sumOf(parts)).toBe(sumOf(whole))
        }
        const audit = await value(world.reads.audit({ height: to }))
        expect(audit).toMatchObject({ isConserved: true, tokens: [{ difference: 0n }] })
      }),
      { numRuns: 40 },
    )
  }, 240_000)

  it('refuse a range whose first state is gone, naming the oldest', async () => {
    const world = await AttributionChain.open()
    const answer = await world.reads.earnings({ account: addressOf(0), from: 5, to: 5 })
    expect(answer).toEqual({ ok: false, error: { code: 'STATE_PRUNED', oldestBlock: 0 } })
  })
})

function sumOf(rows: readonly EarningRow[]): bigint {
  return rows.reduce((sum, one) => sum + one.earned, 0n)
}

describe('the audit', () => {
  it('adds up every kept block of a chain with pools, claims and dust', async () => {
    const world = await AttributionChain.open()
    await world.register([{ poolPpm: 333_333n }])
    await world.register([{ by: 1, parents: [{ parent: 1n, relativePpm: 77_777n }] }])
    const leaf = { index: 0n, account: addressOf(7), weight: 3n }
    world.pay(3, 2n, 1_234_567_890_123_456_789n)
    world.send(0, 'pools', 'appendLeaf', { pool: 1n, leaf, dataHash: contentOf(1n), relayFeePpm: 0n })
    for (let i = 0; i < 8; i++) await world.block()
    world.pay(3, 1n, 7_777_777_777_777_777_777n)
    world.pay(3, 2n, 1n)
    await world.block()
    const place = { pool: 1n, batch: 0n, token: ZERO_ADDRESS }
    world.send(4, 'pools', 'claim', { ...place, leaf, proof: new Uint8Array(0) })
    world.send(4, 'royalty', 'claim', { account: addressOf(1), tokens: [ZERO_ADDRESS] })
    await world.block()
    for (let height = 0; height <= world.height; height++) {
      const audit = await value(world.reads.audit({ height }))
      expect(audit.isConserved).toBe(true)
    }
    const { tokens, counted } = await value(world.reads.audit({ height: world.height }))
    expect(tokens[0]?.claimed).toBeGreaterThan(0n)
    expect(tokens[0]?.carries).toBeGreaterThan(0n)
    expect(counted).toMatchObject({ nodes: 4n, pools: 1n, batches: 1n })
  })

  it('notices one wei that somebody has without a reason', async () => {
    const world = await AttributionChain.open()
    await world.register([{ by: 1 }])
    world.pay(3, 1n, COIN)
    await world.block()
    const cells = moduleCells(new PastState(world.chain.kv, world.height))
    const key = { account: addressOf(1), token: 0 }
    owed.write(cells.royalty, key, {
      ...owed.read(cells.royalty, key),
      amount: owedOf(cells.royalty, key.account, 0) + 1n,
    })
    const audit = await auditConservation(world.height, COIN, async () => cells)
    expect(audit).toMatchObject({ isConserved: false, tokens: [{ difference: 1n, isConserved: false }] })
    const robbed = await auditConservation(world.height, COIN - 1n, async () =>
      moduleCells(new PastState(world.chain.kv, world.height)),
    )
    expect(robbed).toMatchObject({ isConserved: false, tokens: [{ difference: 0n, balance: COIN - 1n }] })
  })
})
