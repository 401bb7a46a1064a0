/**
 * `sahara asset quote` and `pay`: who earns what from a payment, and making it.
 */

import { Command } from 'commander'
import { MAX_QUOTED_NODES } from '../../lib/limits.ts'
import { LEDGER_DECIMALS } from '../../precompiles/royalty/tokens.ts'
import { type Address, type Hash, ZERO_ADDRESS, ZERO_HASH } from '../../types/primitives.ts'
import { printLine, printTable } from '../output.ts'
import { clientOf, type RpcFlags, type SignFlags, signerOf, withKey, withRpc } from './asset/flags.ts'
import { type ModuleCall, readModule, sendModule } from './asset/module-calls.ts'
import { describePolicy, type PolicyJson } from './asset/pool-policy.ts'
import type { RpcClient } from './asset/rpc-client.ts'
import { amountToTake, decimalsOf, shownUnits, type TokenFlags, withToken } from './asset/tokens.ts'
import { assetArgument, formatAmount, hashArgument, parseAmount, tokenArgument } from './asset/values.ts'

type Quote = {
  readonly payees: readonly { readonly asset: bigint; readonly role: bigint; readonly account: Address }[]
  readonly amounts: readonly bigint[]
  readonly unassigned: bigint
}

const ROLES = ['protocol fee', 'contributors', 'owner'] as const

type QuoteFlags = RpcFlags & { token: Address }

export function quoteCommand(): Command {
  return withRpc(new Command('quote'))
    .description('show who earns what from a payment, down to the last ancestor')
    .argument('<asset>', 'the asset to be paid', assetArgument('<asset>'))
    .argument('<amount>', 'coins, as 1.5, or smallest units, as 25wei')
    .option('--token <address>', 'a listed token in place of the native coin', tokenArgument('--token'), ZERO_ADDRESS)
    .action(quote)
}

/** Shares are the same in every token; amounts are in units of 1e-18, as the ledger counts them. */
async function quote(asset: bigint, text: string, { token, ...flags }: QuoteFlags): Promise<void> {
  const rpc = clientOf(flags)
  const decimals = await decimalsOf(rpc, token)
  const amount = parseAmount('<amount>', text, decimals) * 10n ** BigInt(LEDGER_DECIMALS - decimals)
  const values = { asset, amount, maxNodes: BigInt(MAX_QUOTED_NODES) }
  const quoted = await readModule<Quote>(rpc, { module: 'royalty', method: 'quote', values })
  const pools = await policiesOf(rpc, quoted)
  if (flags.json === true)
    return printLine(JSON.stringify({ token, ...quoted, pools: Object.fromEntries(pools) }, bigintText))
  const rows = quoted.payees.map(({ asset: of, role, account }, i) => [
    ...[ROLES[Number(role)] ?? `${role}`, role === 0n ? '' : `${of}`],
    // Contributors are many: their pool has no account.
    role === 1n ? poolText(of, pools.get(of)) : account,
    formatAmount(quoted.amounts[i] ?? 0n),
  ])
  printTable([
    ['who', 'asset', 'account', token === ZERO_ADDRESS ? 'amount' : `amount of ${token}`],
    ...rows,
    ['rest', '', 'below the last wei, or not followed', formatAmount(quoted.unassigned)],
  ])
}

/** Who may still join the pools of a quote, by their assets: contributors of an open one may be diluted. */
async function policiesOf(rpc: RpcClient, { payees }: Quote): Promise<ReadonlyMap<bigint, PolicyJson>> {
  const policies = new Map<bigint, PolicyJson>()
  for (const { asset } of payees.filter(({ role }) => role === 1n)) {
    const view = await rpc.ask<{ poolPolicy: PolicyJson | null } | null>('sahara_getAsset', `0x${asset.toString(16)}`)
    if (view?.poolPolicy) policies.set(asset, view.poolPolicy)
  }
  return policies
}

function poolText(asset: bigint, policy: PolicyJson | undefined): string {
  return `pool of asset ${asset}${policy === undefined ? '' : `, ${describePolicy(policy)}`}`
}

type PayFlags = SignFlags & TokenFlags & { memo: Hash }

export function payCommand(): Command {
  const command = withKey(new Command('pay'))
    .description('pay an asset; everyone it came from is paid with it')
    .argument('<asset>', 'the asset', assetArgument('<asset>'))
    .argument('<amount>', 'coins, as 1.5, or smallest units, as 25wei')
    .option('--memo <hash>', '32 bytes that the log repeats', hashArgument('--memo'), ZERO_HASH)
  return withToken(command).action(pay)
}

async function pay(asset: bigint, text: string, flags: PayFlags): Promise<void> {
  const { rpc, account } = signerOf(flags)
  const { token, memo } = flags
  const isNative = token === ZERO_ADDRESS
  const amount = await amountToTake(rpc, account, text, flags)
  const call: ModuleCall = isNative
    ? { module: 'royalty', method: 'pay', values: { asset, memo }, valueWei: amount }
    : { module: 'royalty', method: 'payToken', values: { asset, token, amount, memo } }
  const receipt = await sendModule(rpc, account, call)
  const facts = {
    ...{ asset: `${asset}`, paid: shownUnits(token, amount) },
    ...{ block: `${BigInt(receipt.blockNumber)}`, transaction: receipt.transactionHash },
  }
  if (flags.json === true) printLine(JSON.stringify(facts))
  else printTable(Object.entries(facts))
}

function bigintText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
