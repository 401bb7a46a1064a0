/**
 * `npm run test:state -- DIR`: runs every Osaka case of the state-test fixtures under DIR and prints `N passed, N failed`
 * and, for each failure, the first field that differs. Blob transactions are refused by this chain and skipped by name.
 */

import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { errorMessage } from '../../../src/lib/errors.ts'
import { stateTestCases } from './fixture.ts'
import { type CaseResult, runCase } from './run-case.ts'

const { positionals } = parseArgs({ allowPositionals: true })
const folder = positionals[0]
if (folder === undefined || !existsSync(folder)) {
  console.error(folder === undefined ? 'usage: npm run test:state -- DIR' : `no such folder: ${folder}`)
  process.exit(2)
}

let passed = 0
let failed = 0
let skipped = 0
for (const one of stateTestCases(folder, 'Osaka')) {
  if (one.isBlobTransaction) {
    skipped++
    continue
  }
  const result = await runCase(one).catch(
    (thrown: unknown): CaseResult => ({ passed: false, difference: `threw: ${errorMessage(thrown)}` }),
  )
  if (result.passed) passed++
  else {
    failed++
    console.log(`FAIL ${one.name}\n     ${result.difference}`)
  }
}
if (skipped > 0) console.log(`${skipped} skipped: blob transactions`)
console.log(`${passed} passed, ${failed} failed`)
if (passed + failed + skipped === 0) console.error(`no Osaka cases under ${folder}`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)
