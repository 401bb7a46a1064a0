/**
 * The tokens that the royalty ledger lists.
 */

import { type Address, ZERO_ADDRESS } from '../../../types/primitives.ts'
import { refuseArgument } from '../../arguments.ts'
import { readModule } from './module-calls.ts'
import type { RpcClient } from './rpc-client.ts'

export type ListedToken = { readonly token: Address; readonly decimals: bigint; readonly isPayable: boolean }

/** The native coin and every token that was ever listed. */
export async function listedTokens(rpc: RpcClient): Promise<readonly ListedToken[]> {
  type Tokens = { readonly tokens: readonly ListedToken[] }
  return (await readModule<Tokens>(rpc, { module: 'royalty', method: 'tokens', values: {} })).tokens
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
