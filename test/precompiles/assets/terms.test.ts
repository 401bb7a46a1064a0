/**
 * Terms, edges, consent and versions: each rule by itself.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_COMMITMENT_AGE_BLOCKS, MAX_PARENTS } from '../../../src/lib/limits.ts'
import type { Result } from '../../../src/lib/result.ts'
import { checkCommitment, committedAt } from '../../../src/precompiles/assets/commitments.ts'
import { ACTIVE, ALL_RELATIONS, DISPUTED, RELATIONS, REVOKED } from '../../../src/precompiles/assets/kinds.ts'
import { checkEdges } from '../../../src/precompiles/assets/parents.ts'
import { checkResolution, checkStatusChange } from '../../../src/precompiles/assets/standing.ts'
import { checkConsent, checkTerms, type Edge, type Terms } from '../../../src/precompiles/assets/terms.ts'
import { checkVersion } from '../../../src/precompiles/assets/versions.ts'
import type { Failure } from '../../../src/precompiles/failure.ts'
import { ZERO_HASH } from '../../../src/types/primitives.ts'

const EDGE: Edge = { parent: 7n, relation: 2n, relativePpm: 100n, floorPpm: 50n, floorGens: 3n, licenceId: ZERO_HASH }
const TERMS: Terms = { relationMask: 0b100n, minRelativePpm: 100n, floorPpm: 50n, floorGens: 3n, isOpen: true }

function refusal(result: Result<unknown, Failure>): object | 'accepted' {
  return result.ok ? 'accepted' : { name: result.error.error.name, ...result.error.values }
}

describe('an edge', () => {
  it('that meets open terms exactly is consented to', () => {
    expect(refusal(checkConsent(EDGE, TERMS, false))).toBe('accepted')
  })

  it('may grant more than asked', () => {
    const generous = { ...EDGE, relativePpm: 200n, floorPpm: 60n, floorGens: 255n }
    expect(refusal(checkConsent(generous, TERMS, false))).toBe('accepted')
  })

  it('to a parent without terms is refused', () => {
    expect(refusal(checkConsent(EDGE, { ...TERMS, relationMask: 0n }, false))).toEqual({ name: 'NoTerms', parent: 7n })
  })

  it('below the relative share that is asked is refused with both numbers', () => {
    const edge = { ...EDGE, relativePpm: 99n }
    expect(refusal(checkConsent(edge, TERMS, false))).toEqual({
      name: 'TermsNotMet',
      parent: 7n,
      asked: 100n,
      given: 99n,
    })
  })

  it('with a lower or shorter floor than is asked is refused with all numbers', () => {
    for (const given of [
      { floorPpm: 49n, floorGens: 3n },
      { floorPpm: 50n, floorGens: 2n },
    ]) {
      expect(refusal(checkConsent({ ...EDGE, ...given }, TERMS, false))).toEqual({
        name: 'FloorTermsNotMet',
        parent: 7n,
        askedPpm: 50n,
        askedGens: 3n,
        givenPpm: given.floorPpm,
        givenGens: given.floorGens,
      })
    }
  })

  it('needs no generations where no floor is asked', () => {
    const edge = { ...EDGE, floorPpm: 0n, floorGens: 0n }
    expect(refusal(checkConsent(edge, { ...TERMS, floorPpm: 0n, floorGens: 255n }, false))).toBe('accepted')
  })

  it('of a relation that the parent does not allow is refused', () => {
    expect(refusal(checkConsent({ ...EDGE, relation: 3n }, TERMS, false))).toEqual({
      name: 'RelationNotAllowed',
      parent: 7n,
      relationMask: 0b100n,
      relation: 3n,
    })
  })

  it('needs an approval where the terms say so, however well it meets them', () => {
    const closed = { ...TERMS, isOpen: false }
    expect(refusal(checkConsent(EDGE, closed, false))).toEqual({ name: 'ApprovalRequired', parent: 7n })
    expect(refusal(checkConsent(EDGE, closed, true))).toBe('accepted')
  })

  it('that was approved needs no terms', () => {
    expect(refusal(checkConsent({ ...EDGE, relativePpm: 0n }, TERMS, true))).toBe('accepted')
    expect(refusal(checkConsent(EDGE, { ...TERMS, relationMask: 0n }, true))).toBe('accepted')
  })

  it('is never accepted below terms without an approval', () => {
    const terms = fc.record({
      relationMask: fc.bigInt(1n, ALL_RELATIONS),
      minRelativePpm: fc.bigInt(0n, 10n),
      floorPpm: fc.bigInt(0n, 10n),
      floorGens: fc.bigInt(1n, 10n),
      isOpen: fc.boolean(),
    })
    const values = fc.record({
      relation: fc.bigInt(0n, 9n),
      relativePpm: fc.bigInt(0n, 10n),
      floorPpm: fc.bigInt(0n, 10n),
      floorGens: fc.bigInt(1n, 10n),
    })
    fc.assert(
      fc.property(terms, values, (asked, given) => {
        const isMet =
          asked.isOpen &&
          ((asked.relationMask >> given.relation) & 1n) === 1n &&
          given.relativePpm >= asked.minRelativePpm &&
          (asked.floorPpm === 0n || (given.floorPpm >= asked.floorPpm && given.floorGens >= asked.floorGens))
        expect(checkConsent({ ...EDGE, ...given }, asked, false).ok).toBe(isMet)
      }),
    )
  })
})

describe('terms', () => {
  it('within their bounds are accepted', () => {
    const most = {
      relationMask: ALL_RELATIONS,
      minRelativePpm: 900_000n,
      floorPpm: 200_000n,
      floorGens: 255n,
      isOpen: true,
    }
    expect(refusal(checkTerms(7n, most))).toBe('accepted')
  })

  it('with an unknown relation, a share or a floor past the limit, or a floor of no generation are refused', () => {
    const name = (changed: Partial<Terms>): object | string => refusal(checkTerms(7n, { ...TERMS, ...changed }))
    const beyond = 1n << BigInt(RELATIONS.length)
    expect(name({ relationMask: beyond })).toEqual({
      name: 'UnknownRelations',
      relationMask: beyond,
      known: ALL_RELATIONS,
    })
    expect(name({ minRelativePpm: 900_001n })).toEqual({
      name: 'MinimumTooHigh',
      minRelativePpm: 900_001n,
      limit: 900_000n,
    })
    expect(name({ floorPpm: 200_001n })).toEqual({
      name: 'FloorTooHigh',
      parent: 7n,
      floorPpm: 200_001n,
      limit: 200_000n,
    })
    expect(name({ floorGens: 0n })).toEqual({ name: 'FloorWithoutGenerations', parent: 7n, floorPpm: 50n })
  })
})

describe('the edges of a child', () => {
  const edges = (...parents: bigint[]): Edge[] => parents.map((parent) => ({ ...EDGE, parent }))

  it('name existing parents in strictly ascending order', () => {
    expect(refusal(checkEdges(edges(1n, 2n, 9n), 9n))).toBe('accepted')
    expect(refusal(checkEdges([], 0n))).toBe('accepted')
    expect(refusal(checkEdges(edges(2n, 2n), 9n))).toEqual({
      name: 'ParentsNotAscending',
      index: 1n,
      previous: 2n,
      parent: 2n,
    })
    expect(refusal(checkEdges(edges(3n, 2n), 9n))).toEqual({
      name: 'ParentsNotAscending',
      index: 1n,
      previous: 3n,
      parent: 2n,
    })
    expect(refusal(checkEdges(edges(10n), 9n))).toEqual({ name: 'UnknownAsset', id: 10n })
    expect(refusal(checkEdges(edges(0n), 9n))).toEqual({ name: 'UnknownAsset', id: 0n })
  })

  it('are at most 64', () => {
    const many = (count: number): Edge[] => edges(...Array.from({ length: count }, (_, index) => BigInt(index + 1)))
    expect(refusal(checkEdges(many(MAX_PARENTS), 100n))).toBe('accepted')
    expect(refusal(checkEdges(many(MAX_PARENTS + 1), 100n))).toEqual({ name: 'TooManyParents', count: 65n, limit: 64n })
  })

  it('are each within the bounds of an edge', () => {
    const one = (changed: Partial<Edge>): object | string => refusal(checkEdges([{ ...EDGE, ...changed }], 9n))
    expect(one({ relation: 10n })).toEqual({ name: 'UnknownRelation', parent: 7n, relation: 10n })
    expect(one({ relativePpm: 900_001n })).toEqual({
      name: 'RelativeTooHigh',
      parent: 7n,
      relativePpm: 900_001n,
      limit: 900_000n,
    })
    expect(one({ floorPpm: 200_001n })).toEqual({
      name: 'FloorTooHigh',
      parent: 7n,
      floorPpm: 200_001n,
      limit: 200_000n,
    })
    expect(one({ floorGens: 0n })).toEqual({ name: 'FloorWithoutGenerations', parent: 7n, floorPpm: 50n })
  })
})

describe('a version', () => {
  const previous = { edges: [EDGE], poolPpm: 10n }
  const check = (changed: Partial<Edge>, poolPpm = 10n): object | string =>
    refusal(checkVersion(5n, previous, { edges: [{ ...EDGE, ...changed }], poolPpm }))

  it('may keep or raise what its predecessor grants, and grant to others', () => {
    expect(check({})).toBe('accepted')
    expect(check({ relativePpm: 101n, floorPpm: 51n, floorGens: 255n }, 11n)).toBe('accepted')
    const more = [{ ...EDGE, parent: 1n }, EDGE]
    expect(refusal(checkVersion(5n, previous, { edges: more, poolPpm: 10n }))).toBe('accepted')
  })

  it('never lowers the pool', () => {
    expect(check({}, 9n)).toEqual({ name: 'VersionPoolLowered', previousPpm: 10n, poolPpm: 9n })
  })

  it('never drops a parent, nor says that it came from it in another way', () => {
    const dropped = { name: 'VersionDropsEdge', previous: 5n, parent: 7n, relation: 2n }
    expect(check({ parent: 8n })).toEqual(dropped)
    expect(check({ relation: 3n })).toEqual(dropped)
  })

  it('never lowers an edge', () => {
    for (const changed of [{ relativePpm: 99n }, { floorPpm: 49n }, { floorGens: 2n }]) {
      expect(check(changed)).toMatchObject({
        name: 'VersionLowersEdge',
        parent: 7n,
        previousRelativePpm: 100n,
        ...changed,
      })
    }
  })
})

describe('a commitment', () => {
  const age = BigInt(MAX_COMMITMENT_AGE_BLOCKS)
  const check = (block: bigint, at = 100n): object | string => refusal(checkCommitment(ZERO_HASH, at, block))

  it('is usable two blocks later and until it expires', () => {
    expect(check(101n)).toEqual({ name: 'CommitmentTooNew', committedAtBlock: 100n, usableAtBlock: 102n })
    expect(check(102n)).toBe('accepted')
    expect(check(100n + age)).toBe('accepted')
    expect(check(101n + age)).toEqual({ name: 'CommitmentExpired', committedAtBlock: 100n, expiredAtBlock: 101n + age })
  })

  it('that was never made is refused', () => {
    expect(check(100n, 0n)).toEqual({ name: 'NotCommitted', commitment: ZERO_HASH })
  })

  it('cannot be made younger by another, and can be made anew when it has expired', () => {
    expect(committedAt(0n, 100n)).toBe(100n)
    expect(committedAt(100n, 150n)).toBe(100n)
    expect(committedAt(100n, 100n + age)).toBe(100n)
    expect(committedAt(100n, 101n + age)).toBe(101n + age)
  })
})

describe('standing', () => {
  it('changes without a resolution only from active', () => {
    const allowed = [ACTIVE, DISPUTED, REVOKED].flatMap((from) =>
      [0n, ACTIVE, DISPUTED, REVOKED, 4n].filter((to) => checkStatusChange(1n, from, to).ok).map((to) => [from, to]),
    )
    expect(allowed).toEqual([
      [ACTIVE, DISPUTED],
      [ACTIVE, REVOKED],
    ])
  })

  it('leaves a dispute only by a resolution, and revocation never', () => {
    const allowed = [ACTIVE, DISPUTED, REVOKED].flatMap((from) =>
      [0n, ACTIVE, DISPUTED, REVOKED, 4n].filter((to) => checkResolution(1n, from, to).ok).map((to) => [from, to]),
    )
    expect(allowed).toEqual([
      [DISPUTED, ACTIVE],
      [DISPUTED, REVOKED],
    ])
    expect(refusal(checkStatusChange(1n, ACTIVE, 4n))).toEqual({ name: 'UnknownStatus', status: 4n })
    expect(refusal(checkResolution(1n, ACTIVE, REVOKED))).toEqual({
      name: 'StatusChangeRefused',
      id: 1n,
      from: 1n,
      to: 3n,
    })
  })
})
