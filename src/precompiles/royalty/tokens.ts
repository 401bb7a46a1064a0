/**
 * Listed tokens as the ledger uses them: their places and how their units scale.
 *
 * The native coin is token 0 with the zero address; up to 16 tokens follow in the order of their listing and keep their place
 * for ever. The ledger counts units of 1e-18, so a token of fewer decimals is scaled by 10^(18 - decimals), fixed at listing.
 * A delisted token is claimed and swept as before and only not paid any more.
 */

import { assert } from '../../lib/assert.ts'
import type { Cells } from '../../state/cells.ts'
import { type Address, addressFromBigint, ZERO_ADDRESS } from '../../types/primitives.ts'
import { ROYALTY_MODULE } from '../addresses.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { NATIVE_TOKEN, parameters, tokenCell, tokenIndexCell } from '../parameters.ts'
import { TokenDelisted, UnknownToken } from './royalty-errors.ts'

/** Decimals of the ledger's own units; a token has as many or fewer. */
export const LEDGER_DECIMALS = 18

export type Token = {
  readonly index: number
  /** Zero for the native coin. */
  readonly address: Address
  readonly decimals: number
  /** Ledger units in one unit of the token. */
  readonly unit: bigint
  readonly isPayable: boolean
}

/** The native coin. */
export const NATIVE: Token = {
  ...{ index: NATIVE_TOKEN, address: ZERO_ADDRESS, decimals: LEDGER_DECIMALS, unit: 1n, isPayable: true },
}

/** The place of a token that is or was listed. */
export function tokenIndexOf(cells: Cells, address: Address): number | undefined {
  if (address === ZERO_ADDRESS) return NATIVE_TOKEN
  const { token } = tokenIndexCell.read(cells, { address })
  return token === 0n ? undefined : Number(token)
}

/** The token at a place. */
export function tokenAt(cells: Cells, index: number): Token | undefined {
  if (index === NATIVE_TOKEN) return NATIVE
  const { address, decimals, isListed } = tokenCell.read(cells, { token: index })
  if (address === 0n) return undefined
  assert(decimals <= BigInt(LEDGER_DECIMALS), 'a listed token has at most as many decimals as the ledger')
  const unit = 10n ** (BigInt(LEDGER_DECIMALS) - decimals)
  return { index, address: addressFromBigint(address), decimals: Number(decimals), unit, isPayable: isListed === 1n }
}

/** Places in use: 0 to below this. */
export function tokenCount(cells: Cells): number {
  return parameters(cells).tokenCount + 1
}

/** The token that a caller names; refuses one that was never listed. */
export function demandToken(context: ModuleContext, address: Address): Token {
  const cells = context.cells(ROYALTY_MODULE)
  const index = tokenIndexOf(cells, address)
  const found = index === undefined ? undefined : tokenAt(cells, index)
  return found ?? refuse(UnknownToken, { token: address })
}

/** The same for a payment; refuses a delisted one. */
export function demandPayableToken(context: ModuleContext, address: Address): Token {
  const found = demandToken(context, address)
  return found.isPayable ? found : refuse(TokenDelisted, { token: address })
}

/** Opens or closes a listed token for payments. */
export function setPayable(cells: Cells, token: Token, isPayable: boolean): void {
  const value = { address: BigInt(token.address), decimals: BigInt(token.decimals), isListed: isPayable ? 1n : 0n }
  cells.set(tokenCell.slot({ token: token.index }), tokenCell.pack(value), 'steady')
}
