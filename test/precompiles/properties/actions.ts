/**
 * What can happen in a world of assets, as typed actions, and the transaction that each one is.
 */

import { keccak256Hash } from '../../../src/crypto/keccak.ts'
import type { SumTree } from '../../../src/crypto/merkle-sum-tree.ts'
import { present } from '../../../src/lib/assert.ts'
import { bigintToBytes32 } from '../../../src/lib/bytes.ts'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import { commitmentPreimage } from '../../../src/precompiles/assets/commitments.ts'
import { ALL_RELATIONS } from '../../../src/precompiles/assets/kinds.ts'
import { type Address, type Hash, ZERO_ADDRESS, ZERO_HASH } from '../../../src/types/primitives.ts'
import type { ModelEdge } from '../model/lineage-model.ts'
import { callData, type Fields } from '../model/module-calls.ts'

export type Leaf = { readonly index: bigint; readonly account: Address; readonly weight: bigint }
/** A batch as its publisher has it. */
export type Batch = { readonly pool: bigint; readonly leaves: readonly Leaf[]; readonly tree: SumTree }

/** `from` is an account's number. */
export type Action =
  | { readonly kind: 'commit'; readonly from: number; readonly content: number }
  | {
      readonly kind: 'register'
      readonly from: number
      readonly content: number
      readonly edges: readonly ModelEdge[]
      readonly poolPpm: bigint
    }
  | {
      readonly kind: 'addVersion'
      readonly from: number
      readonly content: number
      readonly previous: number
      readonly edges: readonly ModelEdge[]
    }
  | {
      readonly kind: 'setTerms'
      readonly from: number
      readonly id: number
      readonly minRelativePpm: bigint
      readonly floorPpm: bigint
      readonly floorGens: bigint
    }
  | { readonly kind: 'lowerEdge'; readonly from: number; readonly child: number; readonly edge: ModelEdge }
  | { readonly kind: 'transfer'; readonly from: number; readonly id: number; readonly to: Address }
  | { readonly kind: 'setStatus'; readonly from: number; readonly id: number; readonly status: bigint }
  | {
      readonly kind: 'resolve'
      readonly from: number
      readonly id: number
      readonly status: bigint
      readonly escrowTo: Address
      readonly owner: Address
    }
  | { readonly kind: 'setProtocolFee'; readonly from: number; readonly feePpm: bigint }
  | { readonly kind: 'pay'; readonly from: number; readonly asset: number; readonly wei: bigint }
  | {
      readonly kind: 'payToken'
      readonly from: number
      readonly asset: number
      readonly token: Address
      readonly units: bigint
    }
  | { readonly kind: 'payBundle'; readonly from: number; readonly payments: readonly { asset: number; wei: bigint }[] }
  | { readonly kind: 'flush'; readonly from: number; readonly token: Address; readonly nodes: readonly number[] }
  | { readonly kind: 'claim'; readonly from: number; readonly account: Address; readonly tokens: readonly Address[] }
  | {
      readonly kind: 'claimMany'
      readonly from: number
      readonly accounts: readonly Address[]
      readonly tokens: readonly Address[]
    }
  | {
      readonly kind: 'createPool'
      readonly from: number
      readonly controller: Address
      readonly policy: bigint
      readonly maxWeight: bigint
    }
  | { readonly kind: 'append'; readonly from: number; readonly batch: Batch }
  | { readonly kind: 'fund'; readonly from: number; readonly pool: bigint; readonly wei: bigint }
  | { readonly kind: 'freeze' | 'unfreeze'; readonly from: number; readonly pool: bigint; readonly batch: number }
  | {
      readonly kind: 'revoke'
      readonly from: number
      readonly pool: bigint
      readonly batch: number
      readonly isForfeit: boolean
    }
  | { readonly kind: 'withdraw'; readonly from: number; readonly pool: bigint; readonly batch: number }
  | {
      readonly kind: 'demandLeaf'
      readonly from: number
      readonly pool: bigint
      readonly batch: number
      readonly index: bigint
      readonly wei: bigint
    }
  | {
      readonly kind: 'revokeUnanswered' | 'returnBond'
      readonly from: number
      readonly pool: bigint
      readonly batch: number
      readonly index: bigint
    }
  | {
      readonly kind: 'answerLeaf'
      readonly from: number
      readonly number: number
      readonly batch: Batch
      readonly leaf: Leaf
    }
  | {
      readonly kind: 'claimLeaf'
      readonly from: number
      readonly number: number
      readonly batch: Batch
      readonly token: Address
      readonly leaf: Leaf
    }
  | {
      readonly kind: 'claimLeaves'
      readonly from: number
      readonly number: number
      readonly batch: Batch
      readonly token: Address
      readonly leaves: readonly Leaf[]
    }
  | {
      readonly kind: 'releasePoolEscrow'
      readonly from: number
      readonly pool: bigint
      readonly token: Address
      readonly account: Address
    }
  | {
      readonly kind: 'call'
      readonly from: number
      readonly to: Address | null
      readonly data: Uint8Array
      readonly wei?: bigint
    }

/** What a transaction carries. */
export type Call = { readonly to: Address | null; readonly data: Uint8Array; readonly value: bigint }

/** The hash of content number `content`. */
export function contentHashOf(content: number): Hash {
  return keccak256Hash(bigintToBytes32(BigInt(content)))
}

/** The transaction of an action whose sender has `address`. */
export function callOf(action: Action, address: Address): Call {
  switch (action.kind) {
    case 'commit': {
      const preimage = commitmentPreimage(contentHashOf(action.content), address, ZERO_HASH)
      return assets('commit', { commitment: keccak256Hash(preimage) })
    }
    case 'register': {
      const { content, edges, poolPpm } = action
      const facts = { kind: 0n, contentHash: contentHashOf(content), dataRoot: ZERO_HASH, uri: '', royaltyBps: 0n }
      return assets('register', { ...facts, parents: edges.map(edgeFields), poolPpm })
    }
    case 'addVersion': {
      const { content, previous, edges } = action
      const facts = { contentHash: contentHashOf(content), dataRoot: ZERO_HASH, uri: '' }
      return assets('addVersion', { previous: BigInt(previous), ...facts, parents: edges.map(edgeFields) })
    }
    case 'setTerms': {
      const { id, minRelativePpm, floorPpm, floorGens } = action
      const terms = { relationMask: ALL_RELATIONS, minRelativePpm, floorPpm, floorGens, isOpen: true }
      return assets('setTerms', { id: BigInt(id), ...terms })
    }
    case 'lowerEdge': {
      const { parent, ...terms } = action.edge
      return assets('lowerEdge', { child: BigInt(action.child), parent: BigInt(parent), ...terms })
    }
    case 'transfer':
      return assets('transferFrom', { from: address, to: action.to, tokenId: BigInt(action.id) })
    case 'setStatus':
      return assets('setStatus', { id: BigInt(action.id), status: action.status })
    case 'resolve': {
      const { id, status, escrowTo, owner } = action
      return assets('resolve', { id: BigInt(id), status, escrowTo, owner })
    }
    case 'call':
      return { to: action.to, data: action.data, value: action.wei ?? 0n }
    default:
      return coinCallOf(action)
  }
}

type CoinAction = Exclude<
  Action,
  {
    kind:
      | 'commit'
      | 'register'
      | 'addVersion'
      | 'setTerms'
      | 'lowerEdge'
      | 'transfer'
      | 'setStatus'
      | 'resolve'
      | 'call'
  }
>

/** The actions of the ledger and of the pools. */
function coinCallOf(action: CoinAction): Call {
  switch (action.kind) {
    case 'setProtocolFee':
      return royalty('setProtocolFee', { feePpm: action.feePpm })
    case 'pay':
      return royalty('pay', { asset: BigInt(action.asset), memo: ZERO_HASH }, action.wei)
    case 'payToken': {
      const { asset, token, units } = action
      return royalty('payToken', { asset: BigInt(asset), token, amount: units, memo: ZERO_HASH })
    }
    case 'payBundle': {
      const { payments } = action
      const lists = { assets: payments.map((one) => BigInt(one.asset)), amounts: payments.map((one) => one.wei) }
      return royalty(
        'payBundle',
        { ...lists, memo: ZERO_HASH },
        payments.reduce((sum, one) => sum + one.wei, 0n),
      )
    }
    case 'flush':
      return royalty('flush', { token: action.token, nodesDescending: action.nodes.map(BigInt) })
    case 'claim':
      return royalty('claim', { account: action.account, tokens: action.tokens })
    case 'claimMany':
      return royalty('claimMany', { accounts: action.accounts, tokens: action.tokens })
    case 'createPool': {
      const { controller, policy, maxWeight } = action
      return pools('create', { controller, policy, maxWeight })
    }
    case 'append':
      return appendCall(action.batch)
    case 'fund':
      return pools('fund', { pool: action.pool, token: ZERO_ADDRESS, amount: action.wei }, action.wei)
    case 'freeze':
    case 'unfreeze':
      return pools(action.kind, { pool: action.pool, batch: BigInt(action.batch) })
    case 'withdraw':
      return pools('withdraw', { pool: action.pool, batch: BigInt(action.batch) })
    case 'demandLeaf':
    case 'revokeUnanswered':
    case 'returnBond': {
      const { kind, pool, batch, index } = action
      return pools(kind, { pool, batch: BigInt(batch), index }, kind === 'demandLeaf' ? action.wei : 0n)
    }
    case 'answerLeaf': {
      const { batch, number, leaf } = action
      const proof = batch.tree.prove(Number(leaf.index))
      return pools('answerLeaf', { pool: batch.pool, batch: BigInt(number), leaf, proof })
    }
    case 'revoke': {
      const { pool, batch, isForfeit } = action
      return pools('revoke', { pool, batch: BigInt(batch), evidence: ZERO_HASH, isForfeit })
    }
    case 'claimLeaf': {
      const { batch, number, token, leaf } = action
      const proof = batch.tree.prove(Number(leaf.index))
      return pools('claim', { pool: batch.pool, batch: BigInt(number), token, leaf, proof })
    }
    case 'claimLeaves': {
      const { batch, number, token, leaves } = action
      const multiproof = batch.tree.proveMany(leaves.map(({ index }) => Number(index)))
      return pools('claimMany', { pool: batch.pool, batch: BigInt(number), token, leaves, multiproof })
    }
    case 'releasePoolEscrow': {
      const { pool, token, account } = action
      return pools('releaseEscrow', { pool, token, account })
    }
  }
}

function appendCall({ pool, tree, leaves }: Batch): Call {
  const { total, depth } = tree.root
  const terms = { dataHash: keccak256Hash(bigintToBytes32(total)), relayFeePpm: 10_000n }
  const preimage = tree.rootPreimage()
  if (preimage === undefined) return pools('appendLeaf', { pool, leaf: present(leaves[0], 'a leaf'), ...terms })
  const { left, right } = preimage
  const root = { leftHash: left.hash, leftSum: left.sum, rightHash: right.hash, rightSum: right.sum }
  return pools('append', { pool, root, weight: total, depth: BigInt(depth), ...terms })
}

function edgeFields({ parent, relativePpm, floorPpm, floorGens }: ModelEdge): Fields {
  return { parent: BigInt(parent), relation: 0n, relativePpm, floorPpm, floorGens, licenceId: ZERO_HASH }
}

function assets(name: string, params: Fields): Call {
  return { to: ASSETS_MODULE, data: callData(ASSETS_MODULE, name, params), value: 0n }
}

function royalty(name: string, params: Fields, value = 0n): Call {
  return { to: ROYALTY_MODULE, data: callData(ROYALTY_MODULE, name, params), value }
}

function pools(name: string, params: Fields, value = 0n): Call {
  return { to: POOLS_MODULE, data: callData(POOLS_MODULE, name, params), value }
}
