/**
 * sahara_*: what an owner earned, whether the books balance, and leaf files handed in and out.
 */

import { MAX_EARNINGS_BLOCKS, MAX_LEAF_PIECE_BYTES } from '../../lib/limits.ts'
import type { AuditFailure, EarningsFailure, LeafUpload, UploadFailure } from '../attribution-port.ts'
import {
  type BlockReference,
  blockNumber,
  blockNumberOrHash,
  demandBlock,
  heightOf,
  LATEST,
} from '../block-parameter.ts'
import { plainJson } from '../encode/plain-json.ts'
import { CODE, invalidParams, limitExceeded, prunedBlock, RpcError, serverError } from '../errors.ts'
import { COST, defineMethod, type Method } from '../method.ts'
import {
  address,
  BadArgument,
  type Codec,
  data,
  fieldOf,
  fieldsOf,
  hash,
  index,
  optional,
  required,
  text,
  uint64,
} from '../params.ts'
import type { RpcPorts } from '../ports.ts'
import type { Services } from '../services.ts'
import { demandAttribution, readError } from './attribution.ts'

const TYPE = 'LeafUpload'

/** `offset` counts from 0; the ticket is what the first piece was answered with. */
const leafUpload: Codec<LeafUpload> = (value) => {
  const fields = fieldsOf(value, TYPE)
  const demand = <T>(name: string, codec: Codec<T>): T => {
    const field = fieldOf(fields, name, codec, TYPE)
    if (field === undefined) throw new BadArgument(`missing field ${TYPE}.${name}`)
    return field
  }
  const bytes = demand('data', data)
  if (bytes.length === 0 || bytes.length > MAX_LEAF_PIECE_BYTES) {
    throw new BadArgument(`a piece of ${bytes.length} bytes, want 1 to ${MAX_LEAF_PIECE_BYTES}`)
  }
  const ticket = fieldOf(fields, 'ticket', text, TYPE)
  return {
    pool: demand('pool', uint64),
    batch: demand('batch', uint64),
    offset: demand('offset', index),
    bytes,
    ticket,
  }
}

export function attributionBookMethods({ ports }: Services): Method[] {
  return [
    defineMethod({
      name: 'sahara_earnings',
      params: [required('account', address), required('from', blockNumber), required('to', blockNumber)],
      cost: COST.logs,
      run: async (_context, account, from, to) => {
        const attribution = demandAttribution(ports)
        const range = earningsRange(ports, from, to)
        const earnings = await attribution.earnings(account, range.from, range.to)
        if (!earnings.ok) throw earningsError(earnings.error)
        return plainJson(earnings.value)
      },
    }),
    defineMethod({
      name: 'sahara_auditConservation',
      params: [optional('block', blockNumberOrHash, LATEST)],
      cost: COST.logs,
      run: async (_context, reference) => {
        const attribution = demandAttribution(ports)
        const audit = await attribution.auditConservation(demandBlock(ports.chain, reference).header.number)
        if (!audit.ok) throw auditError(audit.error)
        return plainJson(audit.value)
      },
    }),
    defineMethod({
      name: 'sahara_submitLeafFile',
      params: [required('piece', leafUpload)],
      cost: COST.logs,
      run: async (_context, upload) => {
        const progress = await demandAttribution(ports).submitLeafFile(upload)
        if (!progress.ok) throw uploadError(progress.error)
        return plainJson(progress.value)
      },
    }),
    defineMethod({
      name: 'sahara_getLeafFile',
      params: [
        required('dataHash', hash),
        optional('offset', index, 0),
        optional('length', index, MAX_LEAF_PIECE_BYTES),
      ],
      cost: COST.logs,
      run: async (_context, dataHash, offset, length) => {
        if (length > MAX_LEAF_PIECE_BYTES) throw invalidParams(`at most ${MAX_LEAF_PIECE_BYTES} bytes at once`)
        const piece = await demandAttribution(ports).leafFile(dataHash, offset, length)
        return piece === undefined ? null : plainJson(piece)
      },
    }),
  ]
}

/** Blocks of a statement: known ones, in order, not too many. */
function earningsRange(ports: RpcPorts, first: BlockReference, last: BlockReference): { from: number; to: number } {
  const { chain } = ports
  const from = heightOf(chain, first) ?? 0
  const to = heightOf(chain, last) ?? 0
  if (from > to) throw invalidParams('invalid block range params')
  if (to > chain.head().header.number) throw invalidParams('block range extends beyond current head block')
  if (to - from + 1 > MAX_EARNINGS_BLOCKS) {
    throw new RpcError(CODE.limit, `exceed maximum block range: ${MAX_EARNINGS_BLOCKS}`)
  }
  if (from < chain.oldestBlock()) throw prunedBlock(ports)
  return { from, to }
}

function earningsError(failure: EarningsFailure): RpcError {
  if (failure.code !== 'TOO_MANY_FLUSHES') return readError(failure)
  return new RpcError(CODE.limit, `more than ${failure.limit} flushes by block ${failure.block}: ask for fewer blocks`)
}

function auditError(failure: AuditFailure): RpcError {
  return failure.code === 'AUDIT_RUNNING' ? limitExceeded('an audit is running') : readError(failure)
}

function uploadError(failure: UploadFailure): RpcError {
  return 'message' in failure ? serverError(`${failure.code}: ${failure.message}`) : readError(failure)
}
