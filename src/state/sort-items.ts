/**
 * Sorts the changes of a batch by key: as numbers of their leading digits, which decide nearly always and which a typed array
 * sorts without calling back. Who changes an entry often knows the number already.
 */

import { nibbleOf } from './nibbles.ts'
import type { TrieItem } from './trie-items.ts'

const LEAD_DIGITS = 12
const LEAD_BITS = 48
const EXACT_BITS = 53

/** The items in order of their keys, in a new array. */
export function sortItems(items: readonly TrieItem[]): TrieItem[] {
  // A number holds the lead and, below it, the item's index; what does not fit of the lead is left to the second pass.
  const indexBits = 32 - Math.clz32(items.length)
  const indexes = 2 ** indexBits
  const dropped = 2 ** Math.max(0, LEAD_BITS + indexBits - EXACT_BITS)
  const numbers = new Float64Array(items.length)
  for (let i = 0; i < items.length; i++) {
    numbers[i] = Math.floor((items[i] as TrieItem).lead / dropped) * indexes + i
  }
  numbers.sort()
  const sorted: TrieItem[] = []
  for (const number of numbers) {
    const item = items[number % indexes] as TrieItem
    let at = sorted.length
    while (at > 0 && (sorted[at - 1] as TrieItem).key > item.key) at--
    if (at === sorted.length) sorted.push(item)
    else sorted.splice(at, 0, item)
  }
  return sorted
}

/** The leading digits of a key, 64 hexadecimal digits, as a number. */
export function leadOf(key: string): number {
  let lead = 0
  for (let i = 0; i < LEAD_DIGITS; i++) lead = lead * 16 + nibbleOf(key.charCodeAt(i))
  return lead
}
