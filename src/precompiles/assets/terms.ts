/**
 * What a parent's owner asks of future children, and whether an edge meets it.
 *
 * Terms rule the edges that are registered after them, never earlier ones. An edge is consented to when it meets the
 * parent's terms of the moment and these are open, or when the owner approved exactly its values for exactly this child and
 * registrant. The values of the edge are what the child will owe: terms that rose meanwhile refuse it and never charge more.
 */

import { ok, type Result } from '../../lib/result.ts'
import type { Hash } from '../../types/primitives.ts'
import { type Failure, failure } from '../failure.ts'
import {
  ApprovalRequired,
  FloorTermsNotMet,
  FloorTooHigh,
  FloorWithoutGenerations,
  MinimumTooHigh,
  NoTerms,
  RelationNotAllowed,
  RelativeTooHigh,
  TermsNotMet,
  UnknownRelation,
  UnknownRelations,
} from './errors.ts'
import { ALL_RELATIONS, RELATIONS } from './kinds.ts'
import { MAX_NEW_FLOOR_PPM, MAX_RELATIVES_PPM } from './ppm.ts'

/** Terms of a parent. An empty relation mask allows nothing: the owner has no terms, or withdrew them. */
export type Terms = {
  readonly relationMask: bigint
  readonly minRelativePpm: bigint
  readonly floorPpm: bigint
  readonly floorGens: bigint
  /** True when meeting the terms is enough; false when every edge needs an approval. */
  readonly isOpen: boolean
}

/** What one edge grants, apart from whom. */
export type EdgeTerms = {
  readonly relation: bigint
  readonly relativePpm: bigint
  readonly floorPpm: bigint
  readonly floorGens: bigint
  readonly licenceId: Hash
}

export type Edge = EdgeTerms & { readonly parent: bigint }

/** Checks terms that an owner wants to set for `id`. */
export function checkTerms(id: bigint, terms: Terms): Result<void, Failure> {
  const { relationMask, minRelativePpm } = terms
  if ((relationMask & ~ALL_RELATIONS) !== 0n) return failure(UnknownRelations, { relationMask, known: ALL_RELATIONS })
  if (minRelativePpm > MAX_RELATIVES_PPM) return failure(MinimumTooHigh, { minRelativePpm, limit: MAX_RELATIVES_PPM })
  return checkFloor(id, terms)
}

/** Checks the values of an edge by themselves, before any parent is asked. */
export function checkEdge(edge: Edge): Result<void, Failure> {
  const { parent, relation, relativePpm } = edge
  if (relation >= BigInt(RELATIONS.length)) return failure(UnknownRelation, { parent, relation })
  if (relativePpm > MAX_RELATIVES_PPM)
    return failure(RelativeTooHigh, { parent, relativePpm, limit: MAX_RELATIVES_PPM })
  return checkFloor(parent, edge)
}

/** Whether the parent consents to `edge`: by its terms, or by an approval of exactly this edge. */
export function checkConsent(edge: Edge, terms: Terms, isApproved: boolean): Result<void, Failure> {
  if (isApproved) return ok(undefined)
  const { parent, relation } = edge
  if (terms.relationMask === 0n) return failure(NoTerms, { parent })
  if (!terms.isOpen) return failure(ApprovalRequired, { parent })
  const { relationMask } = terms
  if (((relationMask >> relation) & 1n) === 0n) return failure(RelationNotAllowed, { parent, relationMask, relation })
  if (edge.relativePpm < terms.minRelativePpm) {
    return failure(TermsNotMet, { parent, asked: terms.minRelativePpm, given: edge.relativePpm })
  }
  return meetsFloor(edge, terms) ? ok(undefined) : floorNotMet(edge, terms)
}

/** Generations matter only where there is a floor. */
export function meetsFloor(
  given: Pick<EdgeTerms, 'floorPpm' | 'floorGens'>,
  asked: Pick<EdgeTerms, 'floorPpm' | 'floorGens'>,
): boolean {
  if (asked.floorPpm === 0n) return true
  return given.floorPpm >= asked.floorPpm && given.floorGens >= asked.floorGens
}

function floorNotMet(edge: Edge, terms: Terms): Result<never, Failure> {
  return failure(FloorTermsNotMet, {
    parent: edge.parent,
    askedPpm: terms.floorPpm,
    askedGens: terms.floorGens,
    givenPpm: edge.floorPpm,
    givenGens: edge.floorGens,
  })
}

function checkFloor(
  parent: bigint,
  { floorPpm, floorGens }: Pick<EdgeTerms, 'floorPpm' | 'floorGens'>,
): Result<void, Failure> {
  if (floorPpm > MAX_NEW_FLOOR_PPM) return failure(FloorTooHigh, { parent, floorPpm, limit: MAX_NEW_FLOOR_PPM })
  if (floorPpm > 0n && floorGens === 0n) return failure(FloorWithoutGenerations, { parent, floorPpm })
  return ok(undefined)
}
