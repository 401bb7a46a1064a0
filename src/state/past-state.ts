/**
 * The state after one block of the history window, for any thread: flat records of the head, led back through change sets.
 *
 * Because a record tells when it was written, reading stays right while blocks are committed: a value that a later block
 * wrote is found in that block's change set. Only outside a snapshot, and only at the far end of the history window, can a
 * change set go away during a read; that is thrown as StateError STATE_PRUNED.
 */

import type { KvReader } from '../storage/kv.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Account } from './account.ts'
import { decodeAccount, decodeSlot } from './account-codec.ts'
import { readChange } from './change-set.ts'
import { hashedKey } from './hashed-key.ts'
import { StateError } from './state-error.ts'
import { accountKey, codeKey, slotKey } from './state-keys.ts'
import type { StateSource } from './state-source.ts'
import { decodeVersioned, nextJump, type VersionedValue } from './version.ts'

export class PastState implements StateSource {
  private readonly kv: KvReader
  /** The block after which this is the state. */
  readonly height: number

  constructor(kv: KvReader, height: number) {
    this.kv = kv
    this.height = height
  }

  getAccount(address: Address): Account | undefined {
    return this.accountOf(hashedKey(address))
  }

  getStorage(address: Address, slot: Hash): bigint {
    return this.slotOf(hashedKey(address), hashedKey(slot))
  }

  getCode(codeHash: Hash): Uint8Array | undefined {
    return this.kv.getSync(codeKey(codeHash))
  }

  /** The account whose hashed address is `key`. */
  accountOf(key: string): Account | undefined {
    const value = this.valueOf(accountKey(key))
    return value === undefined ? undefined : decodeAccount(value)
  }

  /** The slot by its account's and its own hashed key. */
  slotOf(account: string, slot: string): bigint {
    const value = this.valueOf(slotKey(account, slot))
    return value === undefined ? 0n : decodeSlot(value)
  }

  private valueOf(flatKey: Uint8Array): Uint8Array | undefined {
    const newest = this.kv.getSync(flatKey)
    let record: VersionedValue | undefined = newest === undefined ? undefined : decodeVersioned(newest)
    while (record !== undefined && record.height > this.height) {
      const change = readChange(this.kv, nextJump(record, this.height), flatKey.subarray(1))
      if (change === undefined) throw pruned(this.height)
      record = change.before === undefined ? undefined : decodeVersioned(change.before)
    }
    return record?.value
  }
}

function pruned(height: number): StateError {
  return new StateError({ code: 'STATE_PRUNED', height }, `the state after block ${height} is no longer kept`)
}
