/**
 * Random calls of the pools: batches that come and go, claims with proofs that may be wrong, disputes, withheld leaves.
 */

import { SumTree } from '../../src/crypto/merkle-sum-tree.ts'
import { present } from '../../src/lib/assert.ts'
import { bigintToBytes32, hexToBytes } from '../../src/lib/bytes.ts'
import { POOLS_MODULE, ROYALTY_MODULE } from '../../src/precompiles/addresses.ts'
import { UNMETERED } from '../../src/precompiles/context.ts'
import { poolControl } from '../../src/precompiles/pools/pool-cells.ts'
import { Cells } from '../../src/state/cells.ts'
import { type Address, addressFromBigint, ZERO_ADDRESS } from '../../src/types/primitives.ts'

import {
  AUTHORITY,
  type BatchKey,
  bigHash,
  type Draft,
  type KnownBatch,
  type Leaf,
  RandomDraws,
  STAND_ALONE,
} from './random-draws.ts'

export class RandomPoolCalls extends RandomDraws {
  readonly batches: KnownBatch[] = []

  protected createPool(): Draft {
    if (this.poolIds.filter((one) => one >= STAND_ALONE).length > 3) return this.append()
    const policy = this.rarely(4n, this.oneOf([1n, 2n, 3n, 3n]))
    const maxWeight = policy === 2n ? 5_000n : this.rarely(7n, 0n)
    const params = { controller: this.rarely(ZERO_ADDRESS, this.player()), policy, maxWeight }
    const onSuccess = (returned: string): void => {
      this.poolIds.push(BigInt(returned))
      this.plan(0, () => this.appendTo(BigInt(returned)))
    }
    return { ...this.poolsCall('create', params, this.player()), onSuccess }
  }

  protected append(): Draft {
    return this.appendTo(this.pool())
  }

  protected appendTo(pool: bigint): Draft {
    const leaves = this.leaves()
    const tree = treeOf(leaves)
    const relayFeePpm = this.rarely(20_001n, this.oneOf([0n, 0n, 20_000n]))
    const terms = { dataHash: bigHash(BigInt(leaves.length)), relayFeePpm }
    const onSuccess = (returned: string): void =>
      void this.batches.push({ pool, number: BigInt(returned), leaves, tree })
    const by = this.appender(pool)
    const preimage = tree.rootPreimage()
    const [leaf] = leaves
    if (preimage === undefined && leaf !== undefined) {
      return { ...this.poolsCall('appendLeaf', { pool, leaf, ...terms }, by), onSuccess }
    }
    const { left, right } = present(preimage, 'a tree of several leaves has two halves')
    const root = {
      leftHash: left.hash,
      leftSum: this.rarely((1n << 128n) - 1n, left.sum),
      rightHash: right.hash,
      rightSum: right.sum,
    }
    const shape = { weight: this.rarely(3n, tree.root.total), depth: this.rarely(25n, BigInt(tree.root.depth)) }
    return { ...this.poolsCall('append', { pool, root, ...shape, ...terms }, by), onSuccess }
  }

  protected fund(): Draft {
    const [pool, token] = [this.pool(), this.token()]
    const amount = token === ZERO_ADDRESS ? this.amount() : this.oneOf([0n, 5_000n, 123_456_789n])
    const value = token === ZERO_ADDRESS || this.prng.chance(0.1) ? amount : 0n
    return this.poolsCall('fund', { pool, token, amount }, this.player(), value)
  }

  protected claimLeaf(): Draft {
    const batch = this.batch()
    if (batch === undefined) return this.append()
    const key = { pool: batch.pool, batch: this.rarely(99n, batch.number), token: this.token() }
    const picked = batch.leaves.filter(() => this.prng.chance(0.6))
    const [first] = picked
    if (first === undefined || this.prng.chance(0.5)) {
      const leaf = first ?? present(batch.leaves[0], 'a batch has leaves')
      const weight = this.rarely(leaf.weight + 1n, leaf.weight)
      const proof = this.spoiled(batch.tree.prove(Number(leaf.index)))
      const name = this.prng.chance(0.8) ? 'claim' : 'entitled'
      return this.poolsCall(name, { ...key, leaf: { ...leaf, weight }, proof }, this.account())
    }
    const multiproof = this.spoiled(batch.tree.proveMany(picked.map(({ index }) => Number(index))))
    const leaves = this.prng.chance(0.05) ? [...picked, first] : picked
    return this.poolsCall('claimMany', { ...key, leaves, multiproof }, this.account())
  }

  protected claimAcross(): Draft {
    const picked = this.batches.filter(() => this.prng.chance(0.6)).slice(-4)
    const claims = picked.map((batch) => {
      const leaf = this.oneOf(batch.leaves)
      const proof = batch.tree.prove(Number(leaf.index))
      return { pool: batch.pool, batch: batch.number, token: this.rarely(this.token(), ZERO_ADDRESS), leaf, proof }
    })
    return this.poolsCall('claimAcross', { claims }, this.player())
  }

  protected judgeBatch(): Draft {
    const key = this.batchKey()
    const by = this.rarely(this.player(), AUTHORITY)
    const judge = (name: string): Draft => this.poolsCall(name, key, by)
    const revoke = (): Draft => this.revocation(key)
    const onSuccess = (): void => {
      this.plan(1, this.prng.chance(0.5) ? revoke : () => judge('unfreeze'))
      this.plan(4, revoke)
      this.plan(6, () => this.escrowRelease(key.pool))
    }
    const choices: readonly (() => Draft)[] = [
      () => ({ ...judge('freeze'), onSuccess }),
      () => judge('unfreeze'),
      revoke,
      () => this.poolsCall('withdraw', key, this.appender(key.pool)),
      () => this.escrowRelease(key.pool),
    ]
    return this.oneOf(choices)()
  }

  protected revocation(key: BatchKey): Draft {
    const params = { ...key, evidence: bigHash(1n), isForfeit: this.prng.chance(0.5) }
    const onSuccess = (): void => this.plan(this.prng.below(3), () => this.revocation(key))
    const again = this.prng.chance(0.3) ? { onSuccess } : {}
    return { ...this.poolsCall('revoke', params, this.rarely(this.player(), AUTHORITY)), ...again }
  }

  protected escrowRelease(pool: bigint): Draft {
    const params = {
      pool,
      token: this.rarely(this.token(), ZERO_ADDRESS),
      account: this.oneOf([ZERO_ADDRESS, this.player()]),
    }
    return this.poolsCall('releaseEscrow', params, this.rarely(this.player(), AUTHORITY))
  }

  protected demand(): Draft {
    const batch = this.batch()
    if (batch === undefined) return this.append()
    const leaf = this.oneOf(batch.leaves)
    const key = { pool: batch.pool, batch: batch.number }
    const empty = BigInt(batch.leaves.length)
    const index = this.prng.chance(0.3) ? empty : leaf.index
    const place = { ...key, index: this.rarely(1_000n, index) }
    const answer = (): Draft => {
      if (index === empty) {
        const proof = this.spoiled(emptyProof(batch))
        return this.poolsCall('answerEmpty', { ...place, height: this.rarely(3n, 0n), proof }, this.player())
      }
      const proof = this.spoiled(batch.tree.prove(Number(leaf.index)))
      return this.poolsCall('answerLeaf', { ...key, leaf, proof }, this.player())
    }
    const onSuccess = (): void => {
      if (this.prng.chance(0.6)) this.plan(this.prng.below(3), answer)
      this.plan(3 + this.prng.below(2), () => this.poolsCall('revokeUnanswered', place, this.player()))
      this.plan(6, () => this.poolsCall('returnBond', place, this.player()))
    }
    if (this.prng.chance(0.1)) return answer()
    return { ...this.poolsCall('demandLeaf', place, this.player(), this.rarely(1n, 10n ** 15n)), onSuccess }
  }

  protected poolOffice(): Draft {
    const pool = this.pool()
    const [by, other] = [this.appender(pool), this.player()]
    const choices: readonly (() => Draft)[] = [
      () => this.poolsCall('setPayee', { payee: this.oneOf([ZERO_ADDRESS, other, ROYALTY_MODULE]) }, other),
      () => this.poolsCall('setController', { pool, controller: this.rarely(ZERO_ADDRESS, other) }, by),
      () =>
        this.poolsCall(
          'setPolicy',
          { pool, policy: this.oneOf([1n, 2n, 3n]), maxWeight: this.oneOf([0n, 9_000n]) },
          by,
        ),
    ]
    return this.oneOf(choices)()
  }

  protected leaves(): Leaf[] {
    return Array.from({ length: this.oneOf([1, 2, 3, 5, 9]) }, (_, index) => {
      return { index: BigInt(index), account: this.player(), weight: BigInt(this.prng.below(1_000) + 1) }
    })
  }

  /** The proof, or now and then one with a wrong byte or a wrong length. */
  protected spoiled(proof: Uint8Array): Uint8Array {
    if (this.prng.chance(0.94)) return proof
    if (proof.length === 0 || this.prng.chance(0.3)) return new Uint8Array(48)
    const spoiled = proof.slice()
    const at = this.prng.below(proof.length)
    spoiled[at] = (spoiled[at] ?? 0) ^ 0xff
    return spoiled
  }

  protected batchKey(): BatchKey {
    const known = this.batch()
    return known === undefined || this.prng.chance(0.05)
      ? { pool: this.pool(), batch: 7n }
      : { pool: known.pool, batch: known.number }
  }

  protected batch(): KnownBatch | undefined {
    return this.batches.length === 0 ? undefined : this.oneOf(this.batches)
  }

  /** The controller; seldom somebody else. */
  protected appender(pool: bigint): Address {
    const { controller } = poolControl.read(new Cells(this.world.state, POOLS_MODULE, UNMETERED), { pool })
    return controller === 0n || this.prng.chance(0.05) ? this.player() : addressFromBigint(controller)
  }
}

function treeOf(leaves: readonly Leaf[]): SumTree {
  const accounts = Buffer.concat(leaves.map(({ account }) => hexToBytes(account)))
  const weights = Buffer.concat(leaves.map(({ weight }) => bigintToBytes32(weight).subarray(16)))
  const built = SumTree.build({ count: leaves.length, accounts, weights })
  return present(built.ok ? built.value : undefined, 'small weights make a tree')
}

/** The siblings of the place behind the last leaf: where there is none, of the last leaf, which proves nothing. */
function emptyProof({ leaves, tree }: KnownBatch): Uint8Array {
  const last = leaves.length - 1
  const proof = tree.prove(last)
  if (last % 2 === 1) return proof
  return proof.length === 0 ? proof : new Uint8Array([...leafRecord(tree, last), ...proof.subarray(48)])
}

/** Hash and sum of a leaf, as a proof has them. */
function leafRecord(tree: SumTree, index: number): Uint8Array {
  return present(tree.levels[0], 'a tree has leaves').subarray(48 * index, 48 * (index + 1))
}
