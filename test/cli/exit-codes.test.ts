/**
 * docs/operating.md tells operators what each exit code means: exactly those that the program ends with.
 */

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { EXIT_OF_CODE } from '../../src/cli/exit-codes.ts'

const guide = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')

it('names every stop that has an exit code of its own, beside that code', () => {
  const documented: Record<string, number> = {}
  for (const [, code, stops] of guide.matchAll(/^\| (\d+) \| ([^|]*) \|/gm)) {
    if (code === '0' || code === '1') continue
    for (const [, name] of (stops ?? '').matchAll(/`([A-Z_]+)`/g)) documented[name ?? ''] = Number(code)
  }
  expect(documented).toEqual(EXIT_OF_CODE)
})
