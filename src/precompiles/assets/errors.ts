/**
 * Every refusal of the asset registry: one error for each, with the numbers that the caller needs. The token face uses the
 * names of ERC-6093.
 */

import { MAX_LISTED_OBLIGATIONS } from '../../lib/limits.ts'
import { address, array, bytes32, uint8, uint16, uint32, uint64, uint256 } from '../abi-types.ts'
import { defineError } from '../module.ts'
import { OBLIGATION } from './abi-structs.ts'

// Registration.
export const UnknownKind = defineError('UnknownKind', { kind: uint8 }, 'No kind has this number.')
export const UnknownRelation = defineError(
  'UnknownRelation',
  { parent: uint64, relation: uint8 },
  'No relation has this number.',
)
export const ZeroContentHash = defineError('ZeroContentHash', {}, 'Content has a hash.')
export const DuplicateContent = defineError(
  'DuplicateContent',
  { first: uint64 },
  'The content is registered already, as asset `first`.',
)
export const UriTooLong = defineError('UriTooLong', { length: uint256, limit: uint256 }, 'The uri has too many bytes.')
export const RoyaltyTooHigh = defineError(
  'RoyaltyTooHigh',
  { royaltyBps: uint16, limit: uint16 },
  'The royalty of a resale is at most a tenth.',
)
export const TooManyParents = defineError(
  'TooManyParents',
  { count: uint256, limit: uint256 },
  'An asset has at most so many parents.',
)
export const ParentsNotAscending = defineError(
  'ParentsNotAscending',
  {
    index: uint256,
    previous: uint64,
    parent: uint64,
  },
  'Parents stand in strictly ascending order; this one does not follow the one before.',
)
export const RelativeTooHigh = defineError(
  'RelativeTooHigh',
  { parent: uint64, relativePpm: uint32, limit: uint32 },
  'No relative share is above the limit of their sum.',
)
export const FloorTooHigh = defineError(
  'FloorTooHigh',
  { parent: uint64, floorPpm: uint32, limit: uint32 },
  'A newly granted floor is above the limit.',
)
export const FloorWithoutGenerations = defineError(
  'FloorWithoutGenerations',
  { parent: uint64, floorPpm: uint32 },
  'A floor binds one generation at least.',
)
export const IdsExhausted = defineError('IdsExhausted', { limit: uint64 }, 'There is no id left.')

// Limits of what a payment may be burdened with.
const burden = { sumPpm: uint64, limitPpm: uint32, obligations: array(OBLIGATION, MAX_LISTED_OBLIGATIONS) }
export const RelativesExceeded = defineError(
  'RelativesExceeded',
  burden,
  'The relative shares of all parents together are above the limit.',
)
export const ObligationsExceeded = defineError(
  'ObligationsExceeded',
  burden,
  'Protocol fee, parents and floors together are above the limit.',
)
export const SharesExceeded = defineError(
  'SharesExceeded',
  burden,
  'Protocol fee, parents, floors and the pool together are more than the whole.',
)
export const TooManyFloors = defineError(
  'TooManyFloors',
  {
    count: uint256,
    limit: uint256,
    obligations: array(OBLIGATION, MAX_LISTED_OBLIGATIONS),
  },
  'Floors towards more ancestors beside the parents than an asset can owe.',
)

// Commitments.
export const NotCommitted = defineError(
  'NotCommitted',
  { commitment: bytes32 },
  'Nobody committed to this content, registrant and salt, or the commitment was used.',
)
export const CommitmentTooNew = defineError(
  'CommitmentTooNew',
  { committedAtBlock: uint64, usableAtBlock: uint64 },
  'A commitment is revealed two blocks later at the earliest.',
)
export const CommitmentExpired = defineError(
  'CommitmentExpired',
  { committedAtBlock: uint64, expiredAtBlock: uint64 },
  'The commitment is too old: commit again.',
)

// Consent.
export const NoTerms = defineError('NoTerms', { parent: uint64 }, 'The parent has no terms, and the edge no approval.')
export const TermsNotMet = defineError(
  'TermsNotMet',
  { parent: uint64, asked: uint32, given: uint32 },
  'The parent asks for a greater relative share, in parts per million.',
)
export const FloorTermsNotMet = defineError(
  'FloorTermsNotMet',
  {
    parent: uint64,
    askedPpm: uint32,
    askedGens: uint8,
    givenPpm: uint32,
    givenGens: uint8,
  },
  'The parent asks for a greater or longer floor.',
)
export const RelationNotAllowed = defineError(
  'RelationNotAllowed',
  {
    parent: uint64,
    relationMask: uint32,
    relation: uint8,
  },
  'The terms of the parent do not allow this relation.',
)
export const ApprovalRequired = defineError(
  'ApprovalRequired',
  { parent: uint64 },
  'The terms of the parent ask for an approval of every edge, and this one has none.',
)
export const UnknownRelations = defineError(
  'UnknownRelations',
  { relationMask: uint32, known: uint32 },
  'The mask has bits that are no relation.',
)
export const MinimumTooHigh = defineError(
  'MinimumTooHigh',
  { minRelativePpm: uint32, limit: uint32 },
  'No child could grant such a relative share.',
)
export const BadSignature = defineError(
  'BadSignature',
  { parent: uint64, signer: address },
  'Neither the owner nor the operator of the parent signed this; signer is who did, or zero.',
)
export const ApprovalExpired = defineError(
  'ApprovalExpired',
  { deadline: uint64, now: uint64 },
  'The deadline of the signature has passed, in seconds.',
)
export const ApprovalRevoked = defineError(
  'ApprovalRevoked',
  { approval: bytes32 },
  'The owner took this approval back.',
)

// Roles and standing.
export const UnknownAsset = defineError(
  'UnknownAsset',
  { id: uint64 },
  'No asset has this id, or none that is older than the child.',
)
export const NotActive = defineError(
  'NotActive',
  { id: uint64, status: uint8 },
  'The asset is disputed (2) or revoked (3), or there is none (0).',
)
export const NotOwner = defineError(
  'NotOwner',
  { id: uint64, caller: address, owner: address },
  'Only the owner of the asset may do this.',
)
export const NotOwnerOrOperator = defineError(
  'NotOwnerOrOperator',
  {
    id: uint64,
    caller: address,
    owner: address,
    operator: address,
  },
  'Only the owner or the operator of the asset may do this.',
)
export const NotDisputeAuthority = defineError(
  'NotDisputeAuthority',
  { caller: address, authority: address },
  'Only the dispute authority may do this.',
)
export const UnknownStatus = defineError('UnknownStatus', { status: uint8 }, '1 is active, 2 disputed, 3 revoked.')
export const StatusChangeRefused = defineError(
  'StatusChangeRefused',
  { id: uint64, from: uint8, to: uint8 },
  'The standing of the asset does not change in this way.',
)
export const ZeroRecipient = defineError('ZeroRecipient', {}, 'Escrow and asset go to somebody.')

// Versions and edges.
export const VersionPoolLowered = defineError(
  'VersionPoolLowered',
  { previousPpm: uint32, poolPpm: uint32 },
  'A version has at least the pool share of its predecessor.',
)
export const VersionDropsEdge = defineError(
  'VersionDropsEdge',
  {
    previous: uint64,
    parent: uint64,
    relation: uint8,
  },
  'A version has every parent of its predecessor, by the same relation.',
)
export const VersionLowersEdge = defineError(
  'VersionLowersEdge',
  {
    parent: uint64,
    previousRelativePpm: uint32,
    previousFloorPpm: uint32,
    previousFloorGens: uint8,
    relativePpm: uint32,
    floorPpm: uint32,
    floorGens: uint8,
  },
  'A version grants every parent at least what its predecessor does.',
)
export const UnknownEdge = defineError(
  'UnknownEdge',
  { child: uint64, parent: uint64 },
  'The child has no such parent.',
)
export const EdgeRaised = defineError(
  'EdgeRaised',
  {
    child: uint64,
    parent: uint64,
    relativePpm: uint32,
    floorPpm: uint32,
    floorGens: uint8,
  },
  'An edge is only lowered; these are its values now.',
)

// The token face (ERC-6093).
export const ERC721InvalidOwner = defineError(
  'ERC721InvalidOwner',
  { owner: address },
  'The zero address owns nothing.',
)
export const ERC721NonexistentToken = defineError(
  'ERC721NonexistentToken',
  { tokenId: uint256 },
  'No asset has this id.',
)
export const ERC721IncorrectOwner = defineError(
  'ERC721IncorrectOwner',
  {
    sender: address,
    tokenId: uint256,
    owner: address,
  },
  'The asset is not owned by who it is to be taken from.',
)
export const ERC721InvalidReceiver = defineError(
  'ERC721InvalidReceiver',
  { receiver: address },
  'The receiver is the zero address, or a contract that did not accept the asset.',
)
export const ERC721InsufficientApproval = defineError(
  'ERC721InsufficientApproval',
  {
    operator: address,
    tokenId: uint256,
  },
  'The caller may not transfer this asset.',
)
export const ERC721InvalidApprover = defineError(
  'ERC721InvalidApprover',
  { approver: address },
  'The caller may not approve for this asset.',
)
export const ERC721InvalidOperator = defineError(
  'ERC721InvalidOperator',
  { operator: address },
  'The zero address acts for nobody.',
)

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
