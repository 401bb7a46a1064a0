/**
 * A chain in memory whose blocks call the attribution modules, and the readings of it, in this thread.
 */

import { keccak256Hash } from '../../src/crypto/keccak.ts'
import { present } from '../../src/lib/assert.ts'
import { type AttributionReads, attributionReads, type LeafFolder } from '../../src/node/adapters/attribution-reads.ts'
import { encodeTuple } from '../../src/precompiles/abi.ts'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../../src/precompiles/addresses.ts'
import { assets } from '../../src/precompiles/assets/assets.ts'
import { commitmentPreimage } from '../../src/precompiles/assets/commitments.ts'
import { pools } from '../../src/precompiles/pools/pools.ts'
import { royalty } from '../../src/precompiles/royalty/royalty.ts'
import type { SealedBlock } from '../../src/types/block.ts'
import { type Address, type Hash, ZERO_HASH } from '../../src/types/primitives.ts'
import type { SignedTransaction } from '../../src/types/transaction.ts'
import { account, advance, openChain, signed, type TestChain } from '../execution/support.ts'

export type Parent = { readonly parent: bigint; readonly relativePpm: bigint; readonly floorPpm?: bigint }
export type PlainCall = {
  readonly to: Address | null
  readonly data: Uint8Array
  readonly value?: bigint
  readonly gasLimit?: bigint
}
export type NewAsset = { readonly by?: number; readonly parents?: readonly Parent[]; readonly poolPpm?: bigint }

const MODULES = { assets, royalty, pools }
const ADDRESSES = { assets: ASSETS_MODULE, royalty: ROYALTY_MODULE, pools: POOLS_MODULE }
type Module = keyof typeof MODULES

/** A call of a method, by name or signature. */
export function callTo(
  module: Module,
  method: string,
  values: object,
): { readonly to: Address; readonly data: Uint8Array } {
  const found = present(
    MODULES[module].methods.find((one) => one.signature === method || one.name === method),
    `${module} has a method ${method}`,
  )
  return { to: ADDRESSES[module], data: encodeTuple(found.paramsType, values, found.selector) }
}

export class AttributionChain {
  readonly chain: TestChain
  readonly reads: AttributionReads
  private readonly nonces = new Map<number, number>()
  private waiting: SignedTransaction[] = []
  private count = 0n

  private constructor(chain: TestChain, leaves: LeafFolder | undefined) {
    this.chain = chain
    this.reads = attributionReads(chain.kv, leaves)
  }

  static async open(leaves?: LeafFolder): Promise<AttributionChain> {
    return new AttributionChain(await openChain({ historyBlocks: 1_000 }), leaves)
  }

  get height(): number {
    return this.chain.executor.head().block.header.number
  }

  /** Puts a call of a method, by name or signature, into the next block. */
  send(who: number, module: Module, method: string, values: object, value = 0n): void {
    this.sendPlain(who, { ...callTo(module, method, values), value })
  }

  /** Puts any transaction into the next block. */
  sendPlain(who: number, call: PlainCall): void {
    const nonce = this.nonces.get(who) ?? 0
    this.nonces.set(who, nonce + 1)
    this.waiting.push(signed(account(who), nonce, { value: 0n, gasLimit: 5_000_000n, ...call }))
  }

  /** Makes the block of all that was sent; demands that all of it succeeded. */
  async block(): Promise<SealedBlock> {
    const transactions = this.waiting
    this.waiting = []
    const block = await advance(this.chain, transactions)
    const receipts = this.chain.blocks.receipts(block.header.number) ?? []
    receipts.forEach((receipt, i) => {
      if (receipt.status !== 1) throw new Error(`transaction ${i} of block ${block.header.number} failed`)
    })
    return block
  }

  /** Registers assets, open to all children, in three blocks, the last with what `more` sends; returns the first one's id. */
  async register(drafts: readonly NewAsset[], more: () => void = () => {}): Promise<bigint> {
    const first = this.count + 1n
    drafts.forEach(({ by = 0 }, i) => {
      const preimage = commitmentPreimage(contentOf(first + BigInt(i)), account(by).address, ZERO_HASH)
      this.send(by, 'assets', 'commit', { commitment: keccak256Hash(preimage) })
    })
    await this.block()
    await this.block()
    for (const draft of drafts) this.sendRegistration(draft)
    more()
    await this.block()
    return first
  }

  private sendRegistration({ by = 0, parents = [], poolPpm = 0n }: NewAsset): void {
    this.count++
    const edges = parents.map(({ parent, relativePpm, floorPpm = 0n }) => ({
      ...{ parent, relation: 0n, relativePpm, floorPpm, floorGens: floorPpm === 0n ? 0n : 255n, licenceId: ZERO_HASH },
    }))
    const facts = { kind: 1n, contentHash: contentOf(this.count), dataRoot: ZERO_HASH, uri: `ipfs://${this.count}` }
    const signature =
      'register(uint8,bytes32,bytes32,string,(uint64,uint8,uint32,uint32,uint8,bytes32)[],uint32,uint16)'
    this.send(by, 'assets', signature, { ...facts, parents: edges, poolPpm, royaltyBps: 0n })
    const terms = { relationMask: 1n, minRelativePpm: 0n, floorPpm: 0n, floorGens: 0n, isOpen: true }
    this.send(by, 'assets', 'setTerms', { id: this.count, ...terms })
  }

  pay(who: number, asset: bigint, wei: bigint): void {
    this.send(who, 'royalty', 'pay', { asset, memo: ZERO_HASH }, wei)
  }
}

export function contentOf(id: bigint): Hash {
  return keccak256Hash(new TextEncoder().encode(`content ${id}`))
}
