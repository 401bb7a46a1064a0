/**
 * What the declarations of errors and events are made of: their types, selectors, topics and encodings.
 */

import { keccak256Hash } from '../crypto/keccak.ts'
import { assert } from '../lib/assert.ts'
import type { Hash } from '../types/primitives.ts'
import { encodeTuple, selectorOf } from './abi.ts'
import { type AbiFields, type AbiType, type AbiValues, tupleOf } from './abi-types.ts'

/** A custom error of Solidity. */
export interface ErrorDefinition<Fields extends AbiFields = AbiFields> {
  readonly name: string
  readonly fields: Fields
  readonly notes: string | undefined
  /** Such as `TermsNotMet(uint64,uint32,uint32)`. */
  readonly signature: string
  readonly selector: Uint8Array
  /** Revert data. */
  encode(values: AbiValues<Fields>): Uint8Array
}

/** A field of an event that becomes a topic; only types of one word can. */
export type Indexed<T> = { readonly indexed: AbiType<T> }
export type EventFields = Readonly<Record<string, AbiType<unknown> | Indexed<unknown>>>
export type EventValues<Fields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends Indexed<infer T>
    ? T
    : Fields[Name] extends AbiType<infer T>
      ? T
      : never
}

export interface EventDefinition<Fields extends EventFields = EventFields> {
  readonly name: string
  readonly fields: Fields
  readonly notes: string | undefined
  readonly signature: string
  encode(values: EventValues<Fields>): { readonly topics: readonly Hash[]; readonly data: Uint8Array }
}

export function makeError<Fields extends AbiFields>(
  name: string,
  fields: Fields,
  notes: string | undefined,
): ErrorDefinition<Fields> {
  const type = tupleOf(fields)
  const signature = `${name}${type.canonical}`
  const selector = selectorOf(signature)
  return { name, fields, notes, signature, selector, encode: (values) => encodeTuple(type, values, selector) }
}

/** Topics in an event beside its signature, as the EVM allows. */
const MAX_INDEXED = 3

export function makeEvent<Fields extends EventFields>(
  name: string,
  fields: Fields,
  notes: string | undefined,
): EventDefinition<Fields> {
  const entries = Object.entries(fields)
  const indexed = entries.flatMap(([field, type]) => (isIndexed(type) ? [{ field, topicOf: topicOf(type, name) }] : []))
  assert(indexed.length <= MAX_INDEXED, `${name} has at most three indexed fields`)
  const plain = tupleOf(
    Object.fromEntries(entries.flatMap(([field, type]) => (isIndexed(type) ? [] : [[field, type]]))),
  )
  const types = entries.map(([, type]) => (isIndexed(type) ? type.indexed : type).canonical)
  const signature = `${name}(${types.join(',')})`
  const topic = keccak256Hash(new TextEncoder().encode(signature))
  const encode = (values: EventValues<Fields>) => {
    const given = values as Readonly<Record<string, unknown>>
    const topics = [topic]
    for (const { field, topicOf } of indexed) topics.push(topicOf(given[field]))
    return { topics, data: encodeTuple(plain, given) }
  }
  return { name, fields, notes, signature, encode }
}

function topicOf({ indexed }: Indexed<unknown>, name: string): (value: unknown) => Hash {
  const { topic } = indexed
  assert(topic !== undefined, `the indexed fields of ${name} are of one word each`)
  return topic
}

export function isIndexed(field: AbiType<unknown> | Indexed<unknown>): field is Indexed<unknown> {
  return 'indexed' in field
}
