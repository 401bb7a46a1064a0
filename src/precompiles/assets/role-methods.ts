/**
 * The operator, who acts for the owner, and the usage that either of them anchors.
 */

import { addressFromBigint, hashFromBigint } from '../../types/primitives.ts'
import { address, bytes32, uint64, uint128 } from '../abi-types.ts'
import { refuse } from '../context.ts'
import { method } from '../module.ts'
import { operators, usageRoots, usageTotals } from './asset-cells.ts'
import { NotActive } from './errors.ts'
import { OperatorSet, UsageAnchored } from './events.ts'
import { demandAsset, demandOwner, demandOwnerOrOperator } from './guards.ts'
import { REVOKED } from './kinds.ts'

const setOperator = method({
  name: 'setOperator',
  params: { id: uint64, operator: address },
  returns: {},
  access: 'write',
  notes:
    'Names who may set terms, approve edges, anchor usage and append to the pool besides the owner; the zero address is nobody. Owner. A transfer of the asset ends it.',
  gas: 'one slot read, one slot write, one log',
  run: (context, { id, operator }) => {
    demandOwner(context, id, demandAsset(context, id))
    operators.write(context.cells(context.module), { id }, { operator: BigInt(operator) })
    context.emit(OperatorSet, { id, operator })
  },
})

const anchorUsage = method({
  name: 'anchorUsage',
  params: { id: uint64, logRoot: bytes32, entries: uint64 },
  returns: { anchor: uint64 },
  access: 'write',
  notes:
    'Anchors the root of a log of the asset’s usage with its number of entries. Anchors are numbered from 0. Owner or operator, unless the asset is revoked.',
  gas: 'three slot reads, two slot writes, one log',
  run: (context, { id, logRoot, entries }) => {
    const record = demandAsset(context, id)
    if (record.status === REVOKED) refuse(NotActive, { id, status: record.status })
    demandOwnerOrOperator(context, id, record)
    const cells = context.cells(context.module)
    const known = usageTotals.read(cells, { id })
    const anchor = known.anchors
    const totalEntries = known.entries + entries
    usageRoots.write(cells, { id, anchor }, { logRoot: BigInt(logRoot) })
    usageTotals.write(cells, { id }, { anchors: anchor + 1n, entries: totalEntries })
    context.emit(UsageAnchored, { id, anchor, logRoot, entries, totalEntries })
    return { anchor }
  },
})

const usage = method({
  name: 'usage',
  params: { id: uint64 },
  returns: { anchors: uint64, entries: uint128 },
  access: 'view',
  notes: 'How many usage logs were anchored, and the entries of all of them.',
  gas: 'two slot reads',
  run: (context, { id }) => {
    demandAsset(context, id)
    return usageTotals.read(context.cells(context.module), { id })
  },
})

const usageRoot = method({
  name: 'usageRoot',
  params: { id: uint64, anchor: uint64 },
  returns: { logRoot: bytes32 },
  access: 'view',
  notes: 'The root of one anchored usage log; zero when there is none of this number.',
  gas: 'one slot read',
  run: (context, { id, anchor }) => {
    const { logRoot } = usageRoots.read(context.cells(context.module), { id, anchor })
    return { logRoot: hashFromBigint(logRoot) }
  },
})

const operatorOfAsset = method({
  name: 'operatorOf',
  params: { id: uint64 },
  returns: { operator: address },
  access: 'view',
  notes: 'Who acts for the owner of an asset; the zero address is nobody.',
  gas: 'two slot reads',
  run: (context, { id }) => {
    demandAsset(context, id)
    return { operator: addressFromBigint(operators.read(context.cells(context.module), { id }).operator) }
  },
})

/** Operator and usage. */
export const ROLE_METHODS = [setOperator, anchorUsage, usage, usageRoot, operatorOfAsset]
