/**
 * A binary heap: the item that goes before all others is on top.
 */

export class Heap<T> {
  private readonly items: T[]
  private readonly goesBefore: (a: T, b: T) => boolean

  /** Takes `items` over and orders them in linear time. */
  constructor(goesBefore: (a: T, b: T) => boolean, items: T[] = []) {
    this.goesBefore = goesBefore
    this.items = items
    for (let at = (items.length >> 1) - 1; at >= 0; at--) this.sink(at)
  }

  get size(): number {
    return this.items.length
  }

  peek(): T | undefined {
    return this.items[0]
  }

  push(item: T): void {
    this.items.push(item)
    this.rise(this.items.length - 1)
  }

  pop(): T | undefined {
    const top = this.items[0]
    const last = this.items.pop()
    if (this.items.length > 0 && last !== undefined) {
      this.items[0] = last
      this.sink(0)
    }
    return top
  }

  /** Puts `item` in the place of the top: a pop and a push in one. */
  replaceTop(item: T): void {
    this.items[0] = item
    this.sink(0)
  }

  private rise(from: number): void {
    const item = this.items[from] as T
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.goesBefore(item, this.items[parent] as T)) break
      this.items[at] = this.items[parent] as T
      at = parent
    }
    this.items[at] = item
  }

  private sink(from: number): void {
    const { items } = this
    const item = items[from] as T
    let at = from
    for (;;) {
      let child = at * 2 + 1
      if (child >= items.length) break
      if (child + 1 < items.length && this.goesBefore(items[child + 1] as T, items[child] as T)) child++
      if (!this.goesBefore(items[child] as T, item)) break
      items[at] = items[child] as T
      at = child
    }
    items[at] = item
  }
}
