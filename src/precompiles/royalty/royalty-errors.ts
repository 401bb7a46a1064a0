/**
 * Every refusal of the royalty ledger: one error for each, with the numbers that the caller needs.
 */

import { address, uint8, uint32, uint64, uint256 } from '../abi-types.ts'
import { defineError } from '../module.ts'

// Payments.
export const AssetNotFound = defineError('AssetNotFound', { asset: uint64 }, 'No asset has this id.')
export const AssetRevoked = defineError('AssetRevoked', { asset: uint64 }, 'The asset was revoked and is not paid.')
export const ZeroAmount = defineError('ZeroAmount', {}, 'A payment is more than nothing.')
export const WrongValue = defineError(
  'WrongValue',
  { value: uint256, expected: uint256 },
  'The value is not the sum of the amounts.',
)
export const UnequalLengths = defineError(
  'UnequalLengths',
  { assets: uint256, amounts: uint256 },
  'Every asset of a bundle has its amount.',
)
export const TotalTooLarge = defineError(
  'TotalTooLarge',
  { token: address, totalIn: uint256, amount: uint256 },
  'All that came in of a token, in units of 1e-18, stays below 2^120.',
)

// Tokens.
export const UnknownToken = defineError('UnknownToken', { token: address }, 'The token was never listed.')
export const TokenDelisted = defineError('TokenDelisted', { token: address }, 'The token can be claimed but not paid.')
export const TokenFrozen = defineError(
  'TokenFrozen',
  { token: address, balance: uint256, booked: uint256 },
  'Less of the token is here than is owed: it is frozen for payments and claims.',
)
export const TokenRefused = defineError(
  'TokenRefused',
  { token: address, from: address, amount: uint256 },
  'The token did not let the amount be taken.',
)
export const TokenLied = defineError(
  'TokenLied',
  { token: address, expected: uint256, actual: uint256 },
  'The balance did not change by what the token said it moved.',
)
export const TokenUnreadable = defineError('TokenUnreadable', { token: address }, 'The token does not tell balances.')
export const NotEnoughGas = defineError(
  'NotEnoughGas',
  { needed: uint256, left: uint256 },
  'A token call gets all the gas that it may need or is not made.',
)
export const Reentered = defineError('Reentered', {}, 'Another entry that moves coins has not ended.')

// Claims.
export const NothingOwed = defineError('NothingOwed', { account: address }, 'Nothing that could be paid is owed.')

// Flushes.
export const KeysNotDescending = defineError(
  'KeysNotDescending',
  { index: uint256, previous: uint64, node: uint64 },
  'Nodes are flushed by strictly descending key.',
)
export const NodeNotFound = defineError('NodeNotFound', { node: uint64 }, 'No asset has this ledger node.')
export const TooManyQuotedNodes = defineError(
  'TooManyQuotedNodes',
  { maxNodes: uint256, limit: uint256 },
  'More nodes than a quote follows.',
)

// Governance.
export const NotAuthority = defineError('NotAuthority', { caller: address, authority: address })
export const TokenListed = defineError('TokenListed', { token: address, index: uint8 }, 'The token is listed already.')
export const TooManyTokens = defineError('TooManyTokens', { limit: uint8 })
export const TooManyDecimals = defineError('TooManyDecimals', { decimals: uint8, limit: uint8 })
export const NotAToken = defineError('NotAToken', { token: address }, 'The address has no code, or is a module.')
export const FeeTooHigh = defineError('FeeTooHigh', { feePpm: uint32, limit: uint32 })
