import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeHead } from '../../src/sync/head-codec.ts'
import type { SealedBlock } from '../../src/types/block.ts'
import { encodeCertificate } from '../../src/types/consensus-codec.ts'
import { EPOCH_LENGTH, FORGED_SIGNATURE, HONEST_SIGNATURE, makeChain, makeFinalization, storeOf } from './chain.ts'
import { BEHAVIOURS, type BehaviourName, World } from './world.ts'

const honestChain = makeChain(150, 1)
const forkedChain = makeChain(150, 2)
const honest = (height: number) => ({ claimed: height, store: storeOf(honestChain, height), behave: BEHAVIOURS.honest })
const forger = (height: number) => ({
  claimed: height,
  store: storeOf(forkedChain, height, FORGED_SIGNATURE),
  behave: BEHAVIOURS.honest,
})

function expectHonest(imported: readonly SealedBlock[]): void {
  expect(imported.map((block) => block.hash)).toEqual(honestChain.slice(0, imported.length).map((block) => block.hash))
}

function headOf(chain: readonly SealedBlock[], height: number, signature: number, epoch?: number): Uint8Array {
  const block = chain[height - 1]
  if (block === undefined) throw new Error('no such block')
  return encodeHead(block.header, encodeCertificate(makeFinalization(block, signature, epoch)))
}

describe('a fresh node', () => {
  it('fetches from three peers at once, in windows that do not cross an epoch, and ends at their head', async () => {
    const world = new World('follower')
    for (const name of ['a', 'b', 'c']) world.peers.set(name, honest(150))
    world.sync.start()
    await world.run(() => world.height === 150, 60_000)
    expect(world.height).toBe(150)
    expectHonest(world.imported)
    expect(new Set(world.requests)).toEqual(new Set(['a', 'b', 'c']))
    expect(world.reports).toEqual([])
    expect(world.requests.length).toBeGreaterThanOrEqual(Math.ceil(150 / EPOCH_LENGTH))
  })

  it('takes nothing from a forger, whose finalization does not verify, and reports it', async () => {
    const world = new World('follower')
    world.peers.set('forger', forger(100))
    world.sync.start()
    await world.run(() => false, 5_000)
    expect(world.height).toBe(0)
    expect(world.reports).toContain('forger:invalid-signature')
  })

  it('takes no range that is proved by another epoch’s validators', async () => {
    const world = new World('follower')
    const store = storeOf(honestChain, 10)
    const block = honestChain[9]
    if (block === undefined) throw new Error('no such block')
    const stale = encodeCertificate(makeFinalization(block, HONEST_SIGNATURE, 5))
    world.peers.set('stale', { claimed: 10, store: { ...store, finalization: () => stale }, behave: BEHAVIOURS.honest })
    world.sync.start()
    await world.run(() => false, 3_000)
    expect(world.height).toBe(0)
    expect(world.reports).toContain('stale:false-answer')
  })

  it('names what is wrong with each lie and imports nothing of it', async () => {
    const lies = {
      garbage: 'malformed-message',
      empty: 'malformed-message',
      leavesAGap: 'false-answer',
      startsElsewhere: 'false-answer',
      reorders: 'false-answer',
      tampersABody: 'invalid-block',
      dropsTheTip: 'false-answer',
    } as const
    for (const [name, fault] of Object.entries(lies)) {
      const world = new World('follower')
      world.peers.set('liar', { ...honest(10), behave: BEHAVIOURS[name as BehaviourName] })
      world.sync.start()
      await world.run(() => world.reports.length > 0, 3_000)
      expect(world.reports, name).toContain(`liar:${fault}`)
      expect(world.imported).toEqual([])
    }
  })

  it('never imports a bad chain, and reaches the honest head whatever the others do', async () => {
    const names = Object.keys(BEHAVIOURS) as BehaviourName[]
    const liar = fc.record({
      name: fc.constantFrom(...names, 'forger' as const),
      claimed: fc.integer({ min: 1, max: 150 }),
      delayMs: fc.integer({ min: 0, max: 3_000 }),
    })
    const world = fc.record({ liars: fc.array(liar, { maxLength: 5 }), height: fc.integer({ min: 1, max: 150 }) })
    await fc.assert(
      fc.asyncProperty(world, async ({ liars, height }) => {
        const run = new World('follower')
        run.peers.set('honest', honest(height))
        for (const [at, { name, claimed, delayMs }] of liars.entries()) {
          const peer =
            name === 'forger'
              ? forger(claimed)
              : { claimed, store: storeOf(honestChain, Math.min(claimed, height)), behave: BEHAVIOURS[name] }
          run.peers.set(`${name}-${at}`, { ...peer, delayMs })
        }
        run.sync.start()
        await run.run(() => run.height >= height, 600_000)
        run.sync.stop()
        expect(run.height).toBeGreaterThanOrEqual(height)
        expectHonest(run.imported)
        expect(run.reports.filter((report) => report.startsWith('honest'))).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
})

describe('a validator', () => {
  it('leaves a small lag to consensus, and starts when finality stands still for two seconds', async () => {
    const world = new World('validator')
    world.peers.set('a', honest(5))
    world.sync.start()
    await world.run(() => false, 1_500)
    expect(world.requests).toEqual([])
    await world.run(() => world.height === 5, 5_000)
    expect(world.height).toBe(5)
  })

  it('starts at once when it is more than eight blocks behind', async () => {
    const world = new World('validator')
    world.peers.set('a', honest(9))
    world.sync.start()
    await world.run(() => world.height === 9, 1_500)
    expect(world.height).toBe(9)
    expect(world.sync.progress()).toMatchObject({ height: 9, target: 9 })
  })

  it('goes on from where consensus has brought it meanwhile', async () => {
    const world = new World('validator')
    world.peers.set('a', { ...honest(60), delayMs: 400 })
    world.sync.start()
    await world.run(() => world.requests.length > 0, 1_000)
    for (const block of honestChain.slice(0, 7)) world.finalize(block)
    await world.run(() => world.height === 60, 20_000)
    expect(world.height).toBe(60)
    expectHonest(world.imported)
  })
})

describe('a gossiped head', () => {
  it('is forwarded when it is new and proved, and its blocks are fetched at once', async () => {
    const world = new World('follower')
    world.peers.set('a', { claimed: 0, store: storeOf(honestChain, 12), behave: BEHAVIOURS.honest })
    world.sync.start()
    expect(await world.sync.onHead('a', headOf(honestChain, 12, HONEST_SIGNATURE))).toBe('accept')
    expect(await world.sync.onHead('a', headOf(honestChain, 12, HONEST_SIGNATURE))).toBe('ignore')
    await world.run(() => world.height === 12, 2_000)
    expect(world.height).toBe(12)
    expect(await world.sync.onHead('a', headOf(honestChain, 11, HONEST_SIGNATURE))).toBe('ignore')
  })

  it('is forwarded once by a node that has its block already, while it is news to others', async () => {
    const world = new World('validator')
    for (const block of honestChain.slice(0, 12)) world.finalize(block)
    world.sync.start()
    expect(await world.sync.onHead('a', headOf(honestChain, 4, HONEST_SIGNATURE))).toBe('ignore')
    expect(await world.sync.onHead('a', headOf(honestChain, 12, HONEST_SIGNATURE))).toBe('accept')
    expect(await world.sync.onHead('b', headOf(honestChain, 12, HONEST_SIGNATURE))).toBe('ignore')
    expect(world.requests).toEqual([])
  })

  it('is refused when it is garbage, forged, or of another epoch’s validators', async () => {
    const world = new World('follower')
    world.sync.start()
    expect(await world.sync.onHead('a', new Uint8Array(40))).toBe('reject')
    expect(await world.sync.onHead('a', headOf(honestChain, 12, FORGED_SIGNATURE))).toBe('reject')
    expect(await world.sync.onHead('a', headOf(honestChain, 12, HONEST_SIGNATURE, 3))).toBe('reject')
  })
})
