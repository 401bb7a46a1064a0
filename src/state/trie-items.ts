/**
 * The changes of a batch, sorted by key, and what a range of them has to do with a branch's prefix.
 */

/** One change of a batch. */
export interface TrieItem {
  /** The entry's key as 64 hexadecimal digits. */
  readonly key: string
  /** The key's first digits as a number (sort-items.ts). */
  readonly lead: number
  /** True when the entry is removed. */
  readonly isRemoval: boolean
  /** The new value, unless the entry is removed; a view that the next value overwrites. */
  value(): Uint8Array
}

/** The fewest nibbles that an insertion shares with the prefix; undefined when no item concerns what is under it. */
export function sharedPrefix(
  items: readonly TrieItem[],
  depth: number,
  prefix: string,
  from: number,
  to: number,
): number | undefined {
  let fewest: number | undefined
  for (let i = from; i < to; i++) {
    const { key, isRemoval } = items[i] as TrieItem
    let shared = 0
    while (shared < prefix.length && key.charCodeAt(depth + shared) === prefix.charCodeAt(shared)) shared++
    if (isRemoval && shared < prefix.length) continue
    if (fewest === undefined || shared < fewest) fewest = shared
  }
  return fewest
}

/** The items [first, last) whose keys continue with `prefix` at `depth`. */
export function under(
  items: readonly TrieItem[],
  depth: number,
  prefix: string,
  from: number,
  to: number,
): [number, number] {
  let first = from
  while (first < to && !(items[first] as TrieItem).key.startsWith(prefix, depth)) first++
  let last = first
  while (last < to && (items[last] as TrieItem).key.startsWith(prefix, depth)) last++
  return [first, last]
}
