/**
 * What lives for one transaction: warm addresses and slots (EIP-2929), transient storage (EIP-1153), logs, the refund
 * counter, accounts created, destroyed and touched, and the values slots had at its start. Everything reverts with the
 * journal.
 */

import type { Address, Hash } from '../types/primitives.ts'
import type { Log } from '../types/receipt.ts'
import type { Journal } from './journal.ts'

type SlotKey = `${Address}${Hash}`

export class TransactionState {
  private readonly journal: Journal
  private warmAddresses = new Set<Address>()
  private warmSlots = new Set<SlotKey>()
  private transient = new Map<SlotKey, bigint>()
  private created = new Set<Address>()
  private destroyed = new Set<Address>()
  private touched = new Set<Address>()
  private committed = new Map<Address, Map<Hash, bigint>>()
  private emitted: Log[] = []
  private refundCounter = 0n

  constructor(journal: Journal) {
    this.journal = journal
  }

  /** Forgets the previous transaction. */
  begin(): void {
    this.warmAddresses = new Set()
    this.warmSlots = new Set()
    this.transient = new Map()
    this.created = new Set()
    this.destroyed = new Set()
    this.touched = new Set()
    this.committed = new Map()
    this.emitted = []
    this.refundCounter = 0n
  }

  isWarmAddress(address: Address): boolean {
    return this.warmAddresses.has(address)
  }

  /** Warms the address; true when it was cold. */
  warmAddress(address: Address): boolean {
    return this.add(this.warmAddresses, address)
  }

  isWarmSlot(address: Address, slot: Hash): boolean {
    return this.warmSlots.has(`${address}${slot}`)
  }

  /** Warms the slot; true when it was cold. */
  warmSlot(address: Address, slot: Hash): boolean {
    return this.add(this.warmSlots, `${address}${slot}` as SlotKey)
  }

  /** The transient value; 0 when never set in this transaction. */
  getTransient(address: Address, slot: Hash): bigint {
    return this.transient.get(`${address}${slot}`) ?? 0n
  }

  setTransient(address: Address, slot: Hash, value: bigint): void {
    const key: SlotKey = `${address}${slot}`
    const values = this.transient
    const previous = values.get(key) ?? 0n
    values.set(key, value)
    this.journal.record(() => values.set(key, previous))
  }

  /** Logs so far, in order. */
  get logs(): readonly Log[] {
    return this.emitted
  }

  addLog(log: Log): void {
    const logs = this.emitted
    logs.push(log)
    this.journal.record(() => logs.pop())
  }

  /** Gas to give back, before the cap of EIP-3529. */
  get refund(): bigint {
    return this.refundCounter
  }

  /** Adds to the refund counter; a negative amount takes away. */
  addRefund(gas: bigint): void {
    const previous = this.refundCounter
    this.refundCounter = previous + gas
    this.journal.record(() => {
      this.refundCounter = previous
    })
  }

  /** Marks a contract as created in this transaction (EIP-6780). */
  markCreated(address: Address): void {
    this.add(this.created, address)
  }

  isCreated(address: Address): boolean {
    return this.created.has(address)
  }

  /** Marks an account for removal at the end of the transaction; whether SELFDESTRUCT does so is the caller's rule. */
  markDestroyed(address: Address): void {
    this.add(this.destroyed, address)
  }

  isDestroyed(address: Address): boolean {
    return this.destroyed.has(address)
  }

  destroyedAddresses(): readonly Address[] {
    return [...this.destroyed]
  }

  /** Marks an account for removal at the end of the transaction if it is empty then. */
  touch(address: Address): void {
    this.add(this.touched, address)
  }

  touchedAddresses(): readonly Address[] {
    return [...this.touched]
  }

  /** The value that a slot written in this transaction had at its start; undefined for one not written. */
  committedValue(address: Address, slot: Hash): bigint | undefined {
    return this.committed.get(address)?.get(slot)
  }

  /** Keeps the value before a slot's first write. It stays right after a revert, so it is not journalled. */
  keepCommittedValue(address: Address, slot: Hash, value: bigint): void {
    const values = this.committed.get(address)
    if (values === undefined) this.committed.set(address, new Map([[slot, value]]))
    else if (!values.has(slot)) values.set(slot, value)
  }

  /** A cleared storage began as zero, whatever was there. */
  forgetCommittedValues(address: Address): void {
    const { committed } = this
    const previous = committed.get(address)
    if (previous === undefined) return
    committed.delete(address)
    this.journal.record(() => committed.set(address, previous))
  }

  private add<T>(set: Set<T>, item: T): boolean {
    if (set.has(item)) return false
    set.add(item)
    this.journal.record(() => set.delete(item))
    return true
  }
}
