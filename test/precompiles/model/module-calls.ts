/**
 * Calldata for methods of the native modules by name, and their logs read back, from the modules' own declarations.
 */

import { keccak256Hash } from '../../../src/crypto/keccak.ts'
import { assert } from '../../../src/lib/assert.ts'
import { hexToBytes } from '../../../src/lib/bytes.ts'
import { decodeValues, encodeTuple } from '../../../src/precompiles/abi.ts'
import type { AbiFields } from '../../../src/precompiles/abi-types.ts'
import { type EventDefinition, isIndexed } from '../../../src/precompiles/definitions.ts'
import type { Method, ModuleDefinition } from '../../../src/precompiles/module.ts'
import { ATTRIBUTION_MODULES } from '../../../src/precompiles/registry.ts'
import type { Address } from '../../../src/types/primitives.ts'
import type { Log } from '../../../src/types/receipt.ts'

export type Fields = Readonly<Record<string, unknown>>

/** The module at an address. */
function moduleAt(address: Address): ModuleDefinition {
  const module = ATTRIBUTION_MODULES.find((one) => one.address === address)
  assert(module !== undefined, `a module lives at ${address}`)
  return module
}

/** The method with this name and exactly these parameters: overloads differ in what they take. */
function methodOf(address: Address, name: string, params: Fields): Method {
  const names = Object.keys(params)
  const found = moduleAt(address).methods.find(
    (one) =>
      one.name === name &&
      Object.keys(one.params).length === names.length &&
      names.every((param) => one.params[param] !== undefined),
  )
  assert(found !== undefined, `${name}(${names.join(', ')}) is a method`)
  return found
}

/** What a transaction carries to call the method. */
export function callData(address: Address, name: string, params: Fields): Uint8Array {
  const method = methodOf(address, name, params)
  return encodeTuple(method.paramsType, params, method.selector)
}

/** An event of a native module with its fields, whose module is `address`. */
export type ModuleEvent = { readonly name: string; readonly address: Address; readonly fields: Fields }

/** By module and topic: two modules may log events of the same shape. */
const EVENTS = new Map<string, EventDefinition>()

/** The event that a log of a native module is; undefined for logs of contracts. */
export function readEvent(log: Log): ModuleEvent | undefined {
  if (EVENTS.size === 0) {
    for (const { address, events } of ATTRIBUTION_MODULES) {
      for (const event of events) EVENTS.set(address + keccak256Hash(new TextEncoder().encode(event.signature)), event)
    }
  }
  const event = EVENTS.get(log.address + (log.topics[0] ?? ''))
  if (event === undefined) return undefined
  const fields: Record<string, unknown> = {}
  const plain: Record<string, AbiFields[string]> = {}
  let topic = 1
  for (const [name, type] of Object.entries(event.fields)) {
    if (isIndexed(type)) fields[name] = one({ [name]: type.indexed }, hexToBytes(log.topics[topic++] ?? '0x'))[name]
    else plain[name] = type
  }
  return { name: event.name, address: log.address, fields: { ...fields, ...one(plain, log.data) } }
}

function one(fields: AbiFields, bytes: Uint8Array): Fields {
  const decoded = decodeValues(fields, bytes)
  assert(decoded.ok, 'a module logs what it declares')
  return decoded.value
}
