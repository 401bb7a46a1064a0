/**
 * Ends a run with one plain line, `N passed, N failed, N skipped`, that any tool can read; also a run that stalls, and then
 * tells whoever started it (tools/test/main.ts) what has not finished.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Reporter, TestModule, TestSpecification } from 'vitest/node'
import { STALL_RECORD, STALLED_EXIT_CODE, type StallRecord, StallWatch } from './stall-watch.ts'

export default class ClosingLineReporter implements Reporter {
  private readonly watch = new StallWatch((unfinished) => this.endStalled(unfinished))
  private readonly ended: TestModule[] = []

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.watch.start(specifications.map((one) => one.moduleId))
  }

  onTestCaseResult(): void {
    this.watch.note()
  }

  onTestModuleEnd(module: TestModule): void {
    this.ended.push(module)
    this.watch.finish(module.moduleId)
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    // From here on only a worker that does not end can keep the process.
    this.watch.note()
    printClosingLine(countsOf(modules, unhandledErrors.length))
  }

  private endStalled(unfinished: readonly string[]): never {
    const counts = countsOf(this.ended, 0)
    printClosingLine(counts)
    const path = process.env[STALL_RECORD]
    if (path !== undefined) writeFileSync(path, JSON.stringify({ ...counts, unfinished } satisfies StallRecord))
    // Vitest's own watchdog ends the workers of a main process that is gone.
    process.exit(STALLED_EXIT_CODE)
  }
}

type Counts = Pick<StallRecord, 'passed' | 'failed' | 'skipped'>

/** What these modules and a stalled run before came to. */
function countsOf(modules: readonly TestModule[], faults: number): Counts {
  const counts = recordedCounts()
  counts.failed += faults
  for (const module of modules) {
    const before = counts.failed
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') counts.passed++
      else if (state === 'failed') counts.failed++
      else counts.skipped++
    }
    // A module that failed outside its tests, as it was loaded or prepared, counts as one failure.
    if (module.state() === 'failed' && counts.failed === before) counts.failed++
  }
  return counts
}

function recordedCounts(): { passed: number; failed: number; skipped: number } {
  const path = process.env[STALL_RECORD]
  if (path === undefined || !existsSync(path)) return { passed: 0, failed: 0, skipped: 0 }
  const { passed, failed, skipped } = JSON.parse(readFileSync(path, 'utf8')) as StallRecord
  return { passed, failed, skipped }
}

function printClosingLine({ passed, failed, skipped }: Counts): void {
  process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
}
