/**
 * The journalled state equals a plain model under any nesting of checkpoints, and each part reverts with the others.
 */

import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../../src/lib/bytes.ts'
import { Prng } from '../../src/lib/prng.ts'
import { EMPTY_CODE_HASH } from '../../src/state/account.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { WorldState } from '../../src/state/world-state.ts'
import { MemoryKv } from '../../src/storage/memory-kv.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'
import { ADDRESSES, cloneModel, dropEmptyAccounts, type Model, modelRoot, randomChange, SLOTS } from './support.ts'

const A = ADDRESSES[0] as Address
const SLOT = SLOTS[1] as Hash

function emptyWorld(): WorldState {
  return new WorldState(new StateStore(new MemoryKv(), { historyBlocks: 10 }).head())
}

function expectEqual(world: WorldState, model: Model): void {
  for (const address of ADDRESSES) {
    const account = model.get(address)
    expect(world.getBalance(address)).toBe(account?.balance ?? 0n)
    expect(world.getNonce(address)).toBe(account?.nonce ?? 0n)
    expect(bytesToHex(world.getCode(address))).toBe(bytesToHex(account?.code ?? new Uint8Array(0)))
    for (const slot of SLOTS) expect(world.getStorage(address, slot)).toBe(account?.storage.get(slot) ?? 0n)
  }
}

describe('the journalled state', () => {
  it('equals a plain model after any changes, checkpoints, commits and reverts', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const prng = new Prng(seed)
      const store = new StateStore(new MemoryKv(), { historyBlocks: 10 })
      const world = new WorldState(store.head())
      let model: Model = new Map()
      const saved: Model[] = []
      for (let transaction = 0; transaction < 4; transaction++) {
        world.beginTransaction()
        for (let step = 0; step < 40; step++) {
          const kind = prng.below(8)
          if (kind === 0) {
            world.checkpoint()
            saved.push(cloneModel(model))
          } else if (kind === 1 && saved.length > 0) {
            world.commit()
            saved.pop()
          } else if (kind === 2 && saved.length > 0) {
            world.revert()
            model = saved.pop() ?? model
          } else randomChange(prng, world, model)
        }
        for (; saved.length > 0; saved.pop()) world.commit()
        expectEqual(world, model)
        world.endTransaction()
        dropEmptyAccounts(model)
        expectEqual(world, model)
      }
      expect(store.seal(store.head(), world.changes()).stateRoot, `seed ${seed}`).toBe(await modelRoot(model))
    }
  })

  it('takes back whole transactions', () => {
    const world = emptyWorld()
    world.addBalance(A, 5n)
    world.checkpoint()
    world.beginTransaction()
    world.setStorage(A, SLOT, 1n)
    world.transaction.markDestroyed(A)
    world.endTransaction()
    expect(world.getBalance(A)).toBe(0n)
    world.revert()
    expect(world.getBalance(A)).toBe(5n)
    expect(world.getStorage(A, SLOT)).toBe(0n)
  })

  it('reverts warm sets, transient values, logs, refunds, created and destroyed accounts together', () => {
    const state = emptyWorld()
    state.beginTransaction()
    expect(state.transaction.warmAddress(A)).toBe(true)
    state.checkpoint()
    expect(state.transaction.warmAddress(A)).toBe(false)
    expect(state.transaction.warmSlot(A, SLOT)).toBe(true)
    state.transaction.setTransient(A, SLOT, 3n)
    state.transaction.addLog({ address: A, topics: [], data: new Uint8Array(0) })
    state.transaction.addRefund(4800n)
    state.transaction.markCreated(A)
    state.transaction.markDestroyed(A)
    state.revert()
    expect(state.transaction.isWarmAddress(A)).toBe(true)
    expect(state.transaction.isWarmSlot(A, SLOT)).toBe(false)
    expect(state.transaction.getTransient(A, SLOT)).toBe(0n)
    expect(state.transaction.logs).toEqual([])
    expect(state.transaction.refund).toBe(0n)
    expect(state.transaction.isCreated(A)).toBe(false)
    expect(state.transaction.isDestroyed(A)).toBe(false)
  })

  it('leaves the logs of a transaction as they are when the next one logs, also when there were none', () => {
    const state = emptyWorld()
    state.beginTransaction()
    const { logs } = state.endTransaction()
    state.beginTransaction()
    state.transaction.addLog({ address: A, topics: [], data: new Uint8Array(0) })
    expect(logs).toEqual([])
    expect(state.endTransaction().logs.length).toBe(1)
  })

  it('tells a slot’s value at the start of the transaction from its value now', () => {
    const world = emptyWorld()
    world.beginTransaction()
    world.setStorage(A, SLOT, 1n)
    world.setNonce(A, 1n)
    world.endTransaction()
    world.beginTransaction()
    world.setStorage(A, SLOT, 2n)
    world.setStorage(A, SLOT, 3n)
    expect(world.getCommittedStorage(A, SLOT)).toBe(1n)
    expect(world.getStorage(A, SLOT)).toBe(3n)
    world.clearStorage(A)
    expect(world.getCommittedStorage(A, SLOT)).toBe(0n)
  })

  it('removes an empty account that was touched, and keeps one that nobody touched', () => {
    const world = emptyWorld()
    world.addBalance(A, 0n)
    expect(world.getAccount(A)).toBeDefined()
    world.beginTransaction()
    world.endTransaction()
    expect(world.getAccount(A)).toBeDefined()
    world.beginTransaction()
    world.addBalance(A, 0n)
    world.endTransaction()
    expect(world.getAccount(A)).toBeUndefined()
  })

  it('has no changes after everything was put back', () => {
    const world = emptyWorld()
    world.addBalance(A, 5n)
    world.setCode(A, Uint8Array.of(1))
    world.setStorage(A, SLOT, 9n)
    world.setStorage(A, SLOT, 0n)
    world.setCode(A, new Uint8Array(0))
    world.deleteAccount(A)
    const changes = world.changes()
    expect(changes.accounts.size).toBe(0)
    expect(changes.codes.size).toBe(0)
    expect(world.getCodeHash(A)).toBe(EMPTY_CODE_HASH)
  })
})
