/**
 * The slots of an asset's parents and further ancestors as flushes use them: numbers in one array each, and the words that
 * hold them in storage. The asset's head cell keeps a print of the words, so that whoever knows it knows them all.
 */

import { keccak256Hash } from '../../crypto/keccak.ts'
import { assert } from '../../lib/assert.ts'
import { bigintToBytes32, concatBytes } from '../../lib/bytes.ts'
import type { Cells, Growth } from '../../state/cells.ts'
import { floorSlots, parentSlots } from './royalty-cells.ts'

/** Numbers of one parent: its asset, the slots of its a.all, and its weights in a.all and a.direct. */
export const PARENT_LANE = 4
/** Numbers of one further ancestor: its asset, the slots of its a.all, and its weight in a.direct. */
export const FLOOR_LANE = 3

export type SlotLanes = {
  readonly parents: Uint32Array
  readonly floors: Uint32Array
  /** Parts per million that parents and floors leave: of a.direct for fee, pool and owner, of a.all for pool and owner. */
  readonly directRestPpm: number
  readonly allRestPpm: number
}

const PARENTS_PER_WORD = 3
const FLOORS_PER_WORD = 4
const PARENT_BITS = [32, 8, 20, 20]
const FLOOR_BITS = [32, 8, 20]
const WHOLE = 1_000_000
/** Bits of a print: as many as an address has. */
const PRINT_BITS = 160

/** Words that hold so many parents. */
export function parentWords(parents: number): number {
  return Math.ceil(parents / PARENTS_PER_WORD)
}

/** Words that hold so many floors. */
export function floorWords(floors: number): number {
  return Math.ceil(floors / FLOORS_PER_WORD)
}

/** Packs and writes an asset's slots; returns their print. `growth` is `fresh` for a new asset. */
export function writeLanes(
  cells: Cells,
  asset: number,
  { parents, floors }: Pick<SlotLanes, 'parents' | 'floors'>,
  growth: Growth,
): bigint {
  const parentList = packWords(parents, PARENT_BITS, PARENTS_PER_WORD)
  const floorList = packWords(floors, FLOOR_BITS, FLOORS_PER_WORD)
  for (const [word, value] of parentList.entries()) cells.set(parentSlots.slot({ asset, word }), value, growth)
  for (const [word, value] of floorList.entries()) cells.set(floorSlots.slot({ asset, word }), value, growth)
  return printOf(parents.length / PARENT_LANE, floors.length / FLOOR_LANE, [...parentList, ...floorList])
}

/** The slots of an asset whose head has these counts, and a check that their words are those of its print. */
export function readLanes(
  cells: Cells,
  asset: number,
  head: { readonly parents: number; readonly floors: number; readonly print: bigint },
): { readonly lanes: SlotLanes; readonly isPrinted: () => boolean } {
  const parents = new Uint32Array(head.parents * PARENT_LANE)
  const floors = new Uint32Array(head.floors * FLOOR_LANE)
  const words: bigint[] = []
  for (let word = 0; word < parentWords(head.parents); word++) {
    const value = cells.get(parentSlots.slot({ asset, word }))
    unpackWord(value, parents, word, PARENT_BITS, PARENTS_PER_WORD)
    words.push(value)
  }
  for (let word = 0; word < floorWords(head.floors); word++) {
    const value = cells.get(floorSlots.slot({ asset, word }))
    unpackWord(value, floors, word, FLOOR_BITS, FLOORS_PER_WORD)
    words.push(value)
  }
  const isPrinted = (): boolean => printOf(head.parents, head.floors, words) === head.print
  return { lanes: lanesOf(parents, floors), isPrinted }
}

/** Slots with what they leave of the whole. */
export function lanesOf(parents: Uint32Array, floors: Uint32Array): SlotLanes {
  let allRestPpm = WHOLE
  let directRestPpm = WHOLE
  for (let at = 0; at < parents.length; at += PARENT_LANE) {
    allRestPpm -= parents[at + 2] as number
    directRestPpm -= parents[at + 3] as number
  }
  for (let at = 0; at < floors.length; at += FLOOR_LANE) directRestPpm -= floors[at + 2] as number
  assert(allRestPpm >= 0 && directRestPpm >= 0, 'the slots of a node never weigh more than the whole')
  return { parents, floors, directRestPpm, allRestPpm }
}

/** Lanes in words, lane 0 in the highest of the bits in use; the last word is filled with empty lanes. */
function packWords(lanes: Uint32Array, bits: readonly number[], perWord: number): bigint[] {
  const words: bigint[] = []
  const size = bits.length * perWord
  for (let from = 0; from < lanes.length; from += size) {
    let word = 0n
    for (let i = 0; i < size; i++) {
      word = (word << BigInt(bits[i % bits.length] as number)) | BigInt(lanes[from + i] ?? 0)
    }
    words.push(word)
  }
  return words
}

function unpackWord(word: bigint, lanes: Uint32Array, index: number, bits: readonly number[], perWord: number): void {
  const size = bits.length * perWord
  let rest = word
  for (let i = size - 1; i >= 0; i--) {
    const width = bits[i % bits.length] as number
    if (index * size + i < lanes.length) lanes[index * size + i] = Number(BigInt.asUintN(width, rest))
    rest >>= BigInt(width)
  }
}

/** 160 bits of the hash of both counts and all words. */
function printOf(parents: number, floors: number, words: readonly bigint[]): bigint {
  const digest = keccak256Hash(concatBytes(Uint8Array.of(parents, floors), ...words.map(bigintToBytes32)))
  return BigInt.asUintN(PRINT_BITS, BigInt(digest))
}
