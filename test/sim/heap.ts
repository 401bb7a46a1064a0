/**
 * The order of events in virtual time: a binary heap by (time, sequence number), so that ties keep their order of creation.
 */

export type Scheduled = {
  readonly atMicros: number
  readonly sequence: number
  /** The node that it happens at, or -1 for the world itself. */
  readonly node: number
  /** An event of a node's earlier life is void. */
  readonly life: number
  readonly run: () => void
}

export class EventHeap {
  private readonly items: Scheduled[] = []

  get size(): number {
    return this.items.length
  }

  push(event: Scheduled): void {
    const { items } = this
    items.push(event)
    let index = items.length - 1
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = items[above] as Scheduled
      if (isBefore(parent, event)) break
      items[index] = parent
      index = above
    }
    items[index] = event
  }

  pop(): Scheduled | undefined {
    const { items } = this
    const first = items[0]
    const last = items.pop()
    if (last === undefined || items.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= items.length) break
      if (child + 1 < items.length && isBefore(items[child + 1] as Scheduled, items[child] as Scheduled)) child++
      const below = items[child] as Scheduled
      if (isBefore(last, below)) break
      items[index] = below
      index = child
    }
    items[index] = last
    return first
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.atMicros < b.atMicros || (a.atMicros === b.atMicros && a.sequence < b.sequence)
}
