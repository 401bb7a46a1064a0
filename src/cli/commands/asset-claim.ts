/**
 * `sahara asset claim` and `claim-pool`: owners take what they are owed, contributors what their leaves earned. Anyone may
 * claim for anyone: it is always paid to whom it belongs.
 */

import { Command } from 'commander'
import { hexToBytes } from '../../lib/bytes.ts'
import { MAX_CLAIMED_LEAVES } from '../../lib/limits.ts'
import { type Address, ZERO_ADDRESS } from '../../types/primitives.ts'
import { addressArgument, refuseArgument } from '../arguments.ts'
import { printLine, printTable } from '../output.ts'
import type { Account } from './asset/account-key.ts'
import { type SignFlags, signerOf, withKey } from './asset/flags.ts'
import { eventsOf, type ReceiptJson, sendModule } from './asset/module-calls.ts'
import type { RpcClient } from './asset/rpc-client.ts'
import { tokenUnits } from './asset/tokens.ts'
import { formatBoth, poolArgument, quantity, tokenArgument, tokenName, unsignedArgument } from './asset/values.ts'

type ClaimFlags = SignFlags & { account?: string; token: readonly Address[] }
type LeafJson = {
  readonly index: string
  readonly account: Address
  readonly weight: string
  readonly claims: readonly ClaimJson[]
}
type ClaimJson = { readonly token: Address; readonly earned: string; readonly paid: string }
type ProofJson = { readonly status: string; readonly leaves: readonly LeafJson[]; readonly proof: string }
type PlacedLeaf = LeafJson & { readonly pool: string; readonly batch: string }
type EntitlementsJson = {
  readonly owed: readonly { readonly token: Address }[]
  readonly leaves: readonly PlacedLeaf[]
}

/** Fits the gas of one transaction with room to spare. */
const MAX_LEAVES_A_TRANSACTION = Math.min(200, MAX_CLAIMED_LEAVES)

export function claimCommand(): Command {
  return withKey(new Command('claim'))
    .description('pay out what an account is owed as an owner')
    .option('--account <address>', 'the account; the key’s own when absent')
    .option('--token <address>', 'native or a token; once for each, all that are owed when absent', manyTokens, [])
    .action(claim)
}

async function claim(flags: ClaimFlags): Promise<void> {
  const { rpc, account } = signerOf(flags)
  const payee = payeeOf(flags, account)
  const tokens = flags.token.length > 0 ? flags.token : await owedTokens(rpc, payee)
  if (tokens.length === 0) {
    printLine(flags.json === true ? '[]' : `nothing is owed to ${payee}`)
    return
  }
  const values = { account: payee, tokens }
  const receipt = await sendModule(rpc, account, { module: 'royalty', method: 'claim', values })
  const rows = eventsOf(receipt, 'royalty', 'Claimed').map(({ token, amount }) => ({ token, amount: `${amount}` }))
  if (flags.json === true) return printLine(JSON.stringify({ rows, transaction: receipt.transactionHash }))
  printTable([
    ...rows.map(({ token, amount }) => ['claimed', shownAmount(String(token), BigInt(amount))]),
    ['for', payee],
    ['transaction', receipt.transactionHash],
  ])
}

async function owedTokens(rpc: RpcClient, account: Address): Promise<readonly Address[]> {
  const { owed } = await rpc.ask<EntitlementsJson>('sahara_entitlements', account)
  return owed.map(({ token }) => token)
}

type PoolFlags = SignFlags & {
  account?: string
  pool?: bigint
  batch?: bigint
  leaves?: readonly bigint[]
  token?: Address
}

export function claimPoolCommand(): Command {
  return withKey(new Command('claim-pool'))
    .description('claim what leaves of contributor pools earned: of one account everywhere, or of one batch')
    .option('--account <address>', 'whose leaves; the key’s own when neither this nor --leaves is given')
    .option('--pool <number>', 'only this pool; with --batch', poolArgument('--pool'))
    .option('--batch <number>', 'only this batch; with --pool', unsignedArgument('--batch', 0n, 2n ** 32n - 1n))
    .option('--leaves <a,b-c,…>', 'leaves of the batch by index, whoever’s they are', leavesArgument)
    .option(
      '--token <address>',
      'native, or a token; without --pool all that are due when absent, else native',
      tokenArgument('--token'),
    )
    .action(claimPool)
}

async function claimPool(flags: PoolFlags): Promise<void> {
  const { rpc, account } = signerOf(flags)
  if ((flags.pool === undefined) !== (flags.batch === undefined)) {
    refuseArgument(flags.pool === undefined ? '--batch' : '--pool', 'alone', '--pool and --batch together')
  }
  const isPlaced = flags.pool !== undefined && flags.batch !== undefined
  if (flags.leaves !== undefined && !isPlaced) refuseArgument('--leaves', 'alone', '--leaves with --pool and --batch')
  const receipts = isPlaced
    ? await claimBatch(rpc, account, flags, flags.pool ?? 0n, flags.batch ?? 0n)
    : await claimEverywhere(rpc, account, payeeOf(flags, account), flags.token)
  if (receipts.length === 0 && !isPlaced && flags.json !== true)
    printLine('nothing is due from the pools that this node knows')
  else report(flags, receipts)
}

/** Leaves of one batch, with one proof for as many as one transaction takes. */
async function claimBatch(
  rpc: RpcClient,
  account: Account,
  flags: PoolFlags,
  pool: bigint,
  batch: bigint,
): Promise<ReceiptJson[]> {
  const { token = ZERO_ADDRESS } = flags
  const place = [quantity(pool), quantity(batch)] as const
  const unitOf = await tokenUnits(rpc)
  const selections = flags.leaves === undefined ? [payeeOf(flags, account)] : chunks(flags.leaves.map(quantity))
  const receipts: ReceiptJson[] = []
  for (const selection of selections) {
    const proof = await rpc.ask<ProofJson>('sahara_claimProof', ...place, selection)
    if (!proof.leaves.some((leaf) => isDue(leaf, token, unitOf(token)))) {
      if (flags.json !== true) printLine(`nothing is due: batch ${batch} of pool ${pool} is ${proof.status}`)
      continue
    }
    const values = { pool, batch, token, leaves: proof.leaves.map(leafOf), multiproof: hexToBytes(proof.proof) }
    receipts.push(await sendModule(rpc, account, { module: 'pools', method: 'claimMany', values }))
  }
  return receipts
}

/** All leaves of an account that this node knows, across pools, batches and tokens. */
async function claimEverywhere(
  rpc: RpcClient,
  account: Account,
  payee: Address,
  wanted: Address | undefined,
): Promise<ReceiptJson[]> {
  const { leaves } = await rpc.ask<EntitlementsJson>('sahara_entitlements', payee)
  const unitOf = await tokenUnits(rpc)
  const due = leaves.flatMap((leaf) => {
    const tokens = wanted === undefined ? leaf.claims.map(({ token }) => token) : [wanted]
    return tokens.filter((token) => isDue(leaf, token, unitOf(token))).map((token) => ({ leaf, token }))
  })
  const receipts: ReceiptJson[] = []
  for (const some of chunks(due)) {
    const claims = []
    for (const { leaf, token } of some) {
      const { proof } = await rpc.ask<ProofJson>('sahara_claimProof', leaf.pool, leaf.batch, leaf.index)
      const place = { pool: BigInt(leaf.pool), batch: BigInt(leaf.batch), token }
      claims.push({ ...place, leaf: leafOf(leaf), proof: hexToBytes(proof) })
    }
    receipts.push(await sendModule(rpc, account, { module: 'pools', method: 'claimAcross', values: { claims } }))
  }
  return receipts
}

function report(flags: PoolFlags, receipts: readonly ReceiptJson[]): void {
  const rows = receipts.flatMap((receipt) => eventsOf(receipt, 'pools', 'LeafClaimed'))
  const transactions = receipts.map((receipt) => receipt.transactionHash)
  const sums = new Map<string, bigint>()
  for (const { token, amount } of rows) sums.set(String(token), (sums.get(String(token)) ?? 0n) + (amount as bigint))
  const text = (_name: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
  if (flags.json === true) printLine(JSON.stringify({ leaves: rows, transactions }, text))
  else {
    printTable([
      ['leaves paid', `${rows.length}`],
      ...[...sums].map(([token, sum]) => ['amount', shownAmount(token, sum)]),
      ...transactions.map((hash) => ['transaction', hash]),
    ])
  }
}

/** A token counts in units of its own. */
function shownAmount(token: string, amount: bigint): string {
  return token === ZERO_ADDRESS ? `${formatBoth(amount)} native` : `${amount} smallest units of ${tokenName(token)}`
}

/** Whether a leaf has at least `unit` to claim: what is less than a unit of its token stays in the pool. */
function isDue({ claims }: LeafJson, token: Address, unit: bigint): boolean {
  return claims.some((claim) => claim.token === token && BigInt(claim.earned) - BigInt(claim.paid) >= unit)
}

function leafOf({ index, account, weight }: LeafJson): { index: bigint; account: Address; weight: bigint } {
  return { index: BigInt(index), account, weight: BigInt(weight) }
}

function payeeOf({ account: text }: { readonly account?: string }, account: Account): Address {
  return text === undefined ? account.address : addressArgument('--account', text)
}

/** `0,5,10-20`: distinct, in ascending order. */
function leavesArgument(text: string): readonly bigint[] {
  const accepted = 'indices and ranges in ascending order, as 0,5,10-20'
  const found: bigint[] = []
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d{1,8})(?:-(\d{1,8}))?$/.exec(part) ?? []
    if (first === undefined || last === undefined) return refuseArgument('--leaves', text, accepted)
    const [from, to] = [BigInt(first), BigInt(last)]
    if (from > to || from <= (found.at(-1) ?? -1n)) return refuseArgument('--leaves', text, accepted)
    for (let index = from; index <= to; index++) found.push(index)
  }
  return found
}

function manyTokens(text: string, previous: readonly Address[]): readonly Address[] {
  return [...previous, tokenArgument('--token')(text)]
}

function chunks<T>(items: readonly T[]): T[][] {
  const parts: T[][] = []
  for (let i = 0; i < items.length; i += MAX_LEAVES_A_TRANSACTION)
    parts.push(items.slice(i, i + MAX_LEAVES_A_TRANSACTION))
  return parts
}
