/**
 * The queue of one token: which nodes wait for the sweep, in two generations.
 *
 * The draining generation is flushed by descending key; what its flushes credit joins it, for those keys are lower. All
 * else is collected for the next one, which takes over when the draining one is empty, once a block at most. So a node is
 * flushed at most once in a generation and every generation ends. Keys that join and leave within one sweep never touch
 * the tree of words.
 */

import { assert } from '../../lib/assert.ts'
import type { Cells } from '../../state/cells.ts'
import { grow, has, heightFor, highestBit, highestWord, insert, replaceWord, type WordStore } from './key-bitmap.ts'
import { KeyHeap } from './key-heap.ts'
import { NODE_KEYS } from './nodes.ts'
import { queueHead, queueWord } from './royalty-cells.ts'

/** What bits of a level-0 word of the draining tree are still to be flushed; `word` is not written back yet. */
type OpenWord = { readonly index: number; word: bigint; isChanged: boolean }

export class TokenQueue {
  readonly token: number
  private readonly cells: Cells
  private readonly sides: readonly [WordStore, WordStore]
  private readonly heights: [number, number]
  private readonly joined = new KeyHeap()
  private side: 0 | 1
  private position: number
  private drainingSize: number
  private collectingSize: number
  private drainingSince: number
  private collectingSince: number
  private open: OpenWord | undefined

  constructor(cells: Cells, token: number) {
    const head = queueHead.read(cells, { token })
    this.token = token
    this.cells = cells
    this.sides = [wordStore(cells, token, 0), wordStore(cells, token, 1)]
    this.heights = [Number(head.height0), Number(head.height1)]
    this.side = head.side === 0n ? 0 : 1
    this.position = Number(head.position)
    this.drainingSize = Number(head.drainingSize)
    this.collectingSize = Number(head.collectingSize)
    this.drainingSince = Number(head.drainingSince)
    this.collectingSince = Number(head.collectingSince)
  }

  /** Nodes in both generations; one that is in both counts twice. */
  get size(): number {
    return this.drainingSize + this.joined.size + this.collectingSize
  }

  get isDrained(): boolean {
    return this.drainingSize + this.joined.size === 0
  }

  /** The block at whose end the oldest generation that holds nodes began to collect. */
  get oldestSince(): number | undefined {
    if (!this.isDrained) return this.drainingSince
    return this.collectingSize > 0 ? this.collectingSince : undefined
  }

  /** The collecting generation becomes the draining one. */
  takeOver(block: number): void {
    assert(this.isDrained, 'a generation is taken over when the one before it has drained')
    this.side = this.side === 0 ? 1 : 0
    this.position = NODE_KEYS
    this.drainingSize = this.collectingSize
    this.drainingSince = this.collectingSince
    this.collectingSize = 0
    this.collectingSince = block
    this.heights[this.collectingSide] = 0
  }

  /** Queues what a flush of the sweep credited: with the draining generation if that has not passed the key. */
  enqueue(node: number): void {
    if (node < this.position) this.joined.push(node)
    else this.insertCollecting(node)
  }

  /** Queues a node for the next generation, unless it waits in either. Outside a sweep, before anything was popped. */
  collect(node: number): void {
    if (this.drainingSize > 0 && has(this.sides[this.side], node)) return
    this.insertCollecting(node)
  }

  /** The greatest key of the draining generation, or -1 when it is empty. */
  get top(): number {
    return Math.max(this.joined.top, this.openTop())
  }

  /** Takes the greatest key out of the draining generation. */
  pop(): number {
    const { top } = this
    assert(top >= 0 && top < this.position, 'a generation is flushed by falling keys')
    this.position = top
    if (this.joined.top === top) this.joined.pop()
    if (this.openTop() === top) this.popOpen()
    return top
  }

  /** Writes what is left. */
  close(): void {
    const { open } = this
    if (open?.isChanged === true) replaceWord(this.sides[this.side], this.heights[this.side], open.index, open.word)
    this.open = undefined
    for (const node of this.joined.values()) if (this.insertInto(this.side, node)) this.drainingSize++
    queueHead.write(
      this.cells,
      { token: this.token },
      {
        side: BigInt(this.side),
        position: BigInt(this.position),
        drainingSize: BigInt(this.drainingSize),
        collectingSize: BigInt(this.collectingSize),
        drainingSince: BigInt(this.drainingSince),
        collectingSince: BigInt(this.collectingSince),
        height0: BigInt(this.heights[0]),
        height1: BigInt(this.heights[1]),
      },
    )
  }

  private get collectingSide(): 0 | 1 {
    return this.side === 0 ? 1 : 0
  }

  private insertCollecting(node: number): void {
    if (this.insertInto(this.collectingSide, node)) this.collectingSize++
  }

  private insertInto(side: 0 | 1, node: number): boolean {
    const height = this.heights[side]
    const needed = heightFor(node)
    if (needed > height) {
      grow(this.sides[side], height, needed)
      this.heights[side] = needed
    }
    return insert(this.sides[side], this.heights[side], node)
  }

  private openTop(): number {
    if (this.open === undefined && this.drainingSize > 0) this.open = this.openHighest()
    const { open } = this
    return open === undefined ? -1 : open.index * 256 + highestBit(open.word)
  }

  private openHighest(): OpenWord {
    const words = this.sides[this.side]
    const index = highestWord(words, this.heights[this.side])
    assert(index !== undefined, 'a generation with nodes has a highest word')
    return { index, word: words.get(0, index), isChanged: false }
  }

  private popOpen(): void {
    const { open } = this
    assert(open !== undefined, 'the word of the greatest key is open')
    open.word &= ~(1n << BigInt(highestBit(open.word)))
    open.isChanged = true
    this.drainingSize--
    if (open.word > 0n) return
    replaceWord(this.sides[this.side], this.heights[this.side], open.index, 0n)
    this.open = undefined
  }
}

function wordStore(cells: Cells, token: number, side: 0 | 1): WordStore {
  return {
    get: (level, index) => queueWord.read(cells, { token, side, level, index }).word,
    set: (level, index, word) => queueWord.write(cells, { token, side, level, index }, { word }),
  }
}
