/**
 * The journalled state in the shape that @ethereumjs/evm reads and writes. The library wants promises; nothing here waits.
 */

import type { StateManagerInterface } from '@ethereumjs/common'
import { Account as LibraryAccount, type Address as LibraryAddress } from '@ethereumjs/util'
import { assert } from '../lib/assert.ts'
import { bigintToBytes, bytesToBigint, bytesToHex, hexToBytes } from '../lib/bytes.ts'
import { type Account, EMPTY_ACCOUNT, EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../state/account.ts'
import type { WorldState } from '../state/world-state.ts'
import { type Address, type Hash, hashFromBytes } from '../types/primitives.ts'

type AccountFields = Parameters<StateManagerInterface['modifyAccountFields']>[1]

const EMPTY_CODE_HASH_BYTES = hexToBytes(EMPTY_CODE_HASH)
const EMPTY_TRIE_ROOT_BYTES = hexToBytes(EMPTY_TRIE_ROOT)
const NOTHING = new Uint8Array(0)

/** A library address as ours. */
export function fromLibraryAddress(address: LibraryAddress): Address {
  return bytesToHex(address.bytes) as Address
}

export class StateAdapter implements StateManagerInterface {
  private current: WorldState | undefined

  /** Puts the state under the engine for the next message. */
  use(state: WorldState | undefined): void {
    this.current = state
  }

  get state(): WorldState {
    assert(this.current !== undefined, 'the engine touches state only while a message runs')
    return this.current
  }

  readonly originalStorageCache = {
    get: async (address: LibraryAddress, key: Uint8Array): Promise<Uint8Array> =>
      bigintToBytes(this.state.getCommittedStorage(fromLibraryAddress(address), hashFromBytes(key))),
    clear: (): void => {},
  }

  async getAccount(address: LibraryAddress): Promise<LibraryAccount | undefined> {
    const account = this.state.getAccount(fromLibraryAddress(address))
    return account === undefined ? undefined : toLibrary(account)
  }

  async putAccount(address: LibraryAddress, account?: LibraryAccount): Promise<void> {
    const ours = fromLibraryAddress(address)
    if (account === undefined) this.state.deleteAccount(ours)
    else {
      const codeHash = codeHashOf(account.codeHash)
      this.state.setAccount(ours, { nonce: account.nonce, balance: account.balance, codeHash })
    }
  }

  async deleteAccount(address: LibraryAddress): Promise<void> {
    this.state.deleteAccount(fromLibraryAddress(address))
  }

  async modifyAccountFields(address: LibraryAddress, fields: AccountFields): Promise<void> {
    const ours = fromLibraryAddress(address)
    const account = this.state.getAccount(ours) ?? EMPTY_ACCOUNT
    this.state.setAccount(ours, {
      nonce: fields.nonce ?? account.nonce,
      balance: fields.balance ?? account.balance,
      codeHash: fields.codeHash === undefined ? account.codeHash : codeHashOf(fields.codeHash),
    })
  }

  async putCode(address: LibraryAddress, code: Uint8Array): Promise<void> {
    // The library hands out views of the engine's memory; the state keeps what it is given.
    this.state.setCode(fromLibraryAddress(address), code.slice())
  }

  async getCode(address: LibraryAddress): Promise<Uint8Array> {
    return this.state.getCode(fromLibraryAddress(address))
  }

  async getCodeSize(address: LibraryAddress): Promise<number> {
    return this.state.getCode(fromLibraryAddress(address)).length
  }

  async getStorage(address: LibraryAddress, key: Uint8Array): Promise<Uint8Array> {
    const value = this.state.getStorage(fromLibraryAddress(address), hashFromBytes(key))
    return value === 0n ? NOTHING : bigintToBytes(value)
  }

  async putStorage(address: LibraryAddress, key: Uint8Array, value: Uint8Array): Promise<void> {
    this.state.setStorage(fromLibraryAddress(address), hashFromBytes(key), bytesToBigint(value))
  }

  async clearStorage(address: LibraryAddress): Promise<void> {
    this.state.clearStorage(fromLibraryAddress(address))
  }

  async checkpoint(): Promise<void> {
    this.state.checkpoint()
  }

  async commit(): Promise<void> {
    this.state.commit()
  }

  async revert(): Promise<void> {
    this.state.revert()
  }

  // The engine never asks for what follows; the interface of a whole state manager has it.

  async getStateRoot(): Promise<Uint8Array> {
    throw new Error('the engine has no state root')
  }

  async setStateRoot(): Promise<void> {
    throw new Error('the engine has no state root')
  }

  async hasStateRoot(): Promise<boolean> {
    return false
  }

  clearCaches(): void {}

  shallowCopy(): StateManagerInterface {
    throw new Error('the engine is not copied')
  }
}

function codeHashOf(bytes: Uint8Array): Hash {
  return bytes === EMPTY_CODE_HASH_BYTES ? EMPTY_CODE_HASH : hashFromBytes(bytes)
}

function toLibrary(account: Account): LibraryAccount {
  return new LibraryAccount(
    account.nonce,
    account.balance,
    account.storageRoot === EMPTY_TRIE_ROOT ? EMPTY_TRIE_ROOT_BYTES : hexToBytes(account.storageRoot),
    account.codeHash === EMPTY_CODE_HASH ? EMPTY_CODE_HASH_BYTES : hexToBytes(account.codeHash),
  )
}
