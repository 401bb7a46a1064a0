/**
 * A map that never holds more than `capacity` entries: the least recently set or touched one leaves first.
 */

export class BoundedMap<Key, Value> {
  private readonly entries = new Map<Key, Value>()
  private readonly capacity: number

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get size(): number {
    return this.entries.size
  }

  has(key: Key): boolean {
    return this.entries.has(key)
  }

  /** The value, without renewing its place. */
  peek(key: Key): Value | undefined {
    return this.entries.get(key)
  }

  /** The value, which becomes the last to leave. */
  get(key: Key): Value | undefined {
    const value = this.entries.get(key)
    if (value !== undefined) {
      this.entries.delete(key)
      this.entries.set(key, value)
    }
    return value
  }

  /** Stores the value and returns what had to leave, if anything. */
  set(key: Key, value: Value): { readonly key: Key; readonly value: Value } | undefined {
    this.entries.delete(key)
    this.entries.set(key, value)
    if (this.entries.size <= this.capacity) return undefined
    const oldest = this.entries.entries().next().value as [Key, Value]
    this.entries.delete(oldest[0])
    return { key: oldest[0], value: oldest[1] }
  }

  delete(key: Key): boolean {
    return this.entries.delete(key)
  }

  clear(): void {
    this.entries.clear()
  }

  keys(): IterableIterator<Key> {
    return this.entries.keys()
  }

  values(): IterableIterator<Value> {
    return this.entries.values()
  }
}
