/**
 * `sahara asset show` and `lineage`: what an asset is, what it earned, and what it came from.
 */

import { Command } from 'commander'
import { MAX_LINEAGE_ENTRIES } from '../../lib/limits.ts'
import { refuseArgument } from '../arguments.ts'
import { printLine, printTable } from '../output.ts'
import { clientOf, type RpcFlags, withRpc } from './asset/flags.ts'
import { describePolicy, type PolicyJson } from './asset/pool-policy.ts'
import type { RpcClient } from './asset/rpc-client.ts'
import { assetArgument, formatAmount, formatPpm, tokenName } from './asset/values.ts'

type EdgeJson = {
  readonly parent: string
  readonly relation: string
  readonly relativePpm: string
  readonly floorPpm: string
  readonly floorGens: string
}
type HeadJson = {
  readonly id: string
  readonly kind: string
  readonly status: string
  readonly owner: string
  readonly lineageHash: string
  readonly parents: readonly EdgeJson[]
}
type AssetJson = HeadJson & {
  readonly contentHash: string
  readonly dataRoot: string
  readonly uri: string
  readonly royaltyBps: string
  readonly registrant: string
  readonly registeredAtBlock: string
  readonly previousVersion: string | null
  readonly operator: string | null
  readonly pool: string | null
  readonly poolPpm: string
  readonly poolPolicy: PolicyJson | null
  readonly terms: null | {
    readonly relations: readonly string[]
    readonly minRelativePpm: string
    readonly floorPpm: string
    readonly floorGens: string
    readonly isOpen: boolean
  }
  readonly floors: readonly { readonly ancestor: string; readonly ppm: string; readonly gens: string }[]
}
type NodeJson = {
  readonly tokens: readonly { readonly token: string; readonly inflow: string; readonly pending: string }[]
}
type LedgerJson = { readonly direct: NodeJson; readonly all: NodeJson }

export function showCommand(): Command {
  return withRpc(new Command('show'))
    .description('show an asset: owner, terms, parents, shares and what came in')
    .argument('<asset>', 'its number', assetArgument('<asset>'))
    .action(async (asset: bigint, flags: RpcFlags) => {
      const rpc = clientOf(flags)
      const id = `0x${asset.toString(16)}`
      const view = await demandAsset(rpc, asset)
      const ledger = await rpc.ask<LedgerJson>('sahara_royaltyLedger', id)
      if (flags.json === true) return printLine(JSON.stringify({ asset: view, ledger }))
      printTable([
        ...describe(view),
        ...incomeRows('paid directly', ledger.direct),
        ...incomeRows('from children', ledger.all),
      ])
    })
}

export function lineageCommand(): Command {
  return withRpc(new Command('lineage'))
    .description('show what an asset came from: every ancestor with its edges')
    .argument('<asset>', 'its number', assetArgument('<asset>'))
    .action(async (asset: bigint, flags: RpcFlags) => {
      const rpc = clientOf(flags)
      const entries = [await demandAsset(rpc, asset), ...(await ancestorsOf(rpc, asset))]
      if (flags.json === true) return printLine(JSON.stringify(entries))
      const rows = entries.map(({ id, kind, status, owner, parents }) => [
        ...[`${BigInt(id)}`, kind, status, owner],
        parents
          .map(({ parent, relation, relativePpm }) => `${BigInt(parent)} ${relation} ${percent(relativePpm)}`)
          .join(', '),
      ])
      printTable([['asset', 'kind', 'status', 'owner', 'came from'], ...rows])
    })
}

async function demandAsset(rpc: RpcClient, asset: bigint): Promise<AssetJson> {
  const view = await rpc.ask<AssetJson | null>('sahara_getAsset', `0x${asset.toString(16)}`)
  return view ?? refuseArgument('<asset>', `${asset}`, 'the number of an asset that is registered')
}

async function ancestorsOf(rpc: RpcClient, asset: bigint): Promise<HeadJson[]> {
  const entries: HeadJson[] = []
  for (let below: string | null | undefined; below !== null; ) {
    const page = { limit: `0x${MAX_LINEAGE_ENTRIES.toString(16)}`, ...(below === undefined ? {} : { below }) }
    const answer: { entries: HeadJson[]; next: string | null } = await rpc.ask(
      'sahara_getLineage',
      `0x${asset.toString(16)}`,
      page,
    )
    entries.push(...answer.entries)
    below = answer.next
  }
  return entries
}

function describe(view: AssetJson): string[][] {
  const { terms } = view
  return [
    ['asset', `${BigInt(view.id)}`],
    ['kind', view.kind],
    ['status', view.status],
    ['owner', view.owner],
    ...(view.operator === null ? [] : [['operator', view.operator]]),
    ['registered', `by ${view.registrant} in block ${BigInt(view.registeredAtBlock)}`],
    ...(view.previousVersion === null ? [] : [['version of', `${BigInt(view.previousVersion)}`]]),
    ['content hash', view.contentHash],
    ['lineage hash', view.lineageHash],
    ['uri', view.uri],
    ['contributors', describePool(view)],
    ['terms', terms === null ? 'none: nobody may build on it' : describeTerms(terms)],
    ...view.parents.map((edge) => ['parent', describeEdge(edge)]),
    ...view.floors.map(({ ancestor, ppm, gens }) => [
      'ancestor',
      `${BigInt(ancestor)}: ${percent(ppm)} of direct payments, for ${generations(gens)} more`,
    ]),
  ]
}

function describePool({ pool, poolPpm, poolPolicy }: AssetJson): string {
  if (pool === null || poolPolicy === null) return 'none'
  return `${percent(poolPpm)} to pool ${BigInt(pool)}, ${describePolicy(poolPolicy)}`
}

function describeTerms(terms: NonNullable<AssetJson['terms']>): string {
  const floor =
    BigInt(terms.floorPpm) === 0n ? '' : `, floor ${percent(terms.floorPpm)} for ${generations(terms.floorGens)}`
  const consent = terms.isOpen ? 'open' : 'by approval'
  return `${consent}, at least ${percent(terms.minRelativePpm)}${floor}: ${terms.relations.join(', ')}`
}

function describeEdge({ parent, relation, relativePpm, floorPpm, floorGens }: EdgeJson): string {
  const floor = BigInt(floorPpm) === 0n ? '' : `, floor ${percent(floorPpm)} for ${generations(floorGens)}`
  return `${BigInt(parent)}: ${relation}, ${percent(relativePpm)} of all income${floor}`
}

function incomeRows(what: string, { tokens }: NodeJson): string[][] {
  return tokens.map(({ token, inflow, pending }) => [
    what,
    `${formatAmount(BigInt(inflow))} ${tokenName(token)}, of which ${formatAmount(BigInt(pending))} waits`,
  ])
}

function generations(gens: string): string {
  return BigInt(gens) === 255n ? 'all generations' : `${BigInt(gens)} generations`
}

function percent(ppm: string): string {
  return formatPpm(BigInt(ppm))
}
