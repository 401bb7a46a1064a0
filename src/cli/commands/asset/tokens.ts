/**
 * The tokens that the royalty ledger lists, and amounts of them.
 */

import type { Command } from 'commander'
import { encodeTuple, selectorOf } from '../../../precompiles/abi.ts'
import { address as addressType, tupleOf, uint256 } from '../../../precompiles/abi-types.ts'
import { ROYALTY_MODULE } from '../../../precompiles/addresses.ts'
import { type Address, ZERO_ADDRESS } from '../../../types/primitives.ts'
import { refuseArgument } from '../../arguments.ts'
import type { Account } from './account-key.ts'
import { readModule, refusedAs, send } from './module-calls.ts'
import type { RpcClient } from './rpc-client.ts'
import { formatBoth, parseAmount, tokenArgument, tokenName } from './values.ts'

const APPROVE = selectorOf('approve(address,uint256)')
const APPROVE_PARAMS = tupleOf({ spender: addressType, amount: uint256 })

export type TokenFlags = { readonly token: Address; readonly approve?: boolean }

/** The options of a command that puts coins or tokens into the ledger. */
export function withToken(command: Command): Command {
  return command
    .option('--token <address>', 'a listed token in place of the native coin', tokenArgument('--token'), ZERO_ADDRESS)
    .option('--approve', 'first let the ledger take exactly this amount of the token')
}

/** An amount of the native coin or a listed token in its smallest units, approved when the flags say so. */
export async function amountToTake(
  rpc: RpcClient,
  account: Account,
  text: string,
  { token, approve }: TokenFlags,
): Promise<bigint> {
  const amount = parseAmount('<amount>', text, await decimalsOf(rpc, token))
  if (token !== ZERO_ADDRESS && approve === true) {
    const data = encodeTuple(APPROVE_PARAMS, { spender: ROYALTY_MODULE, amount }, APPROVE)
    await send(rpc, account, token, data, 0n)
  }
  return amount
}

/** An amount in the smallest units of the native coin or of a token, in words. */
export function shownUnits(token: string, amount: bigint): string {
  return token === ZERO_ADDRESS ? formatBoth(amount) : `${amount} smallest units of ${tokenName(token)}`
}

export type ListedToken = { readonly token: Address; readonly decimals: bigint; readonly isPayable: boolean }

/** The native coin and every token that was ever listed. */
export async function listedTokens(rpc: RpcClient): Promise<readonly ListedToken[]> {
  type Tokens = { readonly tokens: readonly ListedToken[] }
  return (await readModule<Tokens>(rpc, { module: 'royalty', method: 'tokens', values: {} })).tokens
}

/** The smallest unit of every token in the ledger's units of 1e-18. */
export async function tokenUnits(rpc: RpcClient): Promise<(token: Address) => bigint> {
  const tokens = await listedTokens(rpc)
  const units = new Map(tokens.map(({ token, decimals }) => [token, 10n ** (18n - decimals)]))
  return (token) => units.get(token) ?? 1n
}

/** Whether a token is paid and claimed: not while less of it is here than is owed, and not while it tells no balances. */
export type Standing = 'sound' | 'frozen' | 'unreadable'

/** A token's standing in a block, the newest when absent; `surplus` is what is here beyond what is owed, in units of 1e-18. */
export async function standingOf(
  rpc: RpcClient,
  token: Address,
  block?: bigint,
): Promise<{ readonly standing: Standing; readonly surplus: bigint }> {
  const asked = { module: 'royalty', method: 'surplus', values: { token } } as const
  type Answer = { readonly amount: bigint; readonly isFrozen: boolean }
  try {
    const { amount, isFrozen } = await readModule<Answer>(rpc, asked, block === undefined ? {} : { block })
    return { standing: isFrozen ? 'frozen' : 'sound', surplus: amount }
  } catch (thrown) {
    if (refusedAs(thrown) === 'TokenUnreadable') return { standing: 'unreadable', surplus: 0n }
    throw thrown
  }
}

/** Decimals of a listed token, and of the native coin. */
export async function decimalsOf(rpc: RpcClient, token: Address): Promise<number> {
  if (token === ZERO_ADDRESS) return 18
  const tokens = await listedTokens(rpc)
  const found = tokens.find((one) => one.token === token)
  const listed = tokens.filter((one) => one.token !== ZERO_ADDRESS).map((one) => one.token)
  if (found === undefined) return refuseArgument('--token', token, `native${listed.map((one) => `, ${one}`).join('')}`)
  return Number(found.decimals)
}
