/**
 * Reads of the ledger for contracts and wallets.
 */

import { MAX_QUOTED_NODES, MAX_QUOTED_PAYEES, MAX_TOKENS } from '../../lib/limits.ts'
import { type Address, ZERO_ADDRESS } from '../../types/primitives.ts'
import { address, array, bool, struct, uint8, uint64, uint256 } from '../abi-types.ts'
import { ASSETS_MODULE, ROYALTY_MODULE } from '../addresses.ts'
import { ownerOf, statusOf } from '../assets/asset-store.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { method } from '../module.ts'
import { parameters } from '../parameters.ts'
import { type AssetWeights, withChainFee } from './asset-weights.ts'
import { surplusOf } from './custody.ts'
import { riseOf } from './node-ledger.ts'
import { readWeights } from './node-vectors.ts'
import { allNode, directNode } from './nodes.ts'
import { owedOf } from './owed.ts'
import { QUOTE_ROLES, type QuotedPart, quotePayment } from './quote.ts'
import { custody, escrow, ledger as ledgerCell, queueHead } from './royalty-cells.ts'
import { AssetNotFound, AssetRevoked, TooManyQuotedNodes } from './royalty-errors.ts'
import { demandToken, tokenAt, tokenCount } from './tokens.ts'

const PAYEE = struct('Payee', { asset: uint64, role: uint8, account: address })

export const ledger = method({
  name: 'ledger',
  params: { asset: uint64, token: address },
  returns: { directInflow: uint256, directAcc: uint256, allInflow: uint256, allAcc: uint256 },
  access: 'view',
  notes:
    'Both nodes of an asset in units of 1e-18: all that ever came in, and what was handed on per part per million. The carry is inflow - 1,000,000 * acc.',
  gas: 'three slot reads',
  run: (context, { asset, token }) => {
    const { index } = demandToken(context, token)
    const { direct, all } = readNodes(context, demandAsset(context, asset), index)
    return { directInflow: direct.inflow, directAcc: direct.acc, allInflow: all.inflow, allAcc: all.acc }
  },
})

export const pending = method({
  name: 'pending',
  params: { asset: uint64, token: address },
  returns: { settled: uint256, ifFlushed: uint256 },
  access: 'view',
  notes:
    'What the owner of an asset may claim now in units of 1e-18 (of a disputed asset: what is in escrow), and what it would be after flushing the asset’s own two nodes; the share of a revoked asset is the treasury’s.',
  gas: 'seven slot reads',
  run: (context, { asset, token }) => {
    const { index } = demandToken(context, token)
    const id = demandAsset(context, asset)
    const { direct, all } = readNodes(context, id, index)
    const { ownerDirectPpm, ownerAllPpm } = demandWeights(context, id)
    const settled = settledOf(context, asset, index)
    const isRevoked = statusOf(context.cells(ASSETS_MODULE), asset) === 'revoked'
    const held = isRevoked ? 0n : riseOf(direct) * ownerDirectPpm + riseOf(all) * ownerAllPpm
    return { settled, ifFlushed: settled + held }
  },
})

export const quote = method({
  name: 'quote',
  params: { asset: uint64, amount: uint256, maxNodes: uint64 },
  returns: {
    payees: array(PAYEE, MAX_QUOTED_PAYEES),
    amounts: array(uint256, MAX_QUOTED_PAYEES),
    unassigned: uint256,
  },
  access: 'view',
  notes:
    'Who earns what from a payment of this amount: role 0 is the protocol fee, 1 the contributor pool of the asset, 2 its owner. Follows at most maxNodes ledger nodes, greatest first; amounts and unassigned sum to the amount.',
  gas: 'for each node its weights and its owner',
  run: (context, { asset, amount, maxNodes }) => {
    if (maxNodes > BigInt(MAX_QUOTED_NODES)) refuse(TooManyQuotedNodes, { maxNodes, limit: BigInt(MAX_QUOTED_NODES) })
    const id = demandAsset(context, asset)
    if (statusOf(context.cells(ASSETS_MODULE), asset) === 'revoked') refuse(AssetRevoked, { asset })
    const { parts, unassigned } = quotePayment(weightsReader(context, id), id, amount, Number(maxNodes))
    const payees = parts.map(({ asset: listed, role }) => {
      return { asset: BigInt(listed), role, account: payeeOf(context, { asset: listed, role }) }
    })
    return { payees, amounts: parts.map((part) => part.amount), unassigned }
  },
})

export const totals = method({
  name: 'totals',
  params: { token: address },
  returns: { totalIn: uint256, booked: uint256 },
  access: 'view',
  notes: 'All that ever came in of a token and what of it is still here for somebody, in units of 1e-18.',
  gas: 'three slot reads',
  run: (context, { token }) => {
    const { index } = demandToken(context, token)
    return custody.read(context.cells(ROYALTY_MODULE), { token: index })
  },
})

export const surplus = method({
  name: 'surplus',
  params: { token: address },
  returns: { amount: uint256, isFrozen: bool },
  access: 'view',
  callsOut: true,
  notes:
    'What is here of a token beyond what is booked, in units of 1e-18: anyone can force coins in. A token with less here than booked is frozen for payments and claims.',
  gas: 'three slot reads and a call of the token',
  run: async (context, { token }) => {
    const amount = await surplusOf(context, demandToken(context, token))
    return { amount: amount < 0n ? 0n : amount, isFrozen: amount < 0n }
  },
})

export const queued = method({
  name: 'queued',
  params: { token: address },
  returns: { draining: uint256, collecting: uint256 },
  access: 'view',
  notes: 'Ledger nodes that wait for the sweep: in the generation that is being flushed and in the next one.',
  gas: 'two slot reads',
  run: (context, { token }) => {
    const { index } = demandToken(context, token)
    const { drainingSize, collectingSize } = queueHead.read(context.cells(ROYALTY_MODULE), { token: index })
    return { draining: drainingSize, collecting: collectingSize }
  },
})

const TOKEN = struct('Token', { token: address, decimals: uint8, isPayable: bool })

export const tokens = method({
  name: 'tokens',
  params: {},
  returns: { tokens: array(TOKEN, MAX_TOKENS + 1) },
  access: 'view',
  notes: 'The native coin (the zero address) and every token ever listed, by place.',
  gas: 'a slot read for each token',
  run: (context) => {
    const cells = context.cells(ROYALTY_MODULE)
    const listed = Array.from({ length: tokenCount(cells) }, (_, index) => tokenAt(cells, index))
    return {
      tokens: listed.flatMap((one) => {
        if (one === undefined) return []
        return [{ token: one.address, decimals: BigInt(one.decimals), isPayable: one.isPayable }]
      }),
    }
  },
})

function demandAsset(context: ModuleContext, asset: bigint): number {
  if (statusOf(context.cells(ASSETS_MODULE), asset) === undefined) refuse(AssetNotFound, { asset })
  return Number(asset)
}

function demandWeights(context: ModuleContext, asset: number): AssetWeights {
  const weights = readWeights(context.cells(ROYALTY_MODULE), asset)
  return weights ?? refuse(AssetNotFound, { asset: BigInt(asset) })
}

/** Weights as a payment to `paid` meets them: it brings the fee of the chain. */
function weightsReader(context: ModuleContext, paid: number): (asset: number) => AssetWeights {
  const chainFeePpm = parameters(context.cells(ROYALTY_MODULE)).protocolFeePpm
  return (asset) => {
    const weights = demandWeights(context, asset)
    return asset === paid ? withChainFee(weights, chainFeePpm) : weights
  }
}

function readNodes(context: ModuleContext, asset: number, token: number) {
  const cells = context.cells(ROYALTY_MODULE)
  return {
    direct: ledgerCell.read(cells, { node: directNode(asset), token }),
    all: ledgerCell.read(cells, { node: allNode(asset), token }),
  }
}

/** What the owner's slots have credited and nobody has claimed: owed to the owner, or held back by a dispute. */
function settledOf(context: ModuleContext, asset: bigint, token: number): bigint {
  const cells = context.cells(ROYALTY_MODULE)
  const assets = context.cells(ASSETS_MODULE)
  if (statusOf(assets, asset) === 'disputed') return escrow.read(cells, { asset, token }).amount
  return owedOf(cells, ownerOf(assets, asset) ?? ZERO_ADDRESS, token)
}

/** Whom a part would be paid to now: pools and escrow have no account. */
function payeeOf(context: ModuleContext, { asset, role }: Pick<QuotedPart, 'asset' | 'role'>): Address {
  if (role === QUOTE_ROLES.contributorPool) return ZERO_ADDRESS
  const chain = parameters(context.cells(ROYALTY_MODULE))
  if (role === QUOTE_ROLES.protocolFee) return chain.feeCollector
  const assets = context.cells(ASSETS_MODULE)
  const status = statusOf(assets, asset)
  if (status === 'revoked') return chain.treasury
  return status === 'active' ? (ownerOf(assets, asset) ?? ZERO_ADDRESS) : ZERO_ADDRESS
}
