/**
 * Draws what happens next in a world: mostly what should work, some of it not, from one seed.
 */

import { SumTree } from '../../../src/crypto/merkle-sum-tree.ts'
import { hexToBytes } from '../../../src/lib/bytes.ts'
import type { Prng } from '../../../src/lib/prng.ts'
import { ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import { type Address, ZERO_ADDRESS } from '../../../src/types/primitives.ts'
import type { ModelEdge } from '../model/lineage-model.ts'
import type { Action, Batch, Leaf } from './actions.ts'
import type { AuditedBatch, Auditor } from './auditor.ts'

export type ScenarioOptions = {
  readonly prng: Prng
  readonly auditor: Auditor
  /** Accounts with keys, by number; `authority` is one of them and sends nothing else. */
  readonly addresses: readonly Address[]
  readonly authority: number
  /** An ERC-20 with 6 decimals that every account holds and has approved, once it is deployed. */
  readonly token: () => Address | undefined
  /** What demanding a leaf deposits. */
  readonly bondWei: bigint
}

/** A world stays small enough for a model that does everything the long way. */
const MAX_ASSETS = 32
const MAX_POOLS = 6
const MAX_BATCHES = 5

export class Scenario {
  private readonly options: ScenarioOptions
  private readonly prng: Prng
  private readonly auditor: Auditor
  private readonly commitments: { readonly content: number; readonly from: number; readonly block: number }[] = []
  private contents = 0

  constructor(options: ScenarioOptions) {
    this.options = options
    this.prng = options.prng
    this.auditor = options.auditor
  }

  /** The next action in block `block`, or undefined when the draw fits nothing that is there. */
  next(block: number): Action | undefined {
    const { prng } = this
    const assets = this.auditor.assets
    if (assets < 3 || (assets < MAX_ASSETS && prng.chance(0.18))) return this.commitOrRegister(block)
    if (prng.chance(0.1)) return this.firstTerms()
    if (prng.chance(0.02)) return this.forcedCoin()
    const drawn = prng.float()
    if (drawn < 0.34) return this.payment()
    if (drawn < 0.42) return this.flush()
    if (drawn < 0.5) return this.claim()
    if (drawn < 0.56) return this.assetChange()
    if (drawn < 0.62) return this.dispute()
    if (drawn < 0.64)
      return { kind: 'setProtocolFee', from: this.options.authority, feePpm: BigInt(prng.below(12_000)) }
    return this.poolAction()
  }

  private commitOrRegister(block: number): Action | undefined {
    const ready = this.commitments.findIndex((one) => one.block + 2 <= block)
    if (ready < 0 || this.prng.chance(0.3)) {
      const content = this.contents++
      const from = this.sender()
      this.commitments.push({ content, from, block })
      return { kind: 'commit', from, content }
    }
    const [commitment] = this.commitments.splice(ready, 1)
    return commitment === undefined ? undefined : this.registration(commitment)
  }

  private registration({ content, from }: { readonly content: number; readonly from: number }): Action {
    const { prng, auditor } = this
    const own = this.ownedBy(from)
    const edges = this.edges()
    if (own.length > 0 && prng.chance(0.15)) {
      const previous = prng.pick(own)
      const { edges: former } = auditor.books.lineage.get(previous)
      const kept = new Map([...edges, ...former].map((edge) => [edge.parent, edge]))
      const merged = [...kept.values()].sort((a, b) => a.parent - b.parent)
      return { kind: 'addVersion', from, content, previous, edges: merged }
    }
    const poolPpm = prng.chance(0.6) ? BigInt(prng.below(400_000)) : 0n
    return { kind: 'register', from, content, edges, poolPpm }
  }

  /** Edges that meet their parents' terms, most of the time. */
  private edges(): ModelEdge[] {
    const { prng, auditor } = this
    const wanted = prng.below(Math.min(6, auditor.assets + 1))
    const parents = prng.shuffle([...auditor.terms.keys()]).slice(0, wanted)
    return parents
      .sort((a, b) => a - b)
      .map((parent): ModelEdge => {
        const terms = auditor.terms.get(parent) ?? { minRelativePpm: 0n, floorPpm: 0n, floorGens: 0n }
        const isMean = prng.chance(0.05)
        return {
          parent,
          relativePpm: isMean ? 0n : terms.minRelativePpm + BigInt(prng.below(60_000)),
          floorPpm: terms.floorPpm,
          floorGens: terms.floorPpm === 0n ? 0n : terms.floorGens,
        }
      })
  }

  private payment(): Action {
    const { prng } = this
    const from = this.sender()
    const token = this.options.token()
    if (token !== undefined && prng.chance(0.2)) {
      return { kind: 'payToken', from, asset: this.asset(), token, units: BigInt(prng.below(5_000_000)) }
    }
    if (prng.chance(0.15)) {
      const payments = Array.from({ length: prng.below(6) }, () => ({ asset: this.asset(), wei: this.amount() }))
      return { kind: 'payBundle', from, payments }
    }
    // Sometimes an asset that is not there.
    const asset = prng.chance(0.03) ? this.auditor.assets + 1 : this.asset()
    return { kind: 'pay', from, asset, wei: this.amount() }
  }

  /** From nothing and dust to much. */
  private amount(): bigint {
    const { prng } = this
    if (prng.chance(0.03)) return 0n
    return BigInt(1 + prng.below(1_000)) * 10n ** BigInt(prng.below(17))
  }

  /** A contract that leaves its coins to the royalty ledger as it dies: a surplus, and nobody's. */
  private forcedCoin(): Action {
    const data = hexToBytes(`0x73${ROYALTY_MODULE.slice(2)}ff`)
    return { kind: 'call', from: this.sender(), to: null, data, wei: BigInt(this.prng.below(1_000_000)) }
  }

  private flush(): Action {
    const { prng, auditor } = this
    const token = prng.pick(auditor.tokenIndices())
    const pending = auditor.pendingNodes(token).map(({ asset, side }) => 2 * asset + (side === 'direct' ? 1 : 0))
    const nodes = prng.chance(0.5) ? pending : pending.filter(() => prng.chance(0.4))
    const address = auditor.tokens[token]?.address ?? ZERO_ADDRESS
    return { kind: 'flush', from: this.sender(), token: address, nodes: nodes.slice(0, 8) }
  }

  private claim(): Action {
    const { prng, auditor } = this
    const tokens = auditor.tokens.map((one) => one.address).filter(() => prng.chance(0.7))
    const accounts = [...auditor.accounts]
    const from = this.sender()
    if (prng.chance(0.6)) return { kind: 'claim', from, account: prng.pick(accounts), tokens }
    return { kind: 'claimMany', from, accounts: accounts.filter(() => prng.chance(0.5)), tokens }
  }

  private assetChange(): Action | undefined {
    const { prng, auditor } = this
    const id = this.asset()
    const owner = this.numberOf(auditor.books.ownerOf(id))
    if (owner === undefined) return undefined
    if (prng.chance(0.35)) return { kind: 'transfer', from: owner, id, to: prng.pick(this.options.addresses) }
    return prng.chance(0.4) ? this.newTerms(id, owner) : this.lowerEdge(id, owner)
  }

  /** Terms of an asset that has none, so that it can have children. */
  private firstTerms(): Action | undefined {
    const { auditor } = this
    const id = auditor.books.lineage.ids().find((one) => !auditor.terms.has(one))
    const owner = id === undefined ? undefined : this.numberOf(auditor.books.ownerOf(id))
    return id === undefined || owner === undefined ? undefined : this.newTerms(id, owner)
  }

  private newTerms(id: number, from: number): Action {
    const { prng } = this
    const floorPpm = prng.chance(0.4) ? BigInt(prng.below(30_000)) : 0n
    const floorGens = floorPpm === 0n ? 0n : prng.chance(0.3) ? 255n : BigInt(1 + prng.below(4))
    return { kind: 'setTerms', from, id, minRelativePpm: BigInt(prng.below(80_000)), floorPpm, floorGens }
  }

  private lowerEdge(parent: number, owner: number): Action | undefined {
    const { prng, auditor } = this
    const { lineage } = auditor.books
    const children = lineage.ids().filter((id) => lineage.get(id).edges.some((edge) => edge.parent === parent))
    if (children.length === 0) return undefined
    const child = prng.pick(children)
    const edge = lineage.get(child).edges.find((one) => one.parent === parent)
    if (edge === undefined) return undefined
    const lowered = {
      ...edge,
      relativePpm: edge.relativePpm / BigInt(1 + prng.below(3)),
      floorPpm: edge.floorPpm / BigInt(1 + prng.below(2)),
    }
    return { kind: 'lowerEdge', from: owner, child, edge: lowered }
  }

  private dispute(): Action | undefined {
    const { prng, auditor } = this
    const { authority, addresses } = this.options
    const disputed = [...auditor.standing].filter(([, standing]) => standing === 'disputed').map(([id]) => id)
    if (disputed.length > 0 && prng.chance(0.7)) {
      const status = prng.chance(0.9) ? 1n : 3n
      const id = prng.pick(disputed)
      return {
        kind: 'resolve',
        from: authority,
        id,
        status,
        escrowTo: prng.pick(addresses),
        owner: prng.pick(addresses),
      }
    }
    return { kind: 'setStatus', from: authority, id: this.asset(), status: prng.chance(0.95) ? 2n : 3n }
  }

  private poolAction(): Action | undefined {
    const { prng, auditor } = this
    const pools = [...auditor.pools.values()]
    const standAlone = pools.filter(({ id }) => id >= 1n << 63n)
    if (standAlone.length < MAX_POOLS && prng.chance(0.06)) {
      const policy = BigInt(1 + prng.below(3))
      const from = this.sender()
      const controller = this.options.addresses[this.sender()] ?? ZERO_ADDRESS
      return { kind: 'createPool', from, controller, policy, maxWeight: policy === 2n ? 500n : 0n }
    }
    if (pools.length === 0) return undefined
    const pool = prng.pick(pools)
    const open = pool.batches.length < MAX_BATCHES
    if (open && prng.chance(pool.batches.length === 0 ? 0.5 : 0.1)) return this.append(pool.id)
    if (prng.chance(0.15)) return { kind: 'fund', from: this.sender(), pool: pool.id, wei: this.amount() }
    if (pool.batches.length === 0) return undefined
    const number = prng.below(pool.batches.length)
    const batch = pool.batches[number]
    if (batch === undefined) return undefined
    if (prng.chance(0.12)) return this.decision(pool.id, number, batch)
    if (prng.chance(0.2)) return this.demand(pool.id, number, batch)
    return this.leafClaim(number, batch)
  }

  private append(pool: bigint): Action {
    const controller = this.numberOf(this.auditor.pools.get(pool)?.controller ?? '')
    const from = controller === undefined || this.prng.chance(0.1) ? this.sender() : controller
    return { kind: 'append', from, batch: this.batch(pool) }
  }

  /** A batch of one to nine leaves; some weigh nothing. */
  private batch(pool: bigint): Batch {
    const { prng } = this
    const count = 1 + prng.below(9)
    const accounts = new Uint8Array(20 * count)
    const weights = new Uint8Array(16 * count)
    const leaves = Array.from({ length: count }, (_, index): Leaf => {
      const account = prng.pick(this.options.addresses)
      // The first weighs something, so that the batch does.
      const weight = index > 0 && prng.chance(0.1) ? 0 : 1 + prng.below(200)
      accounts.set(hexToBytes(account), 20 * index)
      weights[16 * index + 15] = weight
      return { index: BigInt(index), account, weight: BigInt(weight) }
    })
    const built = SumTree.build({ count, accounts, weights })
    if (!built.ok) throw new Error(built.error.code)
    const batch = { pool, leaves, tree: built.value }
    this.auditor.offer(batch)
    return batch
  }

  private decision(pool: bigint, batch: number, { isFrozen }: AuditedBatch): Action {
    const { authority: from, addresses } = this.options
    const { prng } = this
    if (prng.chance(0.15)) {
      const account = prng.chance(0.5) ? ZERO_ADDRESS : prng.pick(addresses)
      return { kind: 'releasePoolEscrow', from, pool, token: ZERO_ADDRESS, account }
    }
    if (!isFrozen) return { kind: 'freeze', from, pool, batch }
    if (prng.chance(0.4)) return { kind: 'unfreeze', from, pool, batch }
    return { kind: 'revoke', from, pool, batch, isForfeit: prng.chance(0.5) }
  }

  /** Somebody asks for a leaf, or shows it, or draws the consequences; or the publisher takes the batch back. */
  private demand(pool: bigint, number: number, batch: AuditedBatch): Action {
    const { prng, auditor } = this
    const from = this.sender()
    const open = [...auditor.demands.values()].filter((one) => one.pool === pool && one.batch === number)
    if (open.length > 0 && prng.chance(0.7)) {
      const { index } = prng.pick(open)
      const leaf = batch.leaves[Number(index)]
      if (leaf !== undefined && prng.chance(0.4)) return { kind: 'answerLeaf', from, number, batch, leaf }
      return { kind: prng.chance(0.6) ? 'revokeUnanswered' : 'returnBond', from, pool, batch: number, index }
    }
    const controller = this.numberOf(auditor.pools.get(pool)?.controller ?? '')
    if (batch.state === 'pending' && controller !== undefined && prng.chance(0.3)) {
      return { kind: 'withdraw', from: controller, pool, batch: number }
    }
    const { index } = prng.pick(batch.leaves)
    return { kind: 'demandLeaf', from, pool, batch: number, index, wei: this.options.bondWei }
  }

  private leafClaim(number: number, batch: AuditedBatch): Action {
    const { prng, auditor } = this
    const { address: token } = prng.pick(auditor.tokens)
    const from = this.sender()
    if (prng.chance(0.5)) return { kind: 'claimLeaf', from, number, batch, token, leaf: this.leaf(batch) }
    const leaves = batch.leaves.filter(() => prng.chance(0.6))
    return { kind: 'claimLeaves', from, number, batch, token, leaves: leaves.length === 0 ? batch.leaves : leaves }
  }

  /** A leaf of the batch; now and then one that weighs more than it does. */
  private leaf(batch: AuditedBatch): Leaf {
    const leaf = this.prng.pick(batch.leaves)
    return this.prng.chance(0.05) ? { ...leaf, weight: leaf.weight + 1n } : leaf
  }

  private asset(): number {
    return 1 + this.prng.below(this.auditor.assets)
  }

  /** The number of an account that is not the authority. */
  private sender(): number {
    const { addresses, authority } = this.options
    const drawn = this.prng.below(addresses.length - 1)
    return drawn >= authority ? drawn + 1 : drawn
  }

  private numberOf(address: string): number | undefined {
    const found = this.options.addresses.indexOf(address as Address)
    return found < 0 ? undefined : found
  }

  private ownedBy(from: number): number[] {
    const address = this.options.addresses[from]
    const { books } = this.auditor
    return books.lineage
      .ids()
      .filter((id) => books.ownerOf(id) === address && this.auditor.standing.get(id) === 'active')
  }
}
