/**
 * One call of each method of the native modules, at its caps. Overloads are told apart by their whole signature.
 */

import { DEVNET_CHAIN_ID } from '../src/chainspec/networks.ts'
import { keccak256Hash } from '../src/crypto/keccak.ts'
import { compactSignature, sign } from '../src/crypto/secp256k1.ts'
import { concatBytes, hexToBytes } from '../src/lib/bytes.ts'
import { ASSETS_MODULE } from '../src/precompiles/addresses.ts'
import { approvalDigest } from '../src/precompiles/assets/approval.ts'
import { ALL_RELATIONS } from '../src/precompiles/assets/kinds.ts'
import { ZERO_ADDRESS, ZERO_HASH } from '../src/types/primitives.ts'
import type { Fields } from '../test/precompiles/model/module-calls.ts'
import {
  appendCall,
  assets,
  CHILD,
  contentHash,
  DISPUTED,
  EMPTY_PLACE,
  emptyProof,
  FIRST_CHILD,
  FREE_CONTENT,
  fullEdges,
  type GasWorld,
  PARENTS,
  pools,
  ROOTS,
  registration,
  royalty,
  treeLeaves,
} from './module-gas-world.ts'
import { AUTHORITY_NUMBER, BENCH_RULES, type BenchCall, type RoyaltyChain } from './royalty-chain.ts'
import { ownerOfAsset } from './royalty-install.ts'

const COIN = 10n ** 18n
/** So little that deeper nodes wait: what they cost is bounded by the block's budget and not by the payer's gas. */
const DUST = 1_000_000n
/** What fits the gas of one transaction. */
const CLAIMED_LEAVES = 400
const CLAIMED_ACROSS = 100
const CLAIMED_ACCOUNTS = 128
const BUNDLE = 22

export function gasCases(world: GasWorld): ReadonlyMap<string, BenchCall> {
  return new Map([...assetCases(world), ...royaltyCases(world), ...poolCases(world)])
}

/** Cases in which a token or another contract runs, and with it the engine. */
export const IN_ENGINE: ReadonlySet<string> = new Set([
  'royalty.payToken',
  'royalty.claim',
  'royalty.claimMany',
  'royalty.surplus',
  'pools.fund',
])

type Cases = [string, BenchCall][]

function assetCases({ chain, owner }: GasWorld): Cases {
  const id = { id: CHILD }
  const terms = { relation: 0n, relativePpm: 8_000n, floorPpm: 0n, floorGens: 0n, licenceId: ZERO_HASH }
  const approval = { parent: CHILD, contentHash: contentHash(5n), registrant: owner, terms }
  const asked = { relationMask: ALL_RELATIONS, minRelativePpm: 1n, floorPpm: 1n, floorGens: 255n, isOpen: true }
  const uri = 'u'.repeat(1_024)
  const { poolPpm: _pool, kind: _kind, royaltyBps: _royalty, ...version } = registration(FREE_CONTENT, fullEdges(), uri)
  const to = chain.address(1)
  const of = (name: string, params: Fields, from = 0): [string, BenchCall] => [
    `assets.${name}`,
    assets(name, params, from),
  ]
  return [
    of('commit', { commitment: contentHash(99n) }),
    of('committedAtBlock', { commitment: contentHash(99n) }),
    of('register', registration(FREE_CONTENT, fullEdges(), uri)),
    of('addVersion', { previous: CHILD, ...version }),
    of('setTerms', { ...id, ...asked }),
    of('terms', id),
    [`assets.approve/approve(address,uint256)`, assets('approve', { to, tokenId: CHILD })],
    of('approve', approval),
    of('approveBySignature', { ...approval, ...signedApproval(chain, approval) }),
    of('revokeApproval', approval),
    of('isApproved', approval),
    of('approvalDigest', { ...approval, deadline: 1n }),
    of('get', id),
    of('byContent', { contentHash: contentHash(CHILD) }),
    of('assetCount', {}),
    of('statusOf', id),
    of('parents', id),
    of('obligations', id),
    of('verifyPath', { path: [CHILD, BigInt(ROOTS + 1), 1n] }),
    of('lowerEdge', { child: CHILD, parent: BigInt(ROOTS + 1), relativePpm: 1n, floorPpm: 0n, floorGens: 0n }),
    of('setOperator', { ...id, operator: to }),
    of('anchorUsage', { ...id, logRoot: contentHash(1n), entries: 1n }),
    of('usage', id),
    of('usageRoot', { ...id, anchor: 0n }),
    of('operatorOf', id),
    of('setStatus', { ...id, status: 3n }, AUTHORITY_NUMBER),
    of('resolve', { id: DISPUTED, status: 1n, escrowTo: to, owner: to }, AUTHORITY_NUMBER),
    of('name', {}),
    of('symbol', {}),
    of('supportsInterface', { interfaceId: '0x80ac58cd' }),
    of('ownerOf', { tokenId: CHILD }),
    of('balanceOf', { owner }),
    of('tokenURI', { tokenId: CHILD }),
    of('royaltyInfo', { tokenId: CHILD, salePrice: COIN }),
    of('getApproved', { tokenId: CHILD }),
    of('setApprovalForAll', { operator: to, approved: true }),
    of('isApprovedForAll', { owner, operator: to }),
    of('transferFrom', { from: owner, to, tokenId: CHILD }),
    of('safeTransferFrom', { from: owner, to, tokenId: CHILD }),
  ]
}

/** The owner's signature of an approval that does not end. */
function signedApproval(chain: RoyaltyChain, approval: Parameters<typeof approvalDigest>[0]): Fields {
  const deadline = 2n ** 40n
  const domain = { chainId: BigInt(DEVNET_CHAIN_ID), module: ASSETS_MODULE }
  const digest = approvalDigest(approval, deadline, domain, keccak256Hash)
  const { r, s, yParity } = sign(hexToBytes(digest), chain.key(0))
  return { deadline, signature: concatBytes(compactSignature(r, s), Uint8Array.of(27 + yParity)) }
}

function royaltyCases({ owner, token, unlisted }: GasWorld): Cases {
  const pair = { asset: CHILD, token: ZERO_ADDRESS }
  const children = Array.from({ length: BUNDLE }, (_, at) => BigInt(FIRST_CHILD + at))
  const bundle = { assets: children, amounts: children.map(() => DUST), memo: ZERO_HASH }
  const nodes = Array.from({ length: PARENTS }, (_, at) => 2n * BigInt(ROOTS + PARENTS - at))
  const accounts = Array.from({ length: CLAIMED_ACCOUNTS }, (_, at) => (at === 0 ? owner : ownerOfAsset(at)))
  const of = (name: string, params: Fields, value = 0n, from = 0): [string, BenchCall] => [
    `royalty.${name}`,
    royalty(name, params, value, from),
  ]
  return [
    of('pay', { asset: CHILD, memo: ZERO_HASH }, DUST),
    of('payToken', { asset: CHILD, token, amount: 1n, memo: ZERO_HASH }),
    of('payBundle', bundle, DUST * BigInt(children.length)),
    of('flush', { token: ZERO_ADDRESS, nodesDescending: nodes }),
    of('claim', { account: owner, tokens: [ZERO_ADDRESS, token] }),
    of('claimMany', { accounts, tokens: [ZERO_ADDRESS, token] }),
    of('claimable', { account: owner, token: ZERO_ADDRESS }),
    of('pending', pair),
    of('ledger', pair),
    of('quote', { asset: CHILD, amount: COIN, maxNodes: 256n }),
    of('totals', { token: ZERO_ADDRESS }),
    of('surplus', { token }),
    of('queued', { token: ZERO_ADDRESS }),
    of('tokens', {}),
    of('setProtocolFee', { feePpm: 2_000n }, 0n, AUTHORITY_NUMBER),
    of('listToken', { token: unlisted, decimals: 6n, flushMin: 1n, slotMin: 1n }, 0n, AUTHORITY_NUMBER),
    of('setTokenPayable', { token, isPayable: false }, 0n, AUTHORITY_NUMBER),
    of('setThreshold', { token, flushMin: 5n, slotMin: 5n }, 0n, AUTHORITY_NUMBER),
  ]
}

function poolCases({ chain, owner, token, deep, tree }: GasWorld): Cases {
  const key = { pool: CHILD, batch: 0n }
  const native = { token: ZERO_ADDRESS }
  const { leaf, proof } = deep
  const leaves = treeLeaves(CLAIMED_LEAVES)
  const multiproof = tree.proveMany(leaves.map(({ index }) => Number(index)))
  const claims = treeLeaves(CLAIMED_ACROSS).map((one) => {
    return { pool: CHILD, batch: 1n, ...native, leaf: one, proof: tree.prove(Number(one.index)) }
  })
  const of = (name: string, params: Fields, value = 0n, from = 0): [string, BenchCall] => [
    `pools.${name}`,
    pools(name, params, value, from),
  ]
  const first = { pool: BigInt(FIRST_CHILD + 1) }
  return [
    of('create', { controller: owner, policy: 2n, maxWeight: 5n }),
    of('setPolicy', { ...first, policy: 1n, maxWeight: 0n }),
    of('setController', { pool: CHILD, controller: chain.address(1) }),
    ['pools.append', appendCall(deep, deep.total, 24)],
    of('appendLeaf', { ...first, leaf, dataHash: contentHash(1n), relayFeePpm: 0n }),
    of('withdraw', { pool: CHILD, batch: 4n }),
    of('fund', { pool: CHILD, token, amount: 1_000_000n }),
    of('claim', { ...key, ...native, leaf, proof }),
    of('claimMany', { pool: CHILD, batch: 1n, ...native, leaves, multiproof }),
    of('claimAcross', { claims }),
    of('setPayee', { payee: chain.address(1) }),
    of('freeze', key, 0n, AUTHORITY_NUMBER),
    of('unfreeze', { pool: CHILD, batch: 2n }, 0n, AUTHORITY_NUMBER),
    of('revoke', { pool: CHILD, batch: 2n, evidence: ZERO_HASH, isForfeit: true }, 0n, AUTHORITY_NUMBER),
    of('releaseEscrow', { pool: BigInt(FIRST_CHILD), ...native, account: owner }, 0n, AUTHORITY_NUMBER),
    of('demandLeaf', { pool: CHILD, batch: 1n, index: 3n }, BENCH_RULES.demandBondWei),
    of('answerLeaf', { ...key, leaf, proof }),
    of('answerEmpty', { pool: CHILD, batch: 1n, index: EMPTY_PLACE, height: 0n, proof: emptyProof(tree) }),
    of('returnBond', { pool: BigInt(FIRST_CHILD), batch: 0n, index: 0n }),
    of('revokeUnanswered', { pool: CHILD, batch: 3n, index: 0n }),
    of('state', { pool: CHILD }),
    of('batchState', key),
    of('ledger', { pool: CHILD, ...native }),
    of('entitled', { ...key, ...native, leaf, proof }),
    of('batchPaid', { ...key, ...native }),
    of('payee', { account: owner }),
    of('demandOf', { pool: CHILD, batch: 3n, index: 0n }),
  ]
}
