/**
 * Sizes that only a chain in long use reaches.
 */

import { describe, expect, it } from 'vitest'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import { asset } from '../../../src/precompiles/assets/asset-cells.ts'
import { UNMETERED } from '../../../src/precompiles/context.ts'
import { writeParameters } from '../../../src/precompiles/parameters.ts'
import { collectNodes } from '../../../src/precompiles/royalty/generations.ts'
import { installAsset } from '../../../src/precompiles/royalty/node-vectors.ts'
import { allNode } from '../../../src/precompiles/royalty/nodes.ts'
import { ledger, owed, queueHead, weightsHead } from '../../../src/precompiles/royalty/royalty-cells.ts'
import { sweepRoyalties } from '../../../src/precompiles/royalty/sweep.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../../../src/state/account.ts'
import { Cells } from '../../../src/state/cells.ts'
import type { StateSource } from '../../../src/state/state-source.ts'
import { WorldState } from '../../../src/state/world-state.ts'
import type { Address, Hash } from '../../../src/types/primitives.ts'
import { account, Ledger, RULES } from '../royalty/support.ts'

const WEI_IN_A_NODE = 5_000_000n
const OWNER = account(77)

/**
 * A chain with so many assets without parents, each with the same amount in its a.all, of which only what was changed is
 * kept: what nobody touched is computed when it is asked for.
 */
class VastState implements StateSource {
  private readonly kept = new Map<Address, Map<Hash, bigint>>()
  private readonly count: number
  private readonly assetWord: bigint
  private readonly headWord: bigint

  constructor(count: number) {
    this.count = count
    const sample = new WorldState({ getAccount: () => undefined, getStorage: () => 0n, getCode: () => undefined })
    const cells = new Cells(sample, ROYALTY_MODULE, UNMETERED)
    writeParameters(cells, RULES)
    installAsset(cells, { id: 1n, directParents: [], relatives: [], floors: [], poolPpm: 0n })
    this.headWord = sample.getStorage(ROYALTY_MODULE, weightsHead.slot({ asset: 1 }))
    const facts = { status: 1n, kind: 0n, parents: 0n, floors: 0n, poolPpm: 0n, pool: 0n }
    this.assetWord = asset.pack({ owner: BigInt(OWNER), ...facts })
  }

  getAccount(address: Address) {
    const isModule = [ASSETS_MODULE, ROYALTY_MODULE, POOLS_MODULE].includes(address)
    return isModule ? { nonce: 1n, balance: 0n, codeHash: EMPTY_CODE_HASH, storageRoot: EMPTY_TRIE_ROOT } : undefined
  }

  getCode(): undefined {
    return undefined
  }

  getStorage(address: Address, slot: Hash): bigint {
    return this.kept.get(address)?.get(slot) ?? this.untouched(address, slot)
  }

  /** Keeps what a block changed. */
  commit(state: WorldState): void {
    for (const [address, { slots }] of state.changes().storage) {
      const kept = this.kept.get(address) ?? new Map<Hash, bigint>()
      this.kept.set(address, kept)
      for (const [slot, value] of slots) kept.set(slot, value)
    }
  }

  private untouched(address: Address, slot: Hash): bigint {
    const tag = Number.parseInt(slot.slice(2, 4), 16)
    if (address === ASSETS_MODULE) return tag === asset.tag ? this.assetWord : 0n
    if (address !== ROYALTY_MODULE) return 0n
    if (tag === weightsHead.tag) return this.headWord
    if (tag !== ledger.tag) return 0n
    const node = Number(BigInt(`0x${slot.slice(-18, -2)}`))
    const isFilled = node % 2 === 0 && node >= 2 && node <= 2 * this.count && slot.endsWith('00')
    return isFilled ? ledger.pack({ inflow: WEI_IN_A_NODE, acc: 0n }) : 0n
  }
}

describe('a million queued nodes', () => {
  it('are swept over many blocks and restarts, each once and by falling keys, and not a wei is lost', () => {
    const count = 1_000_000
    const source = new VastState(count)
    const genesis = new WorldState(source)
    const cells = new Cells(genesis, ROYALTY_MODULE, UNMETERED)
    writeParameters(cells, { ...RULES, sweepUnits: 1_500_000 })
    collectNodes(cells, 0, nodesOf(count))
    source.commit(genesis)
    let lowest = Number.POSITIVE_INFINITY
    let flushed = 0
    let isFalling = true
    for (let block = 1; flushed < count; block++) {
      // Each block begins with nothing but what the state holds.
      const state = new WorldState(source)
      for (const { topics } of sweepRoyalties(state, { number: block })) {
        const id = Number(BigInt(topics[1] ?? '0x'))
        isFalling &&= id < lowest
        lowest = id
        flushed++
      }
      source.commit(state)
      expect(block).toBeLessThan(20)
    }
    expect(isFalling).toBe(true)
    const end = new Cells(new WorldState(source), ROYALTY_MODULE, UNMETERED)
    expect(owed.read(end, { account: OWNER, token: 0 }).amount).toBe(BigInt(count) * WEI_IN_A_NODE)
    const { drainingSize, collectingSize } = queueHead.read(end, { token: 0 })
    expect(drainingSize + collectingSize).toBe(0n)
  }, 600_000)
})

function* nodesOf(count: number): Generator<number> {
  for (let id = 1; id <= count; id++) yield allNode(id)
}

describe('a chain of 10,000 assets with one parent each', () => {
  it('paid one wei over and over at its end loses none, and hands all on when it is flushed', () => {
    const length = 10_000
    const book = new Ledger({ sweepUnits: 1_000_000, flushMinWei: 1n })
    for (let id = 1; id <= length; id++) {
      book.asset({ parents: id === 1 ? [] : [{ parent: id - 1, relative: 900_000 }], poolPpm: 50_000 })
    }
    const paid = 200n
    for (let at = 0n; at < paid; at++) {
      book.pay(length, 1n)
      if (at % 20n === 0n) book.sweep()
    }
    book.sweep()
    expect(book.sumOfClaims()).toBe(paid)
    // A coin on top reaches as far down as whole units of weight go.
    book.pay(length, 10n ** 18n)
    book.sweep()
    expect(book.sumOfClaims()).toBe(paid + 10n ** 18n)
    expect(book.custody().booked).toBe(paid + 10n ** 18n)
    expect(book.node(2 * (length - 200)).acc).toBeGreaterThan(0n)
  }, 120_000)
})
