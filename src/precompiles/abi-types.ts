/**
 * Types of the contract ABI with their codecs. A module's methods, errors and events are declared in them, and the types of
 * its code follow: every integer is a bigint, an address an Address, bytes32 a Hash, bytes a Uint8Array, a struct an object.
 */

import { assert } from '../lib/assert.ts'
import { type Address, type Hash, hashFromBigint } from '../types/primitives.ts'
import { AbiListTooLong, type AbiReader } from './abi-reader.ts'
import type { AbiWriter } from './abi-writer.ts'

/** What a type consists of, for who prints it. */
export type AbiShape =
  | { readonly kind: 'word' }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'array'; readonly item: AbiType<unknown>; readonly length: number | undefined }
  | { readonly kind: 'struct'; readonly name: string; readonly fields: AbiFields }

export interface AbiType<T> {
  /** As signatures name it: structs are tuples, such as `(uint64,uint8)[]`. */
  readonly canonical: string
  /** As Solidity source names it. */
  readonly solidity: string
  readonly isDynamic: boolean
  /** Bytes in the head of what contains it: an offset for a dynamic type. */
  readonly headBytes: number
  readonly shape: AbiShape
  /** Reads the value whose encoding starts at `at`. Throws AbiFault or AbiListTooLong. */
  read(reader: AbiReader, at: number): T
  /** Bytes of the value's encoding. */
  size(value: T): number
  /** The word of the value as text: a topic. Only for types of one word. */
  topic?(value: T): Hash
  write(writer: AbiWriter, at: number, value: T): void
}

/** Named types in order: parameters, returns, fields of a struct. */
export type AbiFields = Readonly<Record<string, AbiType<unknown>>>
export type AbiValue<Type> = Type extends AbiType<infer T> ? T : never
export type AbiValues<Fields> = { readonly [Name in keyof Fields]: AbiValue<Fields[Name]> }

function uintType(bits: number): AbiType<bigint> {
  return word(`uint${bits}`, {
    read: (reader, at) => reader.uint(at, bits),
    write: (writer, at, value) => writer.uint(at, value, bits),
    topic: hashFromBigint,
  })
}

export const uint8 = uintType(8)
export const uint16 = uintType(16)
export const uint32 = uintType(32)
export const uint64 = uintType(64)
export const uint128 = uintType(128)
export const uint256 = uintType(256)

export const bool: AbiType<boolean> = word('bool', {
  read: (reader, at) => reader.bool(at),
  write: (writer, at, value) => writer.uint(at, value ? 1n : 0n, 8),
  topic: (value) => hashFromBigint(value ? 1n : 0n),
})

export const address: AbiType<Address> = word('address', {
  read: (reader, at) => reader.address(at),
  write: (writer, at, value) => writer.hex(at + 12, value, 20),
  topic: (value) => `0x000000000000000000000000${value.slice(2)}` as Hash,
})

export const bytes32: AbiType<Hash> = word('bytes32', {
  read: (reader, at) => reader.hash(at),
  write: (writer, at, value) => writer.hex(at, value, 32),
  topic: (value) => value,
})

export const bytes4: AbiType<`0x${string}`> = word('bytes4', {
  read: (reader, at) => reader.fixedBytes(at, 4),
  write: (writer, at, value) => writer.hex(at, value, 4),
  topic: (value) => `${value}${'00'.repeat(28)}` as Hash,
})

export const bytes: AbiType<Uint8Array> = {
  ...{ canonical: 'bytes', solidity: 'bytes', isDynamic: true, headBytes: 32, shape: { kind: 'bytes' } },
  read: (reader, at) => reader.dynamicBytes(at),
  size: (value) => 32 + padded(value.length),
  write: writeBytes,
}

export const string: AbiType<string> = {
  ...{ canonical: 'string', solidity: 'string', isDynamic: true, headBytes: 32, shape: { kind: 'bytes' } },
  read: (reader, at) => reader.text(at),
  size: (value) => 32 + padded(Buffer.byteLength(value)),
  write: (writer, at, value) => writeBytes(writer, at, new TextEncoder().encode(value)),
}

/** A list of at most `maxLength` items. */
export function array<T>(item: AbiType<T>, maxLength: number): AbiType<readonly T[]> {
  return {
    canonical: `${item.canonical}[]`,
    solidity: `${item.solidity}[]`,
    isDynamic: true,
    headBytes: 32,
    shape: { kind: 'array', item, length: undefined },
    read: (reader, at) => {
      const length = reader.length(at)
      if (length > BigInt(maxLength)) throw new AbiListTooLong(length, maxLength)
      return readItems(reader, at + 32, item, Number(length))
    },
    size: (value) => 32 + itemsSize(item, value),
    write: (writer, at, value) => {
      writer.uint(at, BigInt(value.length), 64)
      writeItems(writer, at + 32, item, value)
    },
  }
}

/** Exactly `length` items. */
export function fixedArray<T>(item: AbiType<T>, length: number): AbiType<readonly T[]> {
  return {
    canonical: `${item.canonical}[${length}]`,
    solidity: `${item.solidity}[${length}]`,
    isDynamic: item.isDynamic,
    headBytes: item.isDynamic ? 32 : length * item.headBytes,
    shape: { kind: 'array', item, length },
    read: (reader, at) => readItems(reader, at, item, length),
    size: (value) => itemsSize(item, value),
    write: (writer, at, value) => {
      assert(value.length === length, `the list has ${length} items`)
      writeItems(writer, at, item, value)
    },
  }
}

/** A struct with a name, for Solidity. */
export function struct<const Fields extends AbiFields>(name: string, fields: Fields): AbiType<AbiValues<Fields>> {
  const tuple = tupleOf(fields)
  return { ...tuple, solidity: name, shape: { kind: 'struct', name, fields } }
}

/** The values of `fields` one after another, as parameters, returns and errors have them. */
export function tupleOf<const Fields extends AbiFields>(fields: Fields): AbiType<AbiValues<Fields>> {
  const entries = Object.entries(fields)
  const isDynamic = entries.some(([, type]) => type.isDynamic)
  const headBytes = entries.reduce((sum, [, type]) => sum + type.headBytes, 0)
  return {
    canonical: `(${entries.map(([, type]) => type.canonical).join(',')})`,
    solidity: '',
    isDynamic,
    headBytes: isDynamic ? 32 : headBytes,
    shape: { kind: 'struct', name: '', fields },
    read: (reader, at) => readFields(reader, at, entries, headBytes) as AbiValues<Fields>,
    size: isDynamic ? (values) => fieldsSize(entries, values as Record<string, unknown>) : () => headBytes,
    write: (writer, at, values) => writeFields(writer, at, entries, headBytes, values as Record<string, unknown>),
  }
}

type Entries = readonly (readonly [string, AbiType<unknown>])[]

type WordCodec<T> = Required<Pick<AbiType<T>, 'read' | 'write' | 'topic'>>

/** A type of one word. */
function word<T>(name: string, codec: WordCodec<T>): AbiType<T> {
  return {
    ...{ canonical: name, solidity: name, isDynamic: false, headBytes: 32, shape: { kind: 'word' } },
    ...codec,
    size: () => 32,
  }
}

function padded(length: number): number {
  return Math.ceil(length / 32) * 32
}

function writeBytes(writer: AbiWriter, at: number, value: Uint8Array): void {
  writer.uint(at, BigInt(value.length), 64)
  writer.raw(at + 32, value)
  writer.end = at + 32 + padded(value.length)
}

function readItems<T>(reader: AbiReader, base: number, item: AbiType<T>, count: number): T[] {
  const headsEnd = base + count * item.headBytes
  reader.need(base, headsEnd - base)
  reader.end = headsEnd
  const items: T[] = []
  for (let head = base; head < headsEnd; head += item.headBytes) items.push(readOne(reader, head, base, item))
  return items
}

function readFields(reader: AbiReader, base: number, entries: Entries, headBytes: number): Record<string, unknown> {
  reader.need(base, headBytes)
  reader.end = base + headBytes
  const values: Record<string, unknown> = {}
  let head = base
  for (const [name, type] of entries) {
    values[name] = readOne(reader, head, base, type)
    head += type.headBytes
  }
  return values
}

function readOne<T>(reader: AbiReader, head: number, base: number, type: AbiType<T>): T {
  if (!type.isDynamic) {
    const { end } = reader
    const value = type.read(reader, head)
    reader.end = end
    return value
  }
  reader.offset(head, base)
  return type.read(reader, reader.end)
}

function itemsSize<T>(item: AbiType<T>, items: readonly T[]): number {
  if (!item.isDynamic) return items.length * item.headBytes
  return items.reduce((sum, one) => sum + 32 + item.size(one), 0)
}

function fieldsSize(entries: Entries, values: Record<string, unknown>): number {
  let size = 0
  for (const [name, type] of entries) size += type.isDynamic ? 32 + type.size(values[name]) : type.headBytes
  return size
}

function writeItems<T>(writer: AbiWriter, base: number, item: AbiType<T>, items: readonly T[]): void {
  let head = base
  writer.end = base + items.length * item.headBytes
  for (const one of items) {
    writeOne(writer, head, base, item, one)
    head += item.headBytes
  }
}

function writeFields(
  writer: AbiWriter,
  base: number,
  entries: Entries,
  headBytes: number,
  values: Record<string, unknown>,
): void {
  let head = base
  writer.end = base + headBytes
  for (const [name, type] of entries) {
    writeOne(writer, head, base, type, values[name])
    head += type.headBytes
  }
}

function writeOne<T>(writer: AbiWriter, head: number, base: number, type: AbiType<T>, value: T): void {
  if (!type.isDynamic) {
    const { end } = writer
    type.write(writer, head, value)
    writer.end = end
    return
  }
  writer.offset(head, base)
  type.write(writer, writer.end, value)
}
