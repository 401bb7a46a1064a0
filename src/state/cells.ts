/**
 * Typed cells in an account's storage: what native modules keep there, at slots that anyone can compute and prove.
 *
 * A cell packs named fields of fixed bit widths into one 256-bit word, the first field in the highest bits. Its slot is
 * `tag (1 byte) ‖ key fields`, big-endian and right-aligned in the 31 bytes behind the tag; longer keys are
 * keccak256(tag ‖ key fields) with the top bit set, which no tag has. So two keys of one account never share a slot, and
 * the short ones cost no hash (the trie hashes every slot anyway).
 */

import { keccak256Hash } from '../crypto/keccak.ts'
import { assert } from '../lib/assert.ts'
import { bigintToBytes32, bytesToBigint, hexToBytes } from '../lib/bytes.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { WorldState } from './world-state.ts'

/** `fresh`: a write makes a new cell. `steady`: the cell was made beforehand, or is emptied again within the block. */
export type Growth = 'fresh' | 'steady'

/** Told of each touch before it happens; charges gas or budget, and may throw. */
export interface CellMeter {
  /** True for a meter that measures nothing: only then may a touch be saved by remembering. */
  readonly isFree?: boolean
  read(address: Address, slot: Hash): void
  write(address: Address, slot: Hash, growth: Growth): void
}

/** The slots of one account through a meter. */
export class Cells {
  readonly address: Address
  private readonly state: WorldState
  private readonly meter: CellMeter

  constructor(state: WorldState, address: Address, meter: CellMeter) {
    this.state = state
    this.address = address
    this.meter = meter
  }

  /** True when nobody pays for a touch, so that what is remembered may be used instead of reading it. */
  get isFree(): boolean {
    return this.meter.isFree === true
  }

  get(slot: Hash): bigint {
    this.meter.read(this.address, slot)
    return this.state.getStorage(this.address, slot)
  }

  set(slot: Hash, value: bigint, growth: Growth): void {
    this.meter.write(this.address, slot, growth)
    this.state.setStorage(this.address, slot, value)
  }
}

/** Names and widths: of keys in bytes, of values in bits. */
export type Widths = Readonly<Record<string, number>>
/** 20 bytes are an address, 32 a hash, anything else an unsigned integer. */
type KeyPart<Bytes> = Bytes extends 20 ? Address : Bytes extends 32 ? Hash : bigint | number
export type CellKey<Key extends Widths> = { readonly [Name in keyof Key]: KeyPart<Key[Name]> }
export type CellValue<Value extends Widths> = { readonly [Name in keyof Value]: bigint }

/** What documentation and proofs need to know of a cell. */
export type CellLayout = {
  readonly name: string
  /** First byte of the slot; below 0x80 and unlike that of any other cell of the account. */
  readonly tag: number
  readonly growth: Growth
  /** Key fields in order, in bytes. */
  readonly key: Widths
  /** Value fields from the highest bits down, in bits; undefined for a cell of bytes. */
  readonly value: Widths | undefined
  readonly notes: string | undefined
}

/** A cell whose value is one word. Reading what was never written gives zeros. */
export interface Cell<Key extends Widths, Value extends Widths> extends CellLayout {
  slot(key: CellKey<Key>): Hash
  read(cells: Cells, key: CellKey<Key>): CellValue<Value>
  write(cells: Cells, key: CellKey<Key>, value: CellValue<Value>): void
  /** The word that holds `value`; a value wider than its field is a failed assertion. */
  pack(value: CellValue<Value>): bigint
  unpack(word: bigint): CellValue<Value>
}

/** A cell of bytes: its slots have two more bytes of key, 0 for the length and 1, 2, … for 32 bytes each. */
export interface BytesCell<Key extends Widths> extends CellLayout {
  slot(key: CellKey<Key>, part: number): Hash
  read(cells: Cells, key: CellKey<Key>): Uint8Array
  /** Replaces the bytes. Parts that a longer former value left behind stay, beyond the length. */
  write(cells: Cells, key: CellKey<Key>, value: Uint8Array): void
}

type Naming = {
  readonly name: string
  readonly tag: number
  readonly growth: Growth
  readonly notes?: string
}

const WORD_BITS = 256
const MAX_SHORT_KEY_BYTES = 31
const TAG_LIMIT = 0x80
/** Lower-case text of every byte. */
const BYTE_TEXT: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

/** Declares a cell of one word. */
export function defineCell<const Key extends Widths, const Value extends Widths>(
  definition: Naming & { readonly key: Key; readonly value: Value },
): Cell<Key, Value> {
  const { name, tag, growth, key, value, notes } = definition
  const slot = slotBuilder(tag, Object.entries(key), name) as (key: CellKey<Key>) => Hash
  const { pack, unpack } = packing(value, name)
  return {
    ...{ name, tag, growth, key, value, notes, slot, pack, unpack },
    read: (cells, at) => unpack(cells.get(slot(at))),
    write: (cells, at, fields) => cells.set(slot(at), pack(fields), growth),
  }
}

/** Declares a cell that holds up to `maxBytes` bytes. */
export function defineBytesCell<const Key extends Widths>(
  definition: Naming & { readonly key: Key; readonly maxBytes: number },
): BytesCell<Key> {
  const { name, tag, growth, key, maxBytes, notes } = definition
  const slotOf = slotBuilder(tag, [...Object.entries(key), ['part', 2]], name)
  const slot = (at: CellKey<Key>, part: number): Hash => slotOf({ ...at, part })
  const read = (cells: Cells, at: CellKey<Key>): Uint8Array => {
    const length = cells.get(slot(at, 0))
    // Only a state that somebody made up for a call has more.
    assert(length <= BigInt(maxBytes), `${name} holds at most ${maxBytes} bytes`)
    const bytes = new Uint8Array(Number(length))
    for (let from = 0; from < bytes.length; from += 32) {
      const word = bigintToBytes32(cells.get(slot(at, 1 + from / 32)))
      bytes.set(word.subarray(0, Math.min(32, bytes.length - from)), from)
    }
    return bytes
  }
  const write = (cells: Cells, at: CellKey<Key>, bytes: Uint8Array): void => {
    assert(bytes.length <= maxBytes, `${name} holds at most ${maxBytes} bytes`)
    cells.set(slot(at, 0), BigInt(bytes.length), growth)
    for (let from = 0; from < bytes.length; from += 32) {
      const word = new Uint8Array(32)
      word.set(bytes.subarray(from, from + 32))
      cells.set(slot(at, 1 + from / 32), bytesToBigint(word), growth)
    }
  }
  return { ...{ name, tag, growth, key, value: undefined, notes, slot, read, write } }
}

type KeyFields = Readonly<Record<string, bigint | number | string>>

/** A function from keys to slots. Text is joined from prepared pieces: a slot costs no arithmetic on big integers. */
function slotBuilder(tag: number, fields: readonly (readonly [string, number])[], name: string) {
  assert(Number.isInteger(tag) && tag >= 0 && tag < TAG_LIMIT, `the tag of ${name} is below 0x80`)
  const keyBytes = fields.reduce((sum, [, bytes]) => sum + bytes, 0)
  const tagText = BYTE_TEXT[tag] as string
  if (keyBytes > MAX_SHORT_KEY_BYTES) {
    return (key: KeyFields): Hash => {
      const digest = keccak256Hash(hexToBytes(`0x${tagText}${keyText(fields, key, name)}`))
      return `0x${'89abcdef'.charAt(Number.parseInt(digest.charAt(2), 16) & 7)}${digest.slice(3)}` as Hash
    }
  }
  const prefix = `0x${tagText}${'00'.repeat(MAX_SHORT_KEY_BYTES - keyBytes)}`
  const [first, second] = fields
  if (first !== undefined && fields.length === 1) {
    const [field, bytes] = first
    return remembering(field, field, (key) => (prefix + partText(key[field], bytes, name)) as Hash)
  }
  if (first !== undefined && second !== undefined && fields.length === 2) {
    const [fieldA, bytesA] = first
    const [fieldB, bytesB] = second
    const textOf = (key: KeyFields): Hash =>
      (prefix + partText(key[fieldA], bytesA, name) + partText(key[fieldB], bytesB, name)) as Hash
    return remembering(fieldA, fieldB, textOf)
  }
  return (key: KeyFields): Hash => (prefix + keyText(fields, key, name)) as Hash
}

/** A cell is written right after it was read, mostly: the same text is then found faster in every map that holds it. */
function remembering(fieldA: string, fieldB: string, slotOf: (key: KeyFields) => Hash): (key: KeyFields) => Hash {
  let lastA: unknown
  let lastB: unknown
  let last: Hash | undefined
  return (key) => {
    const a = key[fieldA]
    const b = key[fieldB]
    if (last !== undefined && a === lastA && b === lastB) return last
    last = slotOf(key)
    lastA = a
    lastB = b
    return last
  }
}

function keyText(fields: readonly (readonly [string, number])[], key: KeyFields, name: string): string {
  let text = ''
  for (const [field, bytes] of fields) text += partText(key[field], bytes, name)
  return text
}

/** A key field as hexadecimal of exactly its width. */
function partText(part: bigint | number | string | undefined, bytes: number, name: string): string {
  if (typeof part === 'string') {
    assert(part.length === 2 + 2 * bytes, `a key field of ${name} has ${bytes} bytes`)
    return part.slice(2)
  }
  const small = Number(part)
  // The shift makes an unsigned integer below 2^32 of anything; what it leaves alone was one.
  const text = small >>> 0 === small ? smallText(small) : largeText(BigInt(part as bigint | number), name)
  if (text.length < 2 * bytes) return text.padStart(2 * bytes, '0')
  const excess = text.length - 2 * bytes
  assert(/^0*$/.test(text.slice(0, excess)), `a key field of ${name} fits ${bytes} bytes`)
  return text.slice(excess)
}

function largeText(value: bigint, name: string): string {
  assert(value >= 0n, `a key field of ${name} is not negative`)
  return value.toString(16)
}

/** Eight digits of an integer below 2^32; several times faster than toString(16). */
function smallText(value: number): string {
  const high = (BYTE_TEXT[value >>> 24] as string) + (BYTE_TEXT[(value >>> 16) & 0xff] as string)
  return high + (BYTE_TEXT[(value >>> 8) & 0xff] as string) + (BYTE_TEXT[value & 0xff] as string)
}

/** The two directions of packing. */
function packing<Value extends Widths>(widths: Value, name: string) {
  const total = Object.values(widths).reduce((sum, bits) => sum + bits, 0)
  assert(total <= WORD_BITS && total > 0, `the fields of ${name} fit one word`)
  let below = total
  const fields = Object.entries(widths).map(([field, bits]) => {
    below -= bits
    return { field, bits, shift: BigInt(below) }
  })
  const empty = Object.freeze(Object.fromEntries(fields.map(({ field }) => [field, 0n]))) as CellValue<Value>
  // Parameters and heads are read again and again with the same word; nobody changes what was read.
  let lastWord = 0n
  let lastValue = empty
  const unpack = (word: bigint): CellValue<Value> => {
    if (word === lastWord) return lastValue
    const value: Record<string, bigint> = {}
    for (const { field, bits, shift } of fields) value[field] = BigInt.asUintN(bits, word >> shift)
    lastWord = word
    lastValue = value as CellValue<Value>
    return lastValue
  }
  const pack = (value: CellValue<Value>): bigint => {
    let word = 0n
    for (const { field, bits, shift } of fields) {
      const part = value[field] as bigint
      assert(BigInt.asUintN(bits, part) === part, `${field} of ${name} fits ${bits} bits`)
      word |= part << shift
    }
    return word
  }
  return { pack, unpack }
}
