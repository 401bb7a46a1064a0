/**
 * Codecs of parameters: what a JSON value must be, and the reason in geth's words when it is not.
 *
 * A codec throws BadArgument; the dispatcher adds the argument's position: `invalid argument 0: …`.
 */

import type { Address, Hash } from '../types/primitives.ts'
import { HexSyntaxError, parseData, parseQuantity } from './hex.ts'

/** Why a value is not the argument that was expected. */
export class BadArgument extends Error {
  override readonly name = 'BadArgument'
}

/** Reads a JSON value. `field` is the place inside an object, such as `TransactionArgs.gas`. */
export type Codec<T> = (value: unknown, field?: string) => T

/** One position of a method's parameters. */
export type Param<T> = { readonly name: string; readonly codec: Codec<T>; readonly isRequired: boolean }

/** A parameter that must be given. */
export function required<T>(name: string, codec: Codec<T>): Param<T> {
  return { name, codec, isRequired: true }
}

/** A parameter that may be absent or null, and is `fallback` then. */
export function optional<T, F extends T | undefined>(name: string, codec: Codec<T>, fallback: F): Param<T | F> {
  return {
    name,
    isRequired: false,
    codec: (value, field) => (value === undefined || value === null ? fallback : codec(value, field)),
  }
}

/** The error of geth's JSON decoder: `what` is a kind of value or a fault of hexadecimal text. */
export function cannotUnmarshal(what: string, goType: string, field?: string): BadArgument {
  const into = field === undefined ? 'value' : `struct field ${field}`
  return new BadArgument(`json: cannot unmarshal ${what} into Go ${into} of type ${goType}`)
}

/** What a JSON value is, as geth's decoder names it. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'number' || typeof value === 'string' ? typeof value : 'object'
}

function hexCodec<T>(goType: string, parse: (text: string) => T): Codec<T> {
  return (value, field) => {
    if (typeof value !== 'string') throw cannotUnmarshal('non-string', goType, field)
    try {
      return parse(value)
    } catch (thrown) {
      if (thrown instanceof HexSyntaxError) throw cannotUnmarshal(thrown.message, goType, field)
      throw thrown
    }
  }
}

export const uint64: Codec<bigint> = hexCodec('hexutil.Uint64', (text) => parseQuantity(text, 64))
export const uint256: Codec<bigint> = hexCodec('*hexutil.Big', (text) => parseQuantity(text, 256))
export const data: Codec<Uint8Array> = hexCodec('hexutil.Bytes', parseData)

/** A position in a block: small enough to be a number after it was read. */
export const index: Codec<number> = hexCodec('hexutil.Uint', (text) => {
  const value = parseQuantity(text, 64)
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value)
})

const ADDRESS_PATTERN = /^0x[0-9a-fA-F]{40}$/
const HASH_PATTERN = /^0x[0-9a-fA-F]{64}$/

export const address: Codec<Address> = (value, field) => {
  if (typeof value === 'string' && ADDRESS_PATTERN.test(value)) return value.toLowerCase() as Address
  throw fixedBytesFault(value, 'common.Address', 20, field)
}

export const hash: Codec<Hash> = (value, field) => {
  if (typeof value === 'string' && HASH_PATTERN.test(value)) return value.toLowerCase() as Hash
  throw fixedBytesFault(value, 'common.Hash', 32, field)
}

function fixedBytesFault(value: unknown, goType: string, length: number, field?: string): BadArgument {
  if (typeof value !== 'string') return cannotUnmarshal('non-string', goType, field)
  try {
    const digits = parseData(value).length * 2
    if (digits === length * 2) return cannotUnmarshal('hex string without 0x prefix', goType, field)
    return new BadArgument(`hex string has length ${digits}, want ${length * 2} for ${goType}`)
  } catch (thrown) {
    if (thrown instanceof HexSyntaxError) return cannotUnmarshal(thrown.message, goType, field)
    throw thrown
  }
}

export const boolean: Codec<boolean> = (value, field) => {
  if (typeof value !== 'boolean') throw cannotUnmarshal(kindOf(value), 'bool', field)
  return value
}

export const text: Codec<string> = (value, field) => {
  if (typeof value !== 'string') throw cannotUnmarshal(kindOf(value), 'string', field)
  return value
}

export const float: Codec<number> = (value, field) => {
  if (typeof value !== 'number') throw cannotUnmarshal(kindOf(value), 'float64', field)
  return value
}

/** A list; `goType` is the type of an element. */
export function list<T>(codec: Codec<T>, goType: string): Codec<readonly T[]> {
  return (value, field) => {
    if (!Array.isArray(value)) throw cannotUnmarshal(kindOf(value), `[]${goType}`, field)
    return value.map((item) => codec(item, field))
  }
}

/** A number, a decimal or a hexadecimal text, as geth's HexOrDecimal64. */
export const integer: Codec<bigint> = (value) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  if (typeof value === 'string' && /^(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})$/.test(value)) return BigInt(value)
  const shown = typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value) : kindOf(value)
  throw new BadArgument(`invalid hex or decimal integer ${shown.slice(0, 80)}`)
}

/** The fields of an object. */
export function fieldsOf(value: unknown, goType: string, field?: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw cannotUnmarshal(kindOf(value), goType, field)
  }
  return value as Readonly<Record<string, unknown>>
}

/** A field that may be absent or null. */
export function fieldOf<T>(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  codec: Codec<T>,
  goType: string,
): T | undefined {
  const value = fields[name]
  return value === undefined || value === null ? undefined : codec(value, `${goType}.${name}`)
}
