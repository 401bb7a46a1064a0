/**
 * Encodes and decodes lists of named values, with or without a selector before them.
 */

import { keccak256 } from '../crypto/keccak.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { AbiFault, AbiListTooLong, AbiReader } from './abi-reader.ts'
import { type AbiFields, type AbiType, type AbiValues, tupleOf } from './abi-types.ts'
import { AbiWriter } from './abi-writer.ts'

/** The first four bytes of the hash of a signature such as `pay(uint64,bytes32)`. */
export function selectorOf(signature: string): Uint8Array {
  return keccak256(new TextEncoder().encode(signature)).subarray(0, 4)
}

/** `selector`, which may be empty, and the encoding of `values` behind it. */
export function encodeTuple<T>(type: AbiType<T>, values: T, selector: Uint8Array = NO_SELECTOR): Uint8Array {
  const writer = new AbiWriter(selector.length + type.size(values))
  if (selector.length > 0) writer.raw(0, selector)
  type.write(writer, selector.length, values)
  return writer.bytes
}

const NO_SELECTOR = new Uint8Array(0)

/** abi.encode of named values. */
export function encodeValues<const Fields extends AbiFields>(fields: Fields, values: AbiValues<Fields>): Uint8Array {
  return encodeTuple(tupleOf(fields), values)
}

/** abi.decode; the error says what is wrong with the bytes. */
export function decodeValues<const Fields extends AbiFields>(
  fields: Fields,
  bytes: Uint8Array,
): Result<AbiValues<Fields>, string> {
  try {
    return ok(tupleOf(fields).read(new AbiReader(bytes), 0))
  } catch (thrown) {
    if (thrown instanceof AbiFault || thrown instanceof AbiListTooLong) return err(thrown.message)
    throw thrown
  }
}
