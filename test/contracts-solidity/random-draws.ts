/**
 * What the accounts of a world of random calls know, and how they choose. The same seed over the same state makes the same
 * choices.
 */

import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { keccak256Hash } from '../../src/crypto/keccak.ts'
import type { SumTree } from '../../src/crypto/merkle-sum-tree.ts'
import { present } from '../../src/lib/assert.ts'
import { bigintToBytes32 } from '../../src/lib/bytes.ts'
import type { Prng } from '../../src/lib/prng.ts'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../../src/precompiles/addresses.ts'
import { operatorOf, ownerOf } from '../../src/precompiles/assets/asset-store.ts'
import { UNMETERED } from '../../src/precompiles/context.ts'
import { Cells } from '../../src/state/cells.ts'
import { type Address, type Hash, ZERO_ADDRESS } from '../../src/types/primitives.ts'
import { callData, type Fields } from '../precompiles/model/module-calls.ts'
import type { Call, CallWorld } from './mock-chain.ts'

export type Leaf = { readonly index: bigint; readonly account: Address; readonly weight: bigint }
export type KnownBatch = {
  readonly pool: bigint
  readonly number: bigint
  readonly leaves: readonly Leaf[]
  readonly tree: SumTree
}
export type BatchKey = { readonly pool: bigint; readonly batch: bigint }
export type Edge = {
  readonly parent: bigint
  readonly relation: bigint
  readonly relativePpm: bigint
  readonly floorPpm: bigint
  readonly floorGens: bigint
  readonly licenceId: Hash
}
/** A call, with what it changes of what the accounts know when it succeeds. */
export type Draft = Call & { readonly onSuccess?: (returned: string) => void }

export const PLAYERS = DEV_ACCOUNTS.slice(0, 5).map((one) => one.address)
export const AUTHORITY = present(DEV_ACCOUNTS[9], 'there are ten development accounts').address
export const STAND_ALONE = 1n << 63n

export class RandomDraws {
  assets = 0n
  protected readonly prng: Prng
  protected readonly world: CallWorld
  protected readonly tokens: readonly Address[]
  /** What accounts want to do next: terms for a new asset, contributors for a new pool. */
  protected readonly agenda: { readonly fromBlock: number; readonly make: () => Draft }[] = []
  protected readonly poolIds: bigint[] = []

  /** `world` is the native one, at which the accounts look; `tokens` are those that were listed. */
  constructor(prng: Prng, world: CallWorld, tokens: readonly Address[]) {
    this.prng = prng
    this.world = world
    this.tokens = tokens
  }

  /** Something to be done `blocks` blocks from now. */
  protected plan(blocks: number, make: () => Draft): void {
    this.agenda.push({ fromBlock: this.world.block + blocks, make })
  }

  protected asset(): bigint {
    if (this.prng.chance(0.02)) return this.oneOf([0n, this.assets + 1n, 1n << 40n])
    return this.assets === 0n ? 1n : BigInt(this.prng.below(Number(this.assets))) + 1n
  }

  protected pool(): bigint {
    return this.poolIds.length > 0 && this.prng.chance(0.97) ? this.oneOf(this.poolIds) : this.asset()
  }

  protected token(): Address {
    return this.oneOf([ZERO_ADDRESS, ...this.tokens, this.rarely(AUTHORITY, ZERO_ADDRESS)])
  }

  protected amount(): bigint {
    return this.oneOf([0n, 1n, 999_999n, 10n ** 15n, 10n ** 18n, 10n ** 20n, BigInt(this.prng.below(2 ** 30))])
  }

  protected actorFor(id: bigint): Address {
    if (this.prng.chance(0.1)) return this.player()
    const operator = operatorOf(this.cells(), id)
    return operator !== ZERO_ADDRESS && this.prng.chance(0.3) ? operator : this.ownerOf(id)
  }

  protected ownerOf(id: bigint): Address {
    return (id < 1n << 64n ? ownerOf(this.cells(), id) : undefined) ?? this.player()
  }

  protected cells(): Cells {
    return new Cells(this.world.state, ASSETS_MODULE, UNMETERED)
  }

  /** Anyone who may be owed something. */
  protected account(): Address {
    return this.oneOf([...PLAYERS, ...DEV_ACCOUNTS.slice(7).map((one) => one.address)])
  }

  protected player(): Address {
    return this.oneOf(PLAYERS)
  }

  protected oneOf<T>(choices: readonly T[]): T {
    return choices[this.prng.below(choices.length)] as T
  }

  /** `rare` in one of 25 cases. */
  protected rarely<T>(rare: T, usual: T): T {
    return this.prng.chance(0.04) ? rare : usual
  }

  protected assetsCall(name: string, params: Fields, from: Address): Draft {
    return { from, to: ASSETS_MODULE, data: callData(ASSETS_MODULE, name, params), value: this.rarely(1n, 0n) }
  }

  /** A read, which no wei come with: Solidity refuses those of a view without words. */
  protected freeCall(name: string, params: Fields, from: Address): Draft {
    return { ...this.assetsCall(name, params, from), value: 0n }
  }

  protected royaltyCall(name: string, params: Fields, from: Address, value = 0n): Draft {
    return { from, to: ROYALTY_MODULE, data: callData(ROYALTY_MODULE, name, params), value }
  }

  protected poolsCall(name: string, params: Fields, from: Address, value = 0n): Draft {
    return { from, to: POOLS_MODULE, data: callData(POOLS_MODULE, name, params), value }
  }
}

export function bigHash(value: bigint): Hash {
  return keccak256Hash(bigintToBytes32(value))
}
