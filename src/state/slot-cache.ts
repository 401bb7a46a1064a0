/**
 * Slots of the finalized head, a bounded number of all accounts together; lets go of what came first.
 *
 * By account, then by slot: joining the two to one key would make and hash a new text of 128 digits at every look-up, while
 * the hashed keys themselves are remembered texts whose hash the engine knows.
 */

import { assert } from '../lib/assert.ts'

/** A flat slot and its record as stored. */
export type SlotCell = { value: bigint; record: string | undefined }

export class SlotCache {
  private readonly capacity: number
  private readonly accounts = new Map<string, Map<string, SlotCell>>()
  /** Keys in the order in which they came, a ring once it is full. */
  private readonly accountAt: string[] = []
  private readonly slotAt: string[] = []
  private oldest = 0
  private lastAccount = ''
  private lastSlots: Map<string, SlotCell> | undefined

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get size(): number {
    return this.slotAt.length
  }

  get(account: string, slot: string): SlotCell | undefined {
    return this.slotsOf(account)?.get(slot)
  }

  /** Adds a slot that is not there. */
  add(account: string, slot: string, cell: SlotCell): void {
    let slots = this.slotsOf(account)
    if (slots === undefined) {
      slots = new Map()
      this.accounts.set(account, slots)
      this.lastSlots = slots
    }
    assert(!slots.has(slot), 'a slot is cached once')
    slots.set(slot, cell)
    if (this.size < this.capacity) {
      this.accountAt.push(account)
      this.slotAt.push(slot)
      return
    }
    this.letGo(this.accountAt[this.oldest] as string, this.slotAt[this.oldest] as string)
    this.accountAt[this.oldest] = account
    this.slotAt[this.oldest] = slot
    this.oldest = (this.oldest + 1) % this.capacity
  }

  private letGo(account: string, slot: string): void {
    const slots = this.accounts.get(account)
    slots?.delete(slot)
    if (slots?.size !== 0) return
    this.accounts.delete(account)
    if (account === this.lastAccount) this.lastSlots = undefined
  }

  /** One account's slots are asked for in rows. */
  private slotsOf(account: string): Map<string, SlotCell> | undefined {
    if (account !== this.lastAccount || this.lastSlots === undefined) {
      this.lastAccount = account
      this.lastSlots = this.accounts.get(account)
    }
    return this.lastSlots
  }
}
