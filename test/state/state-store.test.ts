/**
 * Blocks above the head, commits, the history window, proofs and pruning, over random chains.
 */

import { createMPT, verifyMPTWithMerkleProof } from '@ethereumjs/mpt'
import { describe, expect, it } from 'vitest'
import { present } from '../../src/lib/assert.ts'
import { bigintToBytes, hexToBytes } from '../../src/lib/bytes.ts'
import { PROOF_HISTORY_BLOCKS } from '../../src/lib/limits.ts'
import { Prng } from '../../src/lib/prng.ts'
import { encodeAccountRlp } from '../../src/state/account-codec.ts'
import type { SealedState } from '../../src/state/sealed-state.ts'
import { StateReader } from '../../src/state/state-reader.ts'
import type { StateSource } from '../../src/state/state-source.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { decodeVersioned } from '../../src/state/version.ts'
import { WorldState } from '../../src/state/world-state.ts'
import { BlockStore } from '../../src/storage/block-store.ts'
import { BUCKET, metaKey } from '../../src/storage/buckets.ts'
import type { Kv } from '../../src/storage/kv.ts'
import { MemoryKv } from '../../src/storage/memory-kv.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'
import { encodeRlp } from '../../src/types/rlp.ts'
import {
  ADDRESSES,
  blockOf,
  cloneModel,
  dropEmptyAccounts,
  type Model,
  modelRoot,
  randomChange,
  SLOTS,
} from './support.ts'

const A = ADDRESSES[0] as Address
const B = ADDRESSES[1] as Address

/** A state over `parent` in which `balances` are set. */
function sealBalances(
  store: StateStore,
  parent: SealedState,
  balances: readonly (readonly [Address, bigint])[],
): SealedState {
  const world = new WorldState(parent)
  for (const [address, balance] of balances) world.setBalance(address, balance)
  return store.seal(parent, world.changes())
}

/** A random block over the head and the model; both are changed. */
function randomBlock(prng: Prng, store: StateStore, parent: SealedState, model: Model, steps: number): SealedState {
  const world = new WorldState(parent)
  world.beginTransaction()
  for (let step = 0; step < steps; step++) randomChange(prng, world, model)
  world.endTransaction()
  dropEmptyAccounts(model)
  return store.seal(parent, world.changes())
}

/** Commits a genesis and `blocks` random blocks; the models are the states after each. */
async function randomChain(seed: number, kv: Kv, blocks: number, historyBlocks: number) {
  const prng = new Prng(seed)
  const store = new StateStore(kv, { historyBlocks })
  const model: Model = new Map()
  const models: Model[] = []
  for (let height = 0; height <= blocks; height++) {
    const state = randomBlock(prng, store, store.head(), model, prng.chance(0.2) ? 0 : prng.below(60))
    await store.commit(state, blockOf(state, height))
    models.push(cloneModel(model))
  }
  return { store, models }
}

function expectState(source: StateSource, model: Model): void {
  for (const address of ADDRESSES) {
    const expected = model.get(address)
    const account = source.getAccount(address)
    expect(account === undefined).toBe(expected === undefined)
    expect(account?.balance).toBe(expected?.balance)
    expect(account?.nonce).toBe(expected?.nonce)
    if (account !== undefined && expected !== undefined && expected.code.length > 0) {
      expect(source.getCode(account.codeHash)).toEqual(expected.code)
    }
    for (const slot of SLOTS) expect(source.getStorage(address, slot)).toBe(expected?.storage.get(slot) ?? 0n)
  }
}

async function verify(root: Hash, key: Uint8Array, proof: readonly Uint8Array[]): Promise<Uint8Array | null> {
  const trie = await createMPT({ useKeyHashing: true })
  return verifyMPTWithMerkleProof(trie, hexToBytes(root), key, [...proof])
}

describe('states above the head', () => {
  it('show two children of a block each their own changes, and survive the one that wins', async () => {
    const store = new StateStore(new MemoryKv(), { historyBlocks: 10 })
    const genesis = sealBalances(store, store.head(), [[A, 1n]])
    await store.commit(genesis, blockOf(genesis, 0))
    const left = sealBalances(store, genesis, [[A, 2n]])
    const right = sealBalances(store, genesis, [[B, 3n]])
    const grandchild = sealBalances(store, left, [[B, 4n]])
    expect(left.getAccount(B)).toBeUndefined()
    expect(right.getAccount(A)?.balance).toBe(1n)
    await store.commit(left, blockOf(left, 1))
    expect(store.head().getAccount(A)?.balance).toBe(2n)
    expect(grandchild.getAccount(A)?.balance).toBe(2n)
    expect(grandchild.getAccount(B)?.balance).toBe(4n)
    expect(() => right.getAccount(A)).toThrow('a block that lost')
    const next = sealBalances(store, grandchild, [[A, 9n]])
    await store.commit(grandchild, blockOf(grandchild, 2))
    await store.commit(next, blockOf(next, 3))
    expect(store.head().getAccount(A)?.balance).toBe(9n)
  })

  it('have the root of Ethereum’s trie at every depth of unfinalized blocks', async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const prng = new Prng(seed)
      const store = new StateStore(new MemoryKv(), { historyBlocks: 10 })
      const model: Model = new Map()
      const chain: SealedState[] = []
      let tip = store.head()
      for (let height = 0; height < 24; height++) {
        tip = randomBlock(prng, store, tip, model, prng.below(40))
        chain.push(tip)
        expect(tip.stateRoot, `seed ${seed} height ${height}`).toBe(await modelRoot(model))
        if (prng.chance(0.4)) {
          const state = present(chain.shift(), 'a state was pushed')
          await store.commit(state, blockOf(state, (store.headRecord?.number ?? -1) + 1))
        }
      }
      expectState(tip, model)
    }
  })

  it('refuses a commit that is no child of the head', async () => {
    const store = new StateStore(new MemoryKv(), { historyBlocks: 10 })
    const genesis = sealBalances(store, store.head(), [[A, 1n]])
    const child = sealBalances(store, genesis, [[A, 2n]])
    await expect(store.commit(child, blockOf(child, 0))).rejects.toThrow('child of the head')
  })
})

describe('the history window', () => {
  it('answers with every past state inside it and names itself outside', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const kv = new MemoryKv()
      const { models } = await randomChain(seed, kv, 40, seed % 2 === 0 ? 12 : Number.POSITIVE_INFINITY)
      const oldest = seed % 2 === 0 ? 28 : 0
      const reader = new StateReader(kv)
      for (let height = oldest; height <= 40; height++) {
        const state = reader.at(height)
        expectState(present(state.ok ? state.value : undefined, `height ${height} is kept`), models[height] as Model)
      }
      expect(reader.at(oldest - 1)).toMatchObject({ ok: false, error: { code: 'STATE_PRUNED', oldest, newest: 40 } })
      expect(reader.at(41)).toMatchObject({ ok: false, error: { code: 'BLOCK_UNKNOWN', newest: 40 } })
    }
  })

  it('is caught up in steps after it was made shorter', async () => {
    const kv = new MemoryKv()
    await randomChain(3, kv, 30, 1_000)
    const store = new StateStore(kv, { historyBlocks: 5 })
    const oldest = () => {
      const refused = new StateReader(kv).at(-1)
      return refused.ok ? 0 : refused.error.oldest
    }
    const seen = [oldest()]
    for (let height = 31; height < 40; height++) {
      const state = sealBalances(store, store.head(), [[A, BigInt(height)]])
      await store.commit(state, blockOf(state, height))
      seen.push(oldest())
    }
    expect(seen).toEqual([0, 4, 8, 12, 16, 20, 24, 28, 32, 34])
  })

  it('forgets a removed value when no state in the window shows it any more', async () => {
    const kv = new MemoryKv()
    const { store } = await randomChain(5, kv, 30, 4)
    for (let height = 31; height < 40; height++) {
      const state = store.seal(store.head(), new WorldState(store.head()).changes())
      await store.commit(state, blockOf(state, height))
    }
    for (const bucket of [BUCKET.account, BUCKET.storage]) {
      for await (const { value } of kv.range({ start: Uint8Array.of(bucket), end: Uint8Array.of(bucket + 1) })) {
        expect(decodeVersioned(value).value).toBeDefined()
      }
    }
  })

  it('finds a value of thousands of writes ago', async () => {
    const kv = new MemoryKv()
    const store = new StateStore(kv, { historyBlocks: Number.POSITIVE_INFINITY })
    for (let height = 0; height < 2_000; height++) {
      const state = sealBalances(store, store.head(), [[A, BigInt(height + 1)]])
      await store.commit(state, blockOf(state, height))
    }
    const reader = new StateReader(kv)
    for (let height = 0; height < 2_000; height += 7) {
      const state = reader.at(height)
      expect(state.ok && state.value.getAccount(A)?.balance).toBe(BigInt(height + 1))
    }
  })
})

describe('proofs', () => {
  it('of accounts and slots, there or not, verify against every root of the window', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const kv = new MemoryKv()
      const { models } = await randomChain(seed, kv, 20, 100)
      const reader = new StateReader(kv)
      const blocks = new BlockStore(kv)
      for (let height = 0; height <= 20; height += 4) {
        const root = present(blocks.header(height), 'every block is stored').stateRoot
        for (const address of ADDRESSES) {
          const answer = reader.prove(height, address, SLOTS)
          const proved = present(answer.ok ? answer.value : undefined, 'inside the window')
          const model = (models[height] as Model).get(address)
          const leaf = await verify(root, hexToBytes(address), proved.accountProof)
          if (model === undefined) expect(leaf).toBeNull()
          else expect(leaf).toEqual(encodeAccountRlp(proved.account))
          expect(proved.account.balance).toBe(model?.balance ?? 0n)
          for (const { slot, value, proof } of proved.storageProofs) {
            expect(value).toBe(model?.storage.get(slot) ?? 0n)
            if (proof.length === 0) expect(value).toBe(0n)
            else {
              const slotLeaf = await verify(proved.account.storageRoot, hexToBytes(slot), proof)
              expect(slotLeaf).toEqual(value === 0n ? null : encodeRlp(bigintToBytes(value)))
            }
          }
        }
      }
    }
  })

  it('reach back as far as branches are kept, and the refusal says so', async () => {
    const kv = new MemoryKv()
    const store = new StateStore(kv, { historyBlocks: 1_000 })
    const last = PROOF_HISTORY_BLOCKS + 10
    for (let height = 0; height <= last; height++) {
      const state = sealBalances(store, store.head(), [
        [A, BigInt(height + 1)],
        [B, 5n],
      ])
      await store.commit(state, blockOf(state, height))
    }
    const reader = new StateReader(kv)
    expect(reader.at(3).ok).toBe(true)
    expect(reader.prove(9, A, [])).toMatchObject({
      ok: false,
      error: { code: 'STATE_PRUNED', oldest: 10, newest: last },
    })
    const oldest = reader.prove(10, A, [])
    const proved = present(oldest.ok ? oldest.value : undefined, 'the oldest state of the window')
    const root = present(new BlockStore(kv).header(10), 'stored').stateRoot
    expect(await verify(root, hexToBytes(A), proved.accountProof)).toEqual(encodeAccountRlp(proved.account))
    expect(proved.account.balance).toBe(11n)
  })
})

describe('opening a database', () => {
  it('goes on from its head', async () => {
    const kv = new MemoryKv()
    const { store, models } = await randomChain(9, kv, 15, 10)
    const again = new StateStore(kv, { historyBlocks: 10 })
    expect(again.headRecord).toEqual(store.headRecord)
    expectState(again.head(), models[15] as Model)
    const prng = new Prng(77)
    const model = cloneModel(models[15] as Model)
    const state = randomBlock(prng, again, again.head(), model, 50)
    expect(state.stateRoot).toBe(await modelRoot(model))
    await again.commit(state, blockOf(state, 16))
  })

  it('stops when the stored trie is not that of the head', async () => {
    const kv = new MemoryKv()
    await randomChain(2, kv, 3, 10)
    const head = present(kv.getSync(metaKey('head')), 'there is a head')
    head[60] = (head[60] as number) ^ 1
    await kv.batch([{ type: 'put', key: metaKey('head'), value: head }])
    expect(() => new StateStore(kv, { historyBlocks: 10 })).toThrow(
      expect.objectContaining({ code: 'STATE_INCONSISTENT' }),
    )
  })
})
