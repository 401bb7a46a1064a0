import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { createPassword, createValidatorKey, exposedFiles, writeValidatorKey } from '../../src/node/validator-key.ts'

const folder = mkdtempSync(join(tmpdir(), 'sahara-validator-key-'))
const keystore = join(folder, 'validator.json')
const password = join(folder, 'validator.password')

afterEach(() => rmSync(folder, { recursive: true }))

it('tells which files of a validator key others can read', () => {
  writeValidatorKey(keystore, password, createValidatorKey(), createPassword(), 'new')
  expect(exposedFiles([keystore, password])).toEqual([])
  chmodSync(password, 0o644)
  expect(exposedFiles([keystore, password])).toEqual([{ file: password, mode: '644' }])
})
