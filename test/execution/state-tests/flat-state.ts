/**
 * A whole state in maps: what a fixture starts from, and its root through the node's trie.
 */

import { keccak256, keccak256Hash } from '../../../src/crypto/keccak.ts'
import { bigintToBytes, compareBytes, hexToBytes } from '../../../src/lib/bytes.ts'
import { type Account, EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../../../src/state/account.ts'
import type { BlockChanges } from '../../../src/state/changes.ts'
import type { StateSource } from '../../../src/state/state-source.ts'
import { type TrieItem, updateTrie } from '../../../src/state/trie.ts'
import type { Address, Hash } from '../../../src/types/primitives.ts'
import { encodeRlp, rlpInteger } from '../../../src/types/rlp.ts'
import type { FixtureState } from './fixture.ts'

export class FlatState implements StateSource {
  readonly accounts = new Map<Address, Account>()
  readonly storage = new Map<Address, Map<Hash, bigint>>()
  private readonly codes = new Map<Hash, Uint8Array>()

  static of(fixture: FixtureState): FlatState {
    const state = new FlatState()
    for (const [text, given] of Object.entries(fixture)) {
      const address = text.toLowerCase() as Address
      const code = hexToBytes(given.code)
      const codeHash = code.length === 0 ? EMPTY_CODE_HASH : keccak256Hash(code)
      state.codes.set(codeHash, code)
      const slots = new Map<Hash, bigint>()
      for (const [slot, value] of Object.entries(given.storage)) slots.set(slotHash(slot), BigInt(value))
      state.storage.set(address, slots)
      state.accounts.set(address, {
        nonce: BigInt(given.nonce),
        balance: BigInt(given.balance),
        codeHash,
        storageRoot: storageRoot(slots),
      })
    }
    return state
  }

  getAccount(address: Address): Account | undefined {
    return this.accounts.get(address)
  }

  getStorage(address: Address, slot: Hash): bigint {
    return this.storage.get(address)?.get(slot) ?? 0n
  }

  getCode(codeHash: Hash): Uint8Array | undefined {
    return this.codes.get(codeHash)
  }

  apply(changes: BlockChanges): void {
    for (const [hash, code] of changes.codes) this.codes.set(hash, code)
    for (const [address, account] of changes.accounts) {
      if (account === undefined) this.accounts.delete(address)
      else this.accounts.set(address, account)
    }
    for (const [address, { isCleared, slots }] of changes.storage) {
      const held = isCleared ? new Map<Hash, bigint>() : (this.storage.get(address) ?? new Map<Hash, bigint>())
      for (const [slot, value] of slots) held.set(slot, value)
      this.storage.set(address, held)
    }
  }

  root(): Hash {
    const items: TrieItem[] = []
    for (const [address, account] of this.accounts) {
      items.push(item(address, encodeAccount(account, storageRoot(this.storage.get(address) ?? new Map()))))
    }
    return rootOf(items)
  }
}

/** A slot of a fixture, written without leading zeros, as a Hash. */
export function slotHash(text: string): Hash {
  return `0x${BigInt(text).toString(16).padStart(64, '0')}` as Hash
}

function encodeAccount(account: Account, root: Hash): Uint8Array {
  const { nonce, balance, codeHash } = account
  return encodeRlp([rlpInteger(nonce), rlpInteger(balance), hexToBytes(root), hexToBytes(codeHash)])
}

function storageRoot(slots: ReadonlyMap<Hash, bigint>): Hash {
  const items: TrieItem[] = []
  for (const [slot, value] of slots) if (value !== 0n) items.push(item(slot, encodeRlp(bigintToBytes(value))))
  return rootOf(items)
}

function item(name: string, value: Uint8Array): TrieItem {
  const key = keccak256(hexToBytes(name))
  return { key, text: Buffer.from(key).toString('hex'), value }
}

function rootOf(items: TrieItem[]): Hash {
  if (items.length === 0) return EMPTY_TRIE_ROOT
  items.sort((a, b) => compareBytes(a.key, b.key))
  const empty = {
    branch: () => undefined,
    leafValue: () => {
      throw new Error('an empty trie has no leaves')
    },
  }
  return updateTrie(empty, items).root
}
