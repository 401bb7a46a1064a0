/**
 * All coins and tokens of N02, N03 and N04 are at N02's address, and this file alone counts them.
 *
 * For each token, `totalIn` is all that ever came in and `booked` what is here for somebody; moving a claim from a node to an
 * account or a pool changes neither. At least `booked` is always here: more may be, for anyone can force coins in. A token of
 * which less is here is frozen for payments and claims. Whoever calls these functions holds the lock and has written its
 * cells, because a token that is called may try to come back.
 */

import { assert } from '../../lib/assert.ts'
import { bytesToBigint } from '../../lib/bytes.ts'
import { Cells } from '../../state/cells.ts'
import { type Address, ZERO_ADDRESS } from '../../types/primitives.ts'
import { encodeTuple, selectorOf } from '../abi.ts'
import { address, tupleOf, uint256 } from '../abi-types.ts'
import { ROYALTY_MODULE } from '../addresses.ts'
import { type ModuleCallResult, type ModuleContext, refuse, UNMETERED } from '../context.ts'
import { NATIVE_TOKEN } from '../parameters.ts'
import { creditOwed } from './owed.ts'
import { custody } from './royalty-cells.ts'
import { NotEnoughGas, TokenFrozen, TokenLied, TokenRefused, TokenUnreadable, TotalTooLarge } from './royalty-errors.ts'
import { ClaimRefused } from './royalty-events.ts'
import { BOOKING_GAS } from './royalty-gas.ts'
import type { Token } from './tokens.ts'

/** What ever comes in of a token stays below this, so that no sum in the ledger can overflow. */
const TOTAL_LIMIT = 1n << 120n
const UINT256_MAX = (1n << 256n) - 1n
/** Gas that a token gets to pay one account: several times what any plain token needs. */
export const TOKEN_CALL_GAS = 200_000n

/**
 * What moving a token costs at least, totals and all its calls included: more than a plain ERC-20 takes in its dearest case,
 * an account that never had any. So a claim or a payment has one price whoever else claimed or paid before it.
 */
export const TOKEN_MOVE_GAS = 50_000
/** Of these, what asking for the balance and counting may take. */
const TOKEN_BOOKING_GAS = 13_000

const BALANCE_OF = selectorOf('balanceOf(address)')
const TRANSFER = selectorOf('transfer(address,uint256)')
const TRANSFER_FROM = selectorOf('transferFrom(address,address,uint256)')
const BALANCE_OF_PARAMS = tupleOf({ account: address })
const TRANSFER_PARAMS = tupleOf({ to: address, amount: uint256 })
const TRANSFER_FROM_PARAMS = tupleOf({ from: address, to: address, amount: uint256 })

/** Books native coin that has just arrived at N02's address. */
export function receiveNative(context: ModuleContext, wei: bigint): void {
  const here = context.state.getBalance(ROYALTY_MODULE) - wei
  assert(here >= 0n, 'what is booked has arrived')
  bookIn(context, NATIVE_TOKEN, ZERO_ADDRESS, here, wei)
}

/**
 * Takes `units` of a token from `from`; refuses unless exactly that arrives. `credit` writes the caller's cells for the amount
 * in units of 1e-18: after the amount was found to fit, before the token is called.
 */
export async function receiveToken(
  context: ModuleContext,
  token: Token,
  from: Address,
  units: bigint,
  credit: (amount: bigint) => void,
): Promise<void> {
  const amount = units * token.unit
  const before = await atLeast(context, TOKEN_BOOKING_GAS, async () => {
    const held = await balanceHere(context, token)
    bookIn(context, token.index, token.address, held * token.unit, amount)
    return held
  })
  credit(amount)
  await atLeast(context, TOKEN_MOVE_GAS - TOKEN_BOOKING_GAS, () => takeUnits(context, token, from, units, before))
}

/** Lets the token move exactly `units` here from where it is; refuses by name when it does something else. */
async function takeUnits(
  context: ModuleContext,
  token: Token,
  from: Address,
  units: bigint,
  before: bigint,
): Promise<void> {
  const data = encodeTuple(TRANSFER_FROM_PARAMS, { from, to: ROYALTY_MODULE, amount: units }, TRANSFER_FROM)
  const result = await context.call({ from: ROYALTY_MODULE, to: token.address, data })
  if (!isAccepted(result)) refuse(TokenRefused, { token: token.address, from, amount: units })
  const actual = (await balanceHere(context, token)) - before
  if (actual !== units) refuse(TokenLied, { token: token.address, expected: units, actual: actual < 0n ? 0n : actual })
}

/** Pays native coin by moving balance: nobody is called. */
export function payOutNative(context: ModuleContext, account: Address, wei: bigint): void {
  bookOut(context, NATIVE_TOKEN, ZERO_ADDRESS, context.state.getBalance(ROYALTY_MODULE), wei)
  context.moveBalance(ROYALTY_MODULE, account, wei)
}

/** Whose claim a payment is part of: the account's alone, or that of many, whom one account must not stop. */
export type ClaimOf = 'one' | 'many'

/**
 * Pays what is whole units of the token, rounded down, and returns that in units of 1e-18. The rest, and all of it when the
 * token does not let the account be paid, becomes owed to the account; of many also what was sent back to N02 meanwhile,
 * as a token that tells its receivers lets them do. Paying nothing costs the same.
 */
export async function payOut(
  context: ModuleContext,
  account: Address,
  token: Token,
  amount: bigint,
  claimOf: ClaimOf,
): Promise<bigint> {
  if (token.index === NATIVE_TOKEN) {
    payOutNative(context, account, amount)
    return amount
  }
  demandCallGas(context, TOKEN_CALL_GAS + BigInt(TOKEN_BOOKING_GAS))
  return atLeast(context, TOKEN_MOVE_GAS, () => payOutToken(context, account, token, amount, claimOf))
}

/** Refuses when less is left than a token needs: it could fail for want of gas and the account would seem to be refused. */
function demandCallGas(context: ModuleContext, needed: bigint): void {
  const { left } = context.gas
  if (left - left / 64n < needed) refuse(NotEnoughGas, { needed, left })
}

async function payOutToken(
  context: ModuleContext,
  account: Address,
  token: Token,
  amount: bigint,
  claimOf: ClaimOf,
): Promise<bigint> {
  const cells = context.cells(ROYALTY_MODULE)
  // Rounded down: what is less than a unit of the token stays owed.
  const units = amount / token.unit
  const whole = units * token.unit
  if (whole < amount) creditOwed(cells, account, token.index, amount - whole)
  if (units === 0n) return 0n
  const before = await balanceHere(context, token)
  bookOut(context, token.index, token.address, before * token.unit, whole)
  const moved = await sendUnits(context, account, token, units, before)
  const paid = moved === undefined || moved < 0n ? 0n : moved
  if (paid === units) return whole
  if (paid > units || (claimOf === 'one' && moved !== undefined)) {
    refuse(TokenLied, { token: token.address, expected: units, actual: paid })
  }
  const unpaid = (units - paid) * token.unit
  const { totalIn, booked } = custody.read(cells, { token: token.index })
  custody.write(cells, { token: token.index }, { totalIn, booked: booked + unpaid })
  creditOwed(cells, account, token.index, unpaid)
  context.emit(ClaimRefused, { account, token: token.address, amount: units - paid }, ROYALTY_MODULE)
  return paid * token.unit
}

/** What is here beyond what is booked, in units of 1e-18, cut to a word; below zero for a frozen token. */
export async function surplusOf(context: ModuleContext, token: Token): Promise<bigint> {
  const { booked } = custody.read(context.cells(ROYALTY_MODULE), { token: token.index })
  const isNative = token.index === NATIVE_TOKEN
  const here = isNative ? context.state.getBalance(ROYALTY_MODULE) : (await balanceHere(context, token)) * token.unit
  // A token may say anything: a number that no word holds would be an assertion of the encoder.
  return cut(here - booked)
}

/** Charges what `work` left of `gas`: what it costs by its shape when it costs no more. */
async function atLeast<T>(context: ModuleContext, gas: number, work: () => Promise<T>): Promise<T> {
  const before = context.gas.left
  const done = await work()
  const unused = BigInt(gas) - (before - context.gas.left)
  if (unused > 0n) context.gas.charge(unused)
  return done
}

function bookIn(context: ModuleContext, token: number, name: Address, here: bigint, amount: bigint): void {
  const cells = bookingCells(context)
  const { totalIn, booked } = custody.read(cells, { token })
  demandSolvent(name, here, booked)
  if (totalIn + amount >= TOTAL_LIMIT) refuse(TotalTooLarge, { token: name, totalIn, amount: cut(amount) })
  custody.write(cells, { token }, { totalIn: totalIn + amount, booked: booked + amount })
}

function bookOut(context: ModuleContext, token: number, name: Address, here: bigint, amount: bigint): void {
  const cells = bookingCells(context)
  const { totalIn, booked } = custody.read(cells, { token })
  demandSolvent(name, here, booked)
  assert(amount <= booked, 'what is paid out was booked')
  custody.write(cells, { token }, { totalIn, booked: booked - amount })
}

/** The cell of a token's totals has one price, however often a call touches it. */
function bookingCells(context: ModuleContext): Cells {
  context.gas.charge(BOOKING_GAS)
  return new Cells(context.state, ROYALTY_MODULE, UNMETERED)
}

/** Refuses a token of which less is here than is booked. */
function demandSolvent(token: Address, here: bigint, booked: bigint): void {
  if (here < booked) refuse(TokenFrozen, { token, balance: cut(here), booked })
}

/** Units by which N02 has less after the token paid the account, below zero for more; undefined when it refused the account. */
async function sendUnits(
  context: ModuleContext,
  account: Address,
  token: Token,
  units: bigint,
  before: bigint,
): Promise<bigint | undefined> {
  // A token moved to where it is pays nobody, whatever it answers.
  if (account === ROYALTY_MODULE) return undefined
  demandCallGas(context, TOKEN_CALL_GAS)
  const data = encodeTuple(TRANSFER_PARAMS, { to: account, amount: units }, TRANSFER)
  const result = await context.call({ from: ROYALTY_MODULE, to: token.address, data, gasLimit: TOKEN_CALL_GAS })
  if (!isAccepted(result)) return undefined
  return before - (await balanceHere(context, token))
}

/** What the token says is here, in its own units. */
async function balanceHere(context: ModuleContext, token: Token): Promise<bigint> {
  const data = encodeTuple(BALANCE_OF_PARAMS, { account: ROYALTY_MODULE }, BALANCE_OF)
  const { isSuccess, returnData } = await context.call({
    from: ROYALTY_MODULE,
    to: token.address,
    data,
    isStatic: true,
  })
  if (!isSuccess || returnData.length < 32) refuse(TokenUnreadable, { token: token.address })
  return bytesToBigint(returnData.subarray(0, 32))
}

/** A token accepts with true or with nothing at all; anything else refuses. */
function isAccepted({ isSuccess, returnData }: ModuleCallResult): boolean {
  if (!isSuccess) return false
  return returnData.length === 0 || (returnData.length >= 32 && bytesToBigint(returnData.subarray(0, 32)) === 1n)
}

/** Numbers beyond a word are shown as its greatest. */
function cut(amount: bigint): bigint {
  return amount > UINT256_MAX ? UINT256_MAX : amount
}
