/**
 * What the asset registry logs. A transfer also ends the operator and the approval for the asset, without a log of their own.
 */

import { address, bool, bytes32, uint8, uint32, uint64, uint128, uint256 } from '../abi-types.ts'
import { defineEvent, indexed } from '../module.ts'

export const Committed = defineEvent('Committed', { commitment: indexed(bytes32), committedAtBlock: uint64 })

export const Registered = defineEvent('Registered', {
  id: indexed(uint64),
  owner: indexed(address),
  kind: uint8,
  contentHash: indexed(bytes32),
  lineageHash: bytes32,
})

export const EdgeAdded = defineEvent('EdgeAdded', {
  child: indexed(uint64),
  parent: indexed(uint64),
  relation: uint8,
  relativePpm: uint32,
  floorPpm: uint32,
  licenceId: bytes32,
})

export const VersionAdded = defineEvent('VersionAdded', { previous: indexed(uint64), id: indexed(uint64) })

export const EdgeLowered = defineEvent('EdgeLowered', {
  child: indexed(uint64),
  parent: indexed(uint64),
  relativePpm: uint32,
  floorPpm: uint32,
  floorGens: uint8,
})

export const TermsSet = defineEvent('TermsSet', {
  id: indexed(uint64),
  relationMask: uint32,
  minRelativePpm: uint32,
  floorPpm: uint32,
  floorGens: uint8,
  isOpen: bool,
})

export const EdgeApproved = defineEvent('EdgeApproved', {
  parent: indexed(uint64),
  registrant: indexed(address),
  contentHash: indexed(bytes32),
  approval: bytes32,
})

export const EdgeApprovalRevoked = defineEvent('EdgeApprovalRevoked', {
  parent: indexed(uint64),
  registrant: indexed(address),
  contentHash: indexed(bytes32),
  approval: bytes32,
})

export const OperatorSet = defineEvent('OperatorSet', { id: indexed(uint64), operator: indexed(address) })

export const StatusChanged = defineEvent('StatusChanged', { id: indexed(uint64), from: uint8, to: uint8 })

export const DisputeResolved = defineEvent('DisputeResolved', {
  id: indexed(uint64),
  status: uint8,
  escrowTo: indexed(address),
  owner: indexed(address),
})

export const UsageAnchored = defineEvent('UsageAnchored', {
  id: indexed(uint64),
  anchor: indexed(uint64),
  logRoot: bytes32,
  entries: uint64,
  totalEntries: uint128,
})

// The token face (ERC-721).
export const Transfer = defineEvent('Transfer', {
  from: indexed(address),
  to: indexed(address),
  tokenId: indexed(uint256),
})
export const Approval = defineEvent('Approval', {
  owner: indexed(address),
  approved: indexed(address),
  tokenId: indexed(uint256),
})
export const ApprovalForAll = defineEvent('ApprovalForAll', {
  owner: indexed(address),
  operator: indexed(address),
  approved: bool,
})

/** All of them, in this order. */
export const ASSET_EVENTS = [
  Committed,
  Registered,
  EdgeAdded,
  VersionAdded,
  EdgeLowered,
  TermsSet,
  EdgeApproved,
  EdgeApprovalRevoked,
  OperatorSet,
  StatusChanged,
  DisputeResolved,
  UsageAnchored,
  Transfer,
  Approval,
  ApprovalForAll,
]
