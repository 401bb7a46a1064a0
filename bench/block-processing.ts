/**
 * What a block of transfers costs: stage by stage in one thread, and end to end over HTTP against anvil.
 */

import type { BenchOptions } from './main.ts'
import type { Report } from './report.ts'
import { runStages } from './stages.ts'
import { runSubmission } from './submission.ts'

export async function runBlockProcessing(report: Report, options: BenchOptions): Promise<void> {
  await runStages(report, options)
  await runSubmission(report, options)
}
