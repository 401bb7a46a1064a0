/**
 * Every refusal of the asset registry: one error for each, with the numbers that the caller needs. The token face uses the
 * names of ERC-6093.
 */

import { MAX_LISTED_OBLIGATIONS } from '../../lib/limits.ts'
import { address, array, bytes32, uint8, uint16, uint32, uint64, uint256 } from '../abi-types.ts'
import { defineError } from '../module.ts'
import { OBLIGATION } from './abi-structs.ts'

// Registration.
export const UnknownKind = defineError('UnknownKind', { kind: uint8 })
export const UnknownRelation = defineError('UnknownRelation', { parent: uint64, relation: uint8 })
export const ZeroContentHash = defineError('ZeroContentHash', {})
export const DuplicateContent = defineError('DuplicateContent', { first: uint64 })
export const UriTooLong = defineError('UriTooLong', { length: uint256, limit: uint256 })
export const RoyaltyTooHigh = defineError('RoyaltyTooHigh', { royaltyBps: uint16, limit: uint16 })
export const TooManyParents = defineError('TooManyParents', { count: uint256, limit: uint256 })
export const ParentsNotAscending = defineError('ParentsNotAscending', {
  index: uint256,
  previous: uint64,
  parent: uint64,
})
export const RelativeTooHigh = defineError('RelativeTooHigh', { parent: uint64, relativePpm: uint32, limit: uint32 })
export const FloorTooHigh = defineError('FloorTooHigh', { parent: uint64, floorPpm: uint32, limit: uint32 })
export const FloorWithoutGenerations = defineError('FloorWithoutGenerations', { parent: uint64, floorPpm: uint32 })
export const IdsExhausted = defineError('IdsExhausted', { limit: uint64 })

// Limits of what a payment may be burdened with.
const burden = { sumPpm: uint64, limitPpm: uint32, obligations: array(OBLIGATION, MAX_LISTED_OBLIGATIONS) }
export const RelativesExceeded = defineError('RelativesExceeded', burden)
export const ObligationsExceeded = defineError('ObligationsExceeded', burden)
export const SharesExceeded = defineError('SharesExceeded', burden)
export const TooManyFloors = defineError('TooManyFloors', {
  count: uint256,
  limit: uint256,
  obligations: array(OBLIGATION, MAX_LISTED_OBLIGATIONS),
})

// Commitments.
export const NotCommitted = defineError('NotCommitted', { commitment: bytes32 })
export const CommitmentTooNew = defineError('CommitmentTooNew', { committedAtBlock: uint64, usableAtBlock: uint64 })
export const CommitmentExpired = defineError('CommitmentExpired', { committedAtBlock: uint64, expiredAtBlock: uint64 })

// Consent.
export const NoTerms = defineError('NoTerms', { parent: uint64 })
export const TermsNotMet = defineError('TermsNotMet', { parent: uint64, asked: uint32, given: uint32 })
export const FloorTermsNotMet = defineError('FloorTermsNotMet', {
  parent: uint64,
  askedPpm: uint32,
  askedGens: uint8,
  givenPpm: uint32,
  givenGens: uint8,
})
export const RelationNotAllowed = defineError('RelationNotAllowed', {
  parent: uint64,
  relationMask: uint32,
  relation: uint8,
})
export const ApprovalRequired = defineError('ApprovalRequired', { parent: uint64 })
export const UnknownRelations = defineError('UnknownRelations', { relationMask: uint32, known: uint32 })
export const MinimumTooHigh = defineError('MinimumTooHigh', { minRelativePpm: uint32, limit: uint32 })
export const BadSignature = defineError('BadSignature', { parent: uint64, signer: address })
export const ApprovalExpired = defineError('ApprovalExpired', { deadline: uint64, now: uint64 })
export const ApprovalRevoked = defineError('ApprovalRevoked', { approval: bytes32 })

// Roles and standing.
export const UnknownAsset = defineError('UnknownAsset', { id: uint64 })
export const NotActive = defineError('NotActive', { id: uint64, status: uint8 })
export const NotOwner = defineError('NotOwner', { id: uint64, caller: address, owner: address })
export const NotOwnerOrOperator = defineError('NotOwnerOrOperator', {
  id: uint64,
  caller: address,
  owner: address,
  operator: address,
})
export const NotDisputeAuthority = defineError('NotDisputeAuthority', { caller: address, authority: address })
export const UnknownStatus = defineError('UnknownStatus', { status: uint8 })
export const StatusChangeRefused = defineError('StatusChangeRefused', { id: uint64, from: uint8, to: uint8 })
export const ZeroRecipient = defineError('ZeroRecipient', {})

// Versions and edges.
export const VersionPoolLowered = defineError('VersionPoolLowered', { previousPpm: uint32, poolPpm: uint32 })
export const VersionDropsEdge = defineError('VersionDropsEdge', {
  previous: uint64,
  parent: uint64,
  relation: uint8,
})
export const VersionLowersEdge = defineError('VersionLowersEdge', {
  parent: uint64,
  previousRelativePpm: uint32,
  previousFloorPpm: uint32,
  previousFloorGens: uint8,
  relativePpm: uint32,
  floorPpm: uint32,
  floorGens: uint8,
})
export const UnknownEdge = defineError('UnknownEdge', { child: uint64, parent: uint64 })
export const EdgeRaised = defineError('EdgeRaised', {
  child: uint64,
  parent: uint64,
  relativePpm: uint32,
  floorPpm: uint32,
  floorGens: uint8,
})

// The token face (ERC-6093).
export const ERC721InvalidOwner = defineError('ERC721InvalidOwner', { owner: address })
export const ERC721NonexistentToken = defineError('ERC721NonexistentToken', { tokenId: uint256 })
export const ERC721IncorrectOwner = defineError('ERC721IncorrectOwner', {
  sender: address,
  tokenId: uint256,
  owner: address,
})
export const ERC721InvalidReceiver = defineError('ERC721InvalidReceiver', { receiver: address })
export const ERC721InsufficientApproval = defineError('ERC721InsufficientApproval', {
  operator: address,
  tokenId: uint256,
})
export const ERC721InvalidApprover = defineError('ERC721InvalidApprover', { approver: address })
export const ERC721InvalidOperator = defineError('ERC721InvalidOperator', { operator: address })

/** All of them, in this order. */
export const ASSET_ERRORS = [
  UnknownKind,
  UnknownRelation,
  ZeroContentHash,
  DuplicateContent,
  UriTooLong,
  RoyaltyTooHigh,
  TooManyParents,
  ParentsNotAscending,
  RelativeTooHigh,
  FloorTooHigh,
  FloorWithoutGenerations,
  IdsExhausted,
  RelativesExceeded,
  ObligationsExceeded,
  SharesExceeded,
  TooManyFloors,
  NotCommitted,
  CommitmentTooNew,
  CommitmentExpired,
  NoTerms,
  TermsNotMet,
  FloorTermsNotMet,
  RelationNotAllowed,
  ApprovalRequired,
  UnknownRelations,
  MinimumTooHigh,
  BadSignature,
  ApprovalExpired,
  ApprovalRevoked,
  UnknownAsset,
  NotActive,
  NotOwner,
  NotOwnerOrOperator,
  NotDisputeAuthority,
  UnknownStatus,
  StatusChangeRefused,
  ZeroRecipient,
  VersionPoolLowered,
  VersionDropsEdge,
  VersionLowersEdge,
  UnknownEdge,
  EdgeRaised,
  ERC721InvalidOwner,
  ERC721NonexistentToken,
  ERC721IncorrectOwner,
  ERC721InvalidReceiver,
  ERC721InsufficientApproval,
  ERC721InvalidApprover,
  ERC721InvalidOperator,
]
