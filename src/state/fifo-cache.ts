/**
 * A bounded cache that lets go of what came first. A hit is one look-up and reorders nothing; a value that is used all the
 * time is read anew once in `capacity` insertions, which costs less than keeping an order of use.
 */

export class FifoCache<Key, Value> {
  private readonly entries = new Map<Key, Value>()
  /** Walks the entries from the oldest on; it sees what is inserted later and skips what was deleted. */
  private readonly oldest = this.entries.entries()
  private readonly capacity: number

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get size(): number {
    return this.entries.size
  }

  get(key: Key): Value | undefined {
    return this.entries.get(key)
  }

  /** Puts the value; returns one that was let go for it. */
  set(key: Key, value: Value): Value | undefined {
    this.entries.set(key, value)
    if (this.entries.size <= this.capacity) return undefined
    const { value: first, done } = this.oldest.next()
    if (done === true) return undefined
    this.entries.delete(first[0])
    return first[1]
  }
}
