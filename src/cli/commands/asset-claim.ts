/**
 * `sahara asset claim`: owners take what they are owed. Anyone may claim for anyone: it is always paid to whom it belongs.
 */

import { Command } from 'commander'
import type { Address } from '../../types/primitives.ts'
import { addressArgument } from '../arguments.ts'
import { printLine, printTable } from '../output.ts'
import type { Account } from './asset/account-key.ts'
import { shownAmount } from './asset/claim-report.ts'
import { type SignFlags, signerOf, withKey } from './asset/flags.ts'
import { type LeftOut, openTokens, printLeftOut } from './asset/left-out.ts'
import { eventsOf, sendModule } from './asset/module-calls.ts'
import type { RpcClient } from './asset/rpc-client.ts'
import { tokenUnits } from './asset/tokens.ts'
import { tokenArgument } from './asset/values.ts'

type ClaimFlags = SignFlags & { account?: string; token: readonly Address[] }
type EntitlementsJson = { readonly owed: readonly { readonly token: Address; readonly amount: string }[] }

export function claimCommand(): Command {
  return withKey(new Command('claim'))
    .description('pay out what an account is owed as an owner')
    .option('--account <address>', 'the account; the key’s own when absent')
    .option(
      '--token <address>',
      'native or a token; once for each, all that are owed and not frozen when absent',
      manyTokens,
      [],
    )
    .action(claim)
}

async function claim(flags: ClaimFlags): Promise<void> {
  const { rpc, account } = signerOf(flags)
  const payee = payeeOf(flags, account)
  const { open: tokens, leftOut } =
    flags.token.length > 0 ? { open: flags.token, leftOut: [] } : await openTokens(rpc, await owedTokens(rpc, payee))
  if (flags.json !== true) printLeftOut(leftOut)
  if (tokens.length === 0) return reportNothing(flags, payee, leftOut)
  const values = { account: payee, tokens }
  const receipt = await sendModule(rpc, account, { module: 'royalty', method: 'claim', values })
  const rows = eventsOf(receipt, 'royalty', 'Claimed').map(({ token, amount }) => ({ token, amount: `${amount}` }))
  if (flags.json === true) return printLine(JSON.stringify({ rows, transaction: receipt.transactionHash, leftOut }))
  printTable([
    ...rows.map(({ token, amount }) => ['claimed', shownAmount(String(token), BigInt(amount))]),
    ['for', payee],
    ['transaction', receipt.transactionHash],
  ])
}

/** Tokens of which one unit at least is owed: what is less stays with the ledger. */
async function owedTokens(rpc: RpcClient, account: Address): Promise<readonly Address[]> {
  const { owed } = await rpc.ask<EntitlementsJson>('sahara_entitlements', account)
  const unitOf = await tokenUnits(rpc)
  return owed.filter(({ token, amount }) => BigInt(amount) >= unitOf(token)).map(({ token }) => token)
}

/** Ends with 1 when something is owed and all of it is left out. */
function reportNothing(flags: ClaimFlags, payee: Address, leftOut: readonly LeftOut[]): void {
  const isLeftOut = leftOut.length > 0
  if (isLeftOut) process.exitCode = 1
  const sentence = isLeftOut
    ? `nothing is claimed: all that is owed to ${payee} was left out`
    : `nothing is owed to ${payee}`
  printLine(flags.json === true ? JSON.stringify({ rows: [], leftOut }) : sentence)
}

/** Whom a claim is for. */
export function payeeOf({ account: text }: { readonly account?: string }, account: Account): Address {
  return text === undefined ? account.address : addressArgument('--account', text)
}

function manyTokens(text: string, previous: readonly Address[]): readonly Address[] {
  return [...previous, tokenArgument('--token')(text)]
}
