/**
 * The state while a block executes: reads of a parent state, changes on top, checkpoints.
 *
 * Everything is synchronous. A block is a row of transactions, each between `beginTransaction` and `endTransaction`; what
 * belongs to a transaction alone (warm sets, transient storage, logs, refund, created and destroyed accounts) is in
 * transaction-state.ts and starts anew there. A checkpoint may span whole transactions: the builder takes one out again by
 * reverting. `changes` is the block's net effect, which sealing turns into a state root.
 */

import { keccak256Hash } from '../crypto/keccak.ts'
import { assert, assertLocally } from '../lib/assert.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Log } from '../types/receipt.ts'
import { type Account, EMPTY_ACCOUNT, EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, isEmptyAccount } from './account.ts'
import type { BlockChanges, StorageChanges } from './changes.ts'
import { Journal } from './journal.ts'
import type { HeldAccount, StateSource } from './state-source.ts'
import { TransactionState } from './transaction-state.ts'

const NO_CODE = new Uint8Array(0)

/** What a finished transaction leaves for its receipt. */
export type TransactionEffects = { readonly logs: readonly Log[]; readonly refund: bigint }

/** An account in the parent's state and now, and the number of the transaction that last touched it. */
type AccountCell = {
  readonly parent: Account | undefined
  /** What the parent's state holds it in, if it says so. */
  readonly held: HeldAccount | undefined
  current: Account | undefined
  touchedIn: number
}

/** The slots of one account: what the parent holds of those read, and what this block made of those written. */
type Slots = {
  readonly parent: Map<Hash, bigint>
  readonly written: Map<Hash, bigint>
  /** True when nothing of the parent's storage is left. */
  isCleared: boolean
}

export class WorldState {
  private readonly source: StateSource
  private readonly journal = new Journal()
  private readonly cells = new Map<Address, AccountCell>()
  private readonly slots = new Map<Address, Slots>()
  private readonly codes = new Map<Hash, Uint8Array>()
  /** Accounts touched by the running transaction; a revert leaves them here but takes their mark. */
  private touched: Address[] = []
  /** Transactions begun. */
  private transactions = 0
  /** What belongs to the running transaction. */
  readonly transaction = new TransactionState(this.journal)

  constructor(source: StateSource) {
    this.source = source
  }

  // Accounts

  /** The account as it is now, or undefined when the state holds none. */
  getAccount(address: Address): Account | undefined {
    return this.cellOf(address).current
  }

  /** True when there is no such account, or one that is empty as EIP-161 means it. */
  isEmpty(address: Address): boolean {
    const account = this.getAccount(address)
    return account === undefined || isEmptyAccount(account)
  }

  getBalance(address: Address): bigint {
    return this.getAccount(address)?.balance ?? 0n
  }

  getNonce(address: Address): bigint {
    return this.getAccount(address)?.nonce ?? 0n
  }

  setBalance(address: Address, balance: bigint): void {
    const { nonce, codeHash, storageRoot } = this.getAccount(address) ?? EMPTY_ACCOUNT
    this.putAccount(address, { nonce, balance, codeHash, storageRoot })
  }

  /** Adds wei; adding 0 touches the account, so that it is removed if it is empty. */
  addBalance(address: Address, wei: bigint): void {
    this.setBalance(address, this.getBalance(address) + wei)
  }

  /** Takes wei that the caller knows to be there. */
  subtractBalance(address: Address, wei: bigint): void {
    const balance = this.getBalance(address) - wei
    assert(balance >= 0n, 'a balance never falls below zero')
    this.setBalance(address, balance)
  }

  setNonce(address: Address, nonce: bigint): void {
    const { balance, codeHash, storageRoot } = this.getAccount(address) ?? EMPTY_ACCOUNT
    this.putAccount(address, { nonce, balance, codeHash, storageRoot })
  }

  /** Puts nonce, balance and code hash at once; the storage root stays what it was. */
  setAccount(address: Address, fields: Pick<Account, 'nonce' | 'balance' | 'codeHash'>): void {
    const storageRoot = this.getAccount(address)?.storageRoot ?? EMPTY_TRIE_ROOT
    this.putAccount(address, { nonce: fields.nonce, balance: fields.balance, codeHash: fields.codeHash, storageRoot })
  }

  /** Removes the account with its storage. */
  deleteAccount(address: Address): void {
    this.clearStorage(address)
    this.putAccount(address, undefined)
  }

  private cellOf(address: Address): AccountCell {
    const known = this.cells.get(address)
    if (known !== undefined) return known
    const held = this.source.heldAccount?.(address)
    const account = held === undefined ? this.source.getAccount(address) : held.account
    const cell = { parent: account, held, current: account, touchedIn: -1 }
    this.cells.set(address, cell)
    return cell
  }

  private putAccount(address: Address, account: Account | undefined): void {
    const cell = this.cellOf(address)
    this.journal.record(restoreAccount, cell, cell.current)
    cell.current = account
    if (cell.touchedIn === this.transactions) return
    this.journal.record(restoreTouch, cell, cell.touchedIn)
    cell.touchedIn = this.transactions
    this.touched.push(address)
  }

  // Code

  getCodeHash(address: Address): Hash {
    return this.getAccount(address)?.codeHash ?? EMPTY_CODE_HASH
  }

  /** The account's code; do not write into it. */
  getCode(address: Address): Uint8Array {
    const codeHash = this.getCodeHash(address)
    if (codeHash === EMPTY_CODE_HASH) return NO_CODE
    const code = this.codes.get(codeHash) ?? this.source.getCode(codeHash)
    assertLocally(code !== undefined, 'every code hash of the state has its code')
    return code
  }

  setCode(address: Address, code: Uint8Array): void {
    const codeHash = code.length === 0 ? EMPTY_CODE_HASH : keccak256Hash(code)
    // Code is found by its hash alone, so a revert needs not remove it: `changes` keeps only what an account names.
    if (code.length > 0) this.codes.set(codeHash, code)
    this.putAccount(address, { ...(this.getAccount(address) ?? EMPTY_ACCOUNT), codeHash })
  }

  // Storage

  getStorage(address: Address, slot: Hash): bigint {
    return this.readSlot(this.slotsOf(address), address, slot)
  }

  /** The slot's value when the transaction began (EIP-2200's original value). */
  getCommittedStorage(address: Address, slot: Hash): bigint {
    return this.transaction.committedValue(address, slot) ?? this.getStorage(address, slot)
  }

  setStorage(address: Address, slot: Hash, value: bigint): void {
    const slots = this.slotsOf(address)
    const previous = this.readSlot(slots, address, slot)
    if (previous === value) return
    this.transaction.keepCommittedValue(address, slot, previous)
    slots.written.set(slot, value)
    this.journal.record(restoreSlot, slots.written, [slot, previous])
  }

  /** True when the account has a slot that is not zero; of slots written in this block only what they hold now counts. */
  hasStorage(address: Address): boolean {
    const slots = this.slots.get(address)
    for (const value of slots?.written.values() ?? []) if (value !== 0n) return true
    if (slots?.isCleared === true) return false
    return (this.getAccount(address)?.storageRoot ?? EMPTY_TRIE_ROOT) !== EMPTY_TRIE_ROOT
  }

  /** Sets every slot of the account to zero: it was destroyed, or a contract is created where something was left. */
  clearStorage(address: Address): void {
    const account = this.getAccount(address)
    if (account !== undefined && account.storageRoot !== EMPTY_TRIE_ROOT) {
      this.putAccount(address, { ...account, storageRoot: EMPTY_TRIE_ROOT })
    }
    const previous = this.slots.get(address)
    const isAlreadyClear = previous === undefined && (account === undefined || account.storageRoot === EMPTY_TRIE_ROOT)
    if (isAlreadyClear) return
    this.slots.set(address, { parent: new Map(), written: new Map(), isCleared: true })
    this.journal.record(restoreSlots, this.slots, [address, previous])
    this.transaction.forgetCommittedValues(address)
  }

  private slotsOf(address: Address): Slots {
    const known = this.slots.get(address)
    if (known !== undefined) return known
    const slots: Slots = { parent: new Map(), written: new Map(), isCleared: false }
    this.slots.set(address, slots)
    return slots
  }

  private readSlot(slots: Slots, address: Address, slot: Hash): bigint {
    const written = slots.written.get(slot)
    if (written !== undefined) return written
    if (slots.isCleared) return 0n
    const known = slots.parent.get(slot)
    if (known !== undefined) return known
    const value = this.source.getStorage(address, slot)
    slots.parent.set(slot, value)
    return value
  }

  // Transactions and checkpoints

  /** Opens a checkpoint; `commit` or `revert` closes it. */
  checkpoint(): void {
    this.journal.checkpoint()
  }

  commit(): void {
    this.journal.commit()
  }

  revert(): void {
    this.journal.revert()
  }

  /** Open checkpoints. */
  get depth(): number {
    return this.journal.depth
  }

  /** Starts a transaction with nothing warm, no logs and no refund. */
  beginTransaction(): void {
    this.transactions++
    this.touched = []
    this.transaction.begin()
  }

  /** Removes the accounts that the transaction destroyed, then the empty ones it touched (EIP-161). */
  endTransaction(): TransactionEffects {
    for (const address of this.transaction.destroyedAddresses()) this.deleteAccount(address)
    for (const address of this.touched) {
      const { current, touchedIn } = this.cellOf(address)
      const isTouched = touchedIn === this.transactions
      if (isTouched && current !== undefined && isEmptyAccount(current)) this.deleteAccount(address)
    }
    return { logs: this.transaction.logs, refund: this.transaction.refund }
  }

  // The block

  /** The net effect of all so far against the parent state. */
  changes(): BlockChanges {
    const accounts = new Map<Address, Account | undefined>()
    const codes = new Map<Hash, Uint8Array>()
    const held: (HeldAccount | undefined)[] = []
    for (const [address, { current: account, parent, held: holder }] of this.cells) {
      if (isSameAccount(account, parent)) continue
      accounts.set(address, account)
      held.push(holder)
      const code = account === undefined ? undefined : this.codes.get(account.codeHash)
      if (account !== undefined && code !== undefined) codes.set(account.codeHash, code)
    }
    const storage = new Map<Address, StorageChanges>()
    for (const [address, slots] of this.slots) {
      const changed = netSlots(slots)
      if (changed.size > 0 || slots.isCleared) storage.set(address, { isCleared: slots.isCleared, slots: changed })
    }
    return { accounts, held, storage, codes }
  }
}

function isSameAccount(a: Account | undefined, b: Account | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined) return false
  const isSameContract = a.codeHash === b.codeHash && a.storageRoot === b.storageRoot
  return a.nonce === b.nonce && a.balance === b.balance && isSameContract
}

function netSlots(slots: Slots): Map<Hash, bigint> {
  const changed = new Map<Hash, bigint>()
  for (const [slot, value] of slots.written) {
    const before = slots.isCleared ? 0n : slots.parent.get(slot)
    if (value !== before) changed.set(slot, value)
  }
  return changed
}

function restoreAccount(cell: AccountCell, previous: Account | undefined): void {
  cell.current = previous
}

function restoreTouch(cell: AccountCell, previous: number): void {
  cell.touchedIn = previous
}

function restoreSlot(written: Map<Hash, bigint>, [slot, value]: readonly [Hash, bigint]): void {
  written.set(slot, value)
}

function restoreSlots(all: Map<Address, Slots>, [address, previous]: readonly [Address, Slots | undefined]): void {
  if (previous === undefined) all.delete(address)
  else all.set(address, previous)
}
