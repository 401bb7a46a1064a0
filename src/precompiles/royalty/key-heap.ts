/**
 * Keys of which the greatest is wanted next, each held once: a binary heap and a set.
 */

export class KeyHeap {
  private readonly keys: number[] = []
  private readonly held = new Set<number>()

  get size(): number {
    return this.keys.length
  }

  /** The greatest key, or -1 when empty. */
  get top(): number {
    return this.keys[0] ?? -1
  }

  /** Adds a key unless it is there. */
  push(key: number): void {
    if (this.held.has(key)) return
    this.held.add(key)
    const { keys } = this
    let at = keys.push(key) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.at(parent) >= key) break
      keys[at] = this.at(parent)
      at = parent
    }
    keys[at] = key
  }

  /** Removes the greatest key. */
  pop(): void {
    const { keys } = this
    const last = keys.pop()
    if (last === undefined) return
    this.held.delete(keys.length === 0 ? last : this.at(0))
    if (keys.length > 0) this.sink(last)
  }

  /** All keys, in no order. */
  values(): readonly number[] {
    return this.keys
  }

  private sink(key: number): void {
    const { keys } = this
    const { length } = keys
    let at = 0
    for (let child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && this.at(child + 1) > this.at(child)) child++
      if (this.at(child) <= key) break
      keys[at] = this.at(child)
      at = child
    }
    keys[at] = key
  }

  private at(index: number): number {
    return this.keys[index] as number
  }
}
