/**
 * A bounded cache with two generations: a hit costs one look-up and no reordering, and what was used since the last change of
 * generations survives the next one. Between `capacity` and half of it are held.
 */

export class GenerationalCache<Key, Value> {
  private young = new Map<Key, Value>()
  private old = new Map<Key, Value>()
  private readonly half: number

  constructor(capacity: number) {
    this.half = Math.max(1, capacity >>> 1)
  }

  get size(): number {
    return this.young.size + this.old.size
  }

  get(key: Key): Value | undefined {
    const value = this.young.get(key)
    if (value !== undefined) return value
    const survivor = this.old.get(key)
    // It stays in the old generation too: taking it out would cost more than the place it holds until the next change.
    if (survivor !== undefined) this.set(key, survivor)
    return survivor
  }

  set(key: Key, value: Value): void {
    this.young.set(key, value)
    if (this.young.size < this.half) return
    this.old = this.young
    this.young = new Map()
  }

  delete(key: Key): void {
    this.young.delete(key)
    this.old.delete(key)
  }

  clear(): void {
    this.young.clear()
    this.old.clear()
  }
}
