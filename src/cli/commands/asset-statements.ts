/**
 * `sahara asset earnings` and `entitlements`: statements about an account's money, as tables, CSV or JSON.
 */

import { Command } from 'commander'
import { MAX_EARNINGS_BLOCKS, MAX_ENTITLED_LEAVES } from '../../lib/limits.ts'
import type { Address } from '../../types/primitives.ts'
import { addressArgument, refuseArgument } from '../arguments.ts'
import { printLine, printTable } from '../output.ts'
import { type KeyFlags, loadAccount } from './asset/account-key.ts'
import { clientOf, type RpcFlags, withKey } from './asset/flags.ts'
import { type BatchJson, isClosed } from './asset/left-out.ts'
import type { RpcClient } from './asset/rpc-client.ts'
import { type SearchedJson, searchedLine } from './asset/searched.ts'
import { type Standing, standingOf, tokenUnits } from './asset/tokens.ts'
import { formatAmount, formatBoth, tokenName, unsignedArgument } from './asset/values.ts'

type EarningJson = {
  readonly asset: string
  readonly payerAsset: string | null
  readonly token: string
  readonly relayed: string
  readonly earned: string
  readonly flushes: string
}
type ReleaseJson = {
  readonly asset: string
  readonly token: string
  readonly amount: string
  readonly blockNumber: string
}
type EarningsJson = { readonly rows: readonly EarningJson[]; readonly released: readonly ReleaseJson[] }
type EarningsFlags = RpcFlags & KeyFlags & { account?: string; from?: bigint; to?: bigint; csv?: boolean }

const BLOCK_LIMIT = 2n ** 53n - 1n

export function earningsCommand(): Command {
  return withKey(new Command('earnings'))
    .description("an owner's statement: what each asset earned, by the asset that paid and by token")
    .option('--account <address>', 'the owner; the key’s own when absent')
    .option(
      '--from <block>',
      'first block; as far back as one statement goes when absent',
      unsignedArgument('--from', 0n, BLOCK_LIMIT),
    )
    .option('--to <block>', 'last block; the newest when absent', unsignedArgument('--to', 0n, BLOCK_LIMIT))
    .option('--csv', 'print CSV with amounts in wei')
    .action(earnings)
}

async function earnings(flags: EarningsFlags): Promise<void> {
  const rpc = clientOf(flags)
  const account = ownerOf(flags)
  const to = flags.to ?? (await rpc.askQuantity('eth_blockNumber'))
  const reach = BigInt(MAX_EARNINGS_BLOCKS) - 1n
  const from = flags.from ?? (to > reach ? to - reach : 0n)
  if (from > to) refuseArgument('--from', `${from}`, `a block up to --to, ${to}`)
  const range = [`0x${from.toString(16)}`, `0x${to.toString(16)}`]
  const answer = await rpc.ask<EarningsJson>('sahara_earnings', account, ...range)
  if (flags.json === true) return printLine(JSON.stringify(answer))
  if (flags.csv === true) return printCsv(answer.rows)
  const rows = answer.rows.map(({ asset, payerAsset, token, relayed, earned }) => [
    ...[`${BigInt(asset)}`, payerAsset === null ? 'earlier' : `${BigInt(payerAsset)}`, tokenName(token)],
    ...[formatAmount(BigInt(relayed)), formatAmount(BigInt(earned))],
  ])
  printTable([['asset', 'paid by asset', 'token', 'came in', 'earned'], ...rows])
  for (const { asset, token, amount, blockNumber } of answer.released) {
    const what = `${formatBoth(BigInt(amount))} ${tokenName(token)}`
    printLine(`released at the end of a dispute about asset ${BigInt(asset)} in block ${BigInt(blockNumber)}: ${what}`)
  }
  printLine(`blocks ${from} to ${to}, ${account}: ${rows.length === 0 ? 'nothing earned' : totals(answer.rows)}`)
}

/** `payer_asset` is empty for what waited when the range began. */
function printCsv(rows: readonly EarningJson[]): void {
  printLine('asset,payer_asset,token,relayed_wei,earned_wei,flushes')
  for (const { asset, payerAsset, token, relayed, earned, flushes } of rows) {
    const payer = payerAsset === null ? '' : `${BigInt(payerAsset)}`
    printLine([BigInt(asset), payer, token, BigInt(relayed), BigInt(earned), BigInt(flushes)].join(','))
  }
}

function totals(rows: readonly EarningJson[]): string {
  const sums = new Map<string, bigint>()
  for (const { token, earned } of rows) sums.set(token, (sums.get(token) ?? 0n) + BigInt(earned))
  return [...sums].map(([token, sum]) => `${formatBoth(sum)} ${tokenName(token)}`).join(', ')
}

type ClaimJson = { readonly token: Address; readonly earned: string; readonly paid: string }
type LeafJson = BatchJson & { readonly index: string; readonly weight: string; readonly claims: readonly ClaimJson[] }
type EntitlementsJson = SearchedJson & {
  readonly owed: readonly { readonly token: Address; readonly amount: string }[]
  readonly leaves: readonly LeafJson[]
}

export function entitlementsCommand(): Command {
  return withKey(new Command('entitlements'))
    .description('everything that an account may claim: as an owner, and as a contributor to pools')
    .option('--account <address>', 'the account; the key’s own when absent')
    .action(async (flags: RpcFlags & KeyFlags & { account?: string }) => {
      const rpc = clientOf(flags)
      const answer = await rpc.ask<EntitlementsJson>('sahara_entitlements', ownerOf(flags))
      if (flags.json === true) return printLine(JSON.stringify(answer))
      const tokens = await tokenFacts(rpc, answer)
      printTable([
        ['what', 'token', 'claimable', 'earned in all'],
        ...answer.owed.map(({ token, amount }) => {
          return ['owed as an owner', ...claimableCells(tokens(token), BigInt(amount), false), '']
        }),
        ...answer.leaves.flatMap((leaf) => leafRows(leaf, tokens)),
      ])
      printLine(searchedLine(answer))
      if (answer.leaves.length >= MAX_ENTITLED_LEAVES) printLine('there may be more leaves: one answer holds no more')
    })
}

type TokenFacts = { readonly token: Address; readonly unit: bigint; readonly standing: Standing }
type FactsOf = (token: Address) => TokenFacts

/** Unit and standing of every token of the answer. */
async function tokenFacts(rpc: RpcClient, { owed, leaves }: EntitlementsJson): Promise<FactsOf> {
  const unitOf = await tokenUnits(rpc)
  const standings = new Map<Address, Standing>()
  for (const { token } of [...owed, ...leaves.flatMap(({ claims }) => claims)]) {
    if (!standings.has(token)) standings.set(token, (await standingOf(rpc, token)).standing)
  }
  return (token) => ({ token, unit: unitOf(token), standing: standings.get(token) ?? 'sound' })
}

function leafRows(leaf: LeafJson, tokens: FactsOf): string[][] {
  const { pool, batch, status, isFrozen, index, weight, claims } = leaf
  const standing = isFrozen ? `${status}, frozen` : status
  const what = `leaf ${BigInt(index)} of pool ${BigInt(pool)} batch ${BigInt(batch)} (${standing}, weight ${BigInt(weight)})`
  if (claims.length === 0) return [[what, '', '0', '0']]
  return claims.map(({ token, earned, paid }) => {
    const cells = claimableCells(tokens(token), BigInt(earned) - BigInt(paid), isClosed(leaf))
    return [what, ...cells, formatAmount(BigInt(earned))]
  })
}

/** The token and what can be claimed of it: whole units, and nothing while the batch or the token is frozen. */
function claimableCells({ token, unit, standing }: TokenFacts, due: bigint, isHeld: boolean): [string, string] {
  const amount = formatAmount(due - (due % unit))
  const name = standing === 'sound' ? tokenName(token) : `${tokenName(token)} (${standing})`
  return [name, (isHeld || standing !== 'sound') && amount !== '0' ? `0 (held: ${amount})` : amount]
}

function ownerOf(flags: KeyFlags & { readonly account?: string }): Address {
  return flags.account === undefined ? loadAccount(flags).address : addressArgument('--account', flags.account)
}
