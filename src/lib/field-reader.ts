/**
 * Reads a JSON object field by field. The first field that is missing, unknown or out of range is refused with its path,
 * the value found and what is accepted, so that a person can repair the file without reading this program.
 */

import { CodedError } from './errors.ts'
import { err, ok, type Result } from './result.ts'

export type BadField = {
  readonly code: 'BAD_FIELD'
  readonly field: string
  readonly value: string
  readonly accepted: string
}

/** A refused field; `readFields` turns it into a value. */
class FieldRefusal extends CodedError<BadField> {}

/** Refuses `value` of `field`: for checks that span fields. */
export function refuseField(field: string, value: unknown, accepted: string): never {
  const detail: BadField = { code: 'BAD_FIELD', field, value: previewValue(value), accepted }
  throw new FieldRefusal(detail, describeBadField(detail))
}

/** Runs `read` on the fields of `json` and demands that no unknown field is left. */
export function readFields<T>(json: unknown, read: (fields: FieldReader) => T): Result<T, BadField> {
  try {
    const fields = new FieldReader(json, '')
    const value = read(fields)
    fields.end()
    return ok(value)
  } catch (thrown) {
    if (thrown instanceof FieldRefusal) return err(thrown.detail)
    throw thrown
  }
}

/** The refusal as a sentence. */
export function describeBadField(bad: BadField): string {
  return `${bad.field}: got ${bad.value}; accepted: ${bad.accepted}`
}

/** One JSON object that is being read. */
export class FieldReader {
  private readonly values: Readonly<Record<string, unknown>>
  private readonly seen = new Set<string>()
  /** Fields that were asked for, there or not: what the object may have. */
  private readonly known = new Set<string>()
  /** Where the object is, as `consensus` or `validators[2]`; empty at the root. */
  readonly path: string

  constructor(json: unknown, path: string) {
    this.path = path
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      refuseField(path === '' ? '(file)' : path, json, 'a JSON object')
    }
    this.values = json as Record<string, unknown>
  }

  /** The full path of a field of this object. */
  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`
  }

  has(name: string): boolean {
    this.known.add(name)
    return Object.hasOwn(this.values, name)
  }

  private take(name: string): unknown {
    this.seen.add(name)
    this.known.add(name)
    return Object.hasOwn(this.values, name) ? this.values[name] : undefined
  }

  integer(name: string, minimum: number, maximum: number): number {
    const value = this.take(name)
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < minimum || value > maximum) {
      refuseField(this.at(name), value, `an integer from ${minimum} to ${maximum}`)
    }
    return value
  }

  /** A decimal string, or a safe integer, since JSON numbers lose digits above 2^53. */
  bigint(name: string, minimum: bigint, maximum: bigint): bigint {
    const value = this.take(name)
    const accepted = `a decimal integer in quotes from ${minimum} to ${maximum}`
    const isDecimal = typeof value === 'string' && /^(0|[1-9][0-9]{0,77})$/.test(value)
    if (!isDecimal && !(typeof value === 'number' && Number.isSafeInteger(value))) {
      refuseField(this.at(name), value, accepted)
    }
    const parsed = BigInt(value)
    if (parsed < minimum || parsed > maximum) refuseField(this.at(name), value, accepted)
    return parsed
  }

  text(name: string, pattern: RegExp, accepted: string): string {
    const value = this.take(name)
    if (typeof value !== 'string' || !pattern.test(value)) refuseField(this.at(name), value, accepted)
    return value
  }

  boolean(name: string): boolean {
    const value = this.take(name)
    if (typeof value !== 'boolean') refuseField(this.at(name), value, 'true or false')
    return value
  }

  /** One of the given words. */
  choice<T extends string>(name: string, words: readonly T[]): T {
    const value = this.take(name)
    const word = words.find((one) => one === value)
    if (word === undefined) refuseField(this.at(name), value, `one of ${words.join(', ')}`)
    return word
  }

  object<T>(name: string, read: (fields: FieldReader) => T): T {
    const fields = new FieldReader(this.take(name), this.at(name))
    const value = read(fields)
    fields.end()
    return value
  }

  objects<T>(name: string, maximum: number, read: (fields: FieldReader) => T): T[] {
    return this.items(name, maximum).map((item, i) => {
      const fields = new FieldReader(item, `${this.at(name)}[${i}]`)
      const value = read(fields)
      fields.end()
      return value
    })
  }

  texts(name: string, maximum: number, pattern: RegExp, accepted: string): string[] {
    return this.items(name, maximum).map((item, i) => {
      if (typeof item !== 'string' || !pattern.test(item)) refuseField(`${this.at(name)}[${i}]`, item, accepted)
      return item
    })
  }

  private items(name: string, maximum: number): unknown[] {
    const value = this.take(name)
    if (!Array.isArray(value) || value.length > maximum) {
      refuseField(this.at(name), Array.isArray(value) ? `${value.length} items` : value, `a list of at most ${maximum}`)
    }
    return value
  }

  /** Refuses a field that nothing asked for: a misspelt option must not pass in silence. */
  end(): void {
    for (const name of Object.keys(this.values)) {
      if (!this.seen.has(name)) refuseField(this.at(name), this.values[name], `only ${[...this.known].join(', ')} here`)
    }
  }
}

function previewValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = typeof value === 'bigint' ? value.toString() : (JSON.stringify(value) ?? String(value))
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`
}
