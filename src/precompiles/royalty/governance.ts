/**
 * What governs the ledger: its fee, its listed tokens and the thresholds of the sweep. The dispute authority governs them
 * until a governor's timelock takes its office.
 */

import { MAX_TOKENS } from '../../lib/limits.ts'
import { ZERO_ADDRESS } from '../../types/primitives.ts'
import { address, bool, uint8, uint32, uint128 } from '../abi-types.ts'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../addresses.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { method } from '../module.ts'
import { parameters, setNextFee, thresholdCell, listToken as writeToken } from '../parameters.ts'
import { FeeTooHigh, NotAToken, NotAuthority, TokenListed, TooManyDecimals, TooManyTokens } from './royalty-errors.ts'
import { FeeChanged, ThresholdChanged, TokenAdded, TokenPayable } from './royalty-events.ts'
import { demandToken, LEDGER_DECIMALS, setPayable, tokenIndexOf } from './tokens.ts'

/** Accounts with code that can never be tokens; the zero address is the native coin. */
const MODULES: ReadonlySet<string> = new Set([ASSETS_MODULE, ROYALTY_MODULE, POOLS_MODULE])
/** The greatest protocol fee: one percent. */
const MAX_FEE_PPM = 10_000n

export const setProtocolFee = method({
  name: 'setProtocolFee',
  params: { feePpm: uint32 },
  returns: {},
  access: 'write',
  notes:
    'Sets the fee of direct payments, at most 10,000 parts per million, from the next block on. It comes out of the owner’s slot, of each asset from its first payment then.',
  gas: 'two cells, one log',
  run: (context, { feePpm }) => {
    demandAuthority(context)
    if (feePpm > MAX_FEE_PPM) refuse(FeeTooHigh, { feePpm, limit: MAX_FEE_PPM })
    setNextFee(context.cells(ROYALTY_MODULE), feePpm)
    context.emit(FeeChanged, { feePpm })
  },
})

export const listToken = method({
  name: 'listToken',
  params: { token: address, decimals: uint8, flushMin: uint128, slotMin: uint128 },
  returns: { index: uint8 },
  access: 'write',
  notes:
    'Lists an ERC-20 that neither rebases nor burns on transfer. Its decimals, at most 18, are fixed here for ever; the thresholds of the sweep are in units of 1e-18.',
  gas: 'six cells, one log',
  run: (context, { token, decimals, flushMin, slotMin }) => {
    demandAuthority(context)
    const cells = context.cells(ROYALTY_MODULE)
    if (MODULES.has(token) || context.state.getCode(token).length === 0) refuse(NotAToken, { token })
    const known = tokenIndexOf(cells, token)
    if (known !== undefined) refuse(TokenListed, { token, index: BigInt(known) })
    const limit = BigInt(LEDGER_DECIMALS)
    if (decimals > limit) refuse(TooManyDecimals, { decimals, limit })
    if (parameters(cells).tokenCount >= MAX_TOKENS) refuse(TooManyTokens, { limit: BigInt(MAX_TOKENS) })
    const index = BigInt(writeToken(cells, { address: token, decimals: Number(decimals), flushMin, slotMin }))
    context.emit(TokenAdded, { token, index, decimals })
    return { index }
  },
})

export const setTokenPayable = method({
  name: 'setTokenPayable',
  params: { token: address, isPayable: bool },
  returns: {},
  access: 'write',
  notes: 'Delists a token, or lists it again: a delisted one is not paid any more, and claimed and swept as before.',
  gas: 'three cells, one log',
  run: (context, { token, isPayable }) => {
    demandAuthority(context)
    if (token === ZERO_ADDRESS) refuse(NotAToken, { token })
    setPayable(context.cells(ROYALTY_MODULE), demandToken(context, token), isPayable)
    context.emit(TokenPayable, { token, isPayable })
  },
})

export const setThreshold = method({
  name: 'setThreshold',
  params: { token: address, flushMin: uint128, slotMin: uint128 },
  returns: {},
  access: 'write',
  notes:
    'Sets from what on a deeper node is swept: max(flushMin, slots * slotMin), in units of 1e-18. Nodes that wait below are compared again when they are next credited.',
  gas: 'three cells, one log',
  run: (context, { token, flushMin, slotMin }) => {
    demandAuthority(context)
    const { index } = demandToken(context, token)
    thresholdCell.write(context.cells(ROYALTY_MODULE), { token: index }, { flushMin, slotMin })
    context.emit(ThresholdChanged, { token, flushMin, slotMin })
  },
})

function demandAuthority(context: ModuleContext): void {
  const authority = parameters(context.cells(ROYALTY_MODULE)).disputeAuthority
  if (context.caller !== authority) refuse(NotAuthority, { caller: context.caller, authority })
}
