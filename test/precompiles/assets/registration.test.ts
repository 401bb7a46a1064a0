/**
 * Registering assets through the module: what is stored and logged, and every refusal with its numbers and without a trace.
 */

import { describe, expect, it } from 'vitest'
import { keccak256Hash } from '../../../src/crypto/keccak.ts'
import { ASSETS_MODULE, POOLS_MODULE } from '../../../src/precompiles/addresses.ts'
import { registry } from '../../../src/precompiles/assets/asset-cells.ts'
import { ownerOf, statusOf } from '../../../src/precompiles/assets/asset-store.ts'
import { lineagePreimage } from '../../../src/precompiles/assets/lineage.ts'
import type { Edge } from '../../../src/precompiles/assets/terms.ts'
import { poolControl } from '../../../src/precompiles/pools/pool-cells.ts'
import { ZERO_HASH } from '../../../src/types/primitives.ts'
import { ADD_VERSION, ALICE, BOB, CAROL, edge, hashOf, REGISTER, Registry } from './support.ts'

describe('an asset', () => {
  it('is registered with the next id and found by id and content', () => {
    const chain = new Registry()
    const id = chain.register({ name: 'a', kind: 0n, uri: 'ipfs://ü', poolPpm: 300_000n, royaltyBps: 250n })
    expect(id).toBe(1n)
    expect(chain.register({ name: 'b' })).toBe(2n)
    expect(chain.read('assetCount')).toBe(2n)
    expect(chain.read('byContent', { contentHash: hashOf('a') })).toBe(1n)
    expect(chain.read('get', { id })).toMatchObject({
      owner: ALICE,
      registrant: ALICE,
      kind: 0n,
      status: 1n,
      royaltyBps: 250n,
      poolPpm: 300_000n,
      pool: 1n,
      previous: 0n,
      registeredAtBlock: 102n,
      contentHash: hashOf('a'),
      lineageHash: keccak256Hash(lineagePreimage(0n, hashOf('a'), [], [])),
      uri: 'ipfs://ü',
    })
    expect(ownerOf(chain.cells(), id)).toBe(ALICE)
    expect(statusOf(chain.cells(), id)).toBe('active')
    expect(ownerOf(chain.cells(), 3n)).toBeUndefined()
    expect(statusOf(chain.cells(), 3)).toBeUndefined()
  })

  it('with a pool share gets a pool that its registrant controls', () => {
    const chain = new Registry()
    const id = chain.register({ by: BOB, poolPpm: 1n })
    expect(poolControl.read(chain.cells(POOLS_MODULE), { pool: id }).controller).toBe(BigInt(BOB))
    const without = chain.register({ by: BOB })
    expect(chain.read('get', { id: without })).toMatchObject({ pool: 0n })
  })

  it('logs its registration, its edges and its first transfer', () => {
    const chain = new Registry()
    const parent = chain.register()
    chain.openTerms(parent, ALICE)
    const licenceId = hashOf('licence')
    const parents = [edge(parent, { relation: 1n, relativePpm: 10n, floorPpm: 20n, licenceId })]
    const { logs } = chain.tryRegister({ by: BOB, name: 'child', parents })
    expect(logs.map((one) => [one.address, one.topics[0]])).toEqual([
      [ASSETS_MODULE, hashOf('Registered(uint64,address,uint8,bytes32,bytes32)')],
      [ASSETS_MODULE, hashOf('EdgeAdded(uint64,uint64,uint8,uint32,uint32,bytes32)')],
      [ASSETS_MODULE, hashOf('Transfer(address,address,uint256)')],
    ])
    expect(chain.read('parents', { id: 2n })).toEqual(parents)
  })

  it('commits to its whole ancestry by its lineage hash', () => {
    const chain = new Registry()
    const parent = chain.register({ name: 'parent' })
    chain.openTerms(parent, ALICE)
    const granted = edge(parent, { relativePpm: 7n })
    const child = chain.register({ name: 'child', parents: [granted] })
    const parentLineage = keccak256Hash(lineagePreimage(1n, hashOf('parent'), [], []))
    const expected = keccak256Hash(lineagePreimage(1n, hashOf('child'), [parentLineage], [granted]))
    expect(chain.read('get', { id: child })).toMatchObject({ lineageHash: expected })
  })

  it('is refused by name for every fact that is wrong', () => {
    const chain = new Registry()
    const refusal = (changed: object) => chain.tryRegister(changed).refusal
    expect(refusal({ kind: 7n })).toEqual({ name: 'UnknownKind', kind: 7n })
    expect(refusal({ royaltyBps: 1_001n })).toEqual({ name: 'RoyaltyTooHigh', royaltyBps: 1_001n, limit: 1_000n })
    expect(refusal({ uri: 'ü'.repeat(513) })).toEqual({ name: 'UriTooLong', length: 1_026n, limit: 1_024n })
    expect(refusal({ uri: 'ü'.repeat(512) })).toBeUndefined()
    const facts = {
      kind: 0n,
      contentHash: ZERO_HASH,
      dataRoot: ZERO_HASH,
      uri: '',
      parents: [],
      poolPpm: 0n,
      royaltyBps: 0n,
    }
    expect(chain.refusal(REGISTER, facts)).toEqual({ name: 'ZeroContentHash' })
  })

  it('of content that is there already is refused, naming the first', () => {
    const chain = new Registry()
    chain.register({ name: 'other' })
    const first = chain.register({ name: 'same', by: ALICE })
    expect(chain.tryRegister({ name: 'same', by: BOB }).refusal).toEqual({ name: 'DuplicateContent', first })
  })

  it('is refused when the ids are used up', () => {
    const chain = new Registry()
    registry.write(chain.cells(), {}, { count: 2n ** 31n - 1n })
    expect(chain.tryRegister().refusal).toEqual({ name: 'IdsExhausted', limit: 2n ** 31n - 1n })
  })

  it('leaves no trace when it is refused', () => {
    const chain = new Registry()
    const { logs, refusal } = chain.tryRegister({ parents: [edge(9n)] })
    expect(refusal).toEqual({ name: 'UnknownAsset', id: 9n })
    expect(logs).toEqual([])
    expect(chain.read('assetCount')).toBe(0n)
    expect(chain.read('balanceOf', { owner: ALICE })).toBe(0n)
  })
})

describe('commit and reveal', () => {
  const facts = {
    ...{ kind: 1n, contentHash: hashOf('secret'), dataRoot: ZERO_HASH, uri: '', parents: [] },
    ...{ poolPpm: 0n, royaltyBps: 0n },
  }

  it('refuses content that was never committed, by this registrant and with this salt', () => {
    const chain = new Registry()
    chain.commit({ name: 'secret', by: BOB })
    chain.commit({ name: 'secret', by: ALICE, salt: hashOf('salt') })
    chain.block += 5
    expect(chain.refusal(REGISTER, facts)).toMatchObject({ name: 'NotCommitted' })
    expect(chain.reveal({ name: 'secret', salt: hashOf('salt') }).refusal).toBeUndefined()
  })

  it('takes a reveal two blocks later and not before', () => {
    const chain = new Registry()
    const commitment = chain.commit({ name: 'secret' })
    chain.block += 1
    expect(chain.refusal(REGISTER, facts)).toEqual({
      name: 'CommitmentTooNew',
      committedAtBlock: 100n,
      usableAtBlock: 102n,
    })
    chain.commit({ name: 'secret' })
    chain.block += 1
    expect(chain.read('committedAtBlock', { commitment })).toBe(100n)
    expect(chain.refusal(REGISTER, facts)).toBe('accepted')
    expect(chain.read('committedAtBlock', { commitment })).toBe(0n)
  })

  it('forgets a commitment after a week of blocks', () => {
    const chain = new Registry()
    chain.commit({ name: 'secret' })
    chain.block += 604_801
    expect(chain.refusal(REGISTER, facts)).toEqual({
      name: 'CommitmentExpired',
      committedAtBlock: 100n,
      expiredAtBlock: 604_901n,
    })
    chain.commit({ name: 'secret' })
    chain.block += 2
    expect(chain.refusal(REGISTER, facts)).toBe('accepted')
  })

  it('guards versions too: an asset of one’s own is no way around it', () => {
    const chain = new Registry()
    const mine = chain.register({ by: BOB })
    const version = { previous: mine, contentHash: hashOf('secret'), dataRoot: ZERO_HASH, uri: '', parents: [] }
    expect(chain.refusal(ADD_VERSION, version, { from: BOB })).toMatchObject({ name: 'NotCommitted' })
  })
})

describe('edges', () => {
  it('to a parent that is disputed or revoked are refused', () => {
    const chain = new Registry()
    const parent = chain.register()
    chain.openTerms(parent, ALICE)
    for (const status of [2n, 3n]) {
      chain.setStatus(parent, status)
      const { refusal } = chain.tryRegister({ parents: [edge(parent)] })
      expect(refusal).toEqual({ name: 'NotActive', id: parent, status })
      if (status === 2n) chain.resolve(parent, 1n)
    }
  })

  it('are at most 64, and 64 of them fit a transaction', () => {
    const chain = new Registry()
    const ids = Array.from({ length: 65 }, () => chain.register())
    for (const id of ids) chain.openTerms(id, ALICE)
    const parents = ids.map((id) => edge(id, { relativePpm: 10_000n, floorPpm: 1_000n, licenceId: hashOf('licence') }))
    expect(chain.tryRegister({ parents }).refusal).toEqual({ name: 'TooManyParents', count: 65n, limit: 64n })
    const { refusal, gasUsed } = chain.tryRegister({ parents: parents.slice(1), uri: 'u'.repeat(1_024), poolPpm: 1n })
    expect(refusal).toBeUndefined()
    expect(gasUsed).toBeLessThan(12_000_000n)
    expect(chain.read('parents', { id: 66n })).toHaveLength(64)
  })

  it('that burden a payment too much are refused with every ancestor, its share and its generations', () => {
    const chain = new Registry()
    const grandparent = chain.register()
    chain.openTerms(grandparent, ALICE)
    const granted = [edge(grandparent, { floorPpm: 200_000n, floorGens: 5n })]
    const parent = chain.register({ parents: granted })
    chain.openTerms(parent, ALICE)
    const obligations = [
      { ancestor: parent, ppm: 700_000n, gens: 0n },
      { ancestor: grandparent, ppm: 200_000n, gens: 4n },
    ]
    const tooMuch = chain.tryRegister({ parents: [edge(parent, { relativePpm: 700_000n })] })
    expect(tooMuch.refusal).toEqual({ name: 'ObligationsExceeded', sumPpm: 901_000n, limitPpm: 900_000n, obligations })
    const child = chain.register({ parents: [edge(parent, { relativePpm: 699_000n })], poolPpm: 100_000n })
    expect(chain.read('obligations', { id: child })).toEqual([
      { ancestor: parent, ppm: 699_000n, gens: 0n },
      { ancestor: grandparent, ppm: 200_000n, gens: 4n },
    ])
  })

  it('beyond any other limit are refused by name, with all they burden a payment with', () => {
    const chain = new Registry()
    const ids = Array.from({ length: 40 }, () => chain.register())
    for (const id of ids) chain.openTerms(id, ALICE)
    const [a = 0n, b = 0n] = ids
    const refusal = (parents: readonly Edge[], poolPpm = 0n) => chain.tryRegister({ parents, poolPpm }).refusal
    const half = { relativePpm: 450_001n }
    expect(refusal([edge(a, half), edge(b, half)])).toEqual({
      ...{ name: 'RelativesExceeded', sumPpm: 900_002n, limitPpm: 900_000n },
      obligations: [a, b].map((ancestor) => ({ ancestor, ppm: 450_001n, gens: 0n })),
    })
    expect(refusal([edge(a, { relativePpm: 800_000n })], 199_001n)).toEqual({
      ...{ name: 'SharesExceeded', sumPpm: 1_000_001n, limitPpm: 1_000_000n },
      obligations: [{ ancestor: a, ppm: 800_000n, gens: 0n }],
    })
    expect(refusal([edge(a)], 2n ** 32n - 1n)).toMatchObject({ name: 'SharesExceeded', sumPpm: 2n ** 32n + 999n })
    expect(refusal([edge(a, { relativePpm: 900_001n })])).toMatchObject({ name: 'RelativeTooHigh', parent: a })
    expect(refusal([edge(a, { relation: 10n })])).toMatchObject({ name: 'UnknownRelation', parent: a })
    expect(refusal([edge(b), edge(a)])).toMatchObject({ name: 'ParentsNotAscending', index: 1n })
    const parents = ids.slice(0, 33).map((id) => edge(id, { floorPpm: 7n }))
    const wide = chain.register({ parents })
    chain.openTerms(wide, ALICE)
    const floors = ids.slice(0, 33).map((ancestor) => ({ ancestor, ppm: 7n, gens: 255n }))
    expect(refusal([edge(wide)])).toEqual({ name: 'TooManyFloors', count: 33n, limit: 32n, obligations: floors })
    expect(refusal([edge(a), edge(wide)])).toBeUndefined()
  })

  it('inherit floors for as many generations as they were granted', () => {
    const chain = new Registry()
    let id = chain.register()
    chain.openTerms(id, ALICE)
    const first = id
    const left: unknown[] = []
    for (let generation = 1; generation <= 4; generation++) {
      const floor = generation === 1 ? { floorPpm: 50_000n, floorGens: 3n } : {}
      id = chain.register({ parents: [edge(id, floor)] })
      chain.openTerms(id, ALICE)
      left.push(chain.read('obligations', { id }))
    }
    const owed = (gens: bigint) => [{ ancestor: first, ppm: 50_000n, gens }]
    expect(left).toEqual([owed(3n), owed(2n), owed(1n), []])
  })

  it('prove a path of ancestry, and only a path that is there', () => {
    const chain = new Registry()
    const ids = [chain.register()]
    for (let depth = 1; depth < 5; depth++) {
      const parent = ids[0] as bigint
      chain.openTerms(parent, ALICE)
      ids.unshift(chain.register({ parents: [edge(parent)] }))
    }
    expect(chain.read('verifyPath', { path: ids })).toBe(true)
    expect(chain.read('verifyPath', { path: ids.slice(1, 3) })).toBe(true)
    expect(chain.read('verifyPath', { path: [...ids].reverse() })).toBe(false)
    expect(chain.read('verifyPath', { path: [ids[0], ids[2]] })).toBe(false)
    expect(chain.read('verifyPath', { path: ids.slice(0, 1) })).toBe(false)
    expect(chain.read('verifyPath', { path: [] })).toBe(false)
    expect(chain.read('verifyPath', { path: [99n, 98n] })).toBe(false)
  })
})

describe('a version', () => {
  function world() {
    const chain = new Registry()
    const parent = chain.register({ by: BOB })
    chain.openTerms(parent, BOB)
    const granted = edge(parent, { relation: 2n, relativePpm: 100n })
    const id = chain.register({ poolPpm: 50n, kind: 3n, royaltyBps: 9n, parents: [granted] })
    return { chain, parent, granted, id }
  }

  it('has the kind, the pool, its share and the resale rate of its predecessor, which stays active', () => {
    const { chain, granted, id } = world()
    const { value, logs } = chain.addVersion(id, { name: 'v2', parents: [granted] })
    expect(value).toEqual({ id: 3n })
    expect(chain.read('get', { id: 3n })).toMatchObject({
      ...{ owner: ALICE, kind: 3n, pool: id, poolPpm: 50n, royaltyBps: 9n, previous: id },
    })
    expect(logs.at(-1)?.topics[0]).toBe(hashOf('VersionAdded(uint64,uint64)'))
    expect(statusOf(chain.cells(), id)).toBe('active')
    chain.addVersion(3n, { name: 'v3', parents: [granted], poolPpm: 60n })
    expect(chain.read('get', { id: 4n })).toMatchObject({ pool: id, poolPpm: 60n, previous: 3n })
  })

  it('of an asset without a pool may bring one of its own', () => {
    const chain = new Registry()
    const id = chain.register()
    expect(chain.addVersion(id, { name: 'v2', poolPpm: 5n }).value).toEqual({ id: 2n })
    expect(chain.read('get', { id: 2n })).toMatchObject({ pool: 2n, poolPpm: 5n })
  })

  it('keeps every edge, at no lower terms, and the pool share', () => {
    const { chain, parent, granted, id } = world()
    const refusal = (changed: object) => chain.addVersion(id, { name: 'v2', ...changed }).refusal
    expect(refusal({ parents: [] })).toEqual({ name: 'VersionDropsEdge', previous: id, parent, relation: 2n })
    expect(refusal({ parents: [{ ...granted, relativePpm: 99n }] })).toMatchObject({
      name: 'VersionLowersEdge',
      parent,
    })
    expect(refusal({ parents: [granted], poolPpm: 49n })).toEqual({
      name: 'VersionPoolLowered',
      previousPpm: 50n,
      poolPpm: 49n,
    })
    expect(refusal({ parents: [granted], poolPpm: 51n })).toBeUndefined()
  })

  it('is the owner’s to add, and needs the parents’ consent as any child', () => {
    const { chain, parent, granted, id } = world()
    const parents = [granted]
    expect(chain.addVersion(id, { name: 'v2', by: CAROL, parents }).refusal).toEqual({
      ...{ name: 'NotOwner', id, caller: CAROL, owner: ALICE },
    })
    chain.openTerms(parent, BOB, { minRelativePpm: 101n })
    expect(chain.addVersion(id, { name: 'v2', parents }).refusal).toEqual({
      ...{ name: 'TermsNotMet', parent, asked: 101n, given: 100n },
    })
    expect(chain.addVersion(99n, { name: 'v2' }).refusal).toEqual({ name: 'UnknownAsset', id: 99n })
    chain.setStatus(id, 2n)
    expect(chain.addVersion(id, { name: 'v2', parents }).refusal).toEqual({ name: 'NotActive', id, status: 2n })
  })
})
