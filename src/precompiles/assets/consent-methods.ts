/**
 * How owners consent: terms for everybody, or an approval of one edge of one child, by transaction or by signature.
 */

import type { Cells } from '../../state/cells.ts'
import { type Address, addressFromBigint, type Hash, ZERO_ADDRESS } from '../../types/primitives.ts'
import { address, bool, bytes, bytes32, uint8, uint32, uint64 } from '../abi-types.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { orRefuse } from '../failure.ts'
import { method } from '../module.ts'
import { TERMS } from './abi-structs.ts'
import { APPROVAL_TYPE, type Approval, approvalDigest, approvalKey, DOMAIN_NAME, DOMAIN_VERSION } from './approval.ts'
import { approvals, termsOf } from './asset-cells.ts'
import { operatorOf } from './asset-store.ts'
import { ApprovalExpired, ApprovalRevoked, BadSignature } from './errors.ts'
import { EdgeApprovalRevoked, EdgeApproved, TermsSet } from './events.ts'
import { demandActive, demandAsset, demandOwnerOrOperator } from './guards.ts'
import { EDGE_TERMS } from './lineage.ts'
import { checkTerms, type Terms } from './terms.ts'

const APPROVAL = { parent: uint64, contentHash: bytes32, registrant: address, terms: EDGE_TERMS }

const setTerms = method({
  name: 'setTerms',
  params: {
    id: uint64,
    relationMask: uint32,
    minRelativePpm: uint32,
    floorPpm: uint32,
    floorGens: uint8,
    isOpen: bool,
  },
  returns: {},
  access: 'write',
  notes:
    'Sets what edges to this asset must grant from now on; bit n of the mask allows relation n, an empty mask none. When not open, every edge needs an approval as well. Owner or operator, while the asset is active.',
  gas: 'two slot reads, one slot write, one log',
  run: (context, { id, ...terms }) => {
    demandOwnerOrOperator(context, id, demandActive(context, id))
    orRefuse(checkTerms(id, terms))
    const { isOpen, ...values } = terms
    termsOf.write(context.cells(context.module), { id }, { ...values, isOpen: isOpen ? 1n : 0n })
    context.emit(TermsSet, { id, ...terms })
  },
})

const terms = method({
  name: 'terms',
  params: { id: uint64 },
  returns: { terms: TERMS },
  access: 'view',
  notes: 'The terms of an asset; an empty relation mask means that it has none.',
  gas: 'two slot reads',
  run: (context, { id }) => {
    demandAsset(context, id)
    return { terms: readTerms(context.cells(context.module), id) }
  },
})

/** What an owner said of an approval. */
const CONSENT = { given: 1n, revoked: 2n } as const

const approve = method({
  name: 'approve',
  params: APPROVAL,
  returns: {},
  access: 'write',
  notes:
    'Approves exactly this edge to the parent, for exactly this content and registrant, whatever the terms are. Owner or operator of the parent. Holds while the parent has the same owner.',
  gas: 'two slot reads, one slot write, one hash, one log',
  run: (context, approval) => {
    const { parent } = approval
    const owner = demandOwnerOrOperator(context, parent, demandActive(context, parent))
    recordApproval(context, approval, owner)
  },
})

const approveBySignature = method({
  name: 'approveBySignature',
  params: { ...APPROVAL, deadline: uint64, signature: bytes },
  returns: {},
  access: 'write',
  notes:
    'Records an approval that the owner or operator of the parent signed (EIP-712, approvalDigest gives what to sign). Anyone may bring it until the deadline, in seconds.',
  gas: 'three slot reads, one slot write, four hashes, one signature, one log',
  run: (context, { deadline, signature, ...approval }) => {
    const { parent } = approval
    const now = BigInt(context.block.timestamp)
    if (now > deadline) refuse(ApprovalExpired, { deadline, now })
    const owner = addressFromBigint(demandActive(context, parent).owner)
    const digest = approvalDigest(approval, deadline, context, (preimage) => context.hash(preimage))
    const signer = context.recover(digest, signature) ?? ZERO_ADDRESS
    const cells = context.cells(context.module)
    const isEntitled = signer === owner || signer === operatorOf(cells, parent)
    if (signer === ZERO_ADDRESS || !isEntitled) refuse(BadSignature, { parent, signer })
    const key = keyOf(context, approval)
    const { state } = approvals.read(cells, { approval: key, owner })
    if (state === CONSENT.revoked) refuse(ApprovalRevoked, { approval: key })
    recordApproval(context, approval, owner)
  },
})

const revokeApproval = method({
  name: 'revokeApproval',
  params: APPROVAL,
  returns: {},
  access: 'write',
  notes:
    'Takes an approval back before it was used; a signature of the same approval is refused from then on, as long as the parent is this owner’s, and again when it returns to him.',
  gas: 'two slot reads, one slot write, one hash, one log',
  run: (context, approval) => {
    const { parent, contentHash, registrant } = approval
    const owner = demandOwnerOrOperator(context, parent, demandAsset(context, parent))
    const key = keyOf(context, approval)
    approvals.write(context.cells(context.module), { approval: key, owner }, { state: CONSENT.revoked })
    context.emit(EdgeApprovalRevoked, { parent, registrant, contentHash, approval: key })
  },
})

const isApproved = method({
  name: 'isApproved',
  params: APPROVAL,
  returns: { isApproved: bool },
  access: 'view',
  notes: 'Whether this edge is approved now.',
  gas: 'two slot reads, one hash',
  run: (context, approval) => {
    const owner = addressFromBigint(demandAsset(context, approval.parent).owner)
    return { isApproved: hasApproval(context, approval, owner) }
  },
})

const approvalDigestOf = method({
  name: 'approvalDigest',
  params: { ...APPROVAL, deadline: uint64 },
  returns: { digest: bytes32 },
  access: 'view',
  notes: `The EIP-712 digest to sign for approveBySignature. Wallets sign it as typed data: the domain has name '${DOMAIN_NAME}', version '${DOMAIN_VERSION}', the chain's id and this module as its verifying contract; the primary type is ${APPROVAL_TYPE}.`,
  gas: 'three hashes',
  run: (context, { deadline, ...approval }) => ({
    digest: approvalDigest(approval, deadline, context, (preimage) => context.hash(preimage)),
  }),
})

/** How owners consent. */
export const CONSENT_METHODS = [
  setTerms,
  terms,
  approve,
  approveBySignature,
  revokeApproval,
  isApproved,
  approvalDigestOf,
]

/** The terms of an asset as they stand. */
export function readTerms(cells: Cells, id: bigint): Terms {
  const { isOpen, ...values } = termsOf.read(cells, { id })
  return { ...values, isOpen: isOpen === 1n }
}

/** Whether the parent's present owner approved the edge. */
export function hasApproval(context: ModuleContext, approval: Approval, owner: Address): boolean {
  const key = keyOf(context, approval)
  return approvals.read(context.cells(context.module), { approval: key, owner }).state === CONSENT.given
}

function recordApproval(context: ModuleContext, approval: Approval, owner: Address): void {
  const { parent, contentHash, registrant } = approval
  const key = keyOf(context, approval)
  approvals.write(context.cells(context.module), { approval: key, owner }, { state: CONSENT.given })
  context.emit(EdgeApproved, { parent, registrant, contentHash, approval: key })
}

function keyOf(context: ModuleContext, approval: Approval): Hash {
  return approvalKey(approval, (preimage) => context.hash(preimage))
}
