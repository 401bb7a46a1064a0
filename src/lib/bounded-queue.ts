/**
 * A first-in first-out queue with a bound. What to do when it is full is the caller's decision: `push` says no.
 */

export class BoundedQueue<T> {
  private items: (T | undefined)[] = []
  private head = 0
  private readonly capacity: number

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get size(): number {
    return this.items.length - this.head
  }

  /** False when the queue is full; the item was then not taken. */
  push(item: T): boolean {
    if (this.size >= this.capacity) return false
    this.items.push(item)
    return true
  }

  /** The oldest item, or undefined when empty. */
  shift(): T | undefined {
    if (this.head >= this.items.length) return undefined
    const item = this.items[this.head]
    this.items[this.head] = undefined
    this.head++
    // Compacting only when half of the array is spent keeps a shift at amortised constant cost.
    if (this.head * 2 >= this.items.length) {
      this.items = this.items.slice(this.head)
      this.head = 0
    }
    return item
  }

  clear(): void {
    this.items = []
    this.head = 0
  }
}
