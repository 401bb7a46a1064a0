import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  grow,
  has,
  heightFor,
  highestBit,
  highestWord,
  insert,
  replaceWord,
  type WordStore,
} from '../../../src/precompiles/royalty/key-bitmap.ts'

class CountedWords implements WordStore {
  readonly words = new Map<string, bigint>()
  writes = 0
  reads = 0

  get(level: number, index: number): bigint {
    this.reads++
    return this.words.get(`${level}:${index}`) ?? 0n
  }

  set(level: number, index: number, word: bigint): void {
    this.writes++
    if (word === 0n) this.words.delete(`${level}:${index}`)
    else this.words.set(`${level}:${index}`, word)
  }
}

/** Takes the greatest key out. */
function pop(words: WordStore, height: number): number | undefined {
  const index = highestWord(words, height)
  if (index === undefined) return undefined
  const word = words.get(0, index)
  const bit = highestBit(word)
  replaceWord(words, height, index, word & ~(1n << BigInt(bit)))
  return index * 256 + bit
}

describe('a set of keys in words', () => {
  it('gives its keys back by falling value, each once, and then holds no word at all', () => {
    const keys = fc.array(fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 600 })))
    fc.assert(
      fc.property(keys, (list) => {
        const words = new CountedWords()
        let height = 0
        const seen = new Set<number>()
        for (const key of list) {
          const needed = Math.max(height, heightFor(key))
          grow(words, height, needed)
          height = needed
          expect(insert(words, height, key)).toBe(!seen.has(key))
          seen.add(key)
          expect(has(words, key)).toBe(true)
        }
        const expected = [...seen].sort((a, b) => b - a)
        for (const key of expected) expect(pop(words, height)).toBe(key)
        expect(pop(words, height)).toBeUndefined()
        expect(words.words.size).toBe(0)
      }),
    )
  })

  it.each([
    [255, 1],
    [256, 2],
    [65_535, 2],
    [65_536, 3],
    [2 ** 24, 4],
    [2 ** 32 - 1, 4],
  ])('needs for key %i no more than %i levels', (key, levels) => {
    expect(heightFor(key)).toBe(levels)
  })

  it('writes one word for a key beside another', () => {
    const words = new CountedWords()
    insert(words, 4, 70_000)
    words.writes = 0
    insert(words, 4, 70_001)
    expect(words.writes).toBe(1)
  })

  it('finds the greatest key by one word a level', () => {
    const words = new CountedWords()
    insert(words, 4, 1)
    insert(words, 4, 2 ** 31)
    words.reads = 0
    expect(highestWord(words, 4)).toBe(2 ** 23)
    expect(words.reads).toBe(4)
  })
})
