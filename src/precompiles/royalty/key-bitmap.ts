/**
 * A set of 32-bit keys as a tree of 256-bit words, in whatever keeps words: joining is a write while the word was not empty,
 * and finding the greatest key is one word a level.
 *
 * Level 0 holds a bit a key, level n+1 a bit for each word of level n that is not empty. `height` is the number of levels in
 * use: keys below 256 need one, below 65,536 two, at most four. `grow` links a lower tree into a higher one.
 */

import { assert } from '../../lib/assert.ts'

/** Keeps the words of one set. An absent word is 0. */
export interface WordStore {
  get(level: number, index: number): bigint
  set(level: number, index: number, word: bigint): void
}

const WORD_KEYS = 256

/** Levels that a set with this key needs. */
export function heightFor(key: number): number {
  let height = 1
  for (let rest = Math.floor(key / WORD_KEYS); rest > 0; rest = Math.floor(rest / WORD_KEYS)) height++
  return height
}

/** Makes a tree of `from` levels one of `to`. */
export function grow(words: WordStore, from: number, to: number): void {
  for (let level = Math.max(from, 1); level < to; level++) {
    if (words.get(level - 1, 0) !== 0n) words.set(level, 0, words.get(level, 0) | 1n)
  }
}

/** True when the set holds `key`. */
export function has(words: WordStore, key: number): boolean {
  return ((words.get(0, wordIndex(key, 0)) >> bitIndex(key, 0)) & 1n) === 1n
}

/** Adds `key`; false when it was there. The tree is high enough for it. */
export function insert(words: WordStore, height: number, key: number): boolean {
  for (let level = 0; level < height; level++) {
    const index = wordIndex(key, level)
    const word = words.get(level, index)
    const bit = 1n << bitIndex(key, level)
    if ((word & bit) !== 0n) return level > 0
    words.set(level, index, word | bit)
    // A word that was not empty is known above.
    if (word !== 0n) return true
  }
  return true
}

/** The index of the level-0 word with the greatest key, or undefined for an empty set. */
export function highestWord(words: WordStore, height: number): number | undefined {
  let index = 0
  for (let level = height - 1; level > 0; level--) {
    const word = words.get(level, index)
    if (word === 0n) return undefined
    index = index * WORD_KEYS + highestBit(word)
  }
  return words.get(0, index) === 0n ? undefined : index
}

/** Writes what is left of a level-0 word; an empty one leaves the levels above. */
export function replaceWord(words: WordStore, height: number, index: number, word: bigint): void {
  words.set(0, index, word)
  if (word !== 0n) return
  let child = index
  for (let level = 1; level < height; level++) {
    const parent = Math.floor(child / WORD_KEYS)
    const left = words.get(level, parent) & ~(1n << BigInt(child % WORD_KEYS))
    words.set(level, parent, left)
    if (left !== 0n) return
    child = parent
  }
}

/** The position of the highest set bit of a word that is not 0. */
export function highestBit(word: bigint): number {
  assert(word > 0n, 'an empty word has no highest bit')
  const digits = word.toString(16)
  return (digits.length - 1) * 4 + 31 - Math.clz32(Number.parseInt(digits.slice(0, 1), 16))
}

function wordIndex(key: number, level: number): number {
  return Math.floor(key / WORD_KEYS ** (level + 1))
}

function bitIndex(key: number, level: number): bigint {
  return BigInt(Math.floor(key / WORD_KEYS ** level) % WORD_KEYS)
}
