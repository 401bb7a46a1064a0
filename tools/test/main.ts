/**
 * `npm test`: all tests, or those that vitest is told to run (`npm test -- test/state`).
 *
 * Test files of a run that stalled (test/support/stall-watch.ts) run once more in new processes; the stalled run has said
 * what it was doing, and what failed in it stays failed.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { STALL_RECORD, STALLED_EXIT_CODE, type StallRecord } from '../../test/support/stall-watch.ts'

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'sahara-tests-'))
try {
  process.exitCode = runAll(join(folder, 'stall.json'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function runAll(record: string): number {
  const first = runVitest(process.argv.slice(2), record)
  if (first !== STALLED_EXIT_CODE || !existsSync(record)) return first
  const { failed, unfinished } = JSON.parse(readFileSync(record, 'utf8')) as StallRecord
  const again = unfinished.length === 0 ? 0 : runVitest(unfinished, record)
  return failed > 0 ? 1 : again
}

function runVitest(args: readonly string[], record: string): number {
  const { status } = spawnSync(process.execPath, [VITEST, 'run', ...args], {
    stdio: 'inherit',
    env: { ...process.env, [STALL_RECORD]: record },
  })
  return status ?? 1
}
