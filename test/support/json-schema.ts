/**
 * A checker for the part of JSON Schema that the execution-apis documents use.
 */

type Schema = Readonly<Record<string, unknown>>

/** Finds where a value departs from a schema; an empty list means that it conforms. */
export class SchemaChecker {
  private readonly components: Readonly<Record<string, unknown>>

  /** `components` are the schemas that `$ref` names. */
  constructor(components: Readonly<Record<string, unknown>>) {
    this.components = components
  }

  check(schema: unknown, value: unknown, path = '$'): string[] {
    const rules = this.resolve(schema as Schema)
    return [
      ...this.checkType(rules, value, path),
      ...this.checkText(rules, value, path),
      ...this.checkObject(rules, value, path),
      ...this.checkList(rules, value, path),
      ...this.checkAlternatives(rules, value, path),
    ]
  }

  private resolve(schema: Schema): Schema {
    const reference = schema['$ref']
    if (typeof reference !== 'string') return schema
    const name = reference.slice(reference.lastIndexOf('/') + 1)
    const found = this.components[name]
    if (found === undefined) throw new Error(`the schema ${reference} is missing`)
    return this.resolve(found as Schema)
  }

  private checkType({ type }: Schema, value: unknown, path: string): string[] {
    if (typeof type !== 'string') return []
    const actual = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
    const fits = actual === type || (type === 'integer' && Number.isInteger(value))
    return fits ? [] : [`${path}: expected ${type}, got ${actual}`]
  }

  private checkText(rules: Schema, value: unknown, path: string): string[] {
    const faults: string[] = []
    const { pattern, minimum, maximum } = rules
    const options = rules['enum']
    if (typeof pattern === 'string' && typeof value === 'string' && !new RegExp(pattern).test(value)) {
      faults.push(`${path}: ${value.slice(0, 80)} does not match ${pattern}`)
    }
    if (Array.isArray(options) && !options.includes(value)) faults.push(`${path}: ${String(value)} is not an option`)
    if (typeof minimum === 'number' && typeof value === 'number' && value < minimum) faults.push(`${path}: too small`)
    if (typeof maximum === 'number' && typeof value === 'number' && value > maximum) faults.push(`${path}: too large`)
    return faults
  }

  private checkObject(rules: Schema, value: unknown, path: string): string[] {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
    const fields = value as Readonly<Record<string, unknown>>
    const properties = (rules['properties'] ?? {}) as Readonly<Record<string, unknown>>
    const others = rules['additionalProperties']
    const faults: string[] = []
    for (const name of (rules['required'] ?? []) as string[]) {
      if (!(name in fields)) faults.push(`${path}.${name}: is missing`)
    }
    for (const [name, item] of Object.entries(fields)) {
      if (properties[name] !== undefined) faults.push(...this.check(properties[name], item, `${path}.${name}`))
      else if (others === false) faults.push(`${path}.${name}: is not allowed`)
      else if (typeof others === 'object') faults.push(...this.check(others, item, `${path}.${name}`))
    }
    return faults
  }

  private checkList({ items }: Schema, value: unknown, path: string): string[] {
    if (items === undefined || !Array.isArray(value)) return []
    return value.flatMap((item, i) => this.check(items, item, `${path}[${i}]`))
  }

  private checkAlternatives(rules: Schema, value: unknown, path: string): string[] {
    const faults = ((rules['allOf'] ?? []) as unknown[]).flatMap((one) => this.check(one, value, path))
    for (const keyword of ['oneOf', 'anyOf']) {
      const options = rules[keyword]
      if (!Array.isArray(options)) continue
      const found = options.map((one) => this.check(one, value, path))
      if (!found.some((one) => one.length === 0)) {
        const nearest = found.reduce((a, b) => (b.length < a.length ? b : a))
        faults.push(`${path}: fits no alternative; nearest: ${nearest.slice(0, 5).join('; ')}`)
      }
    }
    return faults
  }
}
