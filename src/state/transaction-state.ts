/**
 * What lives for one transaction: warm addresses and slots (EIP-2929), transient storage (EIP-1153), logs, the refund
 * counter, accounts created and destroyed, and the values slots had at its start. Everything reverts with the journal.
 */

import type { Address, Hash } from '../types/primitives.ts'
import type { Log } from '../types/receipt.ts'
import type { Journal } from './journal.ts'

type SlotKey = `${Address}${Hash}`
/** What a transaction did to a slot: read it, or wrote it as well. */
type SlotMarks = Map<Hash, typeof WARM | typeof WRITTEN>

const WARM = 1
const WRITTEN = 2

export class TransactionState {
  private readonly journal: Journal
  private readonly warmAddresses = new Set<Address>()
  private readonly slotMarks = new Map<Address, SlotMarks>()
  private readonly transient = new Map<SlotKey, bigint>()
  private readonly created = new Set<Address>()
  private readonly destroyed = new Set<Address>()
  private readonly committed = new Map<Address, Map<Hash, bigint>>()
  private emitted: Log[] = []
  private refundCounter = 0n

  constructor(journal: Journal) {
    this.journal = journal
  }

  /** Forgets the previous transaction. Most are plain transfers, which leave nothing to clear. */
  begin(): void {
    if (this.warmAddresses.size > 0) this.warmAddresses.clear()
    if (this.slotMarks.size > 0) this.slotMarks.clear()
    if (this.transient.size > 0) this.transient.clear()
    if (this.created.size > 0) this.created.clear()
    if (this.destroyed.size > 0) this.destroyed.clear()
    if (this.committed.size > 0) this.committed.clear()
    // The receipt of the previous transaction keeps its list, also an empty one.
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
    return this.slotMarks.get(address)?.has(slot) === true
  }

  /** Warms the slot; true when it was cold. */
  warmSlot(address: Address, slot: Hash): boolean {
    const marks = this.slotMarksOf(address)
    if (marks.has(slot)) return false
    marks.set(slot, WARM)
    this.journal.record(removeMark, marks, slot)
    return true
  }

  /** Warms the slot and marks it as written; true when it was not written before. */
  markSlotWritten(address: Address, slot: Hash): boolean {
    const marks = this.slotMarksOf(address)
    const mark = marks.get(slot)
    if (mark === WRITTEN) return false
    marks.set(slot, WRITTEN)
    this.journal.record(mark === undefined ? removeMark : onlyWarm, marks, slot)
    return true
  }

  private slotMarksOf(address: Address): SlotMarks {
    const known = this.slotMarks.get(address)
    if (known !== undefined) return known
    const marks: SlotMarks = new Map()
    this.slotMarks.set(address, marks)
    return marks
  }

  /** The transient value; 0 when never set in this transaction. */
  getTransient(address: Address, slot: Hash): bigint {
    return this.transient.get(`${address}${slot}`) ?? 0n
  }

  setTransient(address: Address, slot: Hash, value: bigint): void {
    const key: SlotKey = `${address}${slot}`
    const { transient } = this
    const previous = transient.get(key) ?? 0n
    transient.set(key, value)
    this.journal.record(restoreEntry<SlotKey, bigint>, transient, [key, previous])
  }

  /** Logs so far, in order. */
  get logs(): readonly Log[] {
    return this.emitted
  }

  addLog(log: Log): void {
    this.emitted.push(log)
    this.journal.record(shorten, this.emitted, this.emitted.length - 1)
  }

  /** Gas to give back, before the cap of EIP-3529. */
  get refund(): bigint {
    return this.refundCounter
  }

  /** Adds to the refund counter; a negative amount takes away. */
  addRefund(gas: bigint): void {
    this.journal.record(this.restoreRefund, this, this.refundCounter)
    this.refundCounter += gas
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
    return this.destroyed.size === 0 ? [] : [...this.destroyed]
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
    this.journal.record(restoreEntry<Address, Map<Hash, bigint>>, committed, [address, previous])
  }

  private add<T>(set: Set<T>, item: T): boolean {
    if (set.has(item)) return false
    set.add(item)
    this.journal.record(remove, set, item)
    return true
  }

  private restoreRefund(target: TransactionState, previous: bigint): void {
    target.refundCounter = previous
  }
}

function remove<T>(set: Set<T>, item: T): void {
  set.delete(item)
}

function removeMark(marks: SlotMarks, slot: Hash): void {
  marks.delete(slot)
}

function onlyWarm(marks: SlotMarks, slot: Hash): void {
  marks.set(slot, WARM)
}

function restoreEntry<Key, Value>(map: Map<Key, Value>, [key, value]: readonly [Key, Value]): void {
  map.set(key, value)
}

function shorten(list: unknown[], length: number): void {
  list.length = length
}
