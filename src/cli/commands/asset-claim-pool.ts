/**
 * `sahara asset claim-pool`: contributors take what their leaves earned, or a relayer takes it to them. Each transaction is
 * told when it is mined.
 */

import { Command } from 'commander'
import { hexToBytes } from '../../lib/bytes.ts'
import { MAX_CLAIMED_LEAVES } from '../../lib/limits.ts'
import { type Address, ZERO_ADDRESS } from '../../types/primitives.ts'
import { refuseArgument } from '../arguments.ts'
import type { Account } from './asset/account-key.ts'
import { ClaimReport } from './asset/claim-report.ts'
import { type SignFlags, signerOf, withKey } from './asset/flags.ts'
import { type BatchJson, closedBatches, isClosed, openTokens } from './asset/left-out.ts'
import { sendModule } from './asset/module-calls.ts'
import type { RpcClient } from './asset/rpc-client.ts'
import { missingBatches, type SearchedJson, searchedLine } from './asset/searched.ts'
import { tokenUnits } from './asset/tokens.ts'
import { poolArgument, quantity, tokenArgument, unsignedArgument } from './asset/values.ts'
import { payeeOf } from './asset-claim.ts'

type LeafJson = {
  readonly index: string
  readonly account: Address
  readonly weight: string
  readonly claims: readonly ClaimJson[]
}
type ClaimJson = { readonly token: Address; readonly earned: string; readonly paid: string }
type ProofJson = BatchJson & { readonly leaves: readonly LeafJson[]; readonly proof: string }
type PlacedLeaf = LeafJson & BatchJson
type EntitlementsJson = SearchedJson & { readonly leaves: readonly PlacedLeaf[] }

/** Fits the gas of one transaction with room to spare. */
const MAX_LEAVES_A_TRANSACTION = Math.min(200, MAX_CLAIMED_LEAVES)

type PoolFlags = SignFlags & {
  account?: string
  pool?: bigint
  batch?: bigint
  leaves?: readonly bigint[]
  token?: Address
}
type Claimer = { readonly rpc: RpcClient; readonly account: Account; readonly report: ClaimReport }

export function claimPoolCommand(): Command {
  return withKey(new Command('claim-pool'))
    .description('claim what leaves of contributor pools earned: of one account everywhere, or of one batch')
    .option('--account <address>', 'whose leaves; the key’s own when neither this nor --leaves is given')
    .option('--pool <number>', 'only this pool; with --batch', poolArgument('--pool'))
    .option('--batch <number>', 'only this batch; with --pool', unsignedArgument('--batch', 0n, 2n ** 32n - 1n))
    .option('--leaves <a,b-c,…>', 'leaves of the batch by index, whoever’s they are', leavesArgument)
    .option(
      '--token <address>',
      'native, or a token; without --pool all that are due and not frozen when absent, else native',
      tokenArgument('--token'),
    )
    .action(claimPool)
}

async function claimPool(flags: PoolFlags): Promise<void> {
  const place = placeOf(flags)
  const { rpc, account } = signerOf(flags)
  const claimer = { rpc, account, report: new ClaimReport(flags.json === true) }
  try {
    if (place === undefined) await claimEverywhere(claimer, payeeOf(flags, account), flags.token)
    else await claimBatch(claimer, flags, place)
  } catch (thrown) {
    claimer.report.interrupt()
    throw thrown
  }
  claimer.report.end(place === undefined ? 'nothing is due from the batches that were searched' : 'nothing was claimed')
}

type Place = { readonly pool: bigint; readonly batch: bigint }

/** The batch that the flags name; undefined when they name none. */
function placeOf({ pool, batch, leaves }: PoolFlags): Place | undefined {
  if (pool !== undefined && batch !== undefined) return { pool, batch }
  if (pool !== undefined) refuseArgument('--batch', '', 'the number of a batch, which --pool needs beside it')
  if (batch !== undefined) refuseArgument('--pool', '', 'the number of a pool, which --batch needs beside it')
  if (leaves !== undefined) refuseArgument('--pool', '', '--pool and --batch, which --leaves needs beside it')
  return undefined
}

/** Leaves of one batch, with one proof for as many as one transaction takes. */
async function claimBatch({ rpc, account, report }: Claimer, flags: PoolFlags, place: Place): Promise<void> {
  const { token = ZERO_ADDRESS } = flags
  const { pool, batch } = place
  const unit = (await tokenUnits(rpc))(token)
  const selections = flags.leaves === undefined ? [payeeOf(flags, account)] : chunks(flags.leaves.map(quantity))
  for (const selection of selections) {
    const proof = await rpc.ask<ProofJson>('sahara_claimProof', quantity(pool), quantity(batch), selection)
    const leaves = `${rangeOf(proof.leaves)} of batch ${batch} of pool ${pool}`
    // The module says by name what closes a batch.
    if (!isClosed(proof) && !proof.leaves.some((leaf) => isDue(leaf, token, unit))) {
      report.passOver(leaves, whyNothing(proof, token))
      continue
    }
    const values = { pool, batch, token, leaves: proof.leaves.map(leafOf), multiproof: hexToBytes(proof.proof) }
    report.add(leaves, await sendModule(rpc, account, { module: 'pools', method: 'claimMany', values }))
  }
}

/** All leaves of an account that this node knows, across pools, batches and tokens, but for what is frozen. */
async function claimEverywhere(
  { rpc, account, report }: Claimer,
  payee: Address,
  wanted: Address | undefined,
): Promise<void> {
  const answer = await rpc.ask<EntitlementsJson>('sahara_entitlements', payee)
  if (missingBatches(answer) > 0n) report.note(searchedLine(answer))
  const { leaves } = answer
  report.leaveOut(await closedBatches(rpc, leaves))
  const unitOf = await tokenUnits(rpc)
  const due = leaves
    .filter((leaf) => !isClosed(leaf))
    .flatMap((leaf) => leaf.claims.map(({ token }) => ({ leaf, token })))
    .filter(({ leaf, token }) => (wanted ?? token) === token && isDue(leaf, token, unitOf(token)))
  // A token that is named is claimed whatever its standing: the module says by name what closes it.
  const tokens = due.map(({ token }) => token)
  const { open, leftOut } = wanted === undefined ? await openTokens(rpc, tokens) : { open: tokens, leftOut: [] }
  report.leaveOut(leftOut)
  const claimed = due.filter(({ token }) => open.includes(token))
  for (const some of chunks(claimed)) {
    const claims = []
    for (const { leaf, token } of some) {
      const { proof } = await rpc.ask<ProofJson>('sahara_claimProof', leaf.pool, leaf.batch, leaf.index)
      const at = { pool: BigInt(leaf.pool), batch: BigInt(leaf.batch), token }
      claims.push({ ...at, leaf: leafOf(leaf), proof: hexToBytes(proof) })
    }
    const receipt = await sendModule(rpc, account, { module: 'pools', method: 'claimAcross', values: { claims } })
    report.add(`${some.length} of ${claimed.length} claims`, receipt)
  }
}

/** `leaves 1-200`, or with their number where some between are not among them. */
function rangeOf(leaves: readonly LeafJson[]): string {
  const indices = leaves.map(({ index }) => BigInt(index))
  const [first = 0n, last = 0n] = [indices[0], indices.at(-1)]
  if (indices.length === 1) return `leaf ${first}`
  const isWhole = last - first + 1n === BigInt(indices.length)
  return isWhole ? `leaves ${first}-${last}` : `${indices.length} of the leaves ${first}-${last}`
}

/** Why none of the leaves has anything to claim. */
function whyNothing({ status, leaves }: ProofJson, token: Address): string {
  if (status === 'pending') return 'the batch is pending and earns nothing yet'
  const claims = leaves.flatMap((leaf) => leaf.claims.filter((claim) => claim.token === token))
  if (claims.length === 0) return 'nothing was earned yet'
  const isPaid = claims.every(({ earned, paid }) => BigInt(earned) === BigInt(paid))
  return isPaid ? 'all of it is paid already' : 'what is due is less than one unit of the token'
}

/** Whether a leaf has at least `unit` to claim: what is less than a unit of its token stays in the pool. */
function isDue({ claims }: LeafJson, token: Address, unit: bigint): boolean {
  return claims.some((claim) => claim.token === token && BigInt(claim.earned) - BigInt(claim.paid) >= unit)
}

function leafOf({ index, account, weight }: LeafJson): { index: bigint; account: Address; weight: bigint } {
  return { index: BigInt(index), account, weight: BigInt(weight) }
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

function chunks<T>(items: readonly T[]): T[][] {
  const parts: T[][] = []
  for (let i = 0; i < items.length; i += MAX_LEAVES_A_TRANSACTION)
    parts.push(items.slice(i, i + MAX_LEAVES_A_TRANSACTION))
  return parts
}
