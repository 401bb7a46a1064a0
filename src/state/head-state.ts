/**
 * The state of the finalized head: flat records, code and branches in the database, with bounded caches in front.
 *
 * Only the committing thread owns one. The caches hold what the last commit left; `put…` keeps them so.
 */

import { present } from '../lib/assert.ts'
import { ACCOUNT_CACHE, BRANCH_CACHE, CODE_CACHE, SLOT_CACHE } from '../lib/limits.ts'
import type { KvReader } from '../storage/kv.ts'
import type { Hash } from '../types/primitives.ts'
import type { Account } from './account.ts'
import { decodeAccount, decodeSlot } from './account-codec.ts'
import { type Branch, decodeBranch } from './branch.ts'
import { GenerationalCache } from './generational-cache.ts'
import type { HashedKey } from './hashed-key.ts'
import { accountKey, codeKey, joinKeys, nodeKey, slotKey } from './state-keys.ts'
import { decodeVersioned } from './version.ts'

/** A flat account with its record as stored; both undefined when nothing is stored. */
export type AccountEntry = { readonly account: Account | undefined; readonly record: Uint8Array | undefined }
/** A flat slot with its record as stored. */
export type SlotEntry = { readonly value: bigint; readonly record: Uint8Array | undefined }

const NO_BRANCH = Symbol('no branch')

export class HeadState {
  private readonly kv: KvReader
  private readonly accounts = new GenerationalCache<string, AccountEntry>(ACCOUNT_CACHE)
  private readonly slots = new GenerationalCache<string, SlotEntry>(SLOT_CACHE)
  private readonly codes = new GenerationalCache<Hash, Uint8Array>(CODE_CACHE)
  private readonly branches = new GenerationalCache<string, Branch | typeof NO_BRANCH>(BRANCH_CACHE)

  constructor(kv: KvReader) {
    this.kv = kv
  }

  account(key: HashedKey): AccountEntry {
    const known = this.accounts.get(key.text)
    if (known !== undefined) return known
    const record = this.kv.getSync(accountKey(key.bytes))
    const value = record === undefined ? undefined : decodeVersioned(record).value
    const entry = { account: value === undefined ? undefined : decodeAccount(value), record }
    this.accounts.set(key.text, entry)
    return entry
  }

  putAccount(text: string, entry: AccountEntry): void {
    this.accounts.set(text, entry)
  }

  slot(account: HashedKey, slot: HashedKey): SlotEntry {
    const text = account.text + slot.text
    const known = this.slots.get(text)
    if (known !== undefined) return known
    const record = this.kv.getSync(slotKey(joinKeys(account.bytes, slot.bytes)))
    const value = record === undefined ? undefined : decodeVersioned(record).value
    const entry = { value: value === undefined ? 0n : decodeSlot(value), record }
    this.slots.set(text, entry)
    return entry
  }

  putSlot(text: string, entry: SlotEntry): void {
    this.slots.set(text, entry)
  }

  code(codeHash: Hash): Uint8Array | undefined {
    const known = this.codes.get(codeHash)
    if (known !== undefined) return known
    const code = this.kv.getSync(codeKey(codeHash))
    if (code !== undefined) this.codes.set(codeHash, code)
    return code
  }

  /** The branch at a path as state-keys.ts writes it. */
  branch(path: string): Branch | undefined {
    const known = this.branches.get(path)
    if (known !== undefined) return known === NO_BRANCH ? undefined : known
    const bytes = this.kv.getSync(nodeKey(path))
    const branch = bytes === undefined ? undefined : decodeBranch(bytes)
    this.branches.set(path, branch ?? NO_BRANCH)
    return branch
  }

  putBranch(path: string, branch: Branch | null): void {
    this.branches.set(path, branch ?? NO_BRANCH)
  }

  /** The account of a leaf that the trie names. */
  demandAccount(key: HashedKey): Account {
    return present(this.account(key).account, 'each leaf of the account trie has its account')
  }
}
