/**
 * Plain objects as JSON: integers as quantities, bytes as hexadecimal, everything else as it is.
 */

import { dataHex, quantity } from '../hex.ts'

/** A value ready for JSON. Numbers are integers. */
export function plainJson(value: unknown): unknown {
  if (typeof value === 'bigint' || typeof value === 'number') return quantity(value)
  if (value instanceof Uint8Array) return dataHex(value)
  if (Array.isArray(value)) return value.map(plainJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plainJson(field)]))
}
