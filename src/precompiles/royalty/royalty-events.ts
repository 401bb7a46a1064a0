/**
 * What the royalty ledger logs. `Paid` and the claims count in the token's own units, `Flushed` in the ledger's of 1e-18.
 */

import { address, bool, bytes32, uint8, uint32, uint64, uint256 } from '../abi-types.ts'
import { defineEvent, indexed } from '../module.ts'

export const Paid = defineEvent(
  'Paid',
  { asset: indexed(uint64), payer: indexed(address), token: indexed(address), amount: uint256, memo: bytes32 },
  'An asset was paid.',
)
export const Flushed = defineEvent(
  'Flushed',
  { asset: indexed(uint64), direct: bool, token: indexed(address), inflow: uint256, acc: uint256 },
  'A ledger node handed on what it held: all that ever came in, and all that was ever handed on per part per million.',
)
export const Claimed = defineEvent(
  'Claimed',
  { account: indexed(address), token: indexed(address), amount: uint256 },
  'An account was paid what it was owed.',
)
export const ClaimRefused = defineEvent(
  'ClaimRefused',
  { account: indexed(address), token: indexed(address), amount: uint256 },
  'A token did not let an account be paid; the amount stays owed.',
)
export const EscrowReleased = defineEvent(
  'EscrowReleased',
  { asset: indexed(uint64), token: indexed(address), account: indexed(address), amount: uint256 },
  'What a dispute had held back became owed, in units of 1e-18.',
)
export const TokenAdded = defineEvent('TokenAdded', { token: indexed(address), index: uint8, decimals: uint8 })
export const TokenPayable = defineEvent('TokenPayable', { token: indexed(address), isPayable: bool })
export const FeeChanged = defineEvent('FeeChanged', { feePpm: uint32 })
export const ThresholdChanged = defineEvent('ThresholdChanged', {
  token: indexed(address),
  flushMin: uint256,
  slotMin: uint256,
})
