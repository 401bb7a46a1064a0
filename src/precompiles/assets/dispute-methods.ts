/**
 * Disputes: who decides them is a parameter of the chain, and nobody else can touch an asset's standing.
 *
 * While an asset is disputed its owner's share goes to escrow. A resolution first flushes what the asset still holds, which
 * therefore goes to escrow too, then gives all escrow to whom it names, then ends the dispute.
 */

import { ZERO_ADDRESS } from '../../types/primitives.ts'
import { address, uint8, uint64 } from '../abi-types.ts'
import { ROYALTY_MODULE } from '../addresses.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { orRefuse } from '../failure.ts'
import { method } from '../module.ts'
import { parameters } from '../parameters.ts'
import { flushAsset, releaseEscrow } from '../royalty/settle.ts'
import { updateAsset } from './asset-store.ts'
import { NotDisputeAuthority, ZeroRecipient } from './errors.ts'
import { DisputeResolved, StatusChanged } from './events.ts'
import { demandAsset } from './guards.ts'
import { REVOKED } from './kinds.ts'
import { changeOwner } from './ownership.ts'
import { checkResolution, checkStatusChange } from './standing.ts'

const setStatus = method({
  name: 'setStatus',
  params: { id: uint64, status: uint8 },
  returns: {},
  access: 'write',
  notes:
    'Opens a dispute (2) about an active asset, or revokes it (3). A dispute ends only by resolve. Only the dispute authority.',
  gas: 'two slot reads, one slot write, one log; a revocation also flushes both nodes of the asset for every listed token',
  run: (context, { id, status }) => {
    demandAuthority(context)
    const record = demandAsset(context, id)
    orRefuse(checkStatusChange(id, record.status, status))
    // What came in before is the owner's: from here on the owner's share goes to the treasury.
    if (status === REVOKED) flushAsset(context, id)
    updateAsset(context.cells(context.module), id, { ...record, status })
    context.emit(StatusChanged, { id, from: record.status, to: status })
  },
})

const resolve = method({
  name: 'resolve',
  params: { id: uint64, status: uint8, escrowTo: address, owner: address },
  returns: {},
  access: 'write',
  notes:
    'Ends a dispute: the asset is active (1) or revoked (3) from now on, all that gathered in escrow is owed to escrowTo, and the asset is owner’s. Only the dispute authority.',
  gas: 'two slot reads, flushing both nodes of the asset for every listed token, one slot read and up to two slot writes for each token in escrow, five slot writes, three logs',
  run: (context, { id, status, escrowTo, owner }) => {
    demandAuthority(context)
    const record = demandAsset(context, id)
    orRefuse(checkResolution(id, record.status, status))
    if (escrowTo === ZERO_ADDRESS || owner === ZERO_ADDRESS) refuse(ZeroRecipient, {})
    flushAsset(context, id)
    releaseEscrow(context, id, escrowTo)
    const resolved = { ...record, status }
    if (BigInt(owner) === record.owner) updateAsset(context.cells(context.module), id, resolved)
    else changeOwner(context, id, resolved, owner)
    context.emit(StatusChanged, { id, from: record.status, to: status })
    context.emit(DisputeResolved, { id, status, escrowTo, owner })
  },
})

/** Standing and disputes. */
export const DISPUTE_METHODS = [setStatus, resolve]

function demandAuthority(context: ModuleContext): void {
  const { caller } = context
  const authority = parameters(context.cells(ROYALTY_MODULE)).disputeAuthority
  if (caller !== authority) refuse(NotDisputeAuthority, { caller, authority })
}
