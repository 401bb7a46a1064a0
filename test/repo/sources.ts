/**
 * The repository's own source files and their imports, for the tests that hold the tree to its rules.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** Every .ts file under `folder`, as paths relative to the repository's root. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort()
}

export function readSource(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

const IMPORT_PATTERN =
  /(?:^|\n)\s*(?:import|export)\s[^'";]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|new URL\(\s*['"]([^'"]+\.ts)['"]/g

/** Specifiers that a file imports, statically, dynamically or as a worker's entry. */
export function importsOf(text: string): string[] {
  const found: string[] = []
  for (const match of text.matchAll(IMPORT_PATTERN)) {
    const specifier = match[1] ?? match[2] ?? match[3] ?? match[4]
    if (specifier !== undefined) found.push(specifier)
  }
  return found
}

/** A relative specifier as a path from the root; a package specifier as its package's name. */
export function resolveImport(file: string, specifier: string): { path: string } | { package: string } {
  if (specifier.startsWith('.')) return { path: relative(ROOT, resolve(ROOT, dirname(file), specifier)) }
  if (specifier.startsWith('node:')) return { package: 'node:' }
  const parts = specifier.split('/')
  return { package: specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] as string) }
}
