/**
 * The published schemas of the Ethereum execution APIs, from the frozen documents.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { present } from '../../src/lib/assert.ts'
import { SchemaChecker } from './json-schema.ts'

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../vectors/openrpc')

type MethodSchema = { readonly name: string; readonly result: { readonly schema: unknown } }

function load<T>(folder: string): T[] {
  return readdirSync(join(FOLDER, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => parse(readFileSync(join(FOLDER, folder, name), 'utf8')) as T)
}

const checker = new SchemaChecker(Object.assign({}, ...load<object>('schemas')))
const methods = new Map(
  ['eth', 'txpool', 'debug'].flatMap((folder) => load<MethodSchema[]>(folder).flat()).map((one) => [one.name, one]),
)

/** Where a method's result departs from its published schema. */
export function resultFaults(method: string, result: unknown): string[] {
  return checker.check(present(methods.get(method), `${method} is published`).result.schema, result)
}

/** Where a value departs from a named schema. */
export function schemaFaults(name: string, value: unknown): string[] {
  return checker.check({ $ref: `#/components/schemas/${name}` }, value)
}
