/**
 * Random calls of all three native modules by accounts that know what is there: most would succeed, many are off by a little,
 * so that every rule and every refusal has its turn. The same seed over the same state makes the same calls.
 */

import { keccak256Hash } from '../../src/crypto/keccak.ts'
import { present } from '../../src/lib/assert.ts'
import { ROYALTY_MODULE } from '../../src/precompiles/addresses.ts'
import { commitmentPreimage } from '../../src/precompiles/assets/commitments.ts'
import { type Address, type Hash, ZERO_ADDRESS, ZERO_HASH } from '../../src/types/primitives.ts'
import type { Seen } from './mock-chain.ts'

import { AUTHORITY, bigHash, type Draft, type Edge, PLAYERS } from './random-draws.ts'
import { RandomPoolCalls } from './random-pool-calls.ts'

export class RandomCalls extends RandomPoolCalls {
  private readonly committed: { readonly content: number; readonly by: Address; readonly block: number }[] = []
  private contents = 0
  private readonly edgesOf = new Map<bigint, readonly Edge[]>()

  next(): Draft {
    const due = this.agenda.findIndex(({ fromBlock }) => fromBlock <= this.world.block)
    if (due >= 0 && this.prng.chance(0.6)) return present(this.agenda.splice(due, 1)[0], 'it is due').make()
    if (this.assets < 3n && this.prng.chance(0.8)) return this.register()
    const { pay, payToken, payBundle, flush, claim } = this
    const ledger = [pay, pay, pay, pay, payToken, payToken, payBundle, flush, claim, claim]
    const rules = [this.setTerms, this.approve, this.lowerEdge, this.roles, this.transfer, this.dispute, this.govern]
    const { append, fund, claimLeaf, claimAcross, demand } = this
    const pools = [this.createPool, append, fund, claimLeaf, claimLeaf, claimLeaf, claimAcross, demand, this.poolOffice]
    const more = [this.judgeBatch, this.commit, this.register, this.register, this.register]
    return this.oneOf([...ledger, ...rules, ...pools, ...more]).call(this)
  }

  /** Tells the accounts what came of a call. */
  note(draft: Draft, { status, returned }: Seen): void {
    if (status === 'success') draft.onSuccess?.(returned)
  }

  private commit(): Draft {
    const by = this.player()
    const content = this.prng.chance(0.9) ? ++this.contents : this.prng.below(this.contents + 1)
    this.committed.push({ content, by, block: this.world.block })
    const commitment = keccak256Hash(commitmentPreimage(contentHash(content), by, ZERO_HASH))
    return this.assetsCall('commit', { commitment }, by)
  }

  private register(): Draft {
    const ripe = this.committed.findIndex(({ block }) => block + 2 <= this.world.block)
    if (ripe < 0 || this.prng.chance(0.03)) return this.commit()
    const { content, by } = present(this.committed.splice(ripe, 1)[0], 'a commitment is ripe')
    const facts = {
      contentHash: contentHash(content),
      dataRoot: bigHash(9n),
      uri: this.oneOf(['', 'ipfs://a', 'b'.repeat(70)]),
    }
    const parents = this.edges()
    const onSuccess = (returned: string): void => this.learn(BigInt(returned), parents, hasPool)
    let hasPool = false
    if (this.assets > 0n && this.prng.chance(0.2)) {
      const previous = this.asset()
      const kept = this.edgesOf.get(previous) ?? []
      const edges = this.prng.chance(0.8) ? kept : parents
      const params = { previous, ...facts, parents: edges }
      const more = this.prng.chance(0.3) ? { poolPpm: this.oneOf([0n, 250_000n]), salt: ZERO_HASH } : {}
      const learned = (returned: string): void => this.learn(BigInt(returned), edges, false)
      return { ...this.assetsCall('addVersion', { ...params, ...more }, by), onSuccess: learned }
    }
    const poolPpm = this.rarely(1_000_001n, this.oneOf([0n, 250_000n]))
    hasPool = poolPpm > 0n
    const given = { kind: this.rarely(9n, BigInt(this.prng.below(7))), ...facts, parents }
    const params = { ...given, poolPpm, royaltyBps: this.rarely(1_001n, 500n) }
    const salted = this.prng.chance(0.1) ? { ...params, salt: ZERO_HASH } : params
    return { ...this.assetsCall('register', salted, by), onSuccess }
  }

  private learn(id: bigint, edges: readonly Edge[], hasPool: boolean): void {
    this.assets = id
    this.edgesOf.set(id, edges)
    if (hasPool) this.poolIds.push(id)
    this.plan(0, () => this.openTerms(id))
    if (hasPool) this.plan(0, () => this.appendTo(id))
  }

  private openTerms(id: bigint): Draft {
    const floor = this.oneOf([
      { floorPpm: 0n, floorGens: 0n },
      { floorPpm: 20_000n, floorGens: 2n },
    ])
    const terms = { relationMask: 1_023n, minRelativePpm: this.oneOf([0n, 50_000n]), ...floor, isOpen: true }
    return this.assetsCall('setTerms', { id, ...terms }, this.ownerOf(id))
  }

  private setTerms(): Draft {
    const id = this.asset()
    const mask = this.rarely(2_048n, this.oneOf([1_023n, 1_023n, 1_023n, 7n, 0n]))
    const floor = {
      floorPpm: this.rarely(200_001n, this.oneOf([0n, 0n, 20_000n])),
      floorGens: this.rarely(0n, this.oneOf([1n, 3n, 255n])),
    }
    const terms = { relationMask: mask, minRelativePpm: this.rarely(900_001n, this.oneOf([0n, 0n, 50_000n])), ...floor }
    return this.assetsCall('setTerms', { id, ...terms, isOpen: this.prng.chance(0.9) }, this.actorFor(id))
  }

  private approve(): Draft {
    const edge = this.edge(this.asset())
    const { parent, ...terms } = edge
    const [content, registrant] = [contentHash(this.prng.below(this.contents + 2)), this.player()]
    const params = { parent, contentHash: content, registrant, terms }
    const name = this.oneOf(['approve', 'approve', 'revokeApproval'])
    if (this.prng.chance(0.1)) {
      const signed = {
        ...params,
        deadline: this.oneOf([1n, 1n << 40n]),
        signature: new Uint8Array(this.oneOf([65, 64])).fill(1),
      }
      return this.assetsCall('approveBySignature', signed, this.player())
    }
    return this.assetsCall(name, params, this.actorFor(parent))
  }

  private lowerEdge(): Draft {
    const child = this.asset()
    const known = this.edgesOf.get(child) ?? []
    const parent = known.length > 0 && this.prng.chance(0.9) ? this.oneOf(known).parent : this.asset()
    const floor = { floorPpm: this.oneOf([0n, 0n, 20_000n]), floorGens: this.oneOf([0n, 1n]) }
    const lowered = { relativePpm: this.oneOf([0n, 10_000n, 50_000n]), ...floor }
    return this.assetsCall('lowerEdge', { child, parent, ...lowered }, this.actorFor(parent))
  }

  private roles(): Draft {
    const id = this.asset()
    const [by, other] = [this.actorFor(id), this.player()]
    const choices: readonly (() => Draft)[] = [
      () => this.assetsCall('setOperator', { id, operator: other }, by),
      () => this.assetsCall('anchorUsage', { id, logRoot: bigHash(id), entries: 12n }, by),
      () => this.assetsCall('approve', { to: other, tokenId: id }, by),
      () =>
        this.assetsCall(
          'setApprovalForAll',
          { operator: this.rarely(ZERO_ADDRESS, other), approved: this.prng.chance(0.5) },
          by,
        ),
      () => this.freeCall('verifyPath', { path: [id, this.asset(), this.asset()].slice(this.prng.below(2)) }, by),
    ]
    return this.oneOf(choices)()
  }

  private transfer(): Draft {
    const tokenId = this.rarely(1n << 70n, this.asset())
    const from = this.prng.chance(0.9) ? this.ownerOf(tokenId) : this.player()
    const to = this.rarely(ZERO_ADDRESS, this.rarely(ROYALTY_MODULE, this.player()))
    const name = this.oneOf(['transferFrom', 'safeTransferFrom'])
    return this.assetsCall(name, { from, to, tokenId }, this.prng.chance(0.8) ? from : this.player())
  }

  private dispute(): Draft {
    const [id, by] = [this.asset(), this.rarely(this.player(), AUTHORITY)]
    if (this.prng.chance(0.2)) return this.resolution(id)
    const status = this.rarely(3n, this.rarely(4n, 2n))
    const onSuccess = (): void => this.plan(1 + this.prng.below(2), () => this.resolution(id))
    return { ...this.assetsCall('setStatus', { id, status }, by), onSuccess }
  }

  private resolution(id: bigint): Draft {
    const status = this.rarely(3n, this.rarely(2n, 1n))
    const owner = this.rarely(ZERO_ADDRESS, this.player())
    const params = { id, status, escrowTo: this.player(), owner }
    return this.assetsCall('resolve', params, this.rarely(this.player(), AUTHORITY))
  }

  private govern(): Draft {
    const by = this.prng.chance(0.9) ? AUTHORITY : this.player()
    const token = this.token()
    const choices: readonly (() => Draft)[] = [
      () => this.royaltyCall('setProtocolFee', { feePpm: this.oneOf([0n, 1_000n, 5_000n, 10_001n]) }, by),
      () => this.royaltyCall('setTokenPayable', { token, isPayable: this.prng.chance(0.7) }, by),
      () =>
        this.royaltyCall(
          'setThreshold',
          { token, flushMin: this.oneOf([2_000_000n, 10n ** 12n]), slotMin: this.oneOf([0n, 10n ** 11n]) },
          by,
        ),
      () => this.royaltyCall('listToken', { token, decimals: this.oneOf([6n, 19n]), flushMin: 1n, slotMin: 0n }, by),
    ]
    return this.oneOf(choices)()
  }

  private pay(): Draft {
    const wei = this.amount()
    return this.royaltyCall('pay', { asset: this.asset(), memo: bigHash(wei) }, this.player(), wei)
  }

  private payToken(): Draft {
    const amount = this.oneOf([0n, 1n, 1_000_000n, 10n ** 40n, BigInt(this.prng.below(1_000_000_000))])
    return this.royaltyCall(
      'payToken',
      { asset: this.asset(), token: this.token(), amount, memo: ZERO_HASH },
      this.player(),
    )
  }

  private payBundle(): Draft {
    const count = this.oneOf([0, 1, 2, 5, 33])
    const assets = Array.from({ length: count }, () => this.asset())
    const amounts = assets.map(() => this.amount())
    if (this.prng.chance(0.05)) amounts.push((1n << 256n) - 1n)
    const sum = amounts.reduce((total, one) => total + one, 0n)
    const value = this.prng.chance(0.9) && sum < 10n ** 27n ? sum : 1n
    return this.royaltyCall('payBundle', { assets, amounts, memo: ZERO_HASH }, this.player(), value)
  }

  private flush(): Draft {
    const nodes = Array.from({ length: this.prng.below(6) }, () => 2n * this.asset() + BigInt(this.prng.below(2)))
    const descending = [...new Set(nodes)].sort((a, b) => (a > b ? -1 : 1))
    const nodesDescending = this.prng.chance(0.9) ? descending : nodes
    return this.royaltyCall('flush', { token: this.token(), nodesDescending }, this.player())
  }

  private claim(): Draft {
    const tokens = this.oneOf([[ZERO_ADDRESS], [ZERO_ADDRESS], [ZERO_ADDRESS, ...this.tokens], [this.token()], []])
    if (this.prng.chance(0.5)) return this.royaltyCall('claim', { account: this.account(), tokens }, this.player())
    return this.royaltyCall('claimMany', { accounts: [...PLAYERS, this.account()], tokens }, this.player())
  }

  private edges(): Edge[] {
    const parents = new Set(Array.from({ length: this.prng.below(4) }, () => this.asset()))
    const ascending = [...parents].sort((a, b) => (a < b ? -1 : 1))
    return (this.prng.chance(0.97) ? ascending : [...ascending, ...ascending]).map((parent) => this.edge(parent))
  }

  private edge(parent: bigint): Edge {
    const floor = this.oneOf([
      { floorPpm: 0n, floorGens: 0n },
      { floorPpm: 20_000n, floorGens: 255n },
      { floorPpm: 60_000n, floorGens: 2n },
      this.rarely({ floorPpm: 200_001n, floorGens: 0n }, { floorPpm: 20_000n, floorGens: 3n }),
    ])
    const relation = this.rarely(10n, BigInt(this.prng.below(10)))
    const licenceId = this.prng.chance(0.2) ? bigHash(parent) : ZERO_HASH
    return {
      parent,
      relation,
      relativePpm: this.rarely(900_001n, this.oneOf([50_000n, 100_000n, 100_000n, 300_000n, 0n])),
      ...floor,
      licenceId,
    }
  }
}

function contentHash(content: number): Hash {
  return content === 0 ? ZERO_HASH : bigHash(BigInt(content))
}
