/**
 * sahara_*: assets, royalties and pools as the state after a block has them. The block may be left out and is `latest` then.
 */

import { MAX_CLAIM_PROOF_LEAVES, MAX_LINEAGE_ENTRIES } from '../../lib/limits.ts'
import type { Result } from '../../lib/result.ts'
import type { Hash } from '../../types/primitives.ts'
import type {
  AttributionPort,
  ClaimProofFailure,
  LeafSelection,
  LineageRequest,
  ReadRefusal,
} from '../attribution-port.ts'
import { type BlockReference, blockNumberOrHash, demandBlock, LATEST } from '../block-parameter.ts'
import { plainJson } from '../encode/plain-json.ts'
import { CODE, invalidParams, prunedHistory, RpcError, serverError, tooManyCalls } from '../errors.ts'
import { COST, defineMethod, type Method } from '../method.ts'
import {
  address,
  BadArgument,
  type Codec,
  fieldOf,
  fieldsOf,
  hash,
  index,
  list,
  optional,
  required,
  uint64,
} from '../params.ts'
import type { RpcPorts } from '../ports.ts'
import type { Services } from '../services.ts'

/** A number, or the 32 bytes of a content hash. */
const assetIdOrContent: Codec<bigint | Hash> = (value) => {
  return typeof value === 'string' && value.length === 66 ? hash(value) : uint64(value)
}

/** An account, an index, or a list of indices. */
const leafSelection: Codec<LeafSelection> = (value) => {
  if (typeof value === 'string' && value.length === 42) return { kind: 'account', account: address(value) }
  const indices = Array.isArray(value) ? list(uint64, 'hexutil.Uint64')(value) : [uint64(value)]
  if (indices.length === 0 || indices.length > MAX_CLAIM_PROOF_LEAVES) {
    throw new BadArgument(`${indices.length} leaves, want 1 to ${MAX_CLAIM_PROOF_LEAVES}`)
  }
  const isAscending = indices.every((one, i) => i === 0 || one > (indices[i - 1] as bigint))
  if (!isAscending) throw new BadArgument('indices are not distinct and ascending')
  return { kind: 'indices', indices }
}

/** Ancestors in one answer when the caller names no number. */
const DEFAULT_LINEAGE_ENTRIES = 100

type Page = Pick<LineageRequest, 'below' | 'limit'>

const lineagePage: Codec<Page> = (value) => {
  const fields = fieldsOf(value, 'LineagePage')
  const limit = fieldOf(fields, 'limit', index, 'LineagePage') ?? DEFAULT_LINEAGE_ENTRIES
  if (limit < 1 || limit > MAX_LINEAGE_ENTRIES)
    throw new BadArgument(`limit ${limit}, want 1 to ${MAX_LINEAGE_ENTRIES}`)
  return { below: fieldOf(fields, 'below', uint64, 'LineagePage'), limit }
}

export function attributionMethods({ ports }: Services): Method[] {
  const at = (reference: BlockReference) => demandBlock(ports.chain, reference).header.number
  const block = optional('block', blockNumberOrHash, LATEST)
  const firstPage: Page = { below: undefined, limit: DEFAULT_LINEAGE_ENTRIES }
  return [
    defineMethod({
      name: 'sahara_getAsset',
      params: [required('asset', assetIdOrContent), block],
      run: async (_context, asset, reference) =>
        orNull(kept(await demandAttribution(ports).asset(asset, at(reference)))),
    }),
    defineMethod({
      name: 'sahara_getLineage',
      params: [required('asset', uint64), optional('page', lineagePage, firstPage), block],
      cost: COST.call,
      run: async (_context, id, page, reference) =>
        lineageJson(await demandAttribution(ports).lineage({ id, ...page }, at(reference))),
    }),
    defineMethod({
      name: 'sahara_royaltyLedger',
      params: [required('asset', uint64), block],
      run: async (_context, asset, reference) =>
        orNull(kept(await demandAttribution(ports).ledger(asset, at(reference)))),
    }),
    defineMethod({
      name: 'sahara_pendingSweep',
      params: [block],
      run: async (_context, reference) => plainJson(kept(await demandAttribution(ports).pendingSweep(at(reference)))),
    }),
    defineMethod({
      name: 'sahara_claimProof',
      params: [required('pool', uint64), required('batch', uint64), required('leaves', leafSelection), block],
      cost: COST.call,
      run: async (_context, pool, batch, selection, reference) => {
        const proof = await demandAttribution(ports).claimProof({ pool, batch }, selection, at(reference))
        if (!proof.ok) throw claimProofError(proof.error)
        return plainJson(proof.value)
      },
    }),
    defineMethod({
      name: 'sahara_entitlements',
      params: [required('account', address), block],
      cost: COST.logs,
      run: async (_context, account, reference) =>
        plainJson(kept(await demandAttribution(ports).entitlements(account, at(reference)))),
    }),
  ]
}

/** The node's attribution; a chain may be without the modules. */
export function demandAttribution({ attribution }: Pick<RpcPorts, 'attribution'>): AttributionPort {
  if (attribution === undefined) throw serverError('this chain has no attribution modules')
  return attribution
}

/** A refusal that any reading may meet. */
export function readError(refusal: ReadRefusal): RpcError {
  return refusal.code === 'BUSY' ? tooManyCalls() : prunedHistory(refusal)
}

function kept<T>(answer: Result<T, ReadRefusal>): T {
  if (answer.ok) return answer.value
  throw readError(answer.error)
}

function lineageJson(answer: Awaited<ReturnType<AttributionPort['lineage']>>): unknown {
  if (answer.ok) return orNull(answer.value)
  if (answer.error.code !== 'LINEAGE_TOO_LARGE') throw readError(answer.error)
  throw new RpcError(CODE.limit, `more than ${answer.error.limit} ancestors`)
}

function orNull(view: object | undefined): unknown {
  return view === undefined ? null : plainJson(view)
}

function claimProofError(failure: ClaimProofFailure): RpcError {
  switch (failure.code) {
    case 'UNKNOWN_BATCH':
      return invalidParams(`pool ${failure.pool} has no batch ${failure.batch}`)
    case 'LEAF_FILE_NOT_SERVED':
      return serverError(`this node does not serve the leaf file ${failure.dataHash}`)
    case 'NO_SUCH_LEAF':
      return invalidParams(`the batch has ${failure.leaves} leaves and none of ${failure.wanted}`)
    default:
      return readError(failure)
  }
}
