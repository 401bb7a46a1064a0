/**
 * Writes everything that follows from the declarations of the native modules: Solidity interfaces, ABIs, documentation.
 * `npm run generate` after a change of a module; a test tells when it was forgotten.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generatedFiles } from './files.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

for (const [path, text] of generatedFiles()) {
  const file = resolve(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  console.log(path)
}
